"""The account that the token belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica.errors import UnreadableError
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
        yield from self.emit(self.reader.records([self.identity()]))

    @override
    def probe(self) -> str:
        identity = {str(name).lower(): value for name, value in self.identity().items()}
        return f"answers: {identity.get('name', 'no name')} (id {identity.get('id', 'unknown')})"

    def identity(self) -> Record:
        """Ask for the account. Its fields come bare, or under `data`, as a Dutch page of the docs has it."""
        body = self.single(self.path)
        inner = body.get("data", body) if isinstance(body, dict) else body
        if not isinstance(inner, dict):
            msg = f"{self.name}: the API sent no account, but {type(inner).__name__}."
            raise UnreadableError(msg)
        return inner
