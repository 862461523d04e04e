"""The report for people: what matters first, then the cost, then every finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tap_copernica.doctor.findings import Finding, Findings

_GROUPS = {
    "access": "Access",
    "jwt": "Access",
    "names": "Access",
    "bounds": "Periods",
    "order": "Lists",
    "paging": "Lists",
    "totals": "Lists",
    "ids": "Lists",
    "zone": "Time",
    "lateness": "Time",
    "retention": "Time",
    "offered": "Streams",
    "size": "Size and cost",
    "speed": "Size and cost",
}
_SHORT = 2  # minutes; below it, starting and loading take as long as the calls
_NO_VERSION = (
    "`access_token`: it is refused under every version, so it is mistyped, revoked, or limited to other IP "
    "addresses. Copernica's dashboard shows tokens under Configuration, API access tokens."
)
_ZONE_OPEN = (
    "Not settled: `timezone`. No row was young enough to tell. Run again while mail is being opened, with "
    "`--watch 10`."
)


def markdown(findings: Findings, calls: int, version: str) -> str:
    """Write the report in Markdown; it holds no name, no address and no id of a person."""
    parts = ["# What the Copernica API answered", "", *_opening(findings), "", *_cost(findings), ""]
    for group in dict.fromkeys(_GROUPS.values()):
        rows = [
            (key, one)
            for key, one in findings.by_key.items()
            if _GROUPS.get(key.partition(".")[0]) == group
        ]
        if rows:
            parts += [f"## {group}", "", *_table(rows), ""]
    if findings.open:
        parts += ["## Left open", ""]
        parts += ["The number of calls was used up before these: " + ", ".join(findings.open) + "."]
        parts += ["Run again with a larger `--calls`.", ""]
    parts.append(f"{calls} calls; tap-copernica {version}. This report holds no personal data.")
    return "\n".join(parts) + "\n"


def _opening(findings: Findings) -> list[str]:
    wrong = findings.contradicted
    access = findings.under("access.").values()
    if any(one.answer == "unreachable" for one in access) and not any(
        one.answer == "works" for one in access
    ):
        return ["**The API could not be asked.** Check `api_url`, the network, and a proxy."]
    if not wrong:
        more = [one.advice for one in findings.by_key.values() if one.advice]
        lines = ["**Nothing contradicts your settings.**"]
        zone = findings.answer("zone")
        if zone == "consistent":
            lines = ["**Your settings are right.**"]
        elif zone == "open":
            more.insert(0, _ZONE_OPEN)
        return [*lines, *([""] if more else []), *(f"- {one}" for one in dict.fromkeys(more))]
    if access and all(one.answer == "refused" for one in access):
        return ["**Change this:**", "", f"- {_NO_VERSION}"]
    advice = dict.fromkeys(one.advice for one in wrong.values())
    return ["**Change this:**", "", *(f"- {line}" for line in advice)]


def _cost(findings: Findings) -> list[str]:
    size = findings.by_key.get("size.all")
    if size is None or "calls_of_first_read" not in size.evidence:
        return ["What the first read will cost is not known yet."]
    seen = size.evidence
    calls, minutes = seen["calls_of_first_read"], seen["minutes_of_first_read"]
    time = f"about {minutes:,.0f} minutes" if minutes >= _SHORT else "a few minutes at most"
    schedule = seen["schedule"].replace("_", " ")
    text = f"The first read brings about {size.answer:,} rows with about {calls:,} calls, and takes {time}."
    if any(one.startswith("offered") for one in findings.open):
        rows = f"brings at least {size.answer:,} rows and " if size.answer else ""
        text = (
            f"The first read {rows}takes at least {calls:,} calls: not every stream was asked for."
        )
    return [
        f"{text} A month of quiet runs ({schedule}) takes about {seen['calls_a_month']:,} calls."
    ]


def _table(rows: list[tuple[str, Finding]]) -> list[str]:
    """Write findings as a table without empty columns; streams that are simply there share a line."""
    plain = [
        key
        for key, one in rows
        if key.startswith("offered.") and one.answer == "yes" and not one.evidence
    ]
    names = ", ".join(f"`{key.partition('.')[2]}`" for key in plain)
    cells = [[names, "yes", "", ""]] if plain else []
    cells += [
        [f"`{key}`", _value(one.answer), _evidence(one), one.advice]
        for key, one in rows
        if key not in plain
    ]
    heads = ["finding", "answer", "seen", "what to do"]
    if plain:
        heads[:2] = ["stream", "offered"]
        cells = [[row[0].replace("`offered.", "`"), *row[1:]] for row in cells]
    shown = [n for n in range(len(heads)) if any(row[n] for row in cells)]
    lines = [[row[n] for n in shown] for row in (heads, ["---"] * len(heads), *cells)]
    return [
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
        for row in lines
    ]


def _evidence(one: Finding) -> str:
    return ", ".join(
        name.replace("_", " ") if value is True else f"{name.replace('_', ' ')}: {_value(value)}"
        for name, value in one.evidence.items()
    )


def _value(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
