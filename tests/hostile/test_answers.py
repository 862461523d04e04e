"""A hostile answer gives the right rows, or one clear error; whatever it was, the next run makes it good.

Every test run takes some of the cases; with SOAK_SECONDS set, as `make soak` does, it is all of them.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.hostile.families import FAMILIES, Family
from tests.hostile.mutations import MUTATIONS
from tests.hostile.reading import rows_of

if TYPE_CHECKING:
    from copernica_sandbox.http import Reply, Request
    from tests.hostile.reading import Reader

MOST_CALLS = 400
"""Calls that a run of this account may make, whatever it is answered; with right answers it makes 2 to 14."""

ALL = [
    (family, mutation)
    for family in FAMILIES
    for mutation in MUTATIONS
    # An account without log files, or a file without rows, is nothing wrong; PHP writes both as either.
    if not (
        family.name.startswith("log")
        and mutation in {"all is an empty list", "all is an empty object"}
    )
    # A list that goes on behind the last id tells of this only by its total, which may be what is wrong.
    and (family.name, mutation) != ("profiles", "a row is left out")
]
SOME = 80


def chosen() -> list[tuple[Family, str]]:
    """Give each mutation once at least, on families in turn, and more at random but always the same."""
    if os.environ.get("SOAK_SECONDS"):
        return ALL
    each = {(FAMILIES[n % len(FAMILIES)], name) for n, name in enumerate(MUTATIONS)}
    more = random.Random("hostile answers").sample(ALL, SOME)
    return [case for case in ALL if case in each or case in more]


@dataclass
class Altered:
    """Answers of one endpoint, made wrong."""

    family: Family
    mutation: str
    count: int = 0

    def __call__(self, _request: Request, reply: Reply) -> Reply:
        changed = MUTATIONS[self.mutation](reply.body, self.family) if reply.status == 200 else None
        if changed is not None:
            self.count += 1
            reply.body, reply.content_type = changed
        return reply


@pytest.mark.parametrize(
    ("family", "mutation"), chosen(), ids=lambda value: getattr(value, "name", value)
)
def test_a_hostile_answer_gives_the_right_rows_or_one_clear_error(
    reader: Reader, family: Family, mutation: str
) -> None:
    right = reader.right(family)
    output = reader.check(family, Altered(family, mutation), MOST_CALLS)
    got = rows_of(family, output)
    for key, record in got.items():
        differs = {name: value for name, value in record.items() if value != right[key][name]}
        for name, value in differs.items():  # what could not be read is null, within an object too
            inner = value if isinstance(value, dict) else {"": value}
            was = right[key][name] if isinstance(value, dict) else {}
            assert not any(one for part, one in inner.items() if one != was.get(part)), differs
    if output.error is None:
        assert got.keys() == right.keys()
    else:
        assert "jane.doe" not in str(output.error)


def test_profiles_that_are_fewer_than_promised_are_warned_of(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing tells a row that was left out from a total that is wrong; so it is said, not guessed."""
    (family,) = (one for one in FAMILIES if one.name == "profiles")
    reader.box.clear_faults()
    reader.box.alter(Altered(family, "a row is left out"), family.path)
    output = reader.read(family)
    reader.box.clear_faults()
    assert output.error is None
    assert f"the API promised {len(reader.right(family))} rows and gave" in caplog.text
