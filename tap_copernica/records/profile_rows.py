"""Makes records of rows of profiles and subprofiles, with the account's own fields in the object `fields`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica.records.rows import RecordReader
from tap_copernica.records.strict import StrictRows
from tap_copernica.records.strict_profiles import ProfileLane, fits_profile_lane

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Sequence

    from tap_copernica.clock import AccountClock
    from tap_copernica.http.pagination import StrictPage
    from tap_copernica.records.fields import Schema
    from tap_copernica.records.personal import Protection
    from tap_copernica.records.rows import Record


class FieldsReader(RecordReader):
    """Reads the objects `fields`. Names in them are the account's, so they must match exactly."""

    @override
    def normal(self, name: str) -> str:
        return name

    @override
    def records(self, rows: Sequence[Any], **injected: Any) -> list[Record]:
        # PHP writes an object without fields as a list.
        return super().records([row or {} for row in rows], **injected)

    @override
    def warn_of_unknown(self, name: str) -> None:
        self.logger.warning(
            "%s: the account has a field `%s` that the catalog lacks; it is left out. Discover again to "
            "get it: `tap-copernica --config … --discover`, or in Meltano the next run with "
            "`use_cached_catalog: false` (or `--refresh-catalog`).",
            self.stream,
            name,
        )


class ProfileReader(RecordReader):
    """Reads rows of (sub)profiles; values in `fields` get the types that the account gave them."""

    def __init__(  # noqa: PLR0913 - what a stream knows of its rows
        self,
        stream: str,
        schema: Schema,
        clock: AccountClock,
        *,
        logger: logging.Logger,
        withheld: Iterable[str] = (),
        protection: Protection | None = None,
        fields_protection: Protection | None = None,
    ) -> None:
        """Make it.

        Args:
            stream: the stream's name.
            schema: of its records.
            clock: what wall-clock times are read by.
            logger: takes warnings.
            withheld: fields that rows have and records shall not have.
            protection: what is done with personal fields outside of `fields`.
            fields_protection: what is done with those in `fields`.
        """
        properties = dict(schema["properties"])
        fields = properties.pop("fields", {})
        # Only the key is required: a profile that never changed has no `modified`.
        super().__init__(
            stream,
            {**schema, "properties": properties},
            clock,
            required=["ID"],
            logger=logger,
            withheld=withheld,
            protection=protection,
        )
        self._gives_fields = "fields" in schema["properties"]
        self._lane: ProfileLane | None = None
        if fits_profile_lane(schema):
            self._lane = ProfileLane(schema, clock, tuple(withheld))
        fields = {**fields, "properties": fields.get("properties", {})}
        self.fields = FieldsReader(
            f"{stream}.fields",
            fields,
            clock,
            required=[],
            logger=logger,
            protection=fields_protection,
        )

    @property
    @override
    def strict_page(self) -> StrictPage | None:
        """What decodes pages that are exactly as documented; None where no page of this stream can be."""
        return None if self._lane is None else self._lane.page

    def strict_rows(self, array: bytes) -> StrictRows | None:
        """Decode a list of rows that are exactly as documented; None for any other."""
        return None if self._lane is None else self._lane.rows(array)

    @override
    def finished(self, records: Sequence[Record]) -> Sequence[Record]:
        if isinstance(records, StrictRows):  # for other records `self.fields.records` has done it
            self.fields.finished(records.inner("fields"))
        return super().finished(records)

    @override
    def records(self, rows: Sequence[Any], **injected: Any) -> list[Record]:
        fields = self.fields.records([_taken(row) for row in rows])
        records = super().records(rows, **injected)
        if not self._gives_fields:
            return records
        for record, own in zip(records, fields, strict=True):
            record["fields"] = own
        return records

    @override
    def log_losses(self) -> None:
        super().log_losses()
        self.fields.log_losses()


def _taken(row: Any) -> Any:
    """Take `fields` out of a row; `RecordReader` raises the error for what is no object."""
    if not isinstance(row, dict):
        return {}
    if "fields" in row:
        return row.pop("fields")
    return row.pop(next((name for name in row if name.lower() == "fields"), ""), {})
