from __future__ import annotations

import re
import shlex

import click
import pytest
from dagster._cli import create_dagster_cli

from copernica_pipeline.definitions import definitions
from tests_examples.dagster.workplace import EXAMPLE, readme

TEXT = (EXAMPLE / "README.md").read_text("utf-8")
LINES = [line for block in readme("sh") for line in block.splitlines()]


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("dagster ")])
def test_dagster_knows_the_command_and_its_options(line: str) -> None:
    words = shlex.split(line.removesuffix("&"))[1:]
    command: click.Command | None = create_dagster_cli()
    while isinstance(command, click.Group):
        command = command.get_command(click.Context(command), words.pop(0))
    assert command is not None
    command.make_context("dagster", words, resilient_parsing=True)


def test_what_the_commands_name_exists() -> None:
    jobs = re.findall(r"--job (\w+)", "\n".join(LINES))
    schedules = re.findall(r"schedule start (\w+)", "\n".join(LINES))
    assert jobs
    assert schedules
    for job in jobs:
        assert definitions.resolve_job_def(job)
    for schedule in schedules:
        assert definitions.resolve_schedule_def(schedule)


def test_the_page_names_every_variable_and_no_other() -> None:
    code = "".join(path.read_text("utf-8") for path in EXAMPLE.glob("copernica_pipeline/*.py"))
    variables = r"COPERNICA_[A-Z_]+"
    assert set(re.findall(variables, TEXT)) == set(re.findall(variables, code))


def test_the_page_names_every_asset() -> None:
    for name in definitions.resolve_asset_graph().get_all_asset_keys():
        assert f"`{name.to_user_string().removesuffix('_since')}`" in TEXT
