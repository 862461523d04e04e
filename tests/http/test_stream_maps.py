"""Stream maps that fail, name nothing, or are for streams that are not read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import pytest

from copernica_sandbox import Sandbox
from tap_copernica.tap import TapCopernica
from tests.reliability.consumer import listening
from tests.support.profiles import discovered, select
from tests.support.runs import config, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAILING: dict[str, dict[str, Any]] = {
    "int of an address": {"n": "int(fields['Email'])"},
    "float of an address": {"n": "float(fields['Email'])"},
    "a time of an address": {"t": "datetime.datetime.fromisoformat(fields['Email'])"},
    "a filter": {"__filter__": "int(fields['Email']) > 1"},
    "a name that is none": {"n": "nosuch"},
    "a name of a field that is none": {"n": "fields['Emial']"},
    "a function that is none": {"n": "nosuch(fields['Email'])"},
    "None added to": {"n": "removed + fields['Email']"},
    "JSON of an address": {"n": "json.loads(fields['Email'])"},
}
STREAMS = ("profiles_people", "clicks", "templates")


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    layout = [{"name": "People", "profiles": 9, "fields": [("Email", "email")]}]
    with Sandbox(days=3, clicks_per_day=5, now="2026-06-01T12:00:00+00:00", layout=layout) as box:
        yield box


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize("batch", [False, True])
def test_a_map_that_fails_on_a_value_fails_its_stream_without_the_value(
    *, box: Sandbox, name: str, batch: bool, tmp_path: Path
) -> None:
    files: Any = {"encoding": {"format": "jsonl"}, "storage": {"root": str(tmp_path)}}
    with listening() as log:
        output = run(
            box,
            catalog=select(discovered(box), *STREAMS),
            start_date="2026-05-01",
            stream_maps={"profiles_people": FAILING[name]},
            batch_config=files if batch else None,
        )
    assert isinstance(output.error, click.ClickException)
    assert "profiles_people: the stream map of `" in output.error.message
    assert "1 of the streams failed" in output.error.message
    said = log.getvalue() + output.error.message
    assert "example.org" not in said
    assert "Traceback" not in said
    assert "unhandled" not in said
    assert not output.records("profiles_people")
    names = {m["stream"] for m in output.messages if m["type"] in {"RECORD", "BATCH"}}
    assert names == {"clicks", "templates"}


def test_a_stream_whose_map_failed_is_read_from_where_it_was(box: Sandbox) -> None:
    catalog = select(discovered(box), "clicks")
    settings: Any = {"start_date": "2026-05-30", "page_size": 2}
    whole = run(box, catalog=catalog, **settings).ids()
    last = {"n": f"int('x') if ID == {whole[-1]} else ID"}
    first = run(box, catalog=catalog, **settings, stream_maps={"clicks": last})
    assert first.error is not None
    second = run(box, state=first.state, catalog=catalog, **settings)
    assert {*first.ids(), *second.ids()} == {*whole}


@pytest.mark.parametrize(
    "maps",
    [
        {"clicks": {"link": None}},
        {"cl*": {"extra": "'x'"}},
        {"clicks": None},
        {"clicks": {"ID": "md5(str(ID))"}},
        {"other": {"__source__": "clicks", "extra": "'x'"}},
        {"clicks": {"__alias__": "other"}},
    ],
)
def test_a_map_for_a_stream_that_is_not_read_changes_nothing(
    box: Sandbox, maps: dict[str, Any]
) -> None:
    catalog = select(discovered(box), "templates")
    plain = run(box, catalog=catalog, start_date="2026-05-01")
    output = run(box, catalog=catalog, start_date="2026-05-01", stream_maps=maps)
    assert output.error is None
    assert output.records("templates") == plain.records("templates") != []
    assert {m["stream"] for m in output.messages if m["type"] == "SCHEMA"} == {"templates"}


@pytest.mark.parametrize(
    ("maps", "warning"),
    [
        ({"clicks": {"ipp": None}}, "removes `ipp` from `clicks`, which has no such field (`ip` was meant?)"),
        ({"clicks": {"ipp": "__NULL__"}}, "removes `ipp` from `clicks`"),
        ({"cl*": {"ipp": None}}, "removes `ipp` from `clicks`"),
        ({"c": {"__source__": "clicks", "ipp": None}}, "removes `ipp` from `clicks`"),
        ({"clcks": {"ip": None}}, "`stream_maps` names `clcks`, which is no stream (`clicks` was meant?)"),
        ({"x": {"__source__": "clcks"}}, "names `clcks`, which is no stream"),
        ({"nothing*": None}, "names `nothing*`, which is no stream"),
    ],
)  # fmt: skip
def test_a_misspelt_stream_or_field_is_a_warning(
    box: Sandbox, maps: dict[str, Any], warning: str
) -> None:
    catalog = select(discovered(box), "clicks", "templates")
    with listening() as log:
        output = run(box, catalog=catalog, start_date="2026-05-30", stream_maps=maps)
    assert output.error is None
    assert log.getvalue().count(warning) == 1
    assert output.records("templates")


@pytest.mark.parametrize(
    "maps",
    [
        {"clicks": {"ip": None}},
        {"clicks": {"__else__": None, "ID": "ID"}},
        {"clicks": {"new": "md5(link)", "__key_properties__": ["ID"]}},
        {"publisher_clicks": {"ip": None}},
        {"profiles_*": {"fields": None}},
        {"__else__": None, "clicks": {}},
        {"coupons": {"code": None}},
    ],
)
def test_a_right_map_is_no_warning(box: Sandbox, maps: dict[str, Any]) -> None:
    catalog = discovered(box)
    for stream in catalog["streams"]:  # what the user deselects is not misspelt
        for entry in stream["metadata"]:
            if entry["breadcrumb"] == ["properties", "ip"]:
                entry["metadata"]["selected"] = False
    with listening() as log:
        output = run(
            box, catalog=select(catalog, "clicks"), start_date="2026-05-30", stream_maps=maps
        )
    assert output.error is None
    assert "`stream_maps`" not in log.getvalue()


def test_discovery_warns_of_a_misspelt_stream_too(box: Sandbox) -> None:
    with listening() as log:
        TapCopernica(
            config=config(box, start_date="2026-05-01", stream_maps={"clcks": None})
        ).run_discovery()
    assert log.getvalue().count("`clcks`") == 1
