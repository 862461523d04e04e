"""The report's words and number formats: figures in, sentences out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_report.figures import counted_as_usual

if TYPE_CHECKING:
    from datetime import datetime

    from copernica_report.figures import Figures
    from copernica_report.findings import Finding, Outlier

DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
TITLES = {
    "delivered": "Delivered",
    "opened": "Opened",
    "opened_by_people": "Opened by people",
    "clicked": "Clicked",
    "clicked_by_people": "Clicked by people",
    "bounced": "Bounced",
    "unsubscribed": "Unsubscribed",
    "complained": "Complained",
}
EDITORS = {"marketing_suite": "drag-and-drop", "publisher": "HTML"}
REASONS = {
    "mailerror": "the address does not exist",
    "nohost": "the host was not found",
    "nodata": "the mailbox gave no answer",
    "unreachable": "no connection could be made",
    "error": "refused by the mail server",
    "other": "another reason",
    "not said": "no reason was given",
}
_ADVICE = {
    "opened": "Opens depend on sender, subject and time of sending.",
    "clicked": "Clicks depend on what the message offers, and on who gets it.",
    "bounced": "Bounces often come from addresses that are gone: an old or bought list, or one not cleaned.",
    "unsubscribed": "Who unsubscribes gets too much, or what was not asked for.",
    "complained": "Who complains does not know the sender, or finds no way to unsubscribe.",
}


def shown_rates(figures: Figures) -> dict[str, str]:
    """Name the rates that the report shows: those of people as well, where machines can be told apart."""
    hidden = set() if figures.machines_known else {"opened_by_people", "clicked_by_people"}
    return {name: title for name, title in TITLES.items() if name not in hidden}


def number(value: int | None) -> str:
    """Write a count: 12,345; a dash where it is not known."""
    return DASH if value is None else f"{value:,}"


def percent(value: float | None) -> str:
    """Write a rate with as many digits as it needs: 45.0%, 0.41%, 0.054%."""
    if value is None:
        return DASH
    digits = 1 if value >= 0.02 or value == 0 else 2 if value >= 0.002 else 3  # noqa: PLR2004
    return f"{value * 100:.{digits}f}%"


def points(value: float | None, usual: float | None) -> str:
    """Write how far a rate is from usual, in percentage points, with a sign."""
    if value is None or usual is None:
        return ""
    off = (value - usual) * 100
    digits = 1 if usual >= 0.02 else 2  # noqa: PLR2004
    text = f"{abs(off):.{digits}f}"
    if not text.strip("0."):
        return "±0"
    return f"{'+' if off > 0 else MINUS}{text}"


def when(instant: datetime | None) -> str:
    """Write a moment: 2 Nov 2026, 14:05."""
    return DASH if instant is None else f"{instant.day} {instant:%b %Y, %H:%M}"


def reason(code: str | None) -> str:
    """Say what Copernica's name of a bounce means; an unknown one stays as it is."""
    return REASONS.get(code or "not said", code or "")


def subject(mailing: dict[str, Any]) -> str:
    """Give a mailing's subject, or what else it can be called."""
    return mailing["subject"] or f"Mailing {mailing['key']}"


def finding(found: Finding, mailing: dict[str, Any]) -> str:
    """Say what is worse than usual, and what it comes from as far as the numbers tell."""
    title = TITLES[found.rate]
    text = f"{title} {percent(found.value)}, usual {percent(found.usual)}."
    if found.rate == "bounced" and mailing["main_reason"] not in (None, "not said"):
        share = mailing["main_reason_messages"] / mailing["bounces"]
        text += f" Most often, {share:.0%}: {reason(mailing['main_reason'])}."
    return f"{text} {_ADVICE[found.rate.removesuffix('_by_people')]}"


def worst_text(figures: Figures, worst: Outlier) -> str:
    """Say of the mailing that did worst how each of its rates compares; the gravest first."""
    mailing, worse = worst.mailing, [found.rate for found in worst.findings]
    titles = shown_rates(figures)
    names = [*worse, *(name for name in titles if name not in worse)]
    parts = [
        f"{titles[name].lower()} {percent(value)}, usual {percent(usual)} ({value / usual:.1f} times)"
        for name in names
        if (value := mailing["rates"][name]) is not None and (usual := figures.usual[name])
    ]
    return f"Clearly worse (diamonds) in {len(worse)} of {len(parts)} rates: {'; '.join(parts)}."


def worst_lead(figures: Figures, worst: Outlier) -> str:
    """Answer in a sentence which mailing did worst last month, and why."""
    sent = figures.period.local(worst.mailing["sent_at"])
    reasons = [
        f"{TITLES[found.rate].lower()} {percent(found.value)} instead of the usual {percent(found.usual)}"
        for found in worst.findings
    ]
    why = reasons[0] if len(reasons) == 1 else f"{', '.join(reasons[:-1])} and {reasons[-1]}"
    return f"In {sent:%B %Y}, “{subject(worst.mailing)}” of {sent.day} {sent:%B} did worst: {why}."


def rates_text(figures: Figures, name: str) -> str:
    """Say in a sentence what the chart of a rate shows."""
    known = [m for m in figures.mailings if counted_as_usual(m) and m["rates"][name] is not None]
    if not known:
        return "No mailing is old and large enough yet."
    low, high = (pick(m["rates"][name] for m in known) for pick in (min, max))
    span = f"from {percent(low)} to {percent(high)} in {len(known)} mailings"
    return f"Usual {percent(figures.usual[name])}; {span}."


def days_text(figures: Figures, kind: str) -> str:
    """Say how many events of a kind there were, and on which day most."""
    rows = [row for row in figures.days if row["kind"] == kind]
    most = max(rows, key=lambda row: row["events"])
    total = sum(row["events"] for row in rows)
    return f"{total:,} in all; most on {most['day'].day} {most['day']:%b}: {most['events']:,}."


def hours_text(figures: Figures, weekdays: tuple[str, ...]) -> str:
    """Say in which hour of the week most is opened."""
    total = sum(row["opens"] for row in figures.hours)
    most = max(figures.hours, key=lambda row: row["opens"])
    by_hour: dict[int, int] = {}
    for row in figures.hours:
        by_hour[row["hour"]] = by_hour.get(row["hour"], 0) + row["opens"]
    hour = max(by_hour, key=lambda one: by_hour[one])
    return (
        f"Most opens are between {hour}:00 and {hour + 1}:00 ({by_hour[hour] / total:.1%} of {total:,}); "
        f"the busiest hour of the week is {weekdays[most['weekday'] - 1]} {most['hour']}:00."
    )


def changes_text(figures: Figures) -> str:
    """Say how many people the period brought and cost."""
    total = {
        what: sum(week[what] for week in figures.weeks)
        for what in figures.weeks[0]
        if what != "week"
    }
    return (
        f"{total['joined']:,} profiles were created and {total['removed']:,} removed; "
        f"{total['unsubscribed']:,} recipients unsubscribed and {total['complained']:,} complained."
    )


def calls_text(figures: Figures) -> str:
    """Say what API calls the reading took, and who counted them."""
    calls = figures.calls
    parts = []
    if calls["months"]:
        newest = calls["months"][0]
        source = (
            "as Copernica counts them"
            if calls["source"] == "consumption"
            else "as the tap counts its windows"
        )
        parts.append(f"{newest['calls']:,} API calls in {newest['month']:%B %Y}, {source}.")
    if calls["run"] is not None:
        parts.append(f"The newest run made {calls['run']:,} API calls.")
    return " ".join(parts) or (
        "How many API calls the month took is not loaded: select the stream sync_windows, or consumption."
    )
