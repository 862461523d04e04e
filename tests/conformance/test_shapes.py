"""Shapes of real answers become cases: a command says where the simulated API differs from them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from copernica_sandbox import Sandbox
from copernica_sandbox.shapes import differences, joined, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [str(Path(sys.executable).parent / "copernica-sandbox"), "--days", "5", "--compare"]
ACCOUNT: dict[str, Any] = {"days": 5, "now": "2024-06-01T12:00:00+00:00"}
PATHS = (
    "ms/clicks", "ms/emailing/*/statistics", "database/*", "database/*/profiles",
    "publisher/documents", "view/*/rules", "identity", "database/*/profileids",
    "publisher/destination/*", "couponcampaigns",
)  # fmt: skip


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(**ACCOUNT) as box:
        yield box


def written(box: Sandbox, folder: Path, *, version: str = "v3") -> None:
    """Write shapes as the doctor does, of another account's answers."""
    base = f"{box.url}/{version}"
    examples = {
        one["path"]: one for one in requests.get(f"{box.url}/sandbox/paths", timeout=9).json()
    }
    for path in PATHS:
        url = f"{base}/{examples[path]['example']}?access_token={box.token}&limit=50"
        answer = requests.get(url, timeout=9)
        case = {
            "version": version,
            "path": path,
            "parameters": {"limit": "50"},
            "status": answer.status_code,
            "shape": shape_of(answer.json()),
        }
        name = path.replace("/", "_").replace("*", "id")
        (folder / f"{name}.json").write_text(json.dumps(case))


def compared(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, str(folder)], capture_output=True, text=True, check=False)


def test_another_account_of_the_same_api_does_not_differ(box: Sandbox, tmp_path: Path) -> None:
    written(box, tmp_path)
    done = compared(tmp_path)
    assert done.stdout == f"{len(PATHS)} answers compared, 0 differ\n"
    assert done.returncode == 0


def test_what_differs_is_named_by_place(box: Sandbox, tmp_path: Path) -> None:
    written(box, tmp_path)
    file = tmp_path / "ms_clicks.json"
    case = json.loads(file.read_text())
    row = case["shape"]["object"]["data"]["array"]["object"]
    row["ID"] = {"integer": True}
    row["timestamp"] = {"object": {"date": {"text": [26, 26], "like": ["text"]}}}
    row["country"] = {"text": [2, 2], "like": ["text"]}
    del row["link"]
    file.write_text(json.dumps(case))
    done = compared(tmp_path)
    lines = [
        line.removeprefix("ms_clicks.json: v3/ms/clicks: ") for line in done.stdout.split("\n")
    ]
    assert lines == [
        "data[]: the simulated API lacks country",
        "data[]: the real API lacks link",
        "data[].ID: integer in the real API, simulated text",
        "data[].timestamp: object in the real API, simulated text",
        f"{len(PATHS)} answers compared, 1 differ",
        "",
    ]
    assert done.returncode == 1


def test_an_empty_folder_and_a_file_that_is_no_shape_are_errors(tmp_path: Path) -> None:
    assert compared(tmp_path).returncode == 1
    (tmp_path / "x.json").write_text("{}")
    done = compared(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("copernica-sandbox: x.json is no shape of an answer")


def test_no_value_and_no_name_of_the_account_is_in_a_shape(box: Sandbox) -> None:
    url = f"{box.url}/v3/database/11/profiles?access_token={box.token}&limit=50"
    text = json.dumps(shape_of(requests.get(url, timeout=9).json()))
    assert "example.org" not in text
    assert "Firstname" not in text
    assert '"fields": {"object": {"*": ' in text


def test_shapes_of_many_rows_are_one() -> None:
    one, other = shape_of({"a": "1", "b": None}), shape_of({"a": 5, "c": "2024-01-02"})
    assert joined(one, other) == {
        "object": {
            "a": {"text": [1, 1], "like": ["number"], "integer": True},
            "b": {"null": True},
            "c": {"text": [10, 10], "like": ["date"]},
        }
    }
    assert list(differences(one, joined(one, other))) == ["the answer: the real API lacks c"]
