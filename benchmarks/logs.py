"""Reads a log file of a gigabyte: time, and memory, which must not depend on the file's size.

`python -m benchmarks.logs [--rows 2500000]`. A line for a small file and one for the large one, each from a
run of the command.
"""

from __future__ import annotations

import argparse
from urllib.request import urlopen

from benchmarks.one_stream import measure
from copernica_sandbox import Sandbox

NOW = "2026-06-02T12:00:00+00:00"
STREAM, DAY = "log_cdm_click", "2026-06-01"


def main() -> None:
    """Measure both sizes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_500_000)
    rows = parser.parse_args().rows
    print("| rows | file, MB | seconds | CPU seconds | memory, MB |\n|---|---|---|---|---|")
    bytes_per_row = 0.0
    for clicks in (1000, rows):
        with Sandbox(seed=7, start=DAY, clicks_per_day=clicks, now=NOW) as box:
            took = measure(box, STREAM, start_date=DAY, end_date="2026-06-02")
            bytes_per_row = bytes_per_row or size_of_file(box) / took.rows
            print(
                f"| {took.rows:,} | {took.rows * bytes_per_row / 1e6:,.0f} | {took.seconds:.0f} "
                f"| {took.cpu:.0f} | {took.memory:.0f} |"
            )


def size_of_file(box: Sandbox) -> int:
    """Ask for the file itself."""
    url = f"{box.url}/v2/logfile/cdm-click.{DAY}.log/json?access_token={box.token}"
    with urlopen(url) as reply:  # noqa: S310 - the sandbox's
        return len(reply.read())


if __name__ == "__main__":
    main()
