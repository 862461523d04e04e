"""Writes `docs/streams.md`, the streams by families, from the code: `python -m tools.streams_page`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tap_copernica.settings import API_VERSIONS
from tap_copernica.streams.windowed import WindowedStream
from tools.diagrams import pictures
from tools.families import Family, copernica_page, families
from tools.pages import WRITTEN_BY

if TYPE_CHECKING:
    from tap_copernica.streams.base import Stream

PAGE = Path(__file__).parents[1] / "docs" / "streams.md"

HEAD = """# Streams

The streams by families. A name leads to the stream's fields ([fields.md](fields.md)). An endpoint leads to
Copernica's own page about it, in the documentation of v3; v4 has other names for the paths of mailings
([api-facts.md](api-facts.md#versions-and-cost)).

| column | what it says |
|---|---|
| key | the fields that name one row |
| time | incremental reading goes by it; `-`: read whole [once a day](settings.md#full_table_frequency) |
| calls | how many API calls a run makes for it ([cost.md](cost.md)) |
| optional | whether it is read only where [`optional_streams`](settings.md#optional_streams) names it |

In the diagrams an arrow leads from a field to the stream whose row it names. These are no foreign keys:
Copernica keeps an event when its profile is removed, and an old mailing may lie before `start_date`. A
dashed box belongs to another family.

Some references have another key than their name suggests:

| an event of | its field | is the field | of the stream |
|---|---|---|---|
| drag-and-drop mailings | `destination` | `id` | `destinations` |
| HTML mailings | `destination` | `internal` | `publisher_destinations` |

Recipients (`destinations`, `publisher_destinations`) are read when their day is over. `unsubscribes` is
documented for v3 and v4; where an account does not have it, it is skipped with a warning. In v2 there is no
list of all `publisher_destinations`: they are read mailing by mailing.

What the API sends as

```text
{"ID": "63", "mailing": "1245", "link": "https:\\/\\/www.example.com\\/", "timestamp": "2014-10-14 11:33:22",
 "ip": "192.0.2.17", "useragent": "Mozilla\\/5.0 (X11; Linux x86_64)", "destination": "8351", "profile": null,
 "subprofile": null}
```

comes out with numbers as numbers and the time in UTC:

```text
{"ID": 63, "mailing": 1245, "link": "https://www.example.com/", "timestamp": "2014-10-14T09:33:22+00:00",
 "ip": "192.0.2.17", "useragent": "Mozilla/5.0 (X11; Linux x86_64)", "is_machine": false,
 "destination": 8351, "profile": null, "subprofile": null}
```

The tap adds `is_machine`. It is true where the user agent is that of a mail proxy, a link scanner or a
crawler; a bare `Mozilla/5.0` is one too, since Apple's Mail Privacy Protection sends it.
"""


def page() -> str:
    """Give the page."""
    drawn = pictures()
    return WRITTEN_BY + "\n".join([HEAD, *(_family(*one, drawn) for one in families())])


def _family(family: Family, streams: list[Stream], drawn: dict[str, str]) -> str:
    name = f"{family.name}.svg"
    picture = [f"![How the streams hang together: {family.title}](diagrams/{name})", ""]
    return "\n".join(
        [
            f"## {family.title}\n",
            f"{family.about}\n",
            *(picture if name in drawn else []),
            "| stream | endpoint | key | time | calls | optional |",
            "|---|---|---|---|---|---|",
            *map(_row, streams),
            "",
        ]
    )


def _row(stream: Stream) -> str:
    anchor = stream.name.replace("<", "").replace(">", "")
    address = copernica_page(stream)
    versions = set(API_VERSIONS) - set(stream.api_versions)
    only = f" ({', '.join(stream.api_versions)})" if versions else ""
    cells = [
        f"[`{stream.name}`](fields.md#{anchor}){only}",
        f"[`{stream.path}`]({address})" if address else "-",
        ", ".join(f"`{key}`" for key in stream.key_fields),
        f"`{stream.time_field}`" if stream.time_field else "-",
        stream.cost
        or ("1 per 1000 rows, at least 1" if isinstance(stream, WindowedStream) else "1"),
        _optional(stream),
    ]
    return f"| {' | '.join(cells)} |"


def _optional(stream: Stream) -> str:
    if set(stream.optional_in) == set(API_VERSIONS):
        return "yes"
    return f"in {', '.join(stream.optional_in)}" if stream.optional_in else "no"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
