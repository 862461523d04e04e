"""Reads one family while its answers are made wrong, and once more when they are right again."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol

import click

from tests.reliability.consumer import listening
from tests.support.profiles import discovered, select
from tests.support.runs import only, run
from tests.support.tally import TALLIES

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox
    from copernica_sandbox.http import Reply, Request
    from tests.hostile.families import Family
    from tests.support.runs import Output

Rows = dict[Any, dict[str, Any]]


class Alteration(Protocol):
    """Makes right answers wrong; `count` says how many so far."""

    count: int

    def __call__(self, request: Request, reply: Reply, /) -> Reply: ...


class Reader:
    """Reads families of one account, and knows the right rows of each."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self._catalog = discovered(box)
        self._right: dict[Family, Rows] = {}

    def read(self, family: Family, state: Any = None) -> Output:
        catalog = only(select(self._catalog, family.stream))
        return run(self.box, state=state, catalog=catalog, **family.configured(self.box))

    def right(self, family: Family) -> Rows:
        """Give the rows that a run brings while all answers are right."""
        if family not in self._right:
            output = self.read(family)
            assert output.error is None
            self._right[family] = rows_of(family, output)
        return self._right[family]

    def check(self, family: Family, change: Alteration, most_calls: int) -> Output:
        """Read while `change` makes answers wrong, then from that state while they are right.

        The first run must end well, or with one clear error and no traceback; both together must bring
        every row. Whether the rows of the first are right is for the caller to say.
        """
        box, right, tally = self.box, self.right(family), TALLIES[family.name]
        box.clear_faults()
        box.reset_calls()
        box.alter(change, family.path)
        with listening() as log:
            output = self.read(family)
        box.clear_faults()
        assert box.calls.total() <= most_calls
        assert "Traceback" not in log.getvalue()
        if output.error is not None:
            assert isinstance(output.error, click.ClickException), repr(output.error)
            assert family.stream in output.error.message
        second = self.read(family, state=output.state)
        assert second.error is None
        assert rows_of(family, output, second).keys() >= right.keys()
        tally.runs += 2
        tally.hostile += change.count
        tally.compared += len(right)
        return output


def rows_of(family: Family, *outputs: Output) -> Rows:
    """Give what an upsert of these runs makes; when an id was seen differs between runs."""
    rows: Rows = {}
    for output in outputs:
        key = itemgetter(0)
        for message in output.messages:
            if message["type"] == "SCHEMA":
                key = itemgetter(*message["key_properties"])
        for record in output.records(family.stream):
            record.pop("seen_at", None)
            rows[key(record)] = record
    return rows
