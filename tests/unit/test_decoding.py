"""JSON that is quite right, damaged, or none; and arrays cut into pieces, whatever they hold."""

from __future__ import annotations

import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_copernica.http import json_rows
from tap_copernica.http.decoding import strict, tolerant
from tap_copernica.http.json_rows import CutOffError, NotAnArrayError, elements

TEXTS = st.text(st.sampled_from('a"\\[]{},:é\U0001f600\n\u0000'), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=12) | st.lists(
    TEXTS | st.integers(), max_size=12
)


def read(body: bytes, step: int, *, bare: bool, decode: Any = strict) -> list[Any]:
    parts = [body[at : at + step] for at in range(0, len(body), step)]
    return [one for some in elements(parts, decode, bare=bare) for one in some]


@settings(max_examples=400, deadline=None)
@given(
    rows=ROWS,
    step=st.integers(1, 60),
    piece=st.sampled_from([1, 8, 64]),
    bare=st.booleans(),
    indent=st.sampled_from([None, 1]),
)
def test_any_array_comes_whole_in_pieces_of_any_size(
    *, rows: list[Any], step: int, piece: int, bare: bool, indent: int | None
) -> None:
    around = rows if bare else {"start": 0, "a": "]}{[", "data": rows, "links": {"data": [{}, {}]}}
    body = json.dumps(around, indent=indent, ensure_ascii=step % 2 == 0).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "_PIECE", piece)
        assert read(body, step, bare=bare) == rows
        for end in range(0, len(body), max(1, len(body) // 7)):
            with pytest.raises((CutOffError, NotAnArrayError)):
                read(body[:end], step, bare=bare)


def test_the_elements_before_damage_that_cannot_be_mended_come() -> None:
    found: list[Any] = []

    def read_all() -> None:
        for some in elements([b'{"data":[{"a":1},{"a":2},', b'{"a":<b>3</b>},{"a":4}]}'], strict):
            found.extend(some)

    with pytest.raises(CutOffError):
        read_all()
    assert found in ([], [{"a": 1}, {"a": 2}])


@pytest.mark.parametrize(
    "body",
    [b"[]", b'{"data":{}}', b'{"dat":[]}', b'{"data":[1]', b'{"data":[1]}x', b'{"data":[1],"data":[2]}', b""],
)  # fmt: skip
def test_what_has_another_form_is_told(body: bytes) -> None:
    with pytest.raises((NotAnArrayError, CutOffError)):
        read(body, 5, bare=False)


@pytest.mark.parametrize("begin", [b"[", b'{"data":['])
@pytest.mark.parametrize(
    "endless", [b"[" * 65536, b" " * 65536, b'"' + b"a" * 65535, b'{"a":' * 13000]
)
def test_an_array_without_end_is_given_up_in_bounded_memory(begin: bytes, endless: bytes) -> None:
    parts = (endless if number else begin for number in range(3000))
    with pytest.raises(CutOffError):
        list(elements(parts, strict, bare=begin == b"["))


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_what_is_right_is_read_alike_by_the_tolerant_decoder(value: Any) -> None:
    assert tolerant(orjson.dumps(value)) == value
    assert tolerant(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'["\xef\xbb\xbf"]', ["\ufeff"]),
        (b'\xef\xbb\xbf["a"]', ["a"]),
        (b'["\\ud83d\\ude00"]', ["\U0001f600"]),
        (b'["\\\\ud83d", "\\\\q"]', ["\\ud83d", "\\q"]),
        (b'{"\\ud800": "\xff"}', {"\ufffd": "\ufffd"}),
        (b"[18446744073709551615, 18446744073709551616, -9223372036854775809]",
         [2**64 - 1, 1.8446744073709552e19, -9.223372036854775808e18]),
    ],
)  # fmt: skip
def test_damage_is_mended_in_its_own_place(body: bytes, value: Any) -> None:
    assert tolerant(body) == value


@pytest.mark.parametrize(
    "body", [b'["\xff"', b"[1,]", b"{'a':1}", b"[" * 100_000, b'["a\\"]', b"", b"<p>"]
)
def test_what_is_cut_off_or_no_json_stays_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        tolerant(body)


def test_numbers_of_any_length_take_no_time() -> None:
    assert tolerant(b"[" + b"9" * 1_000_000 + b"]") == [math.inf]
