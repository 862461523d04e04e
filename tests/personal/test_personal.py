"""One setting keeps personal data out: of records, files, flattened columns, the state and the log."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.records.fields import Field, Personal
from tap_copernica.records.personal import class_of, hashed, without_query
from tap_copernica.streams import STREAMS
from tests.support.profiles import PLAIN, discovered, select
from tests.support.runs import Output, command, config, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2026-06-01T12:00:00+00:00"
KEY = "a long key that nobody guesses"
EVERYTHING: dict[str, Any] = {
    "start_date": "2026-05-28",
    "optional_streams": ["*"],
    "optional_fields": ["*"],
}
SHORTEST = 6
SCHEMAS: dict[str, Any] = {str(vars(one)["name"]): vars(one)["schema"] for one in STREAMS}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=3, days=6, clicks_per_day=20, profiles=60, now=NOW) as found:
        yield found


def personal_values(messages: list[dict[str, Any]]) -> set[str]:
    """Give every text that stands in a personal column of a run that keeps all."""
    kinds = {name: schema["properties"] for name, schema in SCHEMAS.items()}
    found: set[str] = set()

    def take(value: Any) -> None:
        if isinstance(value, str):
            found.add(value)
        for inner in value.values() if isinstance(value, dict) else ():
            take(inner)

    for message in messages:
        if message["type"] != "RECORD":
            continue
        stream, record = message["stream"], message["record"]
        for name, field in kinds.get(stream, {}).items():
            if class_of(field) in {Personal.PERSON, Personal.FREE_TEXT}:
                take(record.get(name))
        if stream.startswith(("profiles_", "subprofiles_")):
            take({name: value for name, value in record["fields"].items() if not _is_time(value)})
            take(record.get("secret"))
    return {value for value in found if len(value) >= SHORTEST}


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= 10 and value[4:5] == value[7:8] == "-"


def read(box: Sandbox, tmp_path: Path, **settings: Any) -> tuple[str, str]:
    """Run the command over all streams; give what it wrote, and its log at DEBUG."""
    given = config(box, **{**EVERYTHING, **settings})
    (tmp_path / "config.json").write_text(json.dumps(given))
    found = command("--config", str(tmp_path / "config.json"), "--discover")
    assert found.returncode == 0, found.stderr
    (tmp_path / "catalog.json").write_text(found.stdout)
    arguments = (
        "--config",
        str(tmp_path / "config.json"),
        "--catalog",
        str(tmp_path / "catalog.json"),
    )
    done = command(*arguments, env={"LOGLEVEL": "DEBUG", "TAP_COPERNICA_LOGLEVEL": "DEBUG"})
    assert done.returncode == 0, done.stderr[-2000:]
    return found.stdout + done.stdout, done.stderr


@pytest.fixture(scope="module")
def values(box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The personal values of the account, by version."""
    found = {}
    for version in ("v2", "v4"):
        written, _ = read(box, tmp_path_factory.mktemp(version), api_version=version)
        messages = [json.loads(line) for line in written.splitlines() if line.startswith('{"type"')]
        defined = json.dumps(
            [m for m in messages if m.get("stream") in {"database_fields", "collection_fields"}]
        )
        # What a definition of a field lists as its options, or the zone is called, tells of nobody.
        plain = {value for value in personal_values(messages) if value in defined}
        found[version] = personal_values(messages) - plain - {"Amsterdam"}
        assert len(found[version]) > 100
    return found


DROP = {"personal_data": "drop"}
HASH = {"personal_data": "hash", "hash_key": KEY}
ALWAYS = [("v2", DROP, False), ("v4", HASH, True)]
SOAK = [one for one in product(("v2", "v4"), (DROP, HASH), (False, True)) if one not in ALWAYS]


@pytest.mark.parametrize(
    ("version", "way", "flat"),
    [*ALWAYS, *(pytest.param(*one, marks=pytest.mark.soak) for one in SOAK)],
    ids=lambda value: value["personal_data"] if isinstance(value, dict) else str(value),
)
def test_no_personal_value_leaves(  # noqa: PLR0917 - pytest gives arguments
    box: Sandbox,
    values: dict[str, set[str]],
    tmp_path: Path,
    version: str,
    way: dict[str, str],
    flat: bool,  # noqa: FBT001
) -> None:
    more = {"flattening_enabled": True, "flattening_max_depth": 1} if flat else {}
    written, log = read(box, tmp_path, api_version=version, **way, **more)
    assert '"stream":"clicks"' in written
    text = written.replace("\\/", "/") + log
    leaked = {value for value in values[version] if value in text}
    assert not leaked
    assert KEY not in text


def test_every_property_has_a_class() -> None:
    def walk(schema: dict[str, Any], where: str) -> Iterator[str]:
        for name, field in schema.get("properties", {}).items():
            if not isinstance(field, Field):
                yield f"{where}.{name}"
            yield from walk(field, f"{where}.{name}")
            yield from walk(field.get("items", {}), f"{where}.{name}[]")

    assert [path for name, schema in SCHEMAS.items() for path in walk(schema, name)] == []


def test_the_class_is_in_the_catalogs_metadata(box: Sandbox) -> None:
    catalog = discovered(box)
    said = {
        (stream["tap_stream_id"], *entry["breadcrumb"]): entry["metadata"].get("personal-data")
        for stream in catalog["streams"]
        for entry in stream["metadata"]
    }
    assert said["clicks", "properties", "ip"] == "person"
    assert said["clicks", "properties", "profile"] == "link"
    assert said["clicks", "properties", "timestamp"] is None
    own = ("properties", "fields", "properties")
    assert said["profiles_customers", *own, "Email"] == "person"
    assert said["profiles_customers", *own, "Orders"] is None


def test_an_address_hashes_alike_in_profiles_and_logs(box: Sandbox, tmp_path: Path) -> None:
    way = {"personal_data": "hash", "hash_key": KEY}
    written, _ = read(box, tmp_path, **way)
    messages = [json.loads(line) for line in written.splitlines() if line.startswith('{"type"')]
    records = [m for m in messages if m["type"] == "RECORD"]
    logged = {m["record"].get("email") for m in records if m["stream"].startswith("log_")} - {None}
    mine = {
        value
        for m in records
        if m["stream"].startswith("profiles_")
        for value in m["record"]["fields"].values()
        if isinstance(value, str)
    }
    assert logged & mine
    assert all(len(value) == 64 for value in logged)


def test_a_machine_is_told_before_its_agent_is_dropped(box: Sandbox) -> None:
    kept = run(box, start_date="2026-05-28")
    dropped = run(box, start_date="2026-05-28", personal_data="drop", catalog=None)
    told = {record["ID"]: record["is_machine"] for record in kept.records()}
    assert told == {record["ID"]: record["is_machine"] for record in dropped.records()}
    assert set(told.values()) <= {True, False, None}
    assert all("ip" not in record and "useragent" not in record for record in dropped.records())
    assert all("?" not in (record["link"] or "") for record in dropped.records())


def test_exceptions_by_column_win(box: Sandbox) -> None:
    output = run(
        box,
        start_date="2026-05-28",
        personal_data="drop",
        hash_key=KEY,
        personal_data_overrides={"clicks.ip": "hash", "cl*.useragent": "keep"},
    )
    record = output.records()[0]
    assert len(record["ip"]) == 64
    assert record["useragent"]


def test_an_exception_that_matches_nothing_is_an_error(box: Sandbox) -> None:
    output = run(box, start_date="2026-05-28", personal_data_overrides={"clicks.ipp": "drop"})
    assert "clicks.ipp" in str(output.error)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"personal_data": "hash"}, "hash_key"),
        ({"personal_data": "hide"}, "personal_data"),
        ({"personal_data_overrides": {"clicks.ip": "away"}}, "personal_data_overrides"),
    ],
)
def test_a_mistake_in_the_settings_names_it(
    box: Sandbox, settings: dict[str, Any], named: str
) -> None:
    assert named in str(run(box, start_date="2026-05-28", **settings).error)


@pytest.mark.parametrize("key", ["k1", "abc", "q" * 15, f" {'q' * 15} "])
@pytest.mark.parametrize("way", [HASH, {"personal_data_overrides": {"clicks.ip": "hash"}}])
def test_a_short_key_of_hashes_is_warned_of_and_not_shown(
    box: Sandbox, caplog: pytest.LogCaptureFixture, key: str, way: dict[str, Any]
) -> None:
    output = run(box, start_date="2026-05-31", **{**way, "hash_key": key})
    assert output.error is None
    (line,) = [one for one in caplog.messages if "fewer than 16 characters" in one]
    assert "long random text" in line
    assert "changes all hashes" in line
    assert key not in line


@pytest.mark.parametrize("way", [{**HASH, "hash_key": "q" * 16}, {"hash_key": "abc"}])
def test_a_long_key_and_one_that_is_not_used_are_not_warned_of(
    box: Sandbox, caplog: pytest.LogCaptureFixture, way: dict[str, Any]
) -> None:
    assert run(box, start_date="2026-05-31", **way).error is None
    assert "fewer than 16" not in caplog.text


def test_hashes_are_hmac_sha256_of_the_trimmed_and_lowered_address() -> None:
    assert hashed(b"k", " Jane@Example.com ") == hashed(b"k", "jane@example.com")
    assert hashed(b"k", "Jane") != hashed(b"k", "jane")
    assert hashed(b"k", "jane@example.com") != hashed(b"l", "jane@example.com")


@pytest.mark.parametrize(
    ("url", "cut"),
    [
        ("https://a.example/path?mail=jane%40a.example#top", "https://a.example/path"),
        ("https://a.example/#jane", "https://a.example/"),
        ("https://jane:pw@a.example/x", "https://a.example/x"),
        ("{unsubscribe}", "{unsubscribe}"),
    ],
)
def test_a_link_loses_its_query_and_fragment(url: str, cut: str) -> None:
    assert without_query(url) == cut


@pytest.mark.parametrize("version", ["v2", "v4"])
@pytest.mark.parametrize("way", [DROP, HASH], ids=["drop", "hash"])
def test_a_field_that_appears_between_two_runs_is_covered(
    way: dict[str, str], version: str
) -> None:
    settings: dict[str, Any] = {"api_version": version, **way}
    with Sandbox(seed=3, days=6, clicks_per_day=5, profiles=30, now=NOW) as box:

        def read_profiles(state: Any) -> Output:
            catalog = select(discovered(box, **settings), "profiles_customers")
            return run(box, start_date="2026-05-28", state=state, catalog=catalog, **settings)

        first = read_profiles(None)
        box.add_field(PLAIN, "Nickname", "text")
        box.change_profiles(PLAIN, [1, 2, 3], fields={"Nickname": "Zwaluwstaart"})
        box.now = "2026-06-01T13:00:00+00:00"
        second = read_profiles(first.state)
    assert second.error is None
    profiles = second.records("profiles_customers")
    assert profiles
    assert "Zwaluwstaart" not in json.dumps(second.messages)
    found = {record["fields"].get("Nickname") for record in profiles}
    expected = hashed(KEY.encode(), "Zwaluwstaart") if way is HASH else None
    assert expected in found
