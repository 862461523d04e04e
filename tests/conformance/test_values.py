"""What is stored of a value that is written to a field, as it was seen on the real API (v2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.conformance.account import DATABASE, OPTIONS, Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.sure("observed", "rmuit/copernica-api, HelperTest")
SELECT = "value1\r\n value2\r\n1\r\nlast "
KINDS = (
    "text", "email", "integer", "float", "date", "datetime", "empty_date", "empty_datetime",
)  # fmt: skip
CASES: list[tuple[str, Any, str]] = [
    *((kind, "  value ", "  value ") for kind in ("text", "email")),
    *((kind, True, "1") for kind in ("text", "email", "integer", "float", "select")),
    *((kind, False, "") for kind in ("text", "email", "select")),
    *((kind, 2.99, "2.99") for kind in ("text", "email", "float")),
    *((kind, -2, "-2") for kind in ("text", "integer", "float")),
    *((kind, ["any"], "") for kind in ("text", "email", "select")),
    *((kind, ["any"], "1") for kind in ("integer", "float")),
    *((kind, [], "0") for kind in ("integer", "float")),
    *((kind, "true", "0") for kind in ("integer", "float")),
    *((kind, "value", "0") for kind in ("integer", "float")),
    ("integer", "   3 ", "3"),
    ("integer", 2.99, "2"),
    ("integer", -2.99, "-2"),
    ("float", " 2.99  ", "2.99"),
    ("select", "value1", "value1"),
    ("select", "VALUE1", ""),
    ("select", "value", ""),
    ("select", " value2", " value2"),
    ("select", "value2", ""),
    ("select", "last", "last"),
    ("select", "last ", ""),
]
TIMES = [
    ("2020-01-02 03:04:05", "2020-01-02 03:04:05"),
    ("  2020-01-02t03:04:05  ", "2020-01-02 03:04:05"),
    ("2020-01-02t03:04:05.987654", "2020-01-02 03:04:05"),
    ("2020-01-02 03:4", "2020-01-02 03:04:00"),
    ("2020-2", "2020-02-01 00:00:00"),
    ("2020-01-02 03:04:05z", "2020-01-02 04:04:05"),
    ("2020-01-02 03:04:05utc", "2020-01-02 04:04:05"),
    ("2020-01-02 03:04:05+03:00", "2020-01-02 01:04:05"),
    ("@1577934245", "2020-01-02 04:04:05"),
    ("now", "2024-06-01 14:00:00"),
    ("a", "2024-06-01 14:00:00"),
    ("yesterday", "2024-05-31 00:00:00"),
    (1959, "2024-06-01 19:59:00"),
    (1960, "1960-06-01 14:00:00"),
    # A year below zero is a zero date also where nothing is allowed.
    ("0000-00-01 00:00", "0000-00-00 00:00:00"),
]
NO_TIMES: list[Any] = [
    "2020-01-02 03:", "2020-01-02 03:04 02:00", "2020-01-02tz03:04", "2020 2", "1900-01-001 00:00",
    "0000-00-00 23:59:59", "aa", "true", "", True, False, ["any"], 1596979546, 999, 10000,
]  # fmt: skip


@pytest.fixture(scope="module")
def call() -> Iterator[Caller]:
    with Sandbox(**OPTIONS) as box:
        call = Caller(box)
        for kind in KINDS:
            call("POST", f"database/{DATABASE}/fields", {"name": f"f_{kind}", "type": kind})
        given = {"name": "f_select", "type": "select", "value": SELECT}
        call("POST", f"database/{DATABASE}/fields", given)
        yield call
        call.close()


def stored(call: Caller, kind: str, value: Any) -> str:
    """Write a value and give what the API says of it."""
    given = {"fields": {f"f_{kind}": value}}
    number = call("POST", f"database/{DATABASE}/profiles", given).created
    text: str = call.get(f"profile/{number}")["fields"][f"f_{kind}"]
    return text


@pytest.mark.parametrize(("kind", "value", "text"), CASES)
def test_a_value_is_converted_never_refused(call: Caller, kind: str, value: Any, text: str) -> None:
    assert stored(call, kind, value) == text


@pytest.mark.parametrize(("value", "text"), TIMES)
def test_a_time_is_read_as_strtotime_does(call: Caller, value: Any, text: str) -> None:
    for prefix in ("", "empty_"):
        assert stored(call, f"{prefix}datetime", value) == text
        assert stored(call, f"{prefix}date", value) == text[:10]


@pytest.mark.parametrize("value", NO_TIMES)
def test_what_is_no_time_is_the_type_s_empty_value(call: Caller, value: Any) -> None:
    assert stored(call, "date", value) == "0000-00-00"
    assert stored(call, "datetime", value) == "0000-00-00 00:00:00"
    assert stored(call, "empty_date", value) == ""
    assert stored(call, "empty_datetime", value) == ""
