"""The report for people: what matters first, then the cost, then every finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
            parts += [f"## {group}", "", "| finding | answer | evidence | what to do |"]
            parts += ["|---|---|---|---|", *(_row(key, one) for key, one in rows), ""]
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
        if findings.answer("zone") == "consistent":
            lines = ["**Your settings are right.**"]
        return [*lines, *([""] if more else []), *(f"- {one}" for one in dict.fromkeys(more))]
    advice = dict.fromkeys(one.advice for one in wrong.values())
    return ["**Change this:**", "", *(f"- {line}" for line in advice)]


def _cost(findings: Findings) -> list[str]:
    size = findings.by_key.get("size.all")
    if size is None or "calls_of_first_read" not in size.evidence:
        return ["What the first read will cost is not known yet."]
    seen = size.evidence
    about = "at least" if any(one.startswith("offered") for one in findings.open) else "about"
    calls, minutes = seen["calls_of_first_read"], seen["minutes_of_first_read"]
    text = (
        f"The first read brings {about} {size.answer:,} rows with about {calls:,} calls, in about "
        f"{minutes:g} minutes. A month of quiet runs ({seen['schedule']}) takes about "
        f"{seen['calls_a_month']:,} calls."
    )
    return [text]


def _row(key: str, one: Finding) -> str:
    evidence = ", ".join(f"{name}: {value}" for name, value in one.evidence.items())
    cells = (f"`{key}`", str(one.answer), evidence, one.advice)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
