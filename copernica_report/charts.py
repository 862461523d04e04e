"""The report's charts, as Vega-Lite.

Colours are CSS variables of the page, so that one chart serves light and dark. Nothing is
told by colour alone: marks differ in shape, place or label as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from copernica_report.figures import SHOWN
from copernica_report.wording import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copernica_report.figures import Figures

KIND_TITLES = {
    "deliveries": "Delivered",
    "impressions": "Opened",
    "clicks": "Clicked",
    "errors": "Bounced",
    "unsubscribes": "Unsubscribed",
    "abuses": "Complained",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_INK, _MUTED, _LINE = "var(--ink)", "var(--muted)", "var(--line)"
_BLUE, _ORANGE = "var(--blue)", "var(--orange)"
_FONT = "system-ui, sans-serif"

Spec = dict[str, Any]


def rates(figures: Figures, name: str, title: str) -> Spec:
    """Draw a rate of every mailing by the time it was sent, and a line at what is usual."""
    rows = [
        {
            "sent": figures.period.local(m["sent_at"]).isoformat(),
            "subject": m["subject"] or "(no subject)",
            "rate": m["rates"][name],
            "of": f"{m['deliveries']:,} delivered",
            "state": "complete" if m["settled"] else "still coming in",
        }
        for m in figures.mailings[:SHOWN]
        if m["rates"][name] is not None and m["deliveries"] + m["bounces"] > 0
    ]
    points = (
        alt.Chart(_data(rows))
        .mark_point(size=34, strokeWidth=1.5, color=_BLUE, filled=False)
        .encode(
            x=alt.X("sent:T", title=None, axis=alt.Axis(format="%-d %b", tickCount=5)),
            y=alt.Y(
                "rate:Q",
                title=None,
                axis=alt.Axis(format=".2~%"),
                scale=alt.Scale(zero=name != "delivered"),
            ),
            shape=alt.Shape(
                "state:N",
                scale=alt.Scale(
                    domain=["complete", "still coming in"], range=["circle", "triangle-up"]
                ),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("subject:N", title="Mailing"),
                alt.Tooltip("sent:T", title="Sent", format="%-d %b %Y %H:%M"),
                alt.Tooltip("rate:Q", title=title, format=".2%"),
                alt.Tooltip("of:N", title="Of"),
                alt.Tooltip("state:N", title="Numbers"),
            ],
        )
    )
    usual = (
        alt.Chart(_data([{"usual": figures.usual[name]}]))
        .mark_rule(color=_ORANGE, strokeDash=[6, 4], strokeWidth=2)
        .encode(y="usual:Q", tooltip=[alt.Tooltip("usual:Q", title="Usual", format=".2%")])
    )
    return _finished(points + usual, 150, f"{title} of each mailing by the time it was sent")


def worst(
    figures: Figures, mailing: dict[str, Any], worse: set[str], titles: dict[str, str]
) -> Spec:
    """Draw each rate of a mailing as so many times what is usual, with both rates beside it."""
    rows = [
        {
            "rate": title,
            "times": round(value / usual, 3),
            "start": 1,
            "said": f"{percent(value)}, usual {percent(usual)}",
            "state": "clearly worse" if name in worse else "not clearly worse",
        }
        for name, title in titles.items()
        if (value := mailing["rates"][name]) is not None and (usual := figures.usual[name])
    ]
    shown = alt.Scale(domain=["clearly worse", "not clearly worse"], range=["diamond", "circle"])
    colours = alt.Scale(domain=["clearly worse", "not clearly worse"], range=[_ORANGE, _BLUE])
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("rate:N", title=None, sort=None, axis=alt.Axis(labelLimit=130)),
        x=alt.X("times:Q", title="times what is usual", scale=alt.Scale(domainMin=0)),
        color=alt.Color("state:N", scale=colours, legend=None),
        tooltip=[
            alt.Tooltip("rate:N", title="Rate"),
            alt.Tooltip("said:N", title="Here"),
            alt.Tooltip("times:Q", title="Times usual", format=".2f"),
            alt.Tooltip("state:N", title="Judged"),
        ],
    )
    lines = base.mark_rule(strokeWidth=3).encode(x2="start:Q")
    points = base.mark_point(size=110, filled=True, opacity=1).encode(
        shape=alt.Shape("state:N", scale=shown, legend=None)
    )
    said = base.mark_text(align="left", baseline="bottom", dy=-7, dx=2, fontSize=11).encode(
        x=alt.value(0), text="said:N", color=alt.value(_MUTED)
    )
    usual_line = (
        alt.Chart(_data([{"one": 1}]))
        .mark_rule(color=_MUTED, strokeDash=[6, 4], strokeWidth=1.5)
        .encode(x="one:Q")
    )
    return _finished(
        usual_line + lines + points + said,
        40 * len(rows),
        "Rates of one mailing, as times what is usual",
    )


def days(figures: Figures, kind: str) -> Spec:
    """Draw how many events of a kind there were each day."""
    rows = [
        {"day": row["day"].isoformat(), "events": row["events"]}
        for row in figures.days
        if row["kind"] == kind
    ]
    chart = (
        alt.Chart(_data(rows))
        .mark_bar(color=_BLUE)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b", tickCount=5)),
            y=alt.Y("events:Q", title=None, axis=alt.Axis(tickCount=4, format="~s")),
            tooltip=[
                alt.Tooltip("day:T", title="Day", format="%A %-d %b %Y"),
                alt.Tooltip("events:Q", title=KIND_TITLES[kind], format=","),
            ],
        )
    )
    return _finished(chart, 110, f"{KIND_TITLES[kind]}: events a day")


def hours(figures: Figures) -> Spec:
    """Draw when people open: a square for each hour of the week, the darker the more."""
    number = {(row["weekday"], row["hour"]): row["opens"] for row in figures.hours}
    most = max(number.values(), default=1)
    rows = [
        {
            "weekday": name,
            "hour": hour,
            "until": hour + 1,
            "opens": number.get((day, hour), 0),
            "part": number.get((day, hour), 0) / most,
        }
        for day, name in enumerate(WEEKDAYS, start=1)
        for hour in range(24)
    ]
    chart = (
        alt.Chart(_data(rows))
        .mark_rect(color=_BLUE, stroke=_LINE, strokeWidth=0.5)
        .encode(
            x=alt.X(
                "hour:O",
                title="hour of the day",
                axis=alt.Axis(values=[*range(0, 24, 3)], labelAngle=0),
            ),
            y=alt.Y(
                "weekday:N",
                title=None,
                sort=[*WEEKDAYS],
                axis=alt.Axis(labelExpr="slice(datum.label, 0, 3)"),
            ),
            fillOpacity=alt.FillOpacity(
                "part:Q", scale=alt.Scale(domain=[0, 1], range=[0.02, 1]), legend=None
            ),
            tooltip=[
                alt.Tooltip("weekday:N", title="Day"),
                alt.Tooltip("hour:Q", title="From hour"),
                alt.Tooltip("opens:Q", title="Opens", format=","),
            ],
        )
    )
    return _finished(chart, 190, "Opens by hour and weekday")


def changes(figures: Figures) -> Spec:
    """Draw who joined above the line and who was lost below it, by week."""
    signs = {"joined": 1, "removed": -1, "unsubscribed": -1, "complained": -1}
    rows = [
        {
            "week": week["week"].isoformat(),
            "what": what,
            "number": week[what],
            "people": sign * week[what],
        }
        for week in figures.weeks
        for what, sign in signs.items()
        if week[what]
    ]
    chart = (
        alt.Chart(_data(rows))
        .mark_bar(width=14)
        .encode(
            x=alt.X("week:T", title=None, axis=alt.Axis(format="%-d %b", tickCount=6)),
            y=alt.Y("people:Q", title=None, axis=alt.Axis(tickCount=5, format="~s")),
            color=alt.Color(
                "what:N",
                title=None,
                sort=[*signs],
                scale=alt.Scale(
                    domain=[*signs], range=[_BLUE, "var(--grey)", _ORANGE, "var(--purple)"]
                ),
                legend=alt.Legend(orient="top", columns=4),
            ),
            tooltip=[
                alt.Tooltip("week:T", title="Week of", format="%-d %b %Y"),
                alt.Tooltip("what:N", title="What"),
                alt.Tooltip("number:Q", title="People", format=","),
            ],
        )
    )
    return _finished(chart, 190, "People who joined and who were lost, by week")


def ranking(rows: Sequence[dict[str, Any]], label: str, number: str, title: str) -> Spec:
    """Draw a list as bars, the largest first, each with its number beside it."""
    base = alt.Chart(_data([{label: row[label], number: row[number]} for row in rows])).encode(
        y=alt.Y(
            f"{label}:N",
            title=None,
            sort=None,
            axis=alt.Axis(labelLimit=170, labelExpr="replace(datum.label, 'https://', '')"),
        ),
        x=alt.X(
            f"{number}:Q", title=None, axis=None, scale=alt.Scale(padding=28, nice=False, zero=True)
        ),
        tooltip=[alt.Tooltip(f"{label}:N"), alt.Tooltip(f"{number}:Q", format=",")],
    )
    bars = base.mark_bar(color=_BLUE, height={"band": 0.7})
    numbers = base.mark_text(align="left", dx=4, color=_INK).encode(
        text=alt.Text(f"{number}:Q", format=",")
    )
    return _finished(bars + numbers, 24 * len(rows), title)


def _data(rows: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=rows)


def _finished(chart: alt.Chart | alt.LayerChart, height: int, description: str) -> Spec:
    """Give a chart the page's width, fonts and colours; return it as Vega-Lite."""
    styled = (
        chart.properties(width="container", height=height, description=description)
        .configure(background="transparent", font=_FONT, padding=2)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=_MUTED,
            titleColor=_MUTED,
            gridColor=_LINE,
            domainColor=_LINE,
            tickColor=_LINE,
            labelFontSize=11,
            titleFontSize=11,
            titleFontWeight="normal",
        )
        .configure_legend(labelColor=_INK, titleColor=_INK, labelFontSize=12)
    )
    spec: Spec = styled.to_dict(validate=True)
    return spec
