"""The warehouse starter, run as its README says, against the sandbox's own account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from copernica_report import cli as report
from copernica_sandbox import Sandbox
from tests.report.pages import Page
from tests_examples.warehouse import truth
from tests_examples.warehouse.project import Project, commands

if TYPE_CHECKING:
    from collections.abc import Iterator

# The account lives through the night to summer time.
NOON = datetime(2024, 4, 2, 12, tzinfo=UTC)
EVENING = datetime(2024, 4, 2, 18, tzinfo=UTC)
LATE = datetime(2024, 4, 2, 11, 40, tzinfo=UTC)  # seen an hour later only, after the first run
MIDNIGHT = datetime(2024, 4, 1, 22, tzinfo=UTC)  # in Amsterdam


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(start="2024-03-25", clicks_per_day=120, databases=1, now=NOON.isoformat()) as box:
        # It was sent, and nothing has happened since.
        box.add("publisher_emailings", [{"timestamp": "2024-04-02 13:59:00", "destinations": 0}])
        yield box


class Run(NamedTuple):
    project: Project
    output: str


@pytest.fixture(scope="module")
def first(box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The first run, at noon, as the README has it."""
    project = Project(box, tmp_path_factory.mktemp("state"))
    status, output = project.run("meltano invoke dbt-duckdb:deps")
    assert status == 0, output
    status, output = project.run("\n".join(commands("Run it")))
    assert status == 0, output
    return Run(project, output)


@pytest.fixture(scope="module")
def second(first: Run, box: Sandbox) -> Run:
    """A run in the evening without counters, after events that came late."""
    # The account's clock stands in the past, and the machine's does not.
    for stream in ("emailing_statistics", "publisher_emailing_statistics"):
        first.project.sql(f"UPDATE copernica.{stream} SET _sdc_extracted_at = '{NOON:%F %T}'")  # noqa: S608 - names of this file
    late = {"timestamp": "2024-04-02 13:40:00", "visible_from": "2024-04-02T13:00:00+00:00"}
    for stream, mailing in {"clicks": "mailing", "publisher_impressions": "emailing"}.items():
        newest = list(box.rows(stream))[-1]
        same = {name: newest[name] for name in (mailing, "destination", "profile")}
        box.add(stream, [{**same, **late}])
    box.now = EVENING
    (command,) = commands("Every hour")
    status, output = first.project.run(command)
    assert status == 0, output
    return Run(first.project, output)


def naive(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)


def columns_of(rows: list[dict[str, Any]], key: str, names: set[str]) -> dict[Any, dict[str, Any]]:
    return {row[key]: {name: row[name] for name in row if name in names} for row in rows}


def assert_marts_equal_the_account(project: Project, box: Sandbox) -> None:
    mailings = truth.mailing_performance(box)
    rows = project.sql("FROM analytics.copernica__mailings")
    names = set(next(iter(mailings.values())))
    assert columns_of(rows, "mailing_key", names) == mailings
    assert {row["editor"] for row in rows} == set(truth.EDITORS)
    for row in rows:
        for rate, (part, whole) in truth.RATES.items():
            assert row[rate] == (row[part] / row[whole] if row[whole] else None), row
    profiles = truth.profile_engagement(box, MIDNIGHT)
    rows = project.sql("FROM analytics.copernica__profiles")
    names = set(next(iter(profiles.values())))
    assert columns_of(rows, "profile_id", names) == profiles


def test_a_first_run_gives_marts_that_equal_the_account(first: Run, box: Sandbox) -> None:
    assert "Completed successfully" in first.output
    assert "| unique_open_rate |" in first.output
    assert_marts_equal_the_account(first.project, box)
    (silent,) = first.project.sql("FROM analytics.copernica__mailings WHERE last_event_at IS NULL")
    assert {silent[rate] for rate in truth.RATES} == {None}


def test_the_report_is_made_of_the_models(first: Run, box: Sandbox) -> None:
    output = first.project.folder / "output"
    assert (output / "report.html").exists()
    # The account's clock stands in the past; that report ends at the machine's now.
    page = output / "noon.html"
    command = [f"--database={output / 'warehouse.duckdb'}", f"--output={page}"]
    command += ["--from-models", "--schema=analytics", f"--until={NOON.isoformat()}"]
    assert report.main(command) == 0
    figures = Page(page).figures
    mailings = {mailing["key"]: mailing for mailing in figures["mailings"]}
    expected = truth.mailing_performance(box)
    assert mailings.keys() == {key for key, row in expected.items() if row["sent_at"] < naive(NOON)}
    names = {"recipients": "recipients", "deliveries": "deliveries", "clicks": "clicks"}
    names |= {"openers": "unique_opens", "clickers": "unique_clicks", "bounces": "bounces"}
    for key, mailing in mailings.items():
        assert {name: mailing[name] for name in names} == {
            name: expected[key][column] for name, column in names.items()
        }
    assert {row["stream"] for row in figures["streams"]} >= {"clicks", "publisher_emailings"}


def test_nothing_personal_is_loaded(first: Run) -> None:
    columns = first.project.sql("FROM information_schema.columns")
    names = {column["column_name"] for column in columns}
    assert not {"ip", "useragent", "referer", "messageid", "smtp_response", "report"} & names


def test_an_event_that_came_late_counts_with_its_mailing(second: Run, box: Sandbox) -> None:
    late = second.project.sql(
        f"FROM analytics.copernica__events WHERE occurred_at = '{LATE:%F %T}'"
    )
    assert {row["kind"] for row in late} >= {"clicks", "impressions"}
    assert_marts_equal_the_account(second.project, box)


def test_the_counters_of_every_mailing_are_compared(second: Run, box: Sandbox) -> None:
    readings = second.project.sql(
        f"FROM analytics.copernica__counter_readings WHERE read_at = '{NOON:%F %T}' AND events IS NOT NULL"
    )
    assert {row["kind"] for row in readings} == set(truth.KINDS)
    counted = {
        f"{editor}-{row[mailing]}"
        for editor, (prefix, mailing) in truth.EDITORS.items()
        for row in box.rows(f"{prefix}emailing_statistics")
    }
    noon = NOON.replace(tzinfo=None)
    sent = {key for key, row in truth.mailing_performance(box).items() if row["sent_at"] <= noon}
    assert {row["mailing_key"] for row in readings} == counted & sent
    assert "PASS events_match_counters" in second.output
    assert "WARN=0" in second.output


def test_rows_that_are_lost_fail_the_test_against_the_counters(second: Run) -> None:
    project = second.project
    for stream in ("clicks", "publisher_impressions"):
        # The account's first mailing, which nothing happens to around noon.
        (lost,) = project.sql(f"SELECT min(id) AS id FROM copernica.{stream}")  # noqa: S608 - names of this file
        where = f"copernica.{stream} WHERE id = {lost['id']}"
        project.sql(f"CREATE TABLE lost_{stream} AS FROM {where}; DELETE FROM {where}")  # noqa: S608 - as above
    rebuild = (
        "meltano invoke dbt-duckdb build --full-refresh --select +copernica__counter_differences"
    )
    status, output = project.run(rebuild)
    assert status != 0, output
    assert "Got 2 results" in output
    for stream in ("clicks", "publisher_impressions"):
        project.sql(f"INSERT INTO copernica.{stream} FROM lost_{stream}")
    status, output = project.run(rebuild)
    assert status == 0, output


def test_copies_of_rows_count_once(second: Run, box: Sandbox) -> None:
    second.project.sql("""
        CREATE OR REPLACE TABLE copernica.clicks AS
        FROM copernica.clicks
        UNION ALL BY NAME
        SELECT * REPLACE (NULL AS mailing, _sdc_extracted_at - INTERVAL 1 DAY AS _sdc_extracted_at)
        FROM copernica.clicks
    """)
    status, output = second.project.run("meltano invoke dbt-duckdb build ")
    assert status == 0, output
    assert_marts_equal_the_account(second.project, box)


def test_models_are_made_where_a_stream_or_a_column_is_missing(second: Run) -> None:
    project = second.project
    project.sql("DROP TABLE copernica.unsubscribes")
    project.sql("ALTER TABLE copernica.impressions DROP COLUMN device")
    status, output = project.run("meltano invoke dbt-duckdb build --full-refresh")
    assert status == 0, output
    assert "WARN=0" in output
    rows = project.sql("FROM analytics.copernica__mailings WHERE editor = 'marketing_suite'")
    assert {(row["unsubscribes"], row["unsubscribe_rate"]) for row in rows} == {(None, None)}
    devices = project.sql(
        "SELECT DISTINCT editor, device FROM analytics.copernica__events WHERE kind = 'impressions'"
    )
    assert {row["device"] for row in devices if row["editor"] == "marketing_suite"} == {None}
