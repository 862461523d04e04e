"""The report as a file: nothing of it comes from elsewhere, nothing in the data can change what it is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import vl_convert

from copernica_report import cli
from tests.report.pages import Page

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2024, 11, 15, 12)  # noqa: DTZ001 - UTC, as all that is loaded
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> & \u2028 {{ 7 * 7 }}"
MACHINES = 40  # of the hundred who got each mailing, opened by a machine only

RAW = f"""
    CREATE TABLE emailings AS SELECT i AS id, 110 AS destinations,
        TIMESTAMP '2024-10-01 10:00:00' + i * INTERVAL 1 DAY AS timestamp,
        CASE i WHEN 7 THEN $hostile ELSE 'News ' || i END AS subject FROM range(1, 31) t(i);
    CREATE TABLE deliveries AS SELECT i * 1000 + j AS id, i AS mailing, i * 1000 + j AS destination,
        TIMESTAMP '2024-10-01 10:01:00' + i * INTERVAL 1 DAY AS timestamp
        FROM range(1, 31) t(i), range(100) u(j);
    CREATE TABLE impressions AS SELECT *, destination % 1000 < {MACHINES} AS is_machine
        FROM deliveries WHERE destination % 1000 < 60;
    INSERT INTO impressions SELECT id + 500, mailing, destination, timestamp, false
        FROM impressions WHERE destination % 1000 < 10;
    CREATE TABLE clicks AS SELECT *, false AS is_machine, 'https://a.example/' || $hostile AS link
        FROM deliveries WHERE destination % 1000 < CASE mailing WHEN 9 THEN 1 ELSE 20 END;
    CREATE TABLE errors AS SELECT id + 600 AS id, mailing, destination + 600 AS destination, timestamp
        FROM deliveries WHERE destination % 1000 < 10;
"""  # noqa: S608 - numbers of this file


def write(folder: Path, *statements: str) -> Path:
    """Make a DuckDB file of the tables above, then changed by statements."""
    database = folder / "loaded.duckdb"
    with duckdb.connect(str(database)) as connection:
        for statement in filter(str.strip, RAW.split(";")):
            values = {"hostile": HOSTILE} if "$hostile" in statement else None
            connection.execute(statement, values)
        for statement in statements:
            connection.execute(statement)
    return database


def report(database: Path, *options: str) -> Page:
    page = database.with_name("report.html")
    command = [f"--database={database}", f"--output={page}", f"--until={NOW.isoformat()}", *options]
    assert cli.main(command) == 0
    return Page(page)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return report(write(tmp_path_factory.mktemp("page")))


def test_it_needs_no_network_and_may_not_use_one(page: Page) -> None:
    assert page.size < 3_000_000
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "action", "data"} & attributes.keys(), tag
        assert (attributes.get("href") or "#").startswith(("#", "data:")), tag
    policy = next(a["content"] for t, a in page.tags if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    (style,) = re.findall(r"<style>(.*?)</style>", page.source, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style


def test_it_says_which_mailing_did_worst_last_month_and_why(page: Page) -> None:
    (lead,) = re.findall(r'class="answer"><strong>(.*?)</strong>', page.source)
    assert lead.startswith(
        "In October 2024, “News 9” of 10 October did worst: clicked by people 1.00%"
    )
    assert "instead of the usual 20.0%" in lead
    assert "Clearly worse (diamonds) in 1 of " in page.source
    assert 'id="worst-chart" role="img" aria-label="The worst of last month' in page.source


def test_what_stands_in_the_data_is_text_whatever_it_says(page: Page) -> None:
    assert [tag for tag, _ in page.tags].count("script") == 4
    assert "img" not in [tag for tag, _ in page.tags]
    assert HOSTILE in page.text
    assert HOSTILE in {mailing["subject"] for mailing in page.figures["mailings"]}
    # A link's query may name a person; what a page shows is without it.
    assert all("?" not in row["link"] for row in page.figures["links"])


def test_every_chart_is_valid_and_has_a_text_beside_it(page: Page) -> None:
    assert {"rate-opened", "rate-clicked", "days-clicks", "hours", "links", "bounces"} <= set(
        page.charts
    )
    places = {a["id"]: a for tag, a in page.tags if tag == "div" and a.get("class") == "chart"}
    assert places.keys() == page.charts.keys()
    for name, chart in page.charts.items():
        label = places[name]["aria-label"]
        assert label is not None
        assert re.search(r"\d", label), name
        assert chart["description"]
        assert vl_convert.vegalite_to_svg(chart | {"width": 300}).startswith("<svg")
    assert [tag for tag, _ in page.tags].count("figcaption") == len(page.charts)


def test_rates_are_told_with_and_without_machines(page: Page) -> None:
    assert page.figures["machines_known"]
    mailing = page.figures["mailings"][0]
    assert mailing["rates"]["opened"] == 0.6
    # Ten of those whose mail was opened by a machine opened it themselves as well.
    assert mailing["rates"]["opened_by_people"] == 0.3
    assert "Opened by people" in page.text


def test_where_machines_are_not_known_it_says_so(tmp_path: Path) -> None:
    page = report(
        write(
            tmp_path,
            "ALTER TABLE impressions DROP COLUMN is_machine",
            "ALTER TABLE clicks DROP COLUMN is_machine",
        )
    )
    assert not page.figures["machines_known"]
    assert page.figures["mailings"][0]["rates"]["opened_by_people"] is None
    assert "Opened by people" not in page.text
    assert "cannot be told apart in these data" in page.text


def test_the_worst_mailing_of_a_month_is_named_with_the_reason(page: Page) -> None:
    worst = page.text.partition("Which mailings did worst, and why")[2].partition("Rates of each")[
        0
    ]
    october = worst.partition("October 2024")[2]
    assert re.search(r"News 9\s+sent 10 Oct 2024, 12:00", october)
    assert "Clicked by people 1.00%, usual 20.0%." in october


def test_copies_of_an_append_only_loader_count_once(tmp_path: Path) -> None:
    page = report(
        write(
            tmp_path,
            "ALTER TABLE clicks ADD COLUMN _sdc_extracted_at TIMESTAMP DEFAULT '2024-11-01'",
            "INSERT INTO clicks SELECT * REPLACE (_sdc_extracted_at - INTERVAL 1 DAY AS _sdc_extracted_at)"
            " FROM clicks",
        )
    )
    assert page.figures["mailings"][0]["clicks"] == 20


def test_an_api_that_lists_no_unsubscriptions_gives_a_dash(tmp_path: Path) -> None:
    table = "CREATE TABLE unsubscribes AS SELECT id, mailing, destination, timestamp FROM clicks LIMIT 0"
    page = report(write(tmp_path, table))
    assert page.figures["mailings"][0]["unsubscribes"] is None
    assert page.figures["recent"]["rates"]["unsubscribed"] is None


@pytest.mark.parametrize("stream", ["sync_windows", "consumption"])
def test_the_months_calls_are_those_that_were_counted(tmp_path: Path, stream: str) -> None:
    tables = {
        "sync_windows": "SELECT TIMESTAMP '2024-11-02 09:00:00' AS started, 7 AS calls FROM range(3)",
        "consumption": "SELECT DATE '2024-11-01' + i::INTEGER AS date, 7 AS apicalls FROM range(3) t(i)",
    }
    page = report(write(tmp_path, f"CREATE TABLE {stream} AS {tables[stream]}"))
    months: list[dict[str, Any]] = page.figures["calls"]["months"]
    assert months == [{"month": "2024-11-01", "calls": 21}]
    assert "21 API calls in November 2024" in page.text


def test_an_account_with_nothing_in_the_period_has_a_report(tmp_path: Path) -> None:
    later = NOW + timedelta(days=900)
    page = report(write(tmp_path), f"--until={later.isoformat()}")
    assert page.figures["mailings"] == []
    assert "No mailing was sent in this period." in page.text


@pytest.mark.parametrize("place", ["file/report.html", "folder"])
def test_a_file_that_cannot_be_written_says_how_to_give_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    output = tmp_path / place
    command = [f"--database={write(tmp_path)}", f"--output={output}", f"--until={NOW.isoformat()}"]
    assert cli.main(command) == 1
    said = capsys.readouterr().err
    assert f"{output} cannot be written" in said
    assert "--output" in said
    assert "Errno" not in said


def test_what_cannot_be_reported_on_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([f"--database={tmp_path / 'none.duckdb'}"]) == 1
    assert "There is no file" in capsys.readouterr().err
    database = tmp_path / "empty.duckdb"
    duckdb.connect(str(database)).close()
    assert cli.main([f"--database={database}"]) == 1
    assert "has no mailings and no events; load them first." in capsys.readouterr().err
    assert cli.main([f"--database={database}", "--from-models"]) == 1
    assert "run dbt first." in capsys.readouterr().err
