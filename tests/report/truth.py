"""What the report must say: worked out from the sandbox's own account, without the tap and without SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copernica_sandbox import Sandbox

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EDITORS = {"marketing_suite": ("", "mailing"), "publisher": ("publisher_", "emailing")}
KINDS = ("deliveries", "impressions", "clicks", "errors", "unsubscribes", "abuses")
UNIQUE = {
    "deliveries": "deliveries",
    "impressions": "openers",
    "clicks": "clickers",
    "errors": "bounces",
    "unsubscribes": "unsubscribes",
    "abuses": "complaints",
}


def events(box: Sandbox) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield all events: key of the mailing, kind, row."""
    for editor, (prefix, mailing) in EDITORS.items():
        for kind in KINDS:
            for row in box.rows(prefix + kind):
                yield f"{editor}-{row[mailing]}", kind, row


def local(instant: datetime) -> datetime:
    return instant.astimezone(AMSTERDAM)


def is_of_a_person(row: dict[str, Any]) -> bool:
    """Tell whether none of the simulated account's proxies and scanners made an open or a click."""
    agent = row["useragent"]
    return agent != "Mozilla/5.0" and not any(
        name in agent for name in ("GoogleImageProxy", "LinkScanner")
    )


def monday(instant: datetime) -> str:
    day = local(instant).date()
    return (day - timedelta(days=day.weekday())).isoformat()


def mailings(box: Sandbox) -> dict[str, dict[str, Any]]:
    """Give what the report counts of each mailing."""
    rows: dict[str, dict[str, Any]] = {}
    for editor, (prefix, _) in EDITORS.items():
        for row in box.rows(f"{prefix}emailings"):
            rows[f"{editor}-{row['id']}"] = {
                "editor": editor,
                "subject": row["subject"],
                "sent_at": row["instant"].replace(tzinfo=None).isoformat(),
                "recipients": row["destinations"],
                "opens": 0,
                "clicks": 0,
            }
    people: dict[tuple[str, str], set[int]] = defaultdict(set)
    for key, kind, row in events(box):
        people[key, kind].add(row["destination"])
        if kind in ("impressions", "clicks"):
            rows[key]["opens" if kind == "impressions" else "clicks"] += 1
    for key, counted in rows.items():
        counted |= {name: len(people[key, kind]) for kind, name in UNIQUE.items()}
    return rows


def days(box: Sandbox) -> Counter[tuple[str, str]]:
    return Counter((local(row["instant"]).date().isoformat(), kind) for _, kind, row in events(box))


def hours(box: Sandbox) -> Counter[tuple[int, int]]:
    return Counter(
        (local(row["instant"]).isoweekday(), local(row["instant"]).hour)
        for _, kind, row in events(box)
        if kind == "impressions" and is_of_a_person(row)
    )


def links(box: Sandbox) -> Counter[str]:
    return Counter(
        row["link"].split("#")[0].split("?")[0]
        for _, kind, row in events(box)
        if kind == "clicks" and row["link"]
    )


def bounces(box: Sandbox) -> Counter[str]:
    messages = {
        (key, row["destination"], row.get("errortype") or "not said")
        for key, kind, row in events(box)
        if kind == "errors"
    }
    return Counter(reason for _, _, reason in messages)


def weeks(box: Sandbox, since: datetime, until: datetime) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    (database,) = box.databases
    for profile in box.profiles(database["ID"]):
        created = datetime.fromisoformat(profile["created"]).replace(tzinfo=AMSTERDAM)
        if since <= created < until:
            found[monday(created), "joined"] += 1
    first: dict[tuple[str, str, int], datetime] = {}
    for key, kind, row in events(box):
        if kind in ("unsubscribes", "abuses"):
            person = (key, kind, row["destination"])
            first[person] = min(row["instant"], first.get(person, row["instant"]))
    for (_, kind, _), instant in first.items():
        found[monday(instant), {"unsubscribes": "unsubscribed", "abuses": "complained"}[kind]] += 1
    return found
