"""What the command line of the sandbox takes, and the run itself."""

from __future__ import annotations

import argparse
import errno
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copernica_sandbox.box import Sandbox
from copernica_sandbox.compare import compare
from copernica_sandbox.switches import Switches, described

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    """Return the parser of `copernica-sandbox`."""
    switches = "\n".join(f"  {name}={was}\n      {about}" for name, was, about in described())
    result = argparse.ArgumentParser(
        prog="copernica-sandbox",
        description="Serve a made-up Copernica account on 127.0.0.1; its URL is printed first,"
        " its host for large lists is /bulk below it.",
        epilog=f"switches and their defaults:\n{switches}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = result.add_argument
    add(
        "--port",
        type=_port,
        default=8080,
        help="port to listen on; 0 picks a free one (default 8080)",
    )
    add("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    add(
        "--print-url",
        action="store_true",
        help="print the URL and nothing else, which it does in any case",
    )
    add(
        "--compare",
        type=Path,
        metavar="FOLDER",
        help="serve nothing: compare a folder of shapes of the real API's answers (as `copernica-doctor"
        " --shapes` writes them) with the simulated ones, and say where they differ",
    )
    add("--seed", type=int, default=1, help="equal seeds give equal accounts (default 1)")
    add("--days", type=int, default=30, help="days of history before now (default 30)")
    add("--clicks-per-day", type=int, default=100, help="clicks on an average day (default 100)")
    add("--mailings-per-day", type=int, help="mailings a day (default: one to three)")
    add("--even", action="store_true", help="one mailing a day, its events spread evenly")
    add(
        "--varied",
        action="store_true",
        help="mailings differ in their rates, some stand out, and machines open and click too",
    )
    add(
        "--profiles",
        type=int,
        help="profiles of the account (default: 5 per daily click, at least 1000)",
    )
    add(
        "--databases",
        type=int,
        default=1,
        help="databases: a plain one, an empty one, then simple ones (default 1)",
    )
    add(
        "--hard-names",
        action="store_true",
        help="a second database, with names and field names that warehouses stumble over",
    )
    add("--fields", type=int, default=0, help="fill every database up to this many fields")
    add(
        "--collections", type=int, default=0, help="fill every database up to this many collections"
    )
    add(
        "--layout",
        type=_layout,
        metavar="FILE",
        help="JSON that describes the databases, instead of --databases",
    )
    add(
        "--now",
        help="ISO instant at which the account's clock stands (default: the machine's clock)",
    )
    add("--start", help="date of the first mailing, instead of --days")
    add("--token", default="sandbox-token", help="API token to accept (default sandbox-token)")
    add("--zone", help="zone of the account's wall clock (short for --switch zone=...)")
    add("--latency-ms", type=float, default=0, help="delay of every call")
    add(
        "--offset-ms-per-thousand",
        type=float,
        default=0,
        help="further delay per thousand of start",
    )
    add(
        "--prerender",
        action="append",
        default=[],
        metavar="VERSION/STREAM",
        help="write a list in advance, such as v2/clicks, to serve it as fast as it goes",
    )
    add(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a switch; repeatable",
    )
    return result


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 1 << 16:
        msg = f"{text} is no port; give a number from 0 to 65535"
        raise argparse.ArgumentTypeError(msg)
    return port


def _layout(path: str) -> list[dict[str, Any]]:
    """Read the databases to serve (`databases.layout`) from a JSON file."""
    try:
        layout: list[dict[str, Any]] = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return layout


def run(arguments: Sequence[str] | None, stopped: threading.Event) -> int:
    """Serve until ``stopped`` is set; returns the exit status."""
    given = vars(parser().parse_args(arguments))
    port, zone, assignments = given.pop("port"), given.pop("zone"), given.pop("switch")
    folder = given.pop("compare")
    given.pop("print_url")
    if zone is not None:
        assignments = [f"zone={zone}", *assignments]
    try:
        box = Sandbox(port=port, switches=_assigned(assignments), **given)
        if folder is not None:
            return compare(box.core, folder)
        _start(box, given["host"], port)
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"copernica-sandbox: {error}\n")
        return 1
    try:
        sys.stdout.write(f"{box.url}\n")
        sys.stdout.flush()
        stopped.wait()
    finally:
        box.stop()
    return 0


def _start(box: Sandbox, host: str, port: int) -> None:
    """Start to serve; raises ValueError if the address cannot be listened on."""
    try:
        box.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            msg = f"port {port} is in use; give another with --port, or --port 0 for a free one"
        else:
            msg = f"cannot listen on {host}, port {port} ({error.strerror}); give another --host or --port"
        raise ValueError(msg) from None


def _assigned(assignments: Sequence[str]) -> dict[str, object]:
    switches, values = Switches(), {}
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        switches = switches.parsed(name, text)
        values[name] = getattr(switches, name)
    return values
