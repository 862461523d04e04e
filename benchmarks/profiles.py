"""Reads a large database of profiles, with and without the bulk host: calls, time and memory.

`python -m benchmarks.profiles [--profiles 1000000] [--only API]`. A line for each host, from a run of the
command.
"""

from __future__ import annotations

import argparse

from benchmarks.one_stream import measure
from copernica_sandbox import Sandbox

NOW = "2026-06-01T12:00:00+00:00"
STREAM = "profiles_customers"
FIELDS = [
    ("Email", "email"),
    ("Firstname", "text"),
    ("City", "text"),
    ("Orders", "integer"),
    ("Spent", "float"),
    ("Birthday", "date"),
    ("Lastlogin", "datetime"),
]


def main() -> None:
    """Measure both ways and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["bulk", "API"], help="one of the hosts")
    options = parser.parse_args()
    profiles = options.profiles
    layout = [{"name": "Customers", "profiles": profiles, "fields": FIELDS}]
    print(
        "| host | profiles | API calls | seconds | CPU seconds | memory, MB |\n|---|---|---|---|---|---|"
    )
    with Sandbox(seed=7, layout=layout, clicks_per_day=0, now=NOW) as box:
        for host, bulk_url in (("bulk", box.bulk_url), ("API", "")):
            if options.only not in {None, host}:
                continue
            took = measure(box, STREAM, bulk_url=bulk_url)
            print(
                f"| {host} | {took.rows:,} | {took.calls:,} | {took.seconds:.0f} | {took.cpu:.0f} "
                f"| {took.memory:.0f} |"
            )


if __name__ == "__main__":
    main()
