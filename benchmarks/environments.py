"""One virtual environment per contender, with the versions pinned beside it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".bench"
PEERS = ROOT / "benchmarks" / "peers"


def python(name: str) -> Path:
    """Return the interpreter of a contender's environment."""
    return WORK / "environments" / name / "bin" / "python"


def install(name: str) -> None:
    """Build the environment of a contender, unless it is there already."""
    _build(name)
    if name == "tap":  # whose code is no copy that pip has compiled, as the peers' is
        packages = [ROOT / "tap_copernica", ROOT / "copernica_sandbox"]
        subprocess.run([python(name), "-m", "compileall", "-q", *packages], check=True)


def _build(name: str) -> None:
    wanted = _wanted(name)
    stamp = python(name).parents[1] / "installed"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"Building the environment of {name} ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", stamp.parent], check=True)
    pip = [str(python(name)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for packages in _packages(name):
        subprocess.run([*pip, *packages], check=True, cwd=ROOT)
    stamp.write_text(wanted, encoding="utf-8")


def _packages(name: str) -> list[list[str]]:
    """Give what to install, one step after the other."""
    if name == "tap":
        # Its files are loaded by the same DuckDB as those that are written by hand. The constraints have an
        # older one, for target-duckdb.
        tap = ["--constraint", "constraints.txt", "--editable", ".[parquet]"]
        return [tap, _pinned("by_hand")]
    return [_pinned(name)]


def _pinned(name: str) -> list[str]:
    return ["--no-deps", "--requirement", str(PEERS / name / "requirements.txt")]


def _wanted(name: str) -> str:
    files = [f"benchmarks/peers/{name}/requirements.txt"]
    if name == "tap":
        files = ["constraints.txt", "pyproject.toml", "benchmarks/peers/by_hand/requirements.txt"]
    parts = [(ROOT / file).read_bytes() for file in files]
    return hashlib.sha256(b"".join([sys.version.encode(), *parts])).hexdigest()
