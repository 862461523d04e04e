"""Measure the tap against what people would pick instead.

`make bench` runs everything; `python -m benchmarks.run --mode cpu --repeats 1 --only tap,bare` a
part of it. Results go to `benchmarks/results`, those of a part or of fewer rounds to `.bench/results`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks import chart, doctor, modes, summary
from benchmarks.contenders import BY_NAME
from benchmarks.environments import ROOT, WORK, install
from benchmarks.measure import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MODES = (*modes.COMPARISONS, "growth", "doctor")
_ROUNDS = 3
_RESULTS = ROOT / "benchmarks" / "results"


def main() -> None:
    """Build the environments, measure, print and write what came out."""
    options = parse(sys.argv[1:])
    for name in sorted({"tap", *(BY_NAME[name].environment for name in _needed(options))}):
        install(name)
    partial = options.only or options.growth_rows or options.repeats < _ROUNDS
    folder = WORK / "results" if partial else _RESULTS
    for mode in options.mode or _MODES:
        try:
            result = _measured(mode, options)
        except DeliveryError as error:
            sys.exit(str(error))
        summary.show(result)
        write(folder / f"{mode}.json", {**_machine(), **result})
    chart.draw(folder)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", action="append", choices=_MODES, help="default: all")
    parser.add_argument("--repeats", type=int, default=_ROUNDS, help="runs of each contender (3)")
    parser.add_argument(
        "--only", type=_names, default=(), metavar="NAMES", help=f"of {', '.join(BY_NAME)}"
    )
    parser.add_argument(
        "--growth-rows", type=_numbers, default=(), metavar="NUMBERS", help="sizes of growth"
    )
    return parser.parse_args(arguments)


def write(file: Path, value: Any) -> None:
    """Write a result as JSON for people to read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _measured(mode: str, options: argparse.Namespace) -> dict[str, Any]:
    if mode == "growth":
        return modes.grow(options.growth_rows or modes.GROWTH, options.repeats)
    if mode == "doctor":
        return doctor.compare(options.repeats)
    only = options.only or modes.COMPARISONS[mode].contenders
    return modes.compare(modes.COMPARISONS[mode], only, options.repeats)


def _needed(options: argparse.Namespace) -> set[str]:
    names: set[str] = set()
    for mode in options.mode or _MODES:
        if mode != "doctor":
            growing = mode == "growth"
            names |= {modes.GROWING} if growing else {*modes.COMPARISONS[mode].contenders}
    return names & {*options.only, modes.GROWING} if options.only else names


def _machine() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in BY_NAME]:
        msg = f"{', '.join(unknown)}: not one of {', '.join(BY_NAME)}"
        raise argparse.ArgumentTypeError(msg)
    return names


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    main()
