"""The command `copernica-doctor`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tap_copernica.cli import config_of
from tap_copernica.doctor.examination import Examination
from tap_copernica.doctor.examine import examine
from tap_copernica.doctor.findings import Findings
from tap_copernica.doctor.forecast import RUNS_A_MONTH
from tap_copernica.doctor.report import markdown
from tap_copernica.doctor.shapes import Shapes
from tap_copernica.errors import CopernicaError, EndOfRun
from tap_copernica.sdk import console_logging
from tap_copernica.tap import TapCopernica

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_copernica.sdk import ConfigInput

_MOST_CALLS = 150
_MOST_TRIES = 3
NOTHING_WRONG, CONTRADICTED, NOT_ASKED = 0, 1, 2


@click.command()
@click.option("--config", multiple=True, required=True, help="A file of settings, or ENV.")
@click.option(
    "--calls",
    default=_MOST_CALLS,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="At most so many calls; the most valuable questions come first.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report as Markdown.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the findings as JSON.",
)
@click.option(
    "--schedule",
    default="hourly",
    show_default=True,
    type=click.Choice(list(RUNS_A_MONTH)),
    help="How often the tap is to run, for the calls of a month.",
)
@click.option(
    "--watch",
    default=0,
    metavar="MINUTES",
    type=click.IntRange(0, 24 * 60),
    help="Ask for new rows each minute: how late rows show up, and whether the zone lies behind.",
)
@click.option(
    "--shapes",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the shape of each kind of answer, without a value, in a folder.",
)
@click.version_option(package_name="tap-copernica")
def main(  # noqa: PLR0913, PLR0917 - the options
    config: tuple[str, ...],
    calls: int,
    report: Path | None,
    json_file: Path | None,
    schedule: str,
    watch: int,
    shapes: Path | None,
) -> None:
    """Ask a Copernica account what nobody can find out from outside, and say what it means.

    Reads only, makes at most --calls calls, prints no personal data. Exit status: 0 if nothing
    contradicts the settings, 1 if something does, 2 if it could not ask.
    """
    console_logging(TapCopernica.name)
    _check_files(report, json_file)
    try:
        given = config_of(config)
        click.echo(f"Asking: at most {calls} calls; nothing is written to the account.", err=True)
        findings, made = diagnose(given, calls=calls, schedule=schedule, watch=watch, shapes=shapes)
    except CopernicaError as error:
        error.show()
        sys.exit(NOT_ASKED)
    except EndOfRun as end:
        (end.error or CopernicaError("Ended before anything was found out.")).show()
        sys.exit(NOT_ASKED)
    version = findings.as_json(made)["version"]["tap"]
    text = markdown(findings, made, version)
    click.echo(text, nl=False)
    if report is not None:
        report.write_text(text, "utf-8")
    if json_file is not None:
        json_file.write_text(json.dumps(findings.as_json(made), indent=2) + "\n", "utf-8")
    sys.exit(status_of(findings))


def _check_files(*files: Path | None) -> None:
    """Refuse a file that cannot be written, before any call is made; what it holds stays until then."""
    for file in files:
        if file is None:
            continue
        try:
            is_new = not file.exists()
            file.open("a").close()
            if is_new:
                file.unlink()
        except OSError as error:
            has_folder = file.absolute().parent.is_dir()
            why = error.strerror if has_folder else "its folder does not exist"
            CopernicaError(f"{file} cannot be written: {why}. Give another file.").show()
            sys.exit(NOT_ASKED)


def diagnose(  # noqa: PLR0913 - each is an option of the command
    given: ConfigInput,
    *,
    calls: int = _MOST_CALLS,
    schedule: str = "hourly",
    watch: int = 0,
    shapes: Path | None = None,
    wait: Callable[[float], None] | None = None,
) -> tuple[Findings, int]:
    """Examine the account that the settings name.

    Args:
        given: the settings, as `--config` gives them.
        calls: how many calls may be made.
        schedule: how often the tap is to run.
        watch: for how many minutes to watch new rows.
        shapes: a folder for the shapes of answers.
        wait: waits a number of seconds; an interruption of the run ends it.

    Returns:
        The findings, and how many calls were made.

    Raises:
        CopernicaError: if the settings are wrong, or the host cannot be reached.
    """
    settings: dict[str, Any] = dict(given.config)
    tap = TapCopernica(config=settings, parse_env_config=given.parse_env, setup_mapper=False)
    budget_of_user = tap.run.settings.max_api_calls
    tap.run.calls.budget = calls
    tap.run.calls.max_tries = min(tap.run.calls.max_tries, _MOST_TRIES)
    findings = Findings()
    exam = Examination(tap, tap.static_streams(), tap.run.calls, findings, Shapes(shapes))
    exam.budget_of_user = budget_of_user
    examine(exam, schedule, watch, wait or tap.run.calls.wait)
    return findings, tap.run.calls.made


def status_of(findings: Findings) -> int:
    """Give the exit status."""
    if any(one.answer == "unreachable" for one in findings.under("access.").values()) and not any(
        one.answer == "works" for one in findings.under("access.").values()
    ):
        return NOT_ASKED
    return CONTRADICTED if findings.contradicted else NOTHING_WRONG


if __name__ == "__main__":
    main()
