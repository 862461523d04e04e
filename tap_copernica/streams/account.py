"""The account that the token belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica.records import fields as f
from tap_copernica.streams.base import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_copernica.records.rows import Record


class AccountStream(Stream):
    """One row: who the token belongs to."""

    name = "account"
    path = "/identity"
    primary_keys = ("id",)
    schema = f.record(
        id=f.key(f.integer("Id of the account.", f.NONE)),
        name=f.text("Name of the account.", f.NONE),
        description=f.text("Description of the account.", f.NONE),
        company=f.text("Company that pays for it.", f.NONE),
        customer=f.mapping(
            "That company, in v3.",
            id=f.integer("Its id.", f.NONE),
            name=f.text("Its name.", f.NONE),
            isPartner=f.flag("Whether it is a partner of Copernica."),
        ),
        usedBy=f.mapping("Company that uses the account under a partner's licence, in v3."),
        license=f.mapping(
            "The licence, in v3.",
            id=f.integer("Its id.", f.NONE),
            isTrial=f.flag("Whether it is a trial."),
        ),
    )

    @override
    def read(self) -> Iterator[Record]:
        yield from self.emit(self._records())

    @override
    def probe(self) -> str:
        (record,) = self._records()
        return f"answers: {record['name'] or 'no name'} (id {record['id']})"

    def _records(self) -> list[Record]:
        return self.reader.records([self.object_at(self.path)])
