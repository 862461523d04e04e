from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from copernica_pipeline import places

if TYPE_CHECKING:
    from pathlib import Path


def write(root: Path, text: str) -> None:
    with places.partition(root, "events", "2024-01-01") as folder:
        (folder / "rows").write_text(text)


def rows(root: Path) -> str:
    return (root / "tables" / "events" / "2024-01-01" / "rows").read_text()


def test_a_partition_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    write(tmp_path, "old")
    write(tmp_path, "new")
    assert rows(tmp_path) == "new"
    assert len(list((tmp_path / "parts" / "events").iterdir())) == 1


def test_an_attempt_that_fails_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "old")
    with pytest.raises(ZeroDivisionError), places.partition(tmp_path, "events", "2024-01-01"):
        _ = 1 / 0
    assert rows(tmp_path) == "old"
    assert len(list((tmp_path / "parts" / "events").iterdir())) == 1


def test_what_a_killed_attempt_left_is_removed_and_other_partitions_stay(tmp_path: Path) -> None:
    write(tmp_path, "old")
    parts = tmp_path / "parts" / "events"
    for name in ("2024-01-01.dead", "2024-02-01.running"):
        (parts / name).mkdir()
    write(tmp_path, "new")
    assert not (parts / "2024-01-01.dead").exists()
    assert (parts / "2024-02-01.running").exists()


def test_two_runs_do_not_write_one_partition(tmp_path: Path) -> None:
    with places.partition(tmp_path, "events", "2024-01-01"):
        with pytest.raises(places.OccupiedError, match="2024-01-01"):
            write(tmp_path, "other")
        with places.partition(tmp_path, "events", "2024-02-01"):
            pass


def test_each_increment_sees_the_one_before(tmp_path: Path) -> None:
    seen = []
    for number in range(12):
        with places.increment(tmp_path, "events") as (folder, last):
            seen.append((last / "rows").read_text() if last else None)
            (folder / "rows").write_text(str(number))
    assert seen == [None, *map(str, range(11))]
