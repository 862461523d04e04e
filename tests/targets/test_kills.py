"""Meltano and target-postgres, killed again and again, end with the whole account: part of `make soak`."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.meltano import run_or_kill, settings_for
from tests.targets.loaders import SCHEMA

if TYPE_CHECKING:
    from tests.support.postgres import Database, PostgresServer

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KILLS", "10"))
SELECTED = (
    '["clicks.*", "emailings.*", "profiles_*.*", "subprofiles_*.*", "templates.*", "databases.*"]'
)


TAP, TARGET = "tap-copernica", "target-postgres"
# Who is killed, in turn: everything, as when a machine goes down, or plugins, which Meltano outlives.
VICTIMS = ((), (TAP,), (TARGET,), (TAP, TARGET))


def pipeline(
    box: Sandbox,
    database: Database,
    folder: Path,
    kill_after: float | None = None,
    victims: tuple[str, ...] = (),
) -> int:
    """Run the pipeline to its end, or kill processes after so many seconds; give the status."""
    settings = {
        **settings_for(box, folder, "2024-03-20"),
        "TAP_COPERNICA__SELECT": SELECTED,
        "TARGET_POSTGRES_HOST": database.host,
        "TARGET_POSTGRES_PORT": str(database.port),
        "TARGET_POSTGRES_USER": database.user,
        "TARGET_POSTGRES_PASSWORD": database.password,
        "TARGET_POSTGRES_DATABASE": database.name,
    }
    return run_or_kill((TAP, TARGET), settings, folder / "log", kill_after, victims)


def tables(database: Database) -> dict[str, list[str]]:
    """Give every table's rows as texts, without the loader's own columns, in order."""
    names = database.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = %s", SCHEMA
    )
    own = "(SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb(r)) WHERE key NOT LIKE '\\_sdc%')"
    return {
        name: [
            text
            for (text,) in database.query(
                f'SELECT {own}::text FROM {SCHEMA}."{name}" r ORDER BY 1'  # noqa: S608 (names of the tap)
            )
        ]
        for (name,) in names
    }


@pytest.mark.soak
def test_soak_of_a_database_whose_pipeline_is_killed_ten_times(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    dice = random.Random("a pipeline is killed")
    whole, killed = postgres.database(), postgres.database()
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    account: dict[str, Any] = {
        "start": "2024-03-25",
        "clicks_per_day": 150,
        "profiles": 400,
        "databases": 1,
    }
    with Sandbox(seed=3, now="2024-04-02T12:00:00+00:00", **account) as box:
        began = time.monotonic()
        assert pipeline(box, whole, tmp_path / "whole") == 0, (
            tmp_path / "whole" / "log"
        ).read_text()
        seconds = time.monotonic() - began
        kills = 0
        while kills < KILLS:
            moment, victims = dice.uniform(0, seconds), VICTIMS[kills % len(VICTIMS)]
            kills += pipeline(box, killed, tmp_path / "killed", moment, victims) != 0
        assert pipeline(box, killed, tmp_path / "killed") == 0, (
            tmp_path / "killed" / "log"
        ).read_text()
    right = tables(whole)
    assert len(right["clicks"]) > 1_000
    assert tables(killed) == right
