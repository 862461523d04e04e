"""Write the report as one HTML file that needs nothing else: no network, no font, no second file.

A browser without scripts shows the same numbers as text and tables.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import vl_convert
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from copernica_report import charts, findings, wording
from copernica_report.figures import SETTLED, SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copernica_report.figures import Figures

NEWEST = 25  # mailings of the table that are shown at once; the others unfold


def write(figures: Figures, path: Path, title: str) -> None:
    """Write the report to a file; ``title`` names the account or what else it is about."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(figures, title), encoding="utf-8")


def render(figures: Figures, title: str) -> str:
    """Give the report as the text of an HTML page."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "number": wording.number,
        "percent": wording.percent,
        "when": wording.when,
    }
    environment.filters["points"] = wording.points
    environment.globals["local"] = figures.period.local
    template = environment.from_string(_resource("page.html"))
    worst = findings.worst_of_last_month(figures)
    specs = _specs(figures)
    if worst is not None:
        worse = {found.rate for found in worst.findings}
        specs["worst-chart"] = charts.worst(
            figures, worst.mailing, worse, wording.shown_rates(figures)
        )
    return template.render(
        title=title,
        figures=figures,
        shown_rates=wording.shown_rates(figures),
        months=findings.months(figures),
        worst=worst,
        per_month=findings.PER_MONTH,
        better=findings.judged_rates(figures),
        words=wording,
        newest=NEWEST,
        shown=figures.mailings[:SHOWN],
        settled_hours=int(SETTLED.total_seconds() // 3600),
        charts=specs,
        kind_titles=charts.KIND_TITLES,
        weekdays=charts.WEEKDAYS,
        style=Markup(_resource("page.css")),  # noqa: S704 - a file of this package
        library=_script(_library()),
        code=_script(_resource("page.js")),
        specs=_json(specs),
        figures_json=_json(asdict(figures) | {"mailings": figures.mailings[:SHOWN]}),
    )


def _specs(figures: Figures) -> dict[str, charts.Spec]:
    """Draw every chart that has something to show, by the id of its place in the page."""
    specs = {
        f"rate-{name}": charts.rates(figures, name, title)
        for name, title in wording.shown_rates(figures).items()
        if figures.usual[name] is not None
    }
    kinds = {row["kind"] for row in figures.days}
    specs |= {
        f"days-{kind}": charts.days(figures, kind) for kind in charts.KIND_TITLES if kind in kinds
    }
    if figures.hours:
        specs["hours"] = charts.hours(figures)
    if any(week[what] for week in figures.weeks for what in week if what != "week"):
        specs["changes"] = charts.changes(figures)
    if figures.links:
        specs["links"] = charts.ranking(figures.links, "link", "clicks", "The most clicked links")
    if figures.bounces:
        specs["bounces"] = charts.ranking(
            figures.bounces, "reason", "messages", "Bounced messages by reason"
        )
    return specs


def _library() -> str:
    """Give the program that draws Vega-Lite in a browser, in one piece."""
    bundle: Callable[..., str] = vl_convert.javascript_bundle  # its types call an option required
    return bundle()


def _resource(name: str) -> str:
    return files("copernica_report").joinpath(name).read_text("utf-8")


def _script(text: str) -> Markup:
    """Make text safe inside a script element, which ends at the first closing tag it meets."""
    return Markup(text.replace("</script", "<\\/script").replace("<!--", "<\\!--"))  # noqa: S704 - no data


def _json(value: Any) -> Markup:
    """Write data for a script element; nothing in it can end the element."""
    text = json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - every sign that HTML knows is escaped


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    msg = f"no JSON for {type(value).__name__}"
    raise TypeError(msg)
