"""What the page on the sandbox promises: its table, the container, the fixture of pytest."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from copernica_sandbox import Sandbox
from copernica_sandbox.command import parser
from copernica_sandbox.served import served
from tools.sandbox_table import PAGE, written

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
WITHOUT_THE_EXTRA = """
import sys
for name in ("uvicorn", "starlette", "orjson"):
    sys.modules[name] = None
import pytest
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", sys.argv[1]]))
"""


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(days=20, clicks_per_day=40, profiles=200, now="2024-06-01T12:00:00+00:00") as box:
        yield box


def test_the_table_of_paths_is_that_of_the_code() -> None:
    page = PAGE.read_text("utf-8")
    assert written(page) == page, "the table in docs/sandbox.md is stale: run `make docs`"


def test_a_path_of_the_table_is_there_and_nothing_else_is(box: Sandbox) -> None:
    paths = requests.get(f"{box.url}/sandbox/paths", timeout=30).json()
    assert [path["path"] for path in paths] == [one.path for one in served()]
    session = requests.Session()
    for path in paths:
        assert path["example"], path
        for version, method in product(("v2", "v3"), ("GET", "POST", "PUT", "DELETE")):
            there = method in path["methods"] and (method != "GET" or version in path["versions"])
            # Writes are tried with an id that nothing has: that is said before anything else.
            place = path["example"] if method == "GET" else path["path"]
            url = f"{box.url}/{version}/{place}"
            answer = session.request(method, url, params={"access_token": box.token}, timeout=30)
            if method == "GET" or there:
                assert ("Invalid method" not in answer.text) == there, (method, url, answer.text)


def test_unknown_streams_and_paths_of_the_control_are_an_error(box: Sandbox) -> None:
    answer = requests.get(f"{box.url}/sandbox/rows/nothing", timeout=30)
    assert answer.status_code == 400
    assert "no rows of 'nothing'; known: clicks" in answer.json()["error"]
    assert requests.get(f"{box.url}/sandbox/nothing", timeout=30).status_code == 404


def test_every_stream_that_is_named_has_rows_to_give(box: Sandbox) -> None:
    error = requests.get(f"{box.url}/sandbox/rows/nothing", timeout=30).json()["error"]
    for stream in error.partition("known: ")[2].split(", "):
        answer = requests.get(f"{box.url}/sandbox/rows/{stream}", timeout=30)
        assert answer.status_code == 200, stream


def test_the_container_is_started_as_the_command_allows() -> None:
    recipe = (ROOT / "examples" / "sandbox" / "Dockerfile").read_text("utf-8")
    entry = re.findall(r'"(.*?)"', recipe.partition("ENTRYPOINT")[2])
    assert entry[0] == "copernica-sandbox"
    given = parser().parse_args([*entry[1:], "--days", "30", "--seed", "7"])
    assert (given.host, given.port) == ("0.0.0.0", 8080)  # noqa: S104 (what the recipe says)
    with Sandbox(host="0.0.0.0", days=1, clicks_per_day=0) as box:  # noqa: S104 (as above)
        assert requests.get(f"{box.url}/sandbox/calls", timeout=30).json() == {}


def test_the_fixture_is_an_entry_point_named_like_its_module() -> None:
    """So that a conftest that names the module too does not register it twice."""
    (point,) = (
        point
        for point in importlib.metadata.entry_points(group="pytest11")
        if point.value == "copernica_sandbox.pytest_plugin"
    )
    assert point.name == point.value


def test_a_place_without_the_extra_is_not_disturbed(tmp_path: Path) -> None:
    test = tmp_path / "test_it.py"
    test.write_text("def test_one():\n    pass\n\n\ndef test_two(copernica_sandbox):\n    pass\n")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_EXTRA, str(test)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed, 1 error" in done.stdout or "1 failed, 1 passed" in done.stdout
    assert "pip install '.[sandbox]'" in done.stdout
