"""The streams that an account's databases and collections make: from the account, or from a catalog."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from tap_copernica.account.definitions import Database, fields_schema
from tap_copernica.account.names import replacing_map, same_columns, separating_map, unquotable
from tap_copernica.errors import (
    BudgetSpent,
    CopernicaError,
    EndOfRun,
    Interrupted,
    NotOfferedError,
    RunError,
)
from tap_copernica.streams.profiles import KINDS, PersonStream, ProfilesStream, SubprofilesStream

if TYPE_CHECKING:
    from singer_sdk.singerlib.catalog import Catalog

    from tap_copernica.context import CopernicaTap
    from tap_copernica.records.fields import Schema
    from tap_copernica.streams.optional import OptionalNames


def streams_of_catalog(tap: CopernicaTap, catalog: Catalog) -> list[PersonStream]:
    """Give the streams of (sub)profiles that a catalog names; no call is made."""
    return [
        kind(tap, name, entry.schema.to_dict(), entry.table)
        for name, entry in catalog.items()
        for kind in KINDS
        if name.startswith(kind.prefix)
    ]


def discover(
    tap: CopernicaTap, optional: OptionalNames
) -> tuple[list[PersonStream], CopernicaError | None]:
    """Ask the account for its databases and make their streams; check what the settings name of them.

    Returns:
        The streams, and what kept them from being known, if something did.
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


def _discovered(tap: CopernicaTap, optional: OptionalNames) -> list[PersonStream]:
    definitions = tap.definitions
    unknown = optional.unknown(definitions.names)
    if unknown:
        msg = (
            f"`optional_fields` or `optional_streams` names what the account does not have: "
            f"{', '.join(unknown)}. There are: {', '.join(definitions.names) or 'none'}."
        )
        raise RunError(msg)
    chosen = {one.id for one in definitions.chosen}
    streams: list[PersonStream] = []
    for name, owner in definitions.names.items():
        if owner.database.id in chosen:
            kind = ProfilesStream if isinstance(owner, Database) else SubprofilesStream
            fields = fields_schema(owner.fields)
            streams.append(kind(tap, name, kind.schema_with(fields), owner.path))
            _warn_of_columns(tap, name, fields)
    return streams


def _warn_of_columns(tap: CopernicaTap, stream: str, fields: Schema) -> None:
    """Name fields that a warehouse cannot tell apart or make columns of, and how to."""
    columns, quoted = same_columns(fields["properties"]), unquotable(fields["properties"])
    if not columns and not quoted:
        return
    problems = []
    if columns:
        pairs = (" and ".join(f"`{name}`" for name in alike) for alike in columns.values())
        problems.append(f"fields that become one column in most warehouses: {'; '.join(pairs)}.")
    if quoted:
        names = ", ".join(f"`{name}`" for name in quoted)
        problems.append(f"fields with a double quote, at which target-duckdb fails: {names}.")
    entry = (replacing_map if quoted else separating_map)(fields, columns)
    tap.logger.warning(
        "%s: %s To give each a column of its own: stream_maps: %s",
        stream,
        " And ".join(problems),
        json.dumps({stream: entry}, ensure_ascii=False),
    )
