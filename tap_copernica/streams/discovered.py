"""Makes the streams of an account's databases and collections: by asking the account, or from a catalog."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tap_copernica.account.definitions import Database, fields_schema
from tap_copernica.account.names import FIELDS_PREFIX
from tap_copernica.account.origin import Origin
from tap_copernica.errors import (
    BudgetSpent,
    CopernicaError,
    EndOfRun,
    Interrupted,
    NotOfferedError,
    RunError,
)
from tap_copernica.streams.profiles import (
    KINDS,
    BaseProfilesStream,
    ProfilesStream,
    SubprofilesStream,
)

if TYPE_CHECKING:
    from singer_sdk.singerlib.catalog import Catalog

    from tap_copernica.account.definitions import ProfileSource
    from tap_copernica.context import CopernicaTap
    from tap_copernica.records.fields import Schema
    from tap_copernica.streams.optional import OptionalNames


def streams_of_catalog(tap: CopernicaTap, catalog: Catalog) -> list[BaseProfilesStream]:
    """Give the streams of (sub)profiles that a catalog names; no call is made."""
    return [
        kind(
            tap,
            name,
            entry.schema.to_dict(),
            entry.table,
            Origin.of_catalog(entry.table, entry.database),
        )
        for name, entry in catalog.items()
        for kind in KINDS
        if name.startswith(kind.prefix)
    ]


def discover(
    tap: CopernicaTap, optional: OptionalNames
) -> tuple[list[BaseProfilesStream], CopernicaError | None]:
    """Ask the account for its databases and make their streams; check what the settings name of them.

    Returns:
        The streams, and the error that prevented finding them, if there was one.
    """
    if not tap.run.settings.access_token:
        tap.logger.warning(
            "Without `access_token` the account's databases are not known: the catalog lacks the "
            "streams of profiles and subprofiles."
        )
        return [], None
    try:
        return _discovered(tap, optional), None
    except NotOfferedError as error:
        tap.logger.warning("%s There are no streams of profiles.", error.message)
        return [], None
    except CopernicaError as error:
        return [], error
    except BudgetSpent:
        msg = "`max_api_calls` is too small to ask which databases there are. Raise it."
        return [], RunError(msg)
    except Interrupted as end:
        sys.exit(128 + end.signum)
    except EndOfRun as end:
        return [], end.error


def _discovered(tap: CopernicaTap, optional: OptionalNames) -> list[BaseProfilesStream]:
    definitions = tap.definitions
    unknown = optional.unknown(definitions.names)
    if unknown:
        msg = (
            f"`optional_fields` or `optional_streams` names what the account does not have: "
            f"{', '.join(unknown)}. There are: {', '.join(definitions.names) or 'none'}."
        )
        raise RunError(msg)
    chosen = {one.id for one in definitions.chosen}
    streams: list[BaseProfilesStream] = []
    for name, owner in definitions.names.items():
        if owner.database.id in chosen:
            kind = ProfilesStream if isinstance(owner, Database) else SubprofilesStream
            fields = fields_schema(owner.fields)
            origin = Origin.of(owner, tap.run.calls.now())
            streams.append(kind(tap, name, kind.schema_with(fields), owner.path, origin))
            _say_names(tap, name, owner, fields)
    return streams


def _say_names(tap: CopernicaTap, stream: str, owner: ProfileSource, fields: Schema) -> None:
    """Log which names of streams and columns differ from the account's, and how to choose others."""
    if stream != owner.stream_name:
        tap.logger.info(
            "%s: the stream of %s `%s`, whose own name is taken by an older one or too long. Another name: "
            '`stream_maps: {"%s": {"__alias__": "…"}}`.',
            stream,
            owner.path,
            owner.name,
            stream,
        )
    columns = {
        name: f"{FIELDS_PREFIX}{field['title']}"
        for name, field in fields["properties"].items()
        if "title" in field
    }
    if columns:
        tap.logger.info(
            "%s: columns that every loader takes, where records are flattened: %s. Another name: the "
            "`title` of the field in the catalog (docs/targets.md, Names).",
            stream,
            ", ".join(f"field `{name}` is {column}" for name, column in columns.items()),
        )
