"""The tap: its settings, its streams, and how it is started and ended."""

from __future__ import annotations

import copy
import io
import sys
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

import orjson
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import _ConfigInput
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_copernica import redaction, settings
from tap_copernica.account.definitions import Definitions
from tap_copernica.check import check
from tap_copernica.context import CopernicaTap
from tap_copernica.errors import BudgetSpent, EndOfRun, Interrupted, RunError, SettingsError
from tap_copernica.output.files.batches import Files
from tap_copernica.output.flattening import name_columns
from tap_copernica.output.maps import Maps
from tap_copernica.output.writer import BlockWriter
from tap_copernica.run import Run, calm_collector
from tap_copernica.streams import STREAMS
from tap_copernica.streams.databases import DatabasesStream
from tap_copernica.streams.discovered import discover, streams_of_catalog
from tap_copernica.streams.optional import OptionalNames
from tap_copernica.streams.profiles import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    import click
    from singer_sdk.singerlib.catalog import Catalog
    from singer_sdk.streams import Stream as SdkStream

    from tap_copernica.errors import CopernicaError
    from tap_copernica.streams.base import Stream

redaction.install()


class TapCopernica(CopernicaTap):
    """Singer tap for Copernica: every event, mailing and profile of an account."""

    name = "tap-copernica"
    _undiscovered: CopernicaError | None = None
    config_jsonschema = settings.CONFIG_JSONSCHEMA
    message_writer_class = BlockWriter

    @cached_property
    @override
    def run(self) -> Run:
        """What the streams of this run share."""
        return Run(settings.read(self.config)[0], self.logger)

    @cached_property
    @override
    def definitions(self) -> Definitions:
        """The account's databases and collections, asked for when somebody wants to know."""
        return Definitions(DatabasesStream(self), self.run.settings.databases)

    @cached_property
    def optional(self) -> OptionalNames:
        """What is in the catalog only where the settings name it."""
        return OptionalNames([*STREAMS, *KINDS], self.run.settings)

    @override
    def withheld(self, stream: str, fields: Sequence[str]) -> tuple[str, ...]:
        return self.optional.withheld(stream, fields)

    @property
    @override
    def input_catalog(self) -> Catalog | None:
        """The catalog of `--catalog`, without what the settings must name and do not."""
        return self._known_catalog

    @cached_property
    def _known_catalog(self) -> Catalog | None:
        catalog = super().input_catalog
        taken = self.optional.taken_from(catalog) if catalog is not None else ""
        if taken:
            self.logger.warning("%s", taken)
        return catalog

    @override
    def discover_streams(self) -> Sequence[Stream]:
        """Give the streams that the chosen API version and the account have.

        With a catalog the account is not asked: then that says which databases there are.
        """
        if self.input_catalog is not None:
            return [*self.static_streams(), *streams_of_catalog(self, self.input_catalog)]
        found, self._undiscovered = discover(self, self.optional)
        return [*self.static_streams(), *found]

    @override
    def run_discovery(self) -> str:
        """Print the catalog; where the account gave no answer, that of the streams that need none.

        Raises:
            RunError: if that is so: then Meltano keeps no half catalog.
        """
        text = super().run_discovery()
        more = self.optional.not_named()
        if more:
            self.logger.info("%s", more)
        if self._undiscovered is not None:
            msg = (
                f"The catalog lacks the streams of profiles and subprofiles: "
                f"{self._undiscovered.message}"
            )
            raise RunError(msg)
        return text

    def static_streams(self) -> list[Stream]:
        """Give the streams whose schema is known without asking: those of the API version.

        OptionalNames ones are among them where the settings name them.
        """
        version = self.run.settings.api_version
        return [
            stream(self)
            for stream in STREAMS
            if version in stream.api_versions and self.optional.has(stream)
        ]

    @override  # type: ignore[misc] # final in the SDK, whose order is that of the names
    def load_streams(self) -> list[SdkStream]:
        """Give the streams in the order in which they are read: parents before their children."""
        return sorted(super().load_streams(), key=lambda stream: getattr(stream, "turn", 0))

    @override
    def setup_mapper(self) -> None:
        """Prepare the user's stream maps, and names of columns that load anywhere."""
        self.mapper = Maps(
            self.config,
            self.logger,
            {*self.streams, *(getattr(one, "name", "") for one in STREAMS)},
        )
        self.mapper.register_raw_streams_from_catalog(self.catalog)
        for maps in self.mapper.stream_maps.values():
            for one in maps:
                name_columns(one)

    @override  # type: ignore[misc] # final in the SDK, which has no hook for the end of a run
    def sync_all(self) -> None:
        """Read all selected streams; a stream that fails does not stop the others.

        Raises:
            RunError: if the run or one of its streams failed; the message repeats what did.
            SystemExit: with 128 + the signal's number, after a signal.
        """
        if isinstance(self._undiscovered, RunError):
            raise self._undiscovered
        if self._undiscovered is not None:
            self.run.report.failed("discovery", self._undiscovered)
        before = copy.deepcopy(self.state.get("bookmarks", {}))
        try:
            self._sync_and_flush()
        except BudgetSpent:
            after = self.state.get("bookmarks", {})
            self.run.report.budget_spent(self.run.calls, before, after)
        except Interrupted as end:
            sys.exit(128 + end.signum)
        except EndOfRun as end:
            if end.error is not None:
                raise end.error from None
        failure = self.run.report.outcome()
        if failure is not None:
            raise failure

    def _sync_and_flush(self) -> None:
        try:
            self._begin_files()
            with calm_collector(), self.run.newest_of_all_first():
                super().sync_all()
        finally:
            self.run.pool.close()
            if isinstance(self.message_writer, BlockWriter):
                self.message_writer.finish()
            self.run.report.summary()

    def _begin_files(self) -> None:
        """Let records go to files, where `batch_config` says so."""
        batches = self.run.settings.batches
        if batches is None:
            return
        if not isinstance(self.message_writer, BlockWriter):
            msg = "`batch_config` needs the tap's own message writer; another one was given."
            raise RunError(msg)
        self.message_writer.files = Files(batches, self.message_writer)
        self.message_writer.files.begin()

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings: one line per mistake, each naming the setting and what to give."""
        redaction.add_secret(self._config.get("access_token", ""))
        try:
            errors = super()._validate_config(raise_errors=True)
        except ConfigValidationError as error:
            errors = error.errors
        checked, problems = settings.read(self._config)
        optional = OptionalNames([*STREAMS, *KINDS], checked)
        problems += [*settings.of_the_sdk(errors), *optional.problems()]
        if problems and raise_errors:
            raise SettingsError(problems, self.config_jsonschema)
        unknown = settings.unknown_names(self._config, self.config_jsonschema["properties"])
        for line in [*problems, *unknown, *optional.warnings()]:
            self.logger.warning("Setting %s", line)
        return problems

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        self.run.end(signum)

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Run `--test`: the SDK's would read every stream from its start date."""
        if value != CliTestOptionValue.All.value:
            super().cb_test(ctx, param, value)
            return
        given: _ConfigInput = ctx.params.get("config", _ConfigInput())
        tap = cls(config=given.config, parse_env_config=given.parse_env, setup_mapper=False)
        check(tap.static_streams())
        ctx.exit()

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Read `--config`; a file that is missing or no JSON is the user's mistake, not a crash."""
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, ValueError, TypeError) as error:
            # The SDK's own error for a missing file has a text, and no `strerror`.
            unread = isinstance(error, OSError)
            reason = "it cannot be read" if unread else "it is not a JSON object"
            raise SettingsError([f"`--config` {' '.join(value)}: {reason}."], {}) from None

    @classmethod
    @override
    def invoke(
        cls, *, state: IO[str] | None = None, catalog: IO[str] | None = None, **options: Any
    ) -> None:
        """Run the command; a state or catalog that is no JSON is the user's mistake, not a crash."""
        super().invoke(
            state=_checked("--state", state), catalog=_checked("--catalog", catalog), **options
        )


def _checked(option: str, file: IO[str] | None) -> IO[str] | None:
    """Give a file's text for the SDK to read, once it is known to hold a JSON object."""
    if file is None:
        return None
    text = file.read()
    try:
        is_object = isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        is_object = False
    if not is_object:
        raise SettingsError([f"`{option}` {file.name}: it is not a JSON object."], {})
    return io.StringIO(text)


if __name__ == "__main__":
    TapCopernica.cli()
