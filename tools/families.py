"""Families of streams, and Copernica's own page about each list: for README and `docs/streams.md`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tools.stream_table import all_streams

if TYPE_CHECKING:
    from tap_copernica.streams.base import Stream

COPERNICA = "https://www.copernica.com/en/documentation/restv3"


class Family(NamedTuple):
    """Streams that belong together: a heading, the beginnings of their paths, and what they are."""

    title: str
    name: str
    """Of the diagram's file."""
    paths: tuple[str, ...]
    examples: tuple[str, ...]
    """Names of streams that most people want."""
    about: str


FAMILIES = (
    Family(
        "Drag-and-drop mailings",
        "drag-and-drop",
        ("/ms/",),
        ("emailings", "destinations", "clicks", "impressions"),
        "Mailings that were made in the drag-and-drop editor of Marketing Suite. v2 and v3 call them `ms`, "
        "v4 calls them `draganddrop`.",
    ),
    Family(
        "HTML mailings",
        "html",
        ("/publisher/",),
        ("publisher_emailings", "publisher_clicks", "publisher_impressions"),
        "Mailings that were made of documents and HTML templates: Publisher, the older editor. v2 and v3 "
        "call them `publisher`, v4 calls them `html`.",
    ),
    Family(
        "Databases and profiles",
        "databases",
        ("/database", "/collection", "/view/", "/miniview/"),
        ("profiles_<database>", "subprofiles_<database>_<collection>", "databases"),
        "Who is mailed: databases of profiles, collections of subprofiles, and selections of both. Each "
        "database and each collection of your account is a stream of its own.",
    ),
    Family(
        "Coupons",
        "coupons",
        ("/couponcampaign",),
        ("coupon_campaigns", "coupons"),
        "Campaigns, and the codes that they give out. v3 and v4 have them, v2 does not.",
    ),
    Family(
        "Account and completeness",
        "account",
        ("/identity", "/consumption", ""),
        ("account", "sync_windows", "consumption"),
        "Whose token it is, what Copernica counts for its bill, and what the tap itself has read.",
    ),
    Family(
        "Log files",
        "logs",
        ("/logfile/",),
        ("log_cdm_click", "log_pom_errors"),
        "Copernica's log files, a day at a time. They name people by their e-mail address. `log_cdm_…` are "
        "those of drag-and-drop mailings, `log_pom_…` those of HTML mailings.",
    ),
)


def families() -> list[tuple[Family, list[Stream]]]:
    """Give each family with its streams, by name; every stream is in one."""
    streams = sorted(all_streams(), key=lambda stream: stream.name)
    found = [(family, [one for one in streams if family_of(one) is family]) for family in FAMILIES]
    missing = len(streams) - sum(len(members) for _, members in found)
    if missing:
        message = f"{missing} streams are in no family"
        raise ValueError(message)
    return found


def family_of(stream: Stream) -> Family | None:
    """Give the family that a stream's path belongs to."""
    fitting = (one for one in FAMILIES if any(_begins(stream.path, path) for path in one.paths))
    return next(fitting, None)


def _begins(path: str, beginning: str) -> bool:
    return path.startswith(beginning) if beginning else not path


def copernica_page(stream: Stream) -> str | None:
    """Give the address of Copernica's own page about a stream's list; None for what it has no page about.

    The pages are named after the paths, as in the repository that held them until August 2024.
    """
    if not stream.path:
        return None
    if stream.path.startswith("/logfile"):
        name = stream.name.removeprefix("log_").replace("_", "-")
        return f"{COPERNICA}/rest-{name}{'' if name.startswith('feedback') else '-logfile'}"
    words = re.sub(r"/\{\w+\}", "", stream.path).strip("/").replace("/", "-")
    return f"{COPERNICA}/rest-get-{words}"
