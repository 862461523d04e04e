"""What the marts must hold: worked out from the sandbox's own account, without the tap and without SQL."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from copernica_sandbox import Sandbox

EDITORS = {"marketing_suite": ("", "mailing"), "publisher": ("publisher_", "emailing")}
KINDS = ("deliveries", "impressions", "clicks", "errors", "unsubscribes", "abuses")
UNIQUE = {
    "deliveries": "deliveries",
    "impressions": "unique_opens",
    "clicks": "unique_clicks",
    "errors": "bounces",
    "unsubscribes": "unsubscribes",
    "abuses": "complaints",
}
ALL = {"impressions": "opens", "clicks": "clicks"}
# Each rate, and the two counts of which it is the quotient.
RATES = {
    "delivery_rate": ("deliveries", "recipients"),
    "bounce_rate": ("bounces", "recipients"),
    "unique_open_rate": ("unique_opens", "deliveries"),
    "unique_click_rate": ("unique_clicks", "deliveries"),
    "click_to_open_rate": ("unique_clicks", "unique_opens"),
    "unsubscribe_rate": ("unsubscribes", "deliveries"),
    "complaint_rate": ("complaints", "deliveries"),
}


def events(box: Sandbox) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield all events: editor, kind, key of the mailing, row."""
    for editor, (prefix, mailing) in EDITORS.items():
        for kind in KINDS:
            for row in box.rows(prefix + kind):
                yield editor, kind, f"{editor}-{row[mailing]}", row


def mailing_performance(box: Sandbox) -> dict[str, dict[str, Any]]:
    """Give the rows of the mart by key, without rates."""
    rows: dict[str, dict[str, Any]] = {}
    for editor, (prefix, _) in EDITORS.items():
        for row in box.rows(f"{prefix}emailings"):
            rows[f"{editor}-{row['id']}"] = {
                "editor": editor,
                "mailing_id": row["id"],
                "sent_at": row["instant"].replace(tzinfo=None),
                "subject": row["subject"],
                "recipients": row["destinations"],
                **dict.fromkeys([*ALL.values(), *UNIQUE.values()], 0),
                "last_event_at": None,
            }
    people: set[tuple[str, str, int]] = set()
    for _, kind, mailing, row in events(box):
        mart = rows[mailing]
        if kind in ALL:
            mart[ALL[kind]] += 1
        if (mailing, kind, row["destination"]) not in people:
            people.add((mailing, kind, row["destination"]))
            mart[UNIQUE[kind]] += 1
        when = row["instant"].replace(tzinfo=None)
        mart["last_event_at"] = max(when, mart["last_event_at"] or when)
    return rows


def profile_engagement(box: Sandbox, midnight: datetime) -> dict[int, dict[str, Any]]:
    """Give the rows of the mart by profile, without rates.

    Events of drag-and-drop mailings name their profile through the recipient, whose day must be
    over: before ``midnight``.
    """
    known = {row["id"] for row in box.rows("destinations") if row["instant"] < midnight}
    messages: dict[int, dict[str, set[tuple[str, int]]]] = defaultdict(lambda: defaultdict(set))
    newest: dict[tuple[int, str], datetime] = {}
    for editor, kind, _, row in events(box):
        profile = row["profile"]
        if profile is None or (editor == "marketing_suite" and row["destination"] not in known):
            continue
        messages[profile][kind].add((editor, row["destination"]))
        when = row["instant"].replace(tzinfo=None)
        newest[profile, kind] = max(when, newest.get((profile, kind), when))
    marts = {}
    for profile, found in messages.items():
        opened, clicked = newest.get((profile, "impressions")), newest.get((profile, "clicks"))
        marts[profile] = {
            **{name: len(found[kind]) for kind, name in UNIQUE.items()},
            "last_delivered_at": newest.get((profile, "deliveries")),
            "last_opened_at": opened,
            "last_clicked_at": clicked,
            "last_engaged_at": max((t for t in (opened, clicked) if t), default=None),
        }
    return marts
