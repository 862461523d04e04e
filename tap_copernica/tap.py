"""The tap: its settings, its streams, and how it is started and ended."""

from __future__ import annotations

import copy
import errno
import os
import sys
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, cast

import click
from singer_sdk.cli import plugin_cli
from singer_sdk.exceptions import MappingError
from singer_sdk.singerlib import Catalog
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_copernica import clock, redaction, settings
from tap_copernica.account.definitions import Definitions
from tap_copernica.check import check
from tap_copernica.cli import Command, config_of, file_of
from tap_copernica.context import CopernicaTap
from tap_copernica.errors import (
    BudgetSpent,
    EndOfRun,
    Interrupted,
    RunError,
    SettingsError,
    output_failure,
)
from tap_copernica.http.environment import hide_proxy_logins
from tap_copernica.inputs import advice
from tap_copernica.inputs.environment import (
    known_log_level,
    misspelt_variables,
    settings_of_environment,
    settings_of_texts,
)
from tap_copernica.inputs.files import sound_catalog, sound_state
from tap_copernica.output.files.batches import NO_VERSIONS, Files
from tap_copernica.output.flattening import name_columns
from tap_copernica.output.maps import Maps
from tap_copernica.output.writer import BlockWriter
from tap_copernica.records.personal import Rules, classified
from tap_copernica.run import Run, calm_collector
from tap_copernica.sdk import ConfigInput, console_logging
from tap_copernica.streams import STREAMS
from tap_copernica.streams.chosen import begins_later, count_chosen
from tap_copernica.streams.columns import check_overrides, own_schemas, tell_of_older_values
from tap_copernica.streams.databases import DatabasesStream
from tap_copernica.streams.discovered import discover, streams_of_catalog
from tap_copernica.streams.optional import OptionalNames
from tap_copernica.streams.profiles import KINDS
from tap_copernica.streams.rereads import RereadNames, tell_of_periods_in_vain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk.streams import Stream as SdkStream

    from tap_copernica.errors import CopernicaError
    from tap_copernica.streams.base import Stream

redaction.install()


class TapCopernica(CopernicaTap):
    """Singer tap for Copernica: every event, mailing and profile of an account."""

    name = "tap-copernica"
    _undiscovered: CopernicaError | None = None
    config_jsonschema = copy.deepcopy(settings.CONFIG_JSONSCHEMA)  # the SDK adds its own to it
    message_writer_class = BlockWriter

    def __init__(self, *, catalog: Any = None, state: Any = None, **options: Any) -> None:
        """Take what the SDK's tap takes; state and catalog are repaired, or refused in one line."""
        hide_proxy_logins()
        if isinstance(catalog, dict) and not isinstance(catalog, Catalog):
            catalog = sound_catalog(catalog)
        super().__init__(catalog=catalog, state=state, **options)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(sound_state(state))

    @cached_property
    @override
    def run(self) -> Run:
        """What the streams of this run share."""
        return Run(settings.read(self.config)[0], self.logger)

    @cached_property
    @override
    def definitions(self) -> Definitions:
        """The account's databases and collections, asked for when they are needed first."""
        return Definitions(DatabasesStream(self), self.run.settings.databases)

    @cached_property
    @override
    def personal(self) -> Rules:
        """What the settings say of personal data."""
        return Rules(self.run.settings.personal)

    @cached_property
    def optional(self) -> OptionalNames:
        """What is in the catalog only where the settings name it."""
        return OptionalNames([*STREAMS, *KINDS], self.run.settings)

    @override
    def withheld(self, stream: str, fields: Sequence[str]) -> tuple[str, ...]:
        return self.optional.withheld(stream, fields)

    @cached_property
    @override
    def input_catalog(self) -> Catalog | None:
        """The catalog of `--catalog`, without optional streams and fields that the settings do not name."""
        catalog = super().input_catalog
        taken = self.optional.taken_from(catalog) if catalog is not None else ""
        if taken:
            self.logger.warning("%s", taken)
        return catalog

    @override
    def discover_streams(self) -> Sequence[Stream]:
        """Give the streams that the chosen API version and the account have.

        With a catalog the account is not asked: the catalog says which databases there are.
        """
        if self.input_catalog is not None:
            return [*self.static_streams(), *streams_of_catalog(self, self.input_catalog)]
        found, self._undiscovered = discover(self, self.optional)
        return [*self.static_streams(), *found]

    @property
    @override
    def catalog_dict(self) -> dict[str, Any]:
        """The catalog, with the class of each field that can identify a person."""
        return classified(super().catalog_dict, own_schemas(self.streams))

    @override
    def run_discovery(self) -> str:
        """Print the catalog; if the account gave no answer, one without its databases.

        Raises:
            RunError: after an incomplete catalog, so that Meltano does not keep it.
        """
        if sys.stdout is None:  # Python's, where the descriptor was closed
            raise output_failure(OSError(errno.EBADF, os.strerror(errno.EBADF)))
        text = super().run_discovery()
        check_overrides(self.personal, STREAMS, self.streams, known=self._undiscovered is None)
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

        Optional streams are among them if the settings name them.
        """
        version = self.run.settings.api_version
        return [
            stream(self)
            for stream in STREAMS
            if version in stream.api_versions and self.optional.has(stream)
        ]

    @override
    def order_of(self, stream: SdkStream) -> int:
        return getattr(stream, "read_order", 0)

    @override
    def setup_mapper(self) -> None:
        """Prepare the user's stream maps, and the names of columns that every loader takes.

        Raises:
            SettingsError: if `stream_maps` cannot be understood.
        """
        known = {*self.streams, *(getattr(one, "name", "") for one in STREAMS)}
        catalog = self.catalog
        try:
            self.mapper = Maps(self.config, self.logger, known)
            self.mapper.register_raw_streams_from_catalog(catalog)
        except (MappingError, ValueError, TypeError, AttributeError, KeyError) as error:
            line = " ".join(str(error).split())
            raise SettingsError([f"`stream_maps` cannot be used: {line[:300]}"]) from None
        for maps in self.mapper.stream_maps.values():
            for one in maps:
                name_columns(one)

    @override
    def read_streams(self) -> None:
        """Read all selected streams; a stream that fails does not stop the others.

        Raises:
            RunError: if the run or one of its streams failed; the message repeats what did.
            SystemExit: with 128 + the signal's number, after a signal.
        """
        if isinstance(self._undiscovered, RunError):
            raise self._undiscovered
        check_overrides(self.personal, STREAMS, self.streams, known=self._undiscovered is None)
        if self._undiscovered is not None:
            self.run.report.failed("discovery", self._undiscovered)
        chosen = count_chosen(self, may_be_none=self._undiscovered is not None)
        self.run.begin(cast("dict[str, Any]", self.state))
        known = self.streams.values()
        tell_of_older_values(self.run.settings.personal, known, self.run.memory, self.logger)
        tell_of_periods_in_vain(known, self.logger)
        self.begin_with_what_waits()
        self.tell_what_else_there_is(self.optional.not_named())
        try:
            self._sync_and_flush()
        except Interrupted as end:
            sys.exit(128 + end.signum)
        except EndOfRun as end:
            if end.error is not None:
                raise end.error from None
        finally:
            failure = self.run.report.outcome(chosen) or begins_later(self)
            self.tell_cost()
            self.tell_outcome(sys.exc_info()[1] or failure)
        if failure is not None:
            raise failure

    def _sync_and_flush(self) -> None:
        try:
            self._begin_files()
            if isinstance(self.message_writer, BlockWriter):
                self.run.pool.idle = self.message_writer.tick
            before = copy.deepcopy(self.bookmarks)
            try:
                with calm_collector(), self.run.newest_of_all_first():
                    super().read_streams()
            except BudgetSpent:
                self.keep_what_waits(before)
            else:
                self.nothing_waits()
            self.write_last_state()
        finally:
            self.run.pool.close()
            self.hand_over()
            self.run.report.summary()

    def _begin_files(self) -> None:
        """Let records go to files, where `batch_config` says so."""
        batches = self.run.settings.batches
        if batches is None:
            return
        if batches.format == "parquet" and not self.config.get("flattening_enabled"):
            self.logger.warning(
                "Objects, such as a profile's `fields`, are structs in Parquet files: DuckDB reads them, but "
                "targets of the Meltano SDK stop at a date in one. For these, set `flattening_enabled` "
                "(docs/bulk-files.md)."
            )
        if not isinstance(self.message_writer, BlockWriter):
            msg = "`batch_config` needs the tap's own message writer; another one was given."
            raise RunError(msg)
        if self.run.settings.activates_versions:
            self.logger.warning(NO_VERSIONS)
        self.message_writer.files = Files(batches, self.message_writer)
        self.message_writer.files.begin()

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the SDK's settings; a text among the schemas of `stream_maps` is removed (`drop_texts`)."""
        super().append_builtin_config(config_jsonschema)
        advice.drop_texts(config_jsonschema)

    @override
    def environment_settings(self) -> dict[str, Any]:
        """Give the settings that the environment has; the check of the settings names mistakes in them."""
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        return settings_of_environment(schema["properties"], self.env_prefix())

    @override
    def check_settings(self, *, raise_errors: bool) -> list[str]:
        """Check the settings: one line per mistake, each naming the setting and what to give.

        In discovery `raise_errors` is false: a mistake in a setting that it does not need is a warning.
        """
        redaction.add_secret(self.given_settings.get("access_token", ""))
        properties = self.config_jsonschema["properties"]
        self.append_builtin_config(self.config_jsonschema)
        config = self.given_settings
        self.given_settings = config = {**config, **settings_of_texts(config, properties)}
        errors = self.errors_of_the_schema()
        checked, problems = settings.read(config)
        optional = OptionalNames([*STREAMS, *KINDS], checked)
        problems += advice.of_the_schema(errors, problems, properties)
        rereads = RereadNames(STREAMS, [one.prefix for one in KINDS], checked)
        problems += [*optional.problems(), *rereads.problems()]
        self._tell_of_unknown_names(config, properties)
        needed = problems if raise_errors else advice.of_discovery(problems)
        if needed:
            raise SettingsError(needed, self.config_jsonschema)
        periods = {one: checked.clock.period(one)[0] for one in checked.reread.values()}
        odd = advice.odd(config, checked.start_date, periods, checked.personal, clock.now())
        for line in [*problems, *odd, *optional.warnings(), *rereads.warnings()]:
            self.logger.warning("Setting %s", line)
        return problems

    def _tell_of_unknown_names(self, config: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        """Warn of names that are no setting. One may be a setting that is missing: warn before that error."""
        for line in advice.unknown_names(config, known):
            self.logger.warning("Setting %s", line)
        prefix = self.env_prefix()
        meant = misspelt_variables(os.environ, known, prefix)
        for line in advice.unknown_variables(meant, config, prefix):
            self.logger.warning("%s", line)

    @override
    def hand_over(self) -> None:
        if isinstance(self.message_writer, BlockWriter):
            self.message_writer.finish()

    @override
    def end_on_signal(self, signum: int) -> None:
        self.run.end(signum)

    @plugin_cli
    @override
    def cli(cls) -> click.Command:  # noqa: N805 - the SDK's decorator makes it one of the class
        """The command `tap-copernica`."""
        lines = known_log_level(cls.env_prefix())
        console_logging(cls.name)
        for line in lines:
            cls.logger.warning("%s", line)
        return cls.get_singer_command()

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        return Command.of(super().get_singer_command(), logger=cls.logger)

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Run `--test`: the SDK's would read every stream from its start date.

        Raises:
            click.BadParameter: if it is none of the forms that exist.
        """
        if value == CliTestOptionValue.Disabled.value:
            return
        if value not in {CliTestOptionValue.All.value, CliTestOptionValue.Schema.value}:
            msg = f"{value!r} is no form of it; give --test alone, or --test=schema."
            raise click.BadParameter(msg, ctx, param)
        given: ConfigInput = ctx.params.get("config", ConfigInput())
        is_schema = value == CliTestOptionValue.Schema.value
        tap = cls(config=given.config, parse_env_config=given.parse_env, setup_mapper=is_schema)
        if is_schema:
            tap.write_schemas()
            tap.hand_over()
            if tap._undiscovered is not None:
                raise tap._undiscovered
        else:
            chosen = None if tap.run.settings.databases is None else tap.definitions
            check(tap.static_streams(), chosen)
        ctx.exit()

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Read `--config`; a file that is missing or no JSON is the user's mistake, not a crash."""
        return config_of(value)

    @classmethod
    @override
    def invoke(  # type: ignore[override] # the SDK opens the files as text
        cls,
        *,
        state: IO[bytes] | None = None,
        catalog: IO[bytes] | None = None,
        **options: Any,
    ) -> None:
        """Run the command; a state or catalog that is no JSON is the user's mistake, not a crash."""
        super().invoke(
            state=file_of("--state", state), catalog=file_of("--catalog", catalog), **options
        )
