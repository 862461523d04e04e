"""Lists of bare ids: each once, in the order in which they came, whatever form the answer has."""

from __future__ import annotations

import io
import random

import pytest

from tap_copernica.errors import UnreadableError
from tap_copernica.http.decoding import strict
from tap_copernica.http.id_lists import Ids, ids_of


def read(body: bytes, *, at: int = 0) -> list[object]:
    file = io.BytesIO(body)
    file.seek(at)
    return list(ids_of(file, strict, "profile_ids", "/database/7/profileids"))


def test_ids_are_kept_once_in_the_order_of_their_arrival() -> None:
    ids = Ids()
    assert [ids.add(number) for number in (3, 5, 5, 9, 3, 4, 9, 4, 10, -1)] == [
        True, True, False, True, False, True, False, False, True, True,
    ]  # fmt: skip
    assert list(ids.numbers) == [3, 5, 9, 4, 10, -1]


def test_ids_in_any_order_are_what_a_set_would_keep() -> None:
    dice = random.Random(3)
    given = [dice.randrange(200) for _ in range(1000)]
    ids = Ids()
    new = [ids.add(number) for number in given]
    assert list(ids.numbers) == list(dict.fromkeys(given))
    assert sum(new) == len(ids.numbers)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'["1", "2", 3]', ["1", "2", 3]),
        (b'\xef\xbb\xbf["1"]', ["1"]),
        (b'{"start": 0, "data": ["1", 2], "total": 2}', ["1", 2]),
        (b'{"0": 4, "2": 5}', [4, 5]),
        (b'{"start": 0, "count": 0, "data": {}}', []),
        (b'{"data": {"0": 7}}', [7]),
        (b"[]", []),
        (b"{}", []),
    ],
)
def test_a_list_may_come_bare_in_an_envelope_or_as_php_writes_one(
    body: bytes, found: list[object]
) -> None:
    assert read(body) == found
    assert read(b"  " + body.removeprefix(b"\xef\xbb\xbf"), at=1) == found


def test_a_long_list_is_whole() -> None:
    numbers = list(range(200_000))
    assert read(str(numbers).encode()) == numbers


@pytest.mark.parametrize("body", [b"", b"[1, 2", b'"1"', b'{"error": 1}', b"[1] 2", b"7", b"{"])
def test_what_is_no_list_of_ids_is_said_so(body: bytes) -> None:
    words = r"^profile_ids: `/database/7/profileids` was asked for a list of ids .* report it"
    with pytest.raises(UnreadableError, match=words):
        read(body)
