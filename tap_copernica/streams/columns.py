"""The columns that there are, for settings that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.errors import RunError
from tap_copernica.streams.base import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_sdk.streams import Stream as SdkStream

    from tap_copernica.records.fields import Schema
    from tap_copernica.records.personal import Rules


def check_overrides(
    rules: Rules, kinds: Iterable[type[Stream]], streams: Mapping[str, SdkStream], *, known: bool
) -> None:
    """Refuse an exception of `personal_data_overrides` that matches no column.

    Args:
        rules: the settings on personal data.
        kinds: every stream whose schema is known without asking.
        streams: the streams of the run, those of the account's own databases among them.
        known: whether the account's own databases are known; else nothing is refused.

    Raises:
        RunError: that names the exceptions.
    """
    schemas: dict[str, Schema] = {vars(one)["name"]: vars(one)["schema"] for one in kinds}
    schemas |= {name: one.read_schema for name, one in streams.items() if isinstance(one, Stream)}
    columns = {name: _columns(schema) for name, schema in schemas.items()}
    unmatched = rules.unmatched(columns)
    if unmatched and known:
        msg = (
            f"Setting `personal_data_overrides` names what is no column: {', '.join(unmatched)}. Give "
            "`stream.field` or a pattern; docs/privacy.md lists the columns, the catalog those of profiles."
        )
        raise RunError(msg)


def own_schemas(streams: Mapping[str, SdkStream]) -> dict[str, Schema]:
    """Give the schemas as the tap makes them, whatever a catalog says, by the stream's name."""
    return {name: one.own_schema for name, one in streams.items() if isinstance(one, Stream)}


def _columns(schema: Schema) -> list[str]:
    """Give the names of a schema's fields, those of the account within `fields` too."""
    properties = schema["properties"]
    return [*properties, *properties.get("fields", {}).get("properties", {})]
