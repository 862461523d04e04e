"""Who follows the docs' own `meltano add`, and selects nothing, reads what the tap reads alone."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from copernica_sandbox import Sandbox
from tests.support.meltano import BIN, ROOT, meltano
from tests.support.runs import command, config

if TYPE_CHECKING:
    from pathlib import Path

LOADER = ROOT / ".meltano" / "loaders" / "target-jsonl" / "venv" / "bin" / "target-jsonl"
# Its present is this machine's. A run that learns from its first answer that the account lives in another
# month has asked for a window in vain, and discovery by Meltano does not tell the sync what it learned.
ACCOUNT: dict[str, Any] = {
    "seed": 3, "days": 3, "clicks_per_day": 20, "databases": 1, "profiles": 20,
}  # fmt: skip
SINCE = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
FILES = [
    "meltano.yml",
    "hub/tap-copernica.yml",
    *(str(path.relative_to(ROOT)) for path in ROOT.glob("examples/*/meltano.yml")),
]


def run_meltano(folder: Path, *arguments: str, **env: str) -> None:
    done = meltano(*arguments, env=env, cwd=folder)
    assert "not found in the catalog" not in done.stderr


def lines_of_the_page() -> list[str]:
    """Give what the page types to add the plugins, up to where it installs them."""
    page = (ROOT / "docs" / "getting-started.md").read_text("utf-8")
    (text,) = re.findall(r"```sh\n(meltano add .*?)meltano install\n", page, re.DOTALL)
    return [str(line) for line in text.splitlines()]


def project(folder: Path) -> None:
    """Make a project as the page on getting started does; the plugins are those installed here."""
    path = folder / "meltano.yml"
    path.write_text("send_anonymous_usage_stats: false\nproject_id: newcomer\n")
    # The page's clone is beside the project.
    clone = folder.parent / "tap-copernica"
    clone.symlink_to(ROOT)
    for line in lines_of_the_page():
        run_meltano(folder, *shlex.split(line, comments=True)[1:])
    made = yaml.safe_load(path.read_text("utf-8"))
    made |= {"default_environment": "dev", "environments": [{"name": "dev"}]}
    (tap,), (loader,) = (made["plugins"][kind] for kind in ("extractors", "loaders"))
    assert "select" not in tap
    assert (folder / tap["pip_url"]).resolve() == ROOT
    assert tap["use_cached_catalog"] is False
    ours = yaml.safe_load((ROOT / "meltano.yml").read_text("utf-8"))["plugins"]["loaders"]
    assert loader == next(one for one in ours if one["name"] == "target-duckdb")
    tap["executable"] = str(BIN / "tap-copernica")
    loader = {"name": "target-jsonl", "namespace": "target_jsonl", "executable": str(LOADER)}
    made["plugins"]["loaders"] = [{**loader, "config": {"destination_path": str(folder / "out")}}]
    path.write_text(yaml.safe_dump(made))
    (folder / "out").mkdir()


def alone(box: Sandbox, folder: Path) -> None:
    """Discover and read with the tap alone, as with any Singer target."""
    settings = config(box, start_date=SINCE)
    (folder / "config.json").write_text(json.dumps(settings))
    given = ("--config", str(folder / "config.json"))
    assert command(*given, "--discover").returncode == 0
    assert command(*given).returncode == 0


def test_what_meltano_selects_by_itself_is_what_the_tap_reads_alone(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    project(folder)
    with Sandbox(**ACCOUNT) as box:
        env = {
            "TAP_COPERNICA_API_URL": box.url,
            "TAP_COPERNICA_ACCESS_TOKEN": box.token,
            "TAP_COPERNICA_START_DATE": SINCE,
        }
        run_meltano(folder, "run", "--no-install", "tap-copernica", "target-jsonl", **env)
        calls = box.calls
        box.reset_calls()
        alone(box, folder)
        # Without a catalog, discovery and the sync are one process and ask for the databases once.
        assert set(calls) == set(box.calls)
        assert calls.total() <= box.calls.total()
    found = {path.stem.rpartition("-")[0] or path.stem: path for path in folder.glob("out/*")}
    assert any("profiles_customers" in name for name in found)
    for name, path in found.items():
        assert not name.startswith(("log_", "coupons", "consumption")), name
        record = json.loads(path.read_text("utf-8").splitlines()[0])
        wanted = {"source"} if "unsubscribes" in name else set()
        assert not {"secret", "code", "source"} & set(record) - wanted, name


@pytest.mark.parametrize("name", FILES)
def test_no_rule_of_selection_is_needed_for_safety(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert '"*.*"' not in text
    assert "secret" not in text.replace("*.secret", "")
