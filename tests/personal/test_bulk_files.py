"""No value of a person is in a bulk file, in what names it, in the state or in the log."""

from __future__ import annotations

import gzip
import itertools
import json
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from copernica_sandbox import Sandbox
from tests.support.bulk import batch_config
from tests.support.people import MADE_UP_ADDRESSES, personal_texts
from tests.support.runs import command, config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "a long key that nobody guesses"
KEPT = {"personal_data": "keep"}
DROPPED = {"personal_data": "drop"}
HASHED = {"personal_data": "hash", "hash_key": KEY}
FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}
ALWAYS = [("v2", HASHED, False, "jsonl"), ("v4", DROPPED, True, "parquet")]
OTHERS = [
    one
    for one in itertools.product(
        ("v2", "v4"), (DROPPED, HASHED), (False, True), ("jsonl", "parquet")
    )
    if one not in ALWAYS
]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(
        seed=3, days=4, clicks_per_day=20, profiles=60, now="2026-06-01T12:00:00+00:00"
    ) as found:
        yield found


@pytest.fixture(scope="module")
def people(box: Sandbox) -> set[str]:
    return personal_texts(box)


def read(box: Sandbox, folder: Path, **settings: Any) -> str:
    """Read the whole account into files; give all that the run has left anywhere, as text."""
    given = {
        "start_date": "2026-05-28",
        "optional_streams": ["*"],
        "optional_fields": ["*"],
        **settings,
    }
    (folder / "config.json").write_text(json.dumps(config(box, **given)))
    known = {file.name for file in folder.iterdir()}
    home = {"TMPDIR": str(folder), "LOGLEVEL": "DEBUG", "TAP_COPERNICA_LOGLEVEL": "DEBUG"}
    done = command("--config", str(folder / "config.json"), env=home)
    assert done.returncode == 0, done.stderr[-2000:]
    left = [done.stdout.replace("\\/", "/"), done.stderr]
    made = (file for file in sorted(folder.rglob("*")) if file.is_file())
    left += [text_of(file) for file in made if file.name not in known]
    return "\n".join(left)


def text_of(file: Path) -> str:
    """Give all that a file holds, compressed or not, with what Parquet keeps of its columns."""
    raw = file.read_bytes().decode("utf-8", "replace")
    if file.suffix == ".gz":
        return gzip.decompress(file.read_bytes()).decode()
    if file.suffix == ".parquet":
        rows = pq.read_table(file).to_pylist()
        return json.dumps(rows, default=str, ensure_ascii=False) + str(pq.read_metadata(file)) + raw
    return raw


def leaked(people: set[str], text: str) -> set[str]:
    return {one for one in people if one in text} | set(MADE_UP_ADDRESSES.findall(text))


@pytest.mark.parametrize(
    ("version", "way", "flat", "encoding"),
    [*ALWAYS, *[pytest.param(*one, marks=pytest.mark.soak) for one in OTHERS]],
    ids=lambda value: value.get("personal_data") if isinstance(value, dict) else str(value),
)
def test_no_value_of_a_person_is_in_a_file(  # noqa: PLR0917 - pytest gives arguments
    box: Sandbox,
    people: set[str],
    tmp_path: Path,
    version: str,
    way: dict[str, str],
    flat: bool,  # noqa: FBT001
    encoding: str,
) -> None:
    text = read(
        box,
        tmp_path,
        api_version=version,
        batch_config=batch_config(tmp_path / "files", encoding),
        **way,
        **(FLAT if flat else {}),
    )
    assert not leaked(people, text)
    assert KEY not in text
    for stream in ("clicks", "profiles_customers", "log_cdm_click"):
        assert list((tmp_path / "files").glob(f"{stream}-*")), stream


@pytest.mark.parametrize("encoding", ["jsonl", "parquet"])
def test_the_search_finds_what_is_kept(
    box: Sandbox, people: set[str], tmp_path: Path, encoding: str
) -> None:
    text = read(box, tmp_path, batch_config=batch_config(tmp_path / "files", encoding), **KEPT)
    found = leaked(people, text)
    assert len(found & people) > 0.9 * len(people) > 200
    assert any(MADE_UP_ADDRESSES.fullmatch(one) for one in found)
