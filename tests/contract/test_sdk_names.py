"""The private names of the SDK that the tap uses: red here means that an SDK release changed them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from singer_sdk import Tap
from singer_sdk.helpers._batch import BaseBatchFileEncoding, SDKBatchMessage
from singer_sdk.mapper import CustomStreamMap, PluginMapper, SameRecordTransform
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from singer_sdk.streams import RESTStream, Stream

from tap_copernica.tap import TapCopernica
from tests.support.runs import catalog_of

CONFIG = {"access_token": "a-token", "start_date": "2024-01-01"}
HOOKS: list[tuple[type, str, list[str]]] = [
    (Stream, "get_context_state", ["context"]),
    (Stream, "_write_state_message", []),
    (Stream, "_write_activate_version_message", ["full_table_version"]),
    (Stream, "_increment_stream_state", ["latest_record", "context"]),
    (Stream, "_write_starting_replication_value", ["context"]),
    (Stream, "get_replication_key_signpost", ["context"]),
    (Stream, "get_record_counter", ["endpoint", "log_interval"]),
    (Stream, "get_batch_config", ["config"]),
    (RESTStream, "get_new_paginator", []),
    (RESTStream, "get_http_request", ["page"]),
    (RESTStream, "validate_response", ["response"]),
    (RESTStream, "parse_response", ["response"]),
    (Stream, "sync", ["context"]),
    (CustomStreamMap, "_eval", ["expr", "expr_parsed", "record", "property_name"]),
    (CustomStreamMap, "transform", ["record"]),
    (PluginMapper, "register_raw_streams_from_catalog", ["catalog"]),
    (PluginMapper, "register_raw_stream_schema", ["stream_name", "schema", "key_properties"]),
    (Tap, "setup_mapper", []),
    (Tap, "sync_all", []),
    (Tap, "run_sync_dry_run", ["dry_run_record_limit", "streams"]),
    (Tap, "run_discovery", []),
    (Tap, "_validate_config", ["raise_errors"]),
    (Tap, "_handle_termination", ["signum", "frame"]),
    (GenericSingerWriter, "write_message", ["message"]),
    (GenericSingerWriter, "serialize_message", ["message"]),
]


@pytest.mark.parametrize(("owner", "name", "parameters"), HOOKS, ids=str)
def test_what_the_tap_overrides_or_calls_is_there(
    owner: type, name: str, parameters: list[str]
) -> None:
    signature = inspect.signature(inspect.getattr_static(owner, name))
    assert [one for one in signature.parameters if one != "self"] == parameters


def clicks(**settings: Any) -> Any:
    tap = TapCopernica(config={**CONFIG, **settings}, catalog=catalog_of("clicks"))
    return tap.streams["clicks"]


@pytest.mark.usefixtures("every_state")
def test_a_written_bookmark_is_in_the_state_that_the_sdk_writes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = clicks()
    stream.write_state("2024-02-01T00:00:00+00:00", cursor=3)
    stream.write_state(cursor=None)
    stream._tap.message_writer.flush()
    written = capsys.readouterr().out.splitlines()
    assert len(written) == 2
    assert '"replication_key_value":"2024-02-01T00:00:00+00:00"' in written[1]
    assert '"cursor":3' in written[0]
    assert '"cursor":null' in written[1]
    assert stream.bookmark == "2024-02-01T00:00:00+00:00"
    stream.state_manager.is_flushed = True
    stream._write_state_message()
    stream._tap.message_writer.flush()
    assert capsys.readouterr().out == ""


def test_the_sdk_moves_no_bookmark_itself() -> None:
    stream = clicks()
    record = {"ID": 1, "timestamp": "2030-01-01T00:00:00+00:00"}
    stream._increment_stream_state(record, context=None)
    stream._write_starting_replication_value(None)
    assert stream.bookmark is None
    assert stream.get_replication_key_signpost(None) is None


def test_the_fast_path_knows_the_plain_case() -> None:
    (plain,) = clicks().stream_maps
    assert type(plain) is SameRecordTransform
    assert plain.flattening_enabled is False
    assert clicks()._fast_path is not None
    assert clicks(flattening_enabled=True, flattening_max_depth=1)._fast_path is not None
    assert clicks(stream_maps={"clicks": {"account": "'7'"}})._fast_path is None


def test_the_attributes_of_the_sdks_stream_begin_as_none() -> None:
    stream = clicks()
    assert stream.ABORT_AT_RECORD_COUNT is None
    assert stream._stream_version is None


def test_batch_messages_are_what_the_sdks_loaders_read() -> None:
    encoding = BaseBatchFileEncoding(format="jsonl", compression="gzip")
    message = SDKBatchMessage(stream="clicks", encoding=encoding, manifest=["file:///a"])
    assert message.to_dict() == {
        "type": "BATCH",
        "stream": "clicks",
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "manifest": ["file:///a"],
    }
