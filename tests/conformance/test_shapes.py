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
from copernica_sandbox.shapes import differences, shape_of

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
        one["path"]: one for one in requests.get(f"{box.url}/sandbox/paths", timeout=30).json()
    }
    for path in PATHS:
        url = f"{base}/{examples[path]['example']}?access_token={box.token}&limit=50"
        answer = requests.get(url, timeout=30)
        case = {
            "format": 1,
            "version": version,
            "path": f"/{path}".replace("*", "{id}"),
            "params": ["limit"],
            "status": answer.status_code,
            "content_type": answer.headers["Content-Type"],
            "body": shape_of(answer.json()),
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
    row = case["body"]["keys"]["data"]["items"][0]["keys"]
    row["ID"] = {"type": "integer"}
    row["timestamp"] = shape_of({"date": "2024-01-01 00:00:00.000000", "timezone_type": 3})
    row["country"] = shape_of("NL")
    row["destination"] = shape_of("0123456789abcdef")
    del row["link"]
    file.write_text(json.dumps(case))
    done = compared(tmp_path)
    lines = [
        line.removeprefix("ms_clicks.json: v3/ms/clicks: ") for line in done.stdout.split("\n")
    ]
    assert lines == [
        "data[]: the simulated API lacks country",
        "data[]: the real API lacks link",
        "data[].ID: integer in the real API, simulated string",
        "data[].timestamp: object in the real API, simulated string",
        "data[].destination: texts like hex in the real API alone",
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
    text = json.dumps(shape_of(requests.get(url, timeout=30).json()))
    assert "example.org" not in text
    assert "Firstname" not in text
    assert '"fields": {"type": "object", "keys": {"#1": ' in text


def test_shapes_of_many_rows_are_one() -> None:
    (row,) = shape_of([{"a": "1", "b": None}, {"a": 5, "c": "2024-01-02"}, {"a": "234"}])["items"]
    assert row["keys"]["a"] == {
        "any": [{"type": "string", "form": "integer", "length": [1, 3]}, {"type": "integer"}]
    }
    assert row["keys"]["b"] == {"any": [{"type": "null"}, {"type": "absent"}]}
    assert list(differences([shape_of({"a": "x"})], [row])) == [
        "the answer: the real API lacks b, c",
        "a: texts like text in the real API alone",
    ]


def test_the_doctor_writes_what_is_read_here() -> None:
    doctor = pytest.importorskip("tap_copernica.doctor.shapes")
    row = {
        "ID": "1",
        "fields": {"Email": "a@b.example"},
        "list": [{"x": 1}, {"x": None}],
        "on": True,
    }
    assert shape_of(row) == doctor.shape_of(row)
    assert doctor.path_without_ids("/database/11/profiles") == "/database/{id}/profiles"
