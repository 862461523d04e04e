"""The command `tap-copernica` as a user runs it: outputs, exit statuses, one clear line per mistake."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.support.runs import TAP, catalog_of, command, config, parse, truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copernica_sandbox import Sandbox

    Start = Callable[..., Sandbox]

MARKER = "m4rk3r/token+of&the=account"
NOW = "2024-06-01T12:00:00+00:00"
DEBUG = {"LOGLEVEL": "DEBUG", "TAP_COPERNICA_LOGLEVEL": "DEBUG"}
LOG_CONFIG = """
version: 1
disable_existing_loggers: false
formatters: {plain: {format: "%(name)s %(message)s"}}
handlers: {console: {class: logging.StreamHandler, formatter: plain, stream: ext://sys.stderr}}
root: {level: DEBUG, handlers: [console]}
loggers: {urllib3: {level: DEBUG, handlers: [console], propagate: false}}
"""


@pytest.fixture
def debug(tmp_path: Path) -> dict[str, str]:
    """Log everything, urllib3 through a handler of its own."""
    path = tmp_path / "logging.yml"
    path.write_text(LOG_CONFIG)
    return {**DEBUG, "SINGER_SDK_LOG_CONFIG": str(path)}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Any], str]:
    def write(name: str, content: Any) -> str:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


def assert_no_secret(done: subprocess.CompletedProcess[str]) -> None:
    for spelling in (MARKER, quote(MARKER), quote(MARKER, safe="")):
        assert spelling not in done.stdout + done.stderr


def assert_user_error(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    for word in words:
        assert any(word in line for line in done.stderr.splitlines()), done.stderr
    assert_no_secret(done)


@pytest.mark.parametrize("form", ["", "json", "markdown"])
def test_about_needs_no_settings(form: str) -> None:
    done = command("--about", *([f"--format={form}"] if form else []))
    assert done.returncode == 0
    assert "lookback_minutes" in done.stdout
    if form == "json":
        assert json.loads(done.stdout)["name"] == "tap-copernica"


def test_discover_needs_no_settings_and_warns() -> None:
    done = command("--discover")
    assert done.returncode == 0
    streams = {one["tap_stream_id"]: one for one in json.loads(done.stdout)["streams"]}
    assert streams["clicks"]["key_properties"] == ["ID"]
    assert streams["destinations"]["replication_key"] == "timestampsent"
    assert "`access_token` is missing" in done.stderr


@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
def test_the_test_makes_one_call_for_the_account_and_one_per_stream(
    sandbox: Start, write: Callable[[str, Any], str], debug: dict[str, str], version: str
) -> None:
    box = sandbox(days=2, now=NOW, token=MARKER)
    given = config(box, start_date="2024-01-01", api_version=version)
    done = command("--config", write("config.json", given), "--test", env=debug)
    assert done.returncode == 0
    assert_no_secret(done)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0][:2] == ["account", "answers:"]
    assert ["clicks", "answers:"] in [line[:2] for line in lines]
    assert [line[0] for line in lines if line[1] == "not"] == ["unsubscribes"] * (version == "v2")
    calls = [(path, dict(pairs)) for path, pairs in box.requests if path.startswith("/v")]
    assert len(calls) == len(lines)
    assert calls[0][0] == f"/{version}/identity"
    assert all(parameters["limit"] == "1" for _, parameters in calls[1:])


@pytest.mark.parametrize("arguments", [["--test"], ["--test=schema"], ["--discover"], []])
def test_a_database_that_does_not_exist_fails_in_every_form(
    sandbox: Start, write: Callable[[str, Any], str], arguments: list[str]
) -> None:
    box = sandbox(days=2, now=NOW)
    given = config(box, start_date="2024-05-31", databases=["Customers", "Custmers"])
    done = command("--config", write("config.json", given), *arguments)
    assert_user_error(done, "`databases` names what does not exist: Custmers. There are: Customers")
    assert done.returncode == 1


def test_the_test_takes_databases_that_exist_with_one_more_call(
    sandbox: Start, write: Callable[[str, Any], str]
) -> None:
    box = sandbox(days=2, now=NOW)
    given = config(box, start_date="2024-05-31", databases=["Customers"])
    done = command("--config", write("config.json", given), "--test")
    assert done.returncode == 0
    assert box.calls.total() == len(done.stdout.splitlines())
    assert done.stdout.splitlines()[-1].split() == ["`databases`", "names", "what", "exists"]


@pytest.mark.parametrize("arguments", [["--test"], []])
@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
def test_a_refused_token_is_one_clear_line(
    sandbox: Start,
    write: Callable[[str, Any], str],
    debug: dict[str, str],
    version: str,
    arguments: list[str],
) -> None:
    box = sandbox(days=2, now=NOW)
    given = config(box, start_date="2024-01-01", api_version=version, access_token=MARKER)
    done = command("--config", write("config.json", given), *arguments, env=debug)
    assert_user_error(done, "`access_token`")
    assert box.calls.total() == 1
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("config.json", None, "`--config`"),
        ("config.json", "{", "`--config`"),
        ("config.json", "[1]", "`--config`"),
        ("config.json", {"access_token": MARKER}, "`start_date`"),
        ("config.json", {"access_token": " ", "start_date": "2024-01-01"}, "`access_token`"),
        ("config.json", {"access_token": MARKER, "start_date": "soon"}, "`start_date`"),
        (
            "config.json",
            {"access_token": MARKER, "start_date": "2024-01-01", "page_size": 1001},
            "`page_size`",
        ),
        (
            "config.json",
            {
                "access_token": MARKER,
                "start_date": "2024-01-01",
                "api_url": f"https://{quote(MARKER, safe='')}@h",
            },
            "`api_url`",
        ),
        ("state.json", "{", "`--state`"),
        ("catalog.json", "[]", "`--catalog`"),
    ],
    ids=str,
)
def test_a_users_mistake_is_a_line_and_no_traceback(
    write: Callable[[str, Any], str], debug: dict[str, str], name: str, content: Any, words: str
) -> None:
    good = {"access_token": MARKER, "start_date": "2024-01-01", "api_url": "http://127.0.0.1:9"}
    path = "missing.json" if content is None else write(name, content)
    option = f"--{name.partition('.')[0]}"
    arguments = ["--config", path]
    if option != "--config":
        arguments = ["--config", write("good.json", good), option, path]
    assert_user_error(command(*arguments, env=debug), words)


FAILURES: list[tuple[str, dict[str, Any]]] = [
    ("503", {}),
    ("reset", {}),
    ("empty", {}),
    ("truncated", {}),
    ("html", {}),
    ("hang", {"seconds": 20}),
    ("redirect_other", {}),
    ("400", {"message": f"No entity, access_token={MARKER}"}),
]


@pytest.mark.parametrize(("kind", "options"), FAILURES, ids=lambda value: str(value)[:20])
def test_no_failure_shows_the_token(
    sandbox: Start,
    write: Callable[[str, Any], str],
    debug: dict[str, str],
    kind: str,
    options: dict[str, Any],
) -> None:
    box = sandbox(days=2, now=NOW, token=MARKER)
    box.fault(kind, **options)
    given = config(box, start_date="2024-05-31", max_tries=2, request_timeout=0.3)
    catalog = write("catalog.json", catalog_of("clicks"))
    done = command("--config", write("config.json", given), "--catalog", catalog, env=debug)
    assert_user_error(done, "clicks: ")
    assert done.returncode == 1
    assert "urllib3.connectionpool" in done.stderr  # its DEBUG log was on


def test_nobody_at_home_is_one_clear_line(
    write: Callable[[str, Any], str], debug: dict[str, str], sandbox: Start
) -> None:
    box = sandbox(days=1, now=NOW)
    given = config(box, access_token=MARKER, start_date="2024-05-31", max_tries=2)
    box.stop()
    done = command("--config", write("config.json", given), env=debug)
    assert_user_error(done, "in each of 2 tries")
    assert done.returncode == 1


CONSUMER = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "STATE":
        print(json.dumps(message["value"]), flush=True)
    elif message["type"] == "RECORD":
        print(message["record"]["ID"], message["record"].get("ip"), file=sys.stderr)
"""


def test_the_tap_pipes_into_any_target(sandbox: Start, write: Callable[[str, Any], str]) -> None:
    """As in the README: discover, deselect `ip`, pipe, keep the last state, run again."""
    box = sandbox(seed=4, days=10, clicks_per_day=200, now=NOW)
    settings = write("config.json", config(box, start_date="2024-05-25"))
    catalog = json.loads(command("--config", settings, "--discover").stdout)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] == ["properties", "ip"]:
                entry["metadata"]["selected"] = False
            if entry["breadcrumb"] == []:
                entry["metadata"]["selected"] = stream["tap_stream_id"] == "clicks"
    arguments = ["--config", settings, "--catalog", write("catalog.json", catalog)]
    first = command(*arguments)
    assert first.returncode == 0
    target = subprocess.run(
        [sys.executable, "-c", CONSUMER],
        input=first.stdout,
        capture_output=True,
        text=True,
        check=True,
    )
    ids = {int(line.split()[0]) for line in target.stderr.splitlines()}
    assert ids == truth(box, "2024-05-24T22:00:00+00:00", "2024-06-01T11:55:00+00:00")
    assert all(line.endswith(" None") for line in target.stderr.splitlines())
    assert all("ip" not in m["record"] for m in parse(first.stdout) if m["type"] == "RECORD")
    box.reset_calls()
    state = write("state.json", target.stdout.splitlines()[-1])
    again = command(*arguments, "--state", state)
    assert again.returncode == 0
    assert box.calls.total() == 1


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_a_run_that_is_stopped_goes_on_where_it_was(
    sandbox: Start, write: Callable[[str, Any], str], number: int, status: int
) -> None:
    box = sandbox(seed=4, days=15, clicks_per_day=900, now=NOW, latency_ms=20)
    settings = write("config.json", config(box, start_date="2024-05-20", page_size=300))
    catalog = write("catalog.json", catalog_of("clicks"))
    with subprocess.Popen(
        [*TAP, "--config", settings, "--catalog", catalog],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if '"type":"STATE"' in line and '"replication_key_value"' in line:
                process.send_signal(number)
                break
        text += process.stdout.read()
        process.communicate()
    assert process.returncode == status
    messages = parse(text)
    states = [message["value"] for message in messages if message["type"] == "STATE"]
    covered = states[-1]["bookmarks"]["clicks"]
    since, bookmark = covered["covered_from"], covered["replication_key_value"]
    ids = {message["record"]["ID"] for message in messages if message["type"] == "RECORD"}
    edge = "2024-06-01T11:55:00+00:00"
    assert truth(box, since, bookmark) <= ids
    assert (since, bookmark) != ("2024-05-19T22:00:00+00:00", edge)
    state = write("state.json", states[-1])
    rest = command("--config", settings, "--catalog", catalog, "--state", state)
    assert rest.returncode == 0
    ids |= {
        message["record"]["ID"] for message in parse(rest.stdout) if message["type"] == "RECORD"
    }
    assert ids == truth(box, "2024-05-19T22:00:00+00:00", edge)


# Sends itself a signal when the tap is imported.
INTERRUPTED_IMPORT = """
import importlib.abc, os, signal, sys

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "tap_copernica.tap":
            os.kill(os.getpid(), signum)

signum, how = int(sys.argv[1]), sys.argv[2]
sys.meta_path.insert(0, Finder())
if how == "ignored":
    signal.signal(signum, signal.SIG_IGN)
from tap_copernica.__main__ import main
sys.argv[1:] = ["--version"]
main()
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_tap_starts_ends_it_without_a_traceback(signum: signal.Signals) -> None:
    def started(how: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", INTERRUPTED_IMPORT, str(int(signum)), how],
            capture_output=True,
            text=True,
            check=False,
        )

    done = started("as usual")
    assert (done.returncode, done.stdout, done.stderr) == (128 + signum, "", "")
    ignored = started("ignored")
    assert (ignored.returncode, "tap-copernica v" in ignored.stdout) == (0, True)
