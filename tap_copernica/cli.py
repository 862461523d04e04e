"""What the command line adds to the SDK's: files in any form, `--test`, one line for each mistake."""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_copernica.errors import SettingsError, output_failure
from tap_copernica.inputs.files import json_text
from tap_copernica.sdk import ConfigInput, load_json

if TYPE_CHECKING:
    from collections.abc import Sequence

_HELP_OF_TEST = (
    "Make one call for the account and one for a row of each stream, and say what answers, and whether "
    "what the setting `databases` names exists; no record is written. Use --test=schema to write the "
    "SCHEMA messages of all streams."
)


class Command(SingerCommand):
    """The SDK's command, with errors of the machine in one line, and files in any Unicode form."""

    @classmethod
    def of(cls, plugin: click.Command, **more: Any) -> Command:
        """Make it from the SDK's own."""
        for option in plugin.params:
            if option.name in {"state", "catalog"}:
                option.type = click.File("rb")
            if option.name == "test" and isinstance(option, click.Option):
                option.help = _HELP_OF_TEST
        return cls(
            name=plugin.name,
            callback=plugin.callback,
            params=plugin.params,
            help=plugin.help,
            context_settings=plugin.context_settings,
            **more,
        )

    @override
    def main(self, *args: Any, **options: Any) -> Any:
        """Run; a full disk or a closed output is told in one line, without a traceback."""
        # The system takes back all memory of a process that ends: Python need not look for cycles in it.
        atexit.register(gc.freeze)
        try:
            return super().main(*args, **options)
        except OSError as error:
            let_go_of_stdout()
            output_failure(error).show()
            sys.exit(1)
        finally:
            try:
                if sys.stdout is not None:
                    sys.stdout.flush()
            except OSError:
                let_go_of_stdout()


def config_of(values: Sequence[str]) -> ConfigInput:
    """Read what was given to `--config`: files, of which a later one wins, and perhaps `ENV`.

    Raises:
        SettingsError: if one cannot be read, or is no JSON object.
    """
    found = ConfigInput()
    for value in values:
        if value == "ENV":
            found.parse_env = True
            continue
        try:
            body = Path(value).read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "no such file"
            raise SettingsError([f"`--config` {value}: it cannot be read ({reason})."]) from None
        found.config |= load_json(json_text("--config", value, body))
    return found


def file_of(option: str, file: IO[bytes] | None) -> IO[str] | None:
    """Give a JSON file in any Unicode form as a text file for the SDK; raises `SettingsError`."""
    return None if file is None else io.StringIO(json_text(option, file.name, file.read()))


def let_go_of_stdout() -> None:
    """Discard what Python still holds for standard output: writing it would fail again."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
    except OSError:
        pass
