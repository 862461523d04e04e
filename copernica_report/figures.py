"""Every number of the report, counted from the report's tables. No drawing, no wording.

Days, weeks, hours and months are those of the account's zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from copernica_report.tables import KINDS

if TYPE_CHECKING:
    from copernica_report.tables import Tables

# Each rate: what is counted, and what that is divided by.
RATES = {
    "delivered": ("deliveries", "recipients"),
    "opened": ("openers", "deliveries"),
    "opened_by_people": ("openers_people", "deliveries"),
    "clicked": ("clickers", "deliveries"),
    "clicked_by_people": ("clickers_people", "deliveries"),
    "bounced": ("bounces", "recipients"),
    "unsubscribed": ("unsubscribes", "deliveries"),
    "complained": ("complaints", "deliveries"),
}
SMALLEST = 50  # messages that a mailing must have delivered to count for what is usual
SETTLED = timedelta(hours=72)  # after which most opens, clicks and bounces have come in
RECENT = timedelta(days=30)
LINKS = 15
SHOWN = 400  # mailings that are listed and drawn, the newest; all are counted

# Recipients count once in a mailing, however often they did it.
_MAILINGS = """
    SELECT
        mailings.mailing_key, mailings.editor, any_value(sent_at), any_value(subject), any_value(recipients),
        count(DISTINCT recipient_key) FILTER (kind = 'deliveries') AS deliveries,
        count(*) FILTER (kind = 'impressions') AS opens,
        count(DISTINCT recipient_key) FILTER (kind = 'impressions') AS openers,
        count(DISTINCT recipient_key)
            FILTER (kind = 'impressions' AND is_machine IS NOT true) AS openers_people,
        count(*) FILTER (kind = 'clicks') AS clicks,
        count(DISTINCT recipient_key) FILTER (kind = 'clicks') AS clickers,
        count(DISTINCT recipient_key)
            FILTER (kind = 'clicks' AND is_machine IS NOT true) AS clickers_people,
        count(DISTINCT recipient_key) FILTER (kind = 'errors') AS bounces,
        count(DISTINCT recipient_key) FILTER (kind = 'unsubscribes') AS unsubscribes,
        count(DISTINCT recipient_key) FILTER (kind = 'abuses') AS complaints
    FROM mailings LEFT JOIN events USING (mailing_key)
    GROUP BY mailings.mailing_key, mailings.editor
    ORDER BY any_value(sent_at) DESC, mailings.mailing_key
"""
_COUNTS = [
    "recipients",
    "deliveries",
    "opens",
    "openers",
    "openers_people",
    "clicks",
    "clickers",
    "clickers_people",
    "bounces",
    "unsubscribes",
    "complaints",
]

_DAYS = (
    "SELECT {local}::DATE AS day, kind, count(*) FROM events GROUP BY day, kind ORDER BY day, kind"
)

_HOURS = """
    SELECT isodow({local}) AS weekday, hour({local}) AS hour, count(*)
    FROM events WHERE kind = 'impressions' AND is_machine IS NOT true
    GROUP BY weekday, hour ORDER BY weekday, hour
"""

_CHANGES = """
    SELECT date_trunc('week', {local})::DATE AS week, what, count(*)
    FROM (
        SELECT created_at AS occurred_at, 'joined' AS what FROM profiles
        UNION ALL SELECT removed_at, 'removed' FROM profiles
        UNION ALL (
            -- Who unsubscribes or complains twice about one mailing is lost once.
            SELECT min(occurred_at), kind FROM events WHERE kind IN ('unsubscribes', 'abuses')
            GROUP BY kind, mailing_key, recipient_key
        )
    )
    WHERE occurred_at >= $since AND occurred_at < $until
    GROUP BY week, what ORDER BY week, what
"""

_LINKS = f"""
    SELECT link, count(*) AS clicks, count(DISTINCT (mailing_key, recipient_key)), count(DISTINCT mailing_key)
    FROM events WHERE kind = 'clicks' AND link IS NOT NULL
    GROUP BY link ORDER BY clicks DESC, link LIMIT {LINKS}
"""  # noqa: S608 - a number

_BOUNCES = """
    SELECT coalesce(reason, 'not said') AS why, count(DISTINCT (mailing_key, recipient_key)) AS messages
    FROM events WHERE kind = 'errors'
    GROUP BY why ORDER BY messages DESC, why
"""

# What a mailing's bounces were for, the most frequent reason of each.
_REASONS = """
    SELECT mailing_key, coalesce(reason, 'not said') AS why, count(DISTINCT recipient_key) AS messages
    FROM events WHERE kind = 'errors' AND mailing_key IN (SELECT mailing_key FROM mailings)
    GROUP BY mailing_key, why
    QUALIFY row_number() OVER (PARTITION BY mailing_key ORDER BY messages DESC, why) = 1
"""


@dataclass(frozen=True)
class Period:
    """What the report is about: ``[since, until)`` in UTC, without a zone, and the account's zone."""

    since: datetime
    until: datetime
    zone: str

    def local(self, instant: datetime) -> datetime:
        """Give an instant as wall-clock time of the account's zone."""
        return (
            instant.replace(tzinfo=ZoneInfo("UTC"))
            .astimezone(ZoneInfo(self.zone))
            .replace(tzinfo=None)
        )


@dataclass(frozen=True)
class Figures:
    """The numbers of a report; the same as are in its page as JSON."""

    period: Period
    mailings: list[dict[str, Any]]  # newest first, with counts and rates
    usual: dict[str, float | None]  # the median of each rate over the period's settled mailings
    recent: dict[str, Any]  # counts and rates of the last 30 days' mailings
    before: dict[str, Any]  # and of those in the 30 days before
    days: list[dict[str, Any]]
    hours: list[dict[str, Any]]
    weeks: list[dict[str, Any]]
    links: list[dict[str, Any]]
    bounces: list[dict[str, Any]]
    streams: list[dict[str, Any]]
    calls: dict[str, Any]
    machines_known: bool


def count(tables: Tables, period: Period, run_calls: int | None = None) -> Figures:
    """Count all figures of a period.

    ``run_calls``: the API calls of the newest run, where somebody counted them.
    """
    mailings = _mailings(tables, period)
    recent_since = period.until - RECENT
    return Figures(
        period=period,
        mailings=mailings,
        usual=_usual(mailings),
        recent=_total([m for m in mailings if m["sent_at"] >= recent_since]),
        before=_total(
            [m for m in mailings if recent_since - RECENT <= m["sent_at"] < recent_since]
        ),
        days=_named(tables, _local(_DAYS), "day kind events", zone=period.zone),
        hours=_named(tables, _local(_HOURS), "weekday hour opens", zone=period.zone),
        weeks=_weeks(tables, period),
        links=_named(tables, _LINKS, "link clicks recipients mailings"),
        bounces=_named(tables, _BOUNCES, "reason messages"),
        streams=_named(tables, "FROM streams ORDER BY stream", "stream rows newest_at loaded_at"),
        calls=_calls(tables, period, run_calls),
        machines_known=_machines_known(tables),
    )


def rate(part: int | None, whole: int | None) -> float | None:
    """Give a share; None where a part is not known or there is nothing to divide by."""
    return None if part is None or not whole else part / whole


def _local(query: str) -> str:
    return query.replace("{local}", "timezone($zone, timezone('UTC', occurred_at))")


def _named(tables: Tables, query: str, names: str, **values: object) -> list[dict[str, Any]]:
    return [dict(zip(names.split(), row, strict=True)) for row in tables.rows(query, **values)]


def _machines_known(tables: Tables) -> bool:
    ((known,),) = tables.rows("SELECT count(is_machine) > 0 FROM events")
    return bool(known)


def _mailings(tables: Tables, period: Period) -> list[dict[str, Any]]:
    names = f"key editor sent_at subject {' '.join(_COUNTS)}"
    mailings = _named(tables, _MAILINGS, names)
    # An API version that lists no unsubscriptions is not an account that has none.
    listed = {
        editor
        for (editor,) in tables.rows(
            "SELECT DISTINCT editor FROM events WHERE kind = 'unsubscribes'"
        )
    }
    machines = _machines_known(tables)
    reasons = {key: (why, messages) for key, why, messages in tables.rows(_REASONS)}
    for mailing in mailings:
        if mailing["editor"] not in listed:
            mailing["unsubscribes"] = None
        if not machines:
            mailing["openers_people"] = mailing["clickers_people"] = None
        mailing["settled"] = mailing["sent_at"] < period.until - SETTLED
        mailing["main_reason"], mailing["main_reason_messages"] = reasons.get(
            mailing["key"], (None, 0)
        )
        mailing["rates"] = _rates(mailing)
    return mailings


def _rates(counts: dict[str, Any]) -> dict[str, float | None]:
    return {name: rate(counts[part], counts[whole]) for name, (part, whole) in RATES.items()}


def counted_as_usual(mailing: dict[str, Any]) -> bool:
    """Tell whether a mailing is old and large enough to say what is usual, and to be held against it."""
    return bool(mailing["settled"]) and mailing["deliveries"] + mailing["bounces"] >= SMALLEST


def _usual(mailings: list[dict[str, Any]]) -> dict[str, float | None]:
    chosen = [m for m in mailings if counted_as_usual(m)] or mailings
    return {name: median([m["rates"][name] for m in chosen]) for name in RATES}


def median(values: list[float | None]) -> float | None:
    """Give the median of the values that are known; None where there is none."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    middle = len(known) // 2
    return known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2


def _total(mailings: list[dict[str, Any]]) -> dict[str, Any]:
    """Add mailings up; a rate then divides only by the mailings of which its part is known."""
    total: dict[str, Any] = {"mailings": len(mailings)}
    for name in _COUNTS:
        values = [m[name] for m in mailings if m[name] is not None]
        total[name] = sum(values) if values else None
    total["rates"] = {}
    for name, (part, whole) in RATES.items():
        known = [m for m in mailings if m[part] is not None and m[whole] is not None]
        total["rates"][name] = (
            rate(sum(m[part] for m in known), sum(m[whole] for m in known)) if known else None
        )
    return total


def _weeks(tables: Tables, period: Period) -> list[dict[str, Any]]:
    """Give every week of the period, also one in which nothing changed."""
    names = {
        "joined": "joined",
        "removed": "removed",
        "unsubscribes": "unsubscribed",
        "abuses": "complained",
    }
    values = {"zone": period.zone, "since": period.since, "until": period.until}
    found = {
        (week, names[str(what)]): number
        for week, what, number in tables.rows(_local(_CHANGES), **values)
    }
    week, weeks = _monday(period.local(period.since).date()), []
    while week <= period.local(period.until).date():
        weeks.append({"week": week} | {name: found.get((week, name), 0) for name in names.values()})
        week += timedelta(days=7)
    return weeks


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _calls(tables: Tables, period: Period, run_calls: int | None) -> dict[str, Any]:
    """Add calls up by calendar month, and say who counted them."""
    months = _named(
        tables,
        "SELECT date_trunc('month', day)::DATE AS month, sum(calls)::BIGINT FROM calls"
        " WHERE day >= date_trunc('month', $since) GROUP BY month ORDER BY month DESC",
        "month calls",
        since=period.since,
    )
    sources = tables.rows("SELECT DISTINCT source FROM calls")
    return {"months": months, "source": sources[0][0] if sources else None, "run": run_calls}


__all__ = [
    "KINDS",
    "RATES",
    "SHOWN",
    "Figures",
    "Period",
    "count",
    "counted_as_usual",
    "median",
    "rate",
]
