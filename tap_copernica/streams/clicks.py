"""Clicks in drag-and-drop mailings; with `unique_clicks` one per destination, link and day."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica.clock import DAY, SECOND
from tap_copernica.reading.filters import BetweenTimes, FieldBounds
from tap_copernica.records import fields as f
from tap_copernica.streams.events import EventStream, client

if TYPE_CHECKING:
    from tap_copernica.reading.verdict import Reading
    from tap_copernica.reading.windows import Window


class ClicksStream(EventStream):
    """Clicks on links in drag-and-drop mailings."""

    name = "clicks"
    path = "/ms/clicks"
    filters = (BetweenTimes(), FieldBounds())
    schema = f.record(
        ID=f.key(f.integer("The click's id.", f.NONE)),
        mailing=f.integer("Id of the emailing (`emailings.id`).", f.NONE),
        link=f.text(
            "The clicked URL; may hold unresolved personalisation such as {$profile.x}.", f.URL
        ),
        timestamp=f.moment("When it was clicked, in UTC."),
        **client("the click came from"),
        destination=f.integer("Id of the message's recipient (`destinations.id`).", f.LINK),
        profile=f.integer("Id of the profile; documented for v2 only.", f.LINK),
        subprofile=f.integer(
            "Id of the subprofile, if one was mailed; documented for v2 only.", f.LINK
        ),
    )

    @property
    @override
    def extra_params(self) -> dict[str, Any]:
        return {"unique": "true"} if self.settings.unique_clicks else {}

    @property
    @override
    def meanings(self) -> dict[str, Any]:
        return {**super().meanings, "unique_clicks": self.settings.unique_clicks or None}

    # With `unique_clicks` the API keeps one click per destination and link within the period asked
    # for, so that the answer depends on the window: windows are whole calendar days.

    @override
    def period_edge(self, edge: datetime) -> datetime:
        if self.settings.unique_clicks:
            edge = datetime.combine(edge.date(), time())
        return super().period_edge(edge)

    @override
    def period_end(self, edge: datetime) -> datetime:
        return self.period_edge(edge) if self.settings.unique_clicks else super().period_end(edge)

    @override
    def next_edge(self, start: datetime) -> datetime | None:
        # A window may begin a second before midnight, where midnight itself is no legal edge.
        return self.period_edge(start + SECOND + DAY) if self.settings.unique_clicks else None

    @override
    def kept_between(self, window: Window) -> tuple[str, str]:
        return self.between(window) if self.settings.unique_clicks else super().kept_between(window)

    @property
    @override
    def whole_days(self) -> bool:
        return self.settings.unique_clicks

    @override
    def is_blurred(
        self, window: Window, reading: Reading, asked: tuple[datetime, datetime]
    ) -> bool:
        """See whether there is a row at a bound, outside the day: it may have displaced one inside."""
        return self.settings.unique_clicks and self.learn_bounds(window, reading, asked)
