"""The assets: for each group of streams the months of a backfill, and what has come since."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from copernica_pipeline import files, places
from copernica_pipeline.plan import MONTHS, POOL, RETRIES, TIMEZONE
from copernica_pipeline.tap import Reading, Tap

_CHECK = "rows_agree"


class Copernica(dg.ConfigurableResource):
    """Where the tap, its settings, its catalog and the files are."""

    tap: str
    config: str
    catalog: str
    files: str

    @property
    def reader(self) -> Tap:
        """The tap, ready to be run."""
        return Tap(self.tap, Path(self.config), Path(self.catalog))


def months(group: str, streams: Sequence[str]) -> dg.AssetsDefinition:
    """Give the asset whose partitions are the months of a group's backfill."""

    @_asset(group, f"{', '.join(streams)}, month by month.", "backfill", partitions_def=MONTHS)
    def month(context: dg.AssetExecutionContext, copernica: Copernica) -> Iterator[Any]:
        period = context.partition_time_window
        settings = _settings(period.start, period.end)
        with places.partition(Path(copernica.files), group, context.partition_key) as folder:
            reading = copernica.reader.read(streams, folder, settings, tell=context.log.info)
            check = _compared(reading, folder)
            yield from _refusal(check)
        yield _told(reading, settings["start_date"], check)

    return month


def since(group: str, streams: Sequence[str]) -> dg.AssetsDefinition:
    """Give the asset that goes on from the end of a group's backfill, a bit further each run."""
    name = f"{group}_since"

    @_asset(name, f"{', '.join(streams)}: what has come since the backfill.", "since")
    def increment(context: dg.AssetExecutionContext, copernica: Copernica) -> Iterator[Any]:
        settings = _settings(MONTHS.get_last_partition_window().end, None)
        with places.increment(Path(copernica.files), group) as (folder, last):
            # The state lies with the rows that it covers, so that neither is ever without the other.
            state = json.loads((last / "state.json").read_text("utf-8")) if last else None
            reading = copernica.reader.read(streams, folder, settings, state, tell=context.log.info)
            check = _compared(reading, folder)
            yield from _refusal(check)
        yield _told(reading, _bookmarks(state) or settings["start_date"], check)

    return increment


def _asset(
    name: str, description: str, asset_group: str, **options: Any
) -> Callable[..., dg.AssetsDefinition]:
    return dg.asset(
        name=name,
        description=description,
        group_name=asset_group,
        kinds={"copernica", "parquet"},
        pool=POOL,
        retry_policy=RETRIES,
        check_specs=[dg.AssetCheckSpec(_CHECK, asset=name)],
        **options,
    )


def _settings(begin: datetime, end: datetime | None) -> dict[str, Any]:
    return {
        "start_date": begin.isoformat(),
        "end_date": end and end.isoformat(),
        "timezone": TIMEZONE,
        "max_api_calls": None,  # what it leaves out would be missing for good
    }


def _compared(reading: Reading, folder: Path) -> dg.AssetCheckResult:
    """Compare the rows that the files hold with those that the tap counted."""
    counted = {name: run.rows for name, run in reading.streams.items() if run.rows}
    held = files.rows(folder)
    return dg.AssetCheckResult(
        check_name=_CHECK,
        passed=held == counted,
        metadata={"in_files": held, "counted_by_tap": counted},
    )


def _refusal(check: dg.AssetCheckResult) -> Iterator[dg.AssetCheckResult]:
    """End the attempt where the check failed, before anything is replaced.

    Raises:
        dagster.Failure: if it did.
    """
    if not check.passed:
        yield check
        raise dg.Failure(description="The files do not hold the rows that the tap counted.")


def _told(reading: Reading, begin: Any, check: dg.AssetCheckResult) -> dg.MaterializeResult[Any]:
    """Say what was read, and from where to where."""
    metadata = {
        "dagster/row_count": reading.total("rows"),
        "calls": reading.total("calls"),
        "seconds": reading.seconds,
        "from": begin,
        "until": _bookmarks(reading.state),
        "streams": {name: asdict(run) for name, run in reading.streams.items()},
    }
    return dg.MaterializeResult(metadata=metadata, check_results=[check])


def _bookmarks(state: dict[str, Any] | None) -> dict[str, str]:
    """Give up to where a state has each stream."""
    found = (state or {}).get("bookmarks", {})
    key = "replication_key_value"
    return {name: bookmark[key] for name, bookmark in found.items() if key in bookmark}
