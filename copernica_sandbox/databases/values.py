"""Values of the fields that an account defines: made from an index, and what they mean.

The API gives every value as text, also numbers (observed on v2).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Any

from copernica_sandbox.databases.shape import ZEROS
from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox.databases.shape import DataField

    Maker = Callable[[int, int], str]  # (id of the row, its noise) -> text

_EPOCH = date(1930, 1, 1)
_DATES = [(_EPOCH + timedelta(days=mix(71, i) % 34_000)).isoformat() for i in range(1024)]
_TIMES = [f"{mix(72, i) % 24:02d}:{mix(73, i) % 60:02d}:{mix(74, i) % 60:02d}" for i in range(1024)]
# A time of the night on which Amsterdam's clock skips an hour, and one that it shows twice.
_ODD_TIMES = ("2024-03-31 02:30:00", "2024-10-27 02:30:00")
_WORDS = (
    "Utrecht", "Den Haag", "", "Zürich", "São Paulo", "'s-Hertogenbosch", "Łódź", "100%",
    "a/b", 'say "yes"', "two\nlines", "東京", "mail 📧", "Curaçao", "under_score", "  padded ",
)  # fmt: skip
_PARAGRAPHS = tuple(
    f"{word or 'Nothing'}: " + "Long text of a customer, with more to say than fits a line. " * n
    for n, word in enumerate(_WORDS[:8])
)
_FLOATS = ("0", "-0.5", "1.0E+15", "0.1", "12345678.91", "1e-7", "3.14159265358979", "10")
_SHIFTS = (0, 7, 13, 19, 29, 37, 43, 51, 3, 11, 17, 23, 31, 41, 47)
_NUMBER = re.compile(r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
DATES, TIMES = {"date", "empty_date", "empty_data"}, {"datetime", "empty_datetime"}
NUMBERS = {"integer", "float", "foreign_key"}


def makers(fields: list[DataField]) -> list[tuple[str, Maker, int]]:
    """Return the name of each field, the function that makes its values, and which noise it takes.

    The noise of a row is to be shifted right by the number, so that fields differ.
    """
    shifts = cycle(_SHIFTS)
    return [(field.name, _maker(field), next(shifts)) for field in fields]


def initial(field: DataField) -> str:
    """Return what a new row holds in a field that nobody filled in."""
    if field.kind == "select":
        options = field.default.splitlines()
        return next((option[:-1] for option in options if option.endswith("*")), "")
    if field.default or field.kind.startswith("empty_"):
        return field.default
    return ZEROS.get(field.kind, "")


def meaning(kind: str, text: str) -> Any:
    """Return what a raw value means: a number, an ISO date, wall text of a time, or text.

    Nothing (an empty or zero date, an empty number) and what is no value of the type are None.
    """
    if kind in DATES:
        return None if text == "" or text.startswith("0000-") else text
    if kind in TIMES:
        return None if text == "" or text.startswith("0000-") else text
    if kind in NUMBERS:
        if not _NUMBER.match(text):
            return None
        return float(text) if kind == "float" else int(float(text)) if "." in text else int(text)
    return text


def _maker(field: DataField) -> Maker:
    if field.late:
        constant = ZEROS.get(field.kind, field.default)
        return lambda _number, _noise: constant
    if field.kind == "select":
        options = [option.rstrip("*") for option in field.default.splitlines()] or [""]
        return lambda _number, noise: options[noise % len(options)]
    return _MAKERS.get(field.kind, _text)


def _integer(_number: int, noise: int) -> str:
    if noise & 63 == 0:
        return str(2**31 + noise % 1000)
    return str((noise & 1023) - 24)


def _float(_number: int, noise: int) -> str:
    if noise & 15 == 0:
        return _FLOATS[noise >> 4 & 7]
    return f"{(noise & 0xFFFFF) / 100:.2f}"


def _date(_number: int, noise: int) -> str:
    return "0000-00-00" if noise & 15 == 0 else _DATES[noise >> 4 & 1023]


def _empty_date(_number: int, noise: int) -> str:
    if noise & 3 == 0:
        # Some bad input gives a zero date even here (observed on v2).
        return "0000-00-00" if noise & 63 == 0 else ""
    return _DATES[noise >> 2 & 1023]


def _datetime(_number: int, noise: int) -> str:
    if noise & 15 == 0:
        return "0000-00-00 00:00:00" if noise & 240 else _ODD_TIMES[noise >> 8 & 1]
    return f"{_DATES[noise >> 4 & 1023]} {_TIMES[noise >> 2 & 1023]}"


def _empty_datetime(number: int, noise: int) -> str:
    return "" if noise & 3 == 1 else _datetime(number, noise)


def _text(_number: int, noise: int) -> str:
    return _WORDS[noise & 15]


def email_of(number: int) -> str:
    """Return the address of the profile with this id, where a field holds one."""
    return f"person{number}@example.org"


def _email(number: int, _noise: int) -> str:
    return email_of(number)


def _phone(_number: int, noise: int) -> str:
    return "" if noise & 7 == 0 else f"+3161{noise & 0x7FFFFF:07d}"


def _big(_number: int, noise: int) -> str:
    return _PARAGRAPHS[noise & 7]


def _foreign_key(_number: int, noise: int) -> str:
    return ("", "0")[noise >> 3 & 1] if noise & 7 == 0 else str(1 + (noise & 1023))


_MAKERS: dict[str, Maker] = {
    "integer": _integer,
    "float": _float,
    "date": _date,
    "empty_date": _empty_date,
    "empty_data": _empty_date,
    "datetime": _datetime,
    "empty_datetime": _empty_datetime,
    "email": _email,
    "phone": _phone,
    "phone_fax": _phone,
    "phone_gsm": _phone,
    "big": _big,
    "foreign_key": _foreign_key,
}
