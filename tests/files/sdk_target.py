"""A target of the SDK that writes what it loads as JSON lines: `python -m tests.files.sdk_target`."""

from __future__ import annotations

from pathlib import Path

import orjson
from singer_sdk import typing as th
from singer_sdk.sinks import BatchSink
from singer_sdk.target_base import Target
from typing_extensions import override


class LinesSink(BatchSink):
    """Appends the records of a batch to a file of its stream."""

    @override
    def process_batch(self, context: dict) -> None:  # type: ignore[type-arg]
        lines = [orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in context["records"]]
        with Path(self.config["folder"], f"{self.stream_name}.jsonl").open("ab") as file:
            file.writelines(lines)


class LinesTarget(Target):
    """Loads with the SDK's own code, BATCH messages too."""

    name = "target-lines"
    config_jsonschema = th.PropertiesList(
        th.Property("folder", th.StringType, required=True)
    ).to_dict()
    default_sink_class = LinesSink


if __name__ == "__main__":
    LinesTarget.cli()
