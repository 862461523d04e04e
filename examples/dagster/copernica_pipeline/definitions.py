"""What Dagster loads: assets, jobs, a schedule, and where they run."""

from __future__ import annotations

import importlib
import os

import dagster as dg

from copernica_pipeline import assets
from copernica_pipeline.plan import GROUPS

backfills = {group: assets.months(group, streams) for group, streams in GROUPS.items()}
increments = {group: assets.since(group, streams) for group, streams in GROUPS.items()}

# A job for each group, so that one that an account does not need costs nothing.
jobs = [dg.define_asset_job(f"backfill_{group}", [asset]) for group, asset in backfills.items()]
since = dg.define_asset_job("since", [*increments.values()])


def executor() -> dg.ExecutorDefinition:
    """Give the executor that the environment names, such as `dagster_k8s:k8s_job_executor`."""
    name = os.environ.get("COPERNICA_EXECUTOR", "dagster:multiprocess_executor")
    module, _, attribute = name.partition(":")
    found: dg.ExecutorDefinition = getattr(importlib.import_module(module), attribute)
    return found


definitions = dg.Definitions(
    assets=[*backfills.values(), *increments.values()],
    jobs=[*jobs, since],
    schedules=[dg.ScheduleDefinition(job=since, cron_schedule="10 * * * *")],
    executor=executor(),
    resources={
        "copernica": assets.Copernica(
            tap=dg.EnvVar("COPERNICA_TAP"),
            config=dg.EnvVar("COPERNICA_CONFIG"),
            catalog=dg.EnvVar("COPERNICA_CATALOG"),
            files=dg.EnvVar("COPERNICA_FILES"),
        )
    },
)
