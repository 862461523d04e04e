"""Text or a number that no JSON parser takes costs its own place, never the row, the window or the stream."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.hostile.families import FAMILIES
from tests.hostile.reading import rows_of
from tests.reliability.consumer import listening
from tests.support.bulk import ENCODINGS, batch_config, loaded
from tests.support.derived import derived
from tests.support.runs import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copernica_sandbox import Sandbox
    from copernica_sandbox.http import Reply, Request
    from tests.hostile.families import Family
    from tests.hostile.reading import Reader

MOST_CALLS = 60
BY_NAME = {family.name: family for family in FAMILIES}
# A field with text for each family whose rows have one.
TEXTS = {
    "events": "useragent",
    "publisher": "link_title",
    "emailings": "subject",
    "lists": "subject",
    "databases": "description",
    "profiles": "Email",
    "bulk": "Email",
    "log files": "city",
}
NUMBERS = {**TEXTS, "events": "mailing", "publisher": "emailing", "emailings": "template",
           "lists": "archived", "databases": "archived", "profiles": "Points", "bulk": "Points",
           "log files": "profile", "per mailing": "destinations", "consumption": "emails"}  # fmt: skip
# What the API sends, and what the record has.
DAMAGED_TEXTS = {
    "a byte that is no UTF-8": (b"a\xffb", "a\ufffdb"),
    "latin-1": (b"caf\xe9", "caf\ufffd"),
    "half an emoji": (b"hi \xf0\x9f", "hi \ufffd"),
    "half a surrogate pair": (b"hi \\ud83d", "hi \ufffd"),
    "the other half": (b"\\ude00, hi", "\ufffd, hi"),
    "a surrogate in UTF-8": (b"a\xed\xa0\x80b", "a\ufffd\ufffd\ufffdb"),
    "a tab": (b"a\tb", "a\tb"),
    "a line break": (b"a\r\nb", "a\r\nb"),
    "an escape that JSON does not have": (b"it\\'s", "it\ufffds"),
    "an escape that is cut off": (b"a\\u12", "a\ufffd12"),
}
DAMAGED_NUMBERS = {
    "beyond all floats": b"1e400",
    "below all floats": b"-1e400",
    "not a number": b"NaN",
    "infinity": b"-Infinity",
    "5000 digits": b"9" * 5000,
    "5000 digits in text": b'"' + b"9" * 5000 + b'"',
}


@dataclass
class Damage:
    """Puts something in the place of every second value of a field, in each answer of an endpoint."""

    name: str
    value: bytes
    odd: int = 0
    count: int = 0

    def __call__(self, _request: Request, reply: Reply) -> Reply:
        body = b"".join([reply.body, *(reply.chunks or ())])
        value = rb'("%s":)("(?:[^"\\]|\\.)*"|[^",}\[{]+)' % self.name.encode()
        numbers = itertools.count()

        def put(found: re.Match[bytes]) -> bytes:
            if next(numbers) % 2 != self.odd:
                return found[0]
            self.count += 1
            return found[1] + self.value

        reply.body, reply.chunks = re.sub(value, put, body), None
        return reply


def places(record: dict[str, Any], field: str) -> dict[str, Any]:
    """Give the object in a record that has the field."""
    inner = record.get("fields")
    return inner if isinstance(inner, dict) and field in inner else record


@pytest.mark.parametrize("damage", DAMAGED_TEXTS)
@pytest.mark.parametrize("name", TEXTS)
def test_damaged_text_costs_its_own_characters_and_one_warning(
    reader: Reader, name: str, damage: str
) -> None:
    sent, kept = DAMAGED_TEXTS[damage]
    family, field = BY_NAME[name], TEXTS[name]
    right = reader.right(family)
    change = Damage(field, b'"' + sent + b'"', odd=len(right) > 1)
    with listening() as log:
        output = reader.check(family, change, MOST_CALLS)
    assert output.error is None
    assert change.count
    got = rows_of(family, output)
    assert got.keys() == right.keys()
    damaged = [places(row, field)[field] for row in got.values()]
    assert 0 < damaged.count(kept) <= change.count
    for key, row in got.items():
        before = places(right[key], field)
        assert places(row, field)[field] in {kept, before[field]}
        same = {**before, field: None, **derived(field, places(row, field))}
        assert {**places(row, field), field: None} == same
    assert log.getvalue().count("U+FFFD") == 1


def said_of_nulls(reader: Reader, family: Family, change: Damage) -> str:
    """Check that damage makes its own values null, with a warning, and nothing else; give the log."""
    right, field = reader.right(family), change.name
    with listening() as log:
        output = reader.check(family, change, MOST_CALLS)
    assert output.error is None
    assert change.count
    got = rows_of(family, output)
    assert got.keys() == right.keys()
    nulls = 0
    for key, row in got.items():
        before = places(right[key], field)
        nulls += places(row, field)[field] is None and before[field] is not None
        assert {**places(row, field), field: None} == {**before, field: None}
    assert nulls
    assert f"{field}: a value of type" in log.getvalue()
    return log.getvalue()


@pytest.mark.parametrize("damage", DAMAGED_NUMBERS)
@pytest.mark.parametrize("name", sorted(NUMBERS.keys() - {"lists", "databases"}))
def test_a_number_that_no_type_holds_is_null(reader: Reader, name: str, damage: str) -> None:
    family, field = BY_NAME[name], NUMBERS[name]
    said = said_of_nulls(reader, family, Damage(field, DAMAGED_NUMBERS[damage]))
    assert "9999999" not in said


@pytest.mark.parametrize("levels", [1020, 20_000])
@pytest.mark.parametrize("opened", [b'{"a":', b"["], ids=["objects", "lists"])
@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_a_value_nested_without_end_costs_its_own_place(
    reader: Reader, name: str, opened: bytes, levels: int
) -> None:
    family, field = BY_NAME[name], {**NUMBERS, "lists": "subject"}[name]
    closed = b"}" if opened.startswith(b"{") else b"]"
    said_of_nulls(reader, family, Damage(field, opened * levels + b"1" + closed * levels))


@pytest.mark.parametrize("levels", [99, 300, 900, 1020, 20_000])
@pytest.mark.parametrize("shape", ["nested", "flattened", *ENCODINGS])
def test_an_object_of_whatever_comes_keeps_what_a_loader_can_follow(
    sandbox: Callable[..., Sandbox], tmp_path: Path, shape: str, levels: int
) -> None:
    settings: dict[str, Any] = {}
    if shape == "flattened":
        settings = {"flattening_enabled": True, "flattening_max_depth": 2}
    elif shape != "nested":
        settings = {"batch_config": batch_config(tmp_path, shape)}
    sent = b'"report":{"kept":"so","deep":' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"
    box = sandbox(days=60, clicks_per_day=200, now="2024-06-01T12:00:00+00:00")

    def alter(_request: Request, reply: Reply) -> Reply:
        reply.body = re.sub(rb'"report":(\{[^{}]*\}|\[\]|null)', sent, reply.body)
        return reply

    box.alter(alter, "/ms/abuses")
    with listening() as log:
        output = run(box, streams=("abuses",), start_date="2024-04-10", **settings)
    assert output.error is None
    records = output.records("abuses") or loaded(output.messages)["abuses"]
    reports = [one["report"] for one in records]
    assert reports
    for report in reports:
        value = json.loads(report) if isinstance(report, str) else report
        assert value["kept"] == "so"
        inner, depth = value["deep"], 0
        while isinstance(inner, dict):
            inner, depth = inner["a"], depth + 1
        assert depth == levels or 90 < depth <= 100
        assert inner == (1 if depth == levels else None)
    assert ("nested too deep" in log.getvalue()) == (levels == 20_000)
    assert ("abuses.report: a value" in log.getvalue()) == (99 < levels < 20_000)


@pytest.mark.parametrize("shape", ["nested", "flattened"])
@pytest.mark.parametrize("damage", [*DAMAGED_NUMBERS, "no number", "an object"])
def test_a_number_inside_an_object_costs_its_own_place(
    reader: Reader, damage: str, shape: str
) -> None:
    sent = {**DAMAGED_NUMBERS, "no number": b'"many"', "an object": b'{"value":1}'}[damage]
    flat: dict[str, Any] = {"flattening_enabled": shape == "flattened", "flattening_max_depth": 2}
    family = replace(BY_NAME["per mailing"], settings=flat)
    right = reader.right(family)
    change = Damage("total", sent)
    with listening() as log:
        output = reader.check(family, change, MOST_CALLS)
    assert output.error is None
    got = rows_of(family, output)
    assert got.keys() == right.keys()
    nulls = 0
    for key, row in got.items():
        got_now, before = columns(row), columns(right[key])
        lost = {name for name, value in got_now.items() if value != before[name]}
        assert {got_now[name] for name in lost} == {None}
        assert all(name[-1] == "total" for name in lost)
        nulls += len(lost)
    assert nulls == change.count
    assert len(re.findall(r"statistics\.(\w+)\.total: a value of type", log.getvalue())) == len(
        set(re.findall(r"statistics\.(\w+)\.total: \d+ values could not", log.getvalue()))
    )
    assert "9999999" not in log.getvalue()


def columns(record: dict[str, Any], *before: str) -> dict[tuple[str, ...], Any]:
    """Give the values of a record and of the objects in it, by their paths; flattened or not."""
    found: dict[tuple[str, ...], Any] = {}
    for name, value in record.items():
        path = (*before, *name.split("__"))
        found |= columns(value, *path) if isinstance(value, dict) else {path: value}
    return found


def test_a_number_that_no_type_holds_is_null_in_an_object_of_whatever_comes(reader: Reader) -> None:
    family = BY_NAME["emailings"]
    change = Damage("type", b'"individual","target":{"type":"database","sources":NaN}')
    output = reader.check(family, change, MOST_CALLS)
    assert output.error is None
    assert change.count


@pytest.mark.parametrize("damage", [b'"3\\t"', b'"3\t"', b'" 3\r\n"'])
def test_ids_with_damage_around_their_digits_are_those_ids(reader: Reader, damage: bytes) -> None:
    family = BY_NAME["ids"]

    class Damaged:
        count = 0

        def __call__(self, _request: Request, reply: Reply) -> Reply:
            reply.body = reply.body.replace(b'"3"', damage)
            return reply

    output = reader.check(family, Damaged(), MOST_CALLS)
    assert output.error is None
    assert rows_of(family, output).keys() == reader.right(family).keys()


@pytest.mark.parametrize("damage", [b"NaN", b"1e400", b'"\xff"', b"9" * 5000])
def test_an_id_that_cannot_be_read_is_one_clear_error(reader: Reader, damage: bytes) -> None:
    family = BY_NAME["ids"]

    class Damaged:
        count = 0

        def __call__(self, _request: Request, reply: Reply) -> Reply:
            reply.body = reply.body.replace(b'"3"', damage)
            return reply

    output = reader.check(family, Damaged(), MOST_CALLS)
    assert "that is no number. Nothing of its list was written. Run again" in str(output.error)
    assert not output.records(family.stream)


def test_a_damaged_name_among_those_of_log_files_hides_no_other(reader: Reader) -> None:
    family = BY_NAME["log names"]

    class Damaged:
        count = 0

        def __call__(self, _request: Request, reply: Reply) -> Reply:
            reply.body = b'["\xff\t\\ud83d",' + reply.body[1:]
            return reply

    output = reader.check(family, Damaged(), MOST_CALLS)
    assert output.error is None
    assert rows_of(family, output) == reader.right(family)
