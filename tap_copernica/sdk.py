"""The private and final names of the SDK that the tap cannot do without, each with its reason.

Other modules use the public names that stand here. `tests/contract/` fails when an SDK release changes
one of them, and when another module uses a private name.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from singer_sdk import Tap
from singer_sdk._logging import _setup_console_logging
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._batch import BaseBatchFileEncoding, SDKBatchMessage
from singer_sdk.helpers._catalog import get_selected_schema
from singer_sdk.helpers._flattening import FlatteningOptions, flatten_key
from singer_sdk.helpers._util import load_json
from singer_sdk.mapper import CustomStreamMap
from singer_sdk.plugin_base import _ConfigInput, _plugin_log_level
from singer_sdk.streams import Stream
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from types import FrameType

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib.catalog import CatalogEntry

__all__ = [
    "BaseBatchFileEncoding",  # what a BATCH message says of its files
    "CarefulMap",
    "ConfigInput",  # what `--config` was given
    "FlatteningOptions",
    "HeldStream",
    "OpenTap",
    "SDKBatchMessage",
    "console_logging",
    "flatten_key",  # names columns as the SDK does, where the tap flattens faster
    "get_selected_schema",  # what stream maps are made for
    "load_dotenv",
    "load_json",  # as the SDK reads files: a number with a point is a Decimal
    "tap_of",
    "version_of",
]


ConfigInput = _ConfigInput
_FILTER = "__filter__"


class HeldStream(Stream):
    """A stream that writes STATE and ACTIVATE_VERSION only when it is told to.

    The SDK moves a bookmark with every record, which is wrong for rows in no known order, and has no
    public way to write STATE at a moment of the stream's choosing.
    """

    catalog_table: str | None = None
    """What the catalog keeps for the next run under `table_name`."""

    catalog_database: str | None = None
    """The same, under `database_name`."""

    lacks_rows: bool = False
    """Whether a part of what this run read was refused, so that it is to be read again."""

    _held_version: int | None = None

    def rests(self) -> bool:
        """Tell whether this run makes no call for the stream, and writes no message of it."""
        return False

    @override  # type: ignore[misc] # final in the SDK, which sends a SCHEMA before it asks for a record
    def sync(self, context: Context | None = None) -> None:
        """Read the stream, unless it rests.

        A SCHEMA would make some targets begin a file anew, and an ACTIVATE_VERSION would retire every row.
        """
        if self.rests():
            return
        with self.around_sync():
            super().sync(context)

    def around_sync(self) -> AbstractContextManager[None]:
        """Give the block that the stream is read in: it handles failures outside of the stream's own code."""
        return contextlib.nullcontext()

    @property
    def is_in_catalog(self) -> bool:
        """Whether the catalog that was given, if one was, has the stream."""
        catalog = self._tap_input_catalog
        return catalog is None or self.tap_stream_id in catalog

    @property
    def version(self) -> int | None:
        """The version under which the rows of a FULL_TABLE pass are written."""
        return version_of(self)

    @version.setter
    def version(self, version: int) -> None:
        self._stream_version = self._held_version = version

    def write_record(self, record: Record) -> None:
        """Write one record as the SDK does, through maps and flattening."""
        self._write_record_message(record)

    def write_state_now(self) -> None:
        """Write STATE as it is."""
        self.state_manager.is_flushed = False
        self._write_state_message()

    @override
    def _write_state_message(self) -> None:
        """Write STATE; the tap's own writer may hold it back for a while."""
        write = super()._write_state_message
        paced = getattr(self._tap.message_writer, "write_state", None)
        if paced is None:
            write()
        else:
            paced(write)

    def keep_old_rows(self) -> None:
        """Write no ACTIVATE_VERSION after this pass: it lacks rows, which the loader would remove."""
        self._held_version = None
        self.lacks_rows = True

    def sync_records(self) -> None:
        """Write the stream's records without its SCHEMA, which has been written."""
        for _ in self._sync_records():
            pass

    def activate_version(self) -> None:
        """Write the ACTIVATE_VERSION that was held back, once the last row is written."""
        if self._held_version is not None:
            super()._write_activate_version_message(self._held_version)
            self._held_version = None

    @property
    @override
    def _singer_catalog_entry(self) -> CatalogEntry:
        entry = super()._singer_catalog_entry
        if self.catalog_table is not None:
            entry.table = self.catalog_table
        if self.catalog_database is not None:
            entry.database = self.catalog_database
        return entry

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        # The SDK would write it before the first row: a run that ends early would retire live rows.
        self._held_version = full_table_version

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Do nothing: a bookmark is a window's end, never a record."""

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Do nothing: where a run starts is worked out from the bookmark, and is no state."""


class CarefulMap(CustomStreamMap):
    """A stream map that decides which exception a failure on a record becomes."""

    def failure(self, field: str | None, error: Exception) -> BaseException:
        """Give what to raise; `field` is the property whose expression failed, or `__filter__`."""
        del field
        return error

    @override
    def transform(self, record: Record) -> Record | None:
        try:
            result: Record | None = super().transform(record)
        except Exception as error:  # noqa: BLE001 - of whatever the expressions made
            raise self.failure(None, error) from None
        return result

    @override
    def _eval(
        self, expr: str, expr_parsed: Any, record: Record, property_name: str | None
    ) -> str | int | float:
        try:
            return super()._eval(expr, expr_parsed, record, property_name)
        except Exception as error:  # noqa: BLE001 - an expression of the user's may raise anything
            raise self.failure(property_name or _FILTER, error) from None


class OpenTap(Tap):
    """A tap whose private and final hooks have public names."""

    @classmethod
    def env_prefix(cls) -> str:
        """Give what the names of its environment variables begin with."""
        return str(cls._env_var_prefix)

    @property
    def given_settings(self) -> dict[str, Any]:
        """The settings as they were given, which the SDK keeps."""
        return self._config

    @given_settings.setter
    def given_settings(self, config: dict[str, Any]) -> None:
        self._config = config

    def environment_settings(self) -> dict[str, Any]:
        """Give the settings that the environment has."""
        return dict(super()._env_var_config)

    def errors_of_the_schema(self) -> list[str]:
        """Check the settings against their schema, as the SDK does; give its lines."""
        try:
            return super()._validate_config(raise_errors=True)
        except ConfigValidationError as error:
            return list(error.errors)

    def check_settings(self, *, raise_errors: bool) -> list[str]:
        """Check the settings when the tap is made; discovery does not want errors raised."""
        return super()._validate_config(raise_errors=raise_errors)

    def order_of(self, stream: Stream) -> int:  # noqa: ARG002 - for the tap
        """Say when a stream is read: streams with a lower number before those with a higher one."""
        return 0

    def read_streams(self) -> None:
        """Read all selected streams, one after the other."""
        super().sync_all()

    def hand_over(self) -> None:
        """Write out what the writer still holds back, at the end of a run."""

    def end_on_signal(self, signum: int) -> None:
        """End the run."""
        super()._handle_termination(signum, None)

    @property
    @override
    def _env_var_config(self) -> dict[str, Any]:
        return self.environment_settings()

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        return self.check_settings(raise_errors=raise_errors)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        self.end_on_signal(signum)

    @override  # type: ignore[misc] # final in the SDK, whose order is that of the names
    def load_streams(self) -> list[Stream]:
        return sorted(super().load_streams(), key=self.order_of)

    @override  # type: ignore[misc] # final in the SDK, which has no hook for the end of a run
    def sync_all(self) -> None:
        self.read_streams()

    @override  # type: ignore[misc] # final in the SDK, whose writer holds nothing back
    def run_sync_dry_run(
        self, dry_run_record_limit: int | None = 1, streams: Iterable[Stream] | None = None
    ) -> bool:
        """Read a few records of each stream, as the SDK's own tests of a tap do."""
        try:
            return super().run_sync_dry_run(dry_run_record_limit, streams)
        finally:
            self.hand_over()


def tap_of(stream: Stream) -> Tap:
    """Give the tap that a stream belongs to."""
    return stream._tap  # noqa: SLF001


def version_of(stream: Stream) -> int | None:
    """Give the version of a FULL_TABLE pass, if there is one."""
    return stream._stream_version  # noqa: SLF001


def console_logging(plugin_name: str) -> None:
    """Begin to log as the SDK does, at the level that the environment names."""
    _setup_console_logging(log_level=_plugin_log_level(plugin_name=plugin_name))


def load_dotenv(prefix: str) -> None:
    """Put the variables of a `.env` file into the environment, where the SDK looks for one."""
    parse_environment_config({"properties": {}}, prefix)
