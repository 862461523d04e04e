"""`make demo` ends with a report; every number in it is the account's."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.demo.conftest import CLICKS
from tests.demo.test_demo import NOON, OPENED
from tests.report import truth
from tests.report.pages import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SINCE = NOON - timedelta(days=90)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """The account that the demo reads, to ask it for the truth."""
    now = NOON.isoformat()
    with Sandbox(start=OPENED, clicks_per_day=CLICKS, databases=1, varied=True, now=now) as box:
        yield box


@pytest.fixture(scope="module")
def page(demo_of_everything: Path) -> Page:
    return Page(demo_of_everything / "report.html")


def figures_by(rows: list[dict[str, Any]], *key: str, value: str) -> Counter[Any]:
    return Counter({tuple(row[name] for name in key): row[value] for row in rows if row[value]})


def test_mailings_and_their_rates_are_the_accounts(page: Page, box: Sandbox) -> None:
    expected = truth.mailings(box)
    found = {m["key"]: m for m in page.figures["mailings"]}
    assert found.keys() == expected.keys()
    for key, mailing in expected.items():
        assert {name: found[key][name] for name in mailing} == mailing
        for rate, part, whole in (
            ("delivered", "deliveries", "recipients"),
            ("opened", "openers", "deliveries"),
            ("clicked", "clickers", "deliveries"),
            ("bounced", "bounces", "recipients"),
            ("unsubscribed", "unsubscribes", "deliveries"),
            ("complained", "complaints", "deliveries"),
        ):
            share = mailing[part] / mailing[whole] if mailing[whole] else None
            assert found[key]["rates"][rate] == share


def test_recipients_for_whom_a_machine_opened_or_clicked_are_told_apart(
    page: Page, box: Sandbox
) -> None:
    recent = page.figures["recent"]
    for kind, all_of_them in (("impressions", "openers"), ("clicks", "clickers")):
        people = {
            (key, row["destination"])
            for key, found, row in truth.events(box)
            if found == kind and truth.is_of_a_person(row)
        }
        assert recent[f"{all_of_them}_people"] == len(people)
        assert 0 < len(people) < recent[all_of_them]


def test_the_table_shows_each_mailing_with_its_rates(page: Page, box: Sandbox) -> None:
    rows = [[cell.strip() for cell in cells] for cells in page.cells if cells]
    expected = truth.mailings(box)
    assert len(rows) == len(expected)
    newest = max(expected.values(), key=lambda mailing: mailing["sent_at"])
    assert rows[0][0].startswith(newest["subject"])
    assert rows[0][2] == f"{newest['recipients']:,}"
    assert rows[0][4].startswith(f"{newest['openers'] / newest['deliveries'] * 100:.1f}%")


def test_the_last_thirty_days_add_up(page: Page, box: Sandbox) -> None:
    expected = truth.mailings(box).values()
    recent = page.figures["recent"]
    assert recent["mailings"] == len(expected)
    for name in ("recipients", "deliveries", "opens", "openers", "clickers", "bounces"):
        assert recent[name] == sum(mailing[name] for mailing in expected)
    opened = sum(m["openers"] for m in expected) / sum(m["deliveries"] for m in expected)
    assert recent["rates"]["opened"] == opened
    assert f"{opened * 100:.1f}%" in page.text


def test_events_by_day_and_hour_are_those_of_the_accounts_clock(page: Page, box: Sandbox) -> None:
    days = figures_by(page.figures["days"], "day", "kind", value="events")
    assert days == truth.days(box)
    hours = figures_by(page.figures["hours"], "weekday", "hour", value="opens")
    assert hours == truth.hours(box)


def test_links_and_reasons_of_bounces_are_the_accounts(page: Page, box: Sandbox) -> None:
    links = {row["link"]: row["clicks"] for row in page.figures["links"]}
    assert links == dict(sorted(truth.links(box).items(), key=lambda one: (-one[1], one[0]))[:15])
    bounces = {row["reason"]: row["messages"] for row in page.figures["bounces"]}
    assert bounces == truth.bounces(box)


def test_growth_and_losses_are_the_accounts(page: Page, box: Sandbox) -> None:
    found = Counter(
        {
            (week["week"], what): week[what]
            for week in page.figures["weeks"]
            for what in week
            if what != "week" and week[what]
        }
    )
    assert found == truth.weeks(box, SINCE, NOON)
    assert {what for _, what in found} == {"joined", "unsubscribed", "complained"}


def test_it_says_how_fresh_each_stream_is_and_what_the_run_cost(page: Page, box: Sandbox) -> None:
    streams = {row["stream"]: row for row in page.figures["streams"]}
    clicks = list(box.rows("clicks"))
    assert streams["clicks"]["rows"] == len(clicks)
    newest = max(row["instant"] for row in clicks).replace(tzinfo=None)
    assert streams["clicks"]["newest_at"] == newest.isoformat()
    assert page.figures["calls"]["run"] > 0
    assert f"The newest run made {page.figures['calls']['run']:,} API calls." in page.text


def test_a_mailing_that_bounced_more_than_usual_is_named_with_its_reason(
    page: Page, box: Sandbox
) -> None:
    settled = (NOON - timedelta(hours=72)).replace(tzinfo=None).isoformat()
    bounced = [
        mailing
        for mailing in truth.mailings(box).values()
        if mailing["deliveries"]
        and mailing["sent_at"] < settled
        and mailing["bounces"] / mailing["recipients"] > 0.1
    ]
    assert bounced
    rates = [mailing["bounces"] / mailing["recipients"] * 100 for mailing in bounced]
    assert any(f"Bounced {rate:.1f}%, usual" in page.text for rate in rates)
    # Described are the worst five of a month; the table marks all.
    marked = [attributes for tag, attributes in page.tags if attributes.get("class") == "worse"]
    assert len(marked) >= len(bounced)
