"""One endpoint of each family of streams: what is read, and how its answers are made up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox

START, NOW = "2026-05-29T00:00:00+02:00", "2026-06-01T12:00:00+00:00"
ACCOUNT: dict[str, Any] = {
    "seed": 7,
    "days": 4,
    "clicks_per_day": 6,
    "mailings_per_day": 1,
    "now": NOW,
    "layout": [{"name": "People", "profiles": 12, "fields": [("Email", "email"), ("Points", "integer")]}],
}  # fmt: skip


@dataclass(frozen=True)
class Family:
    """An endpoint, and the stream that reads it.

    Attributes:
        name: of the family, as the tally has it.
        stream: the one that is read.
        path: a part of the endpoint's path.
        form: how its answers look: a `page` in an envelope, a `bare` list, or one `object`.
        key: the field of its rows that tells them apart; none in a list of plain values.
        time: the field with a row's time, if the rows are asked for by it.
        number: a field with a number that is no key.
        settings: of the tap, besides the usual ones.
    """

    name: str
    stream: str
    path: str
    form: str = "page"
    key: str = ""
    time: str = ""
    number: str = ""
    settings: dict[str, Any] = field(default_factory=dict, hash=False)

    def configured(self, box: Sandbox) -> dict[str, Any]:
        """Give the tap's settings: few tries, and no other host than the one whose answers change."""
        bulk = box.bulk_url if self.path.startswith("/bulk") else ""
        usual = {"start_date": START, "max_tries": 3, "bulk_url": bulk, "page_size": 5}
        return {**usual, **self.settings}


PROFILES = "/database/11/profiles"
FAMILIES = (
    Family("events", "clicks", "/ms/clicks", key="ID", time="timestamp", number="mailing"),
    Family(
        "publisher", "publisher_clicks", "/publisher/clicks", key="ID", time="timestamp",
        number="emailing",
    ),
    Family("emailings", "emailings", "/ms/emailings", key="id", time="timestamp", number="template"),
    Family(
        "destinations", "destinations", "/ms/destinations", key="id", time="timestampsent",
        number="mailing",
    ),
    Family("per mailing", "emailing_statistics", "/statistics", form="object", number="destinations"),
    Family("lists", "templates", "/ms/templates", key="id", number="archived"),
    Family("databases", "databases", "/v2/databases", key="ID", number="created"),
    Family("profiles", "profiles_people", f"/v2{PROFILES}", key="ID", number="database"),
    Family("bulk", "profiles_people", f"/bulk/v2{PROFILES}", key="ID", number="database"),
    Family("ids", "profile_ids", "/profileids", form="bare"),
    Family("consumption", "consumption", "/consumption", form="object", number="emails"),
    Family("log names", "log_cdm_click", "/logfiles", form="bare"),
    Family("log files", "log_cdm_click", "/logfile/", form="bare", number="profile"),
)  # fmt: skip
