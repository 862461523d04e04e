"""Writes the table of served paths into `docs/sandbox.md`: `python -m tools.sandbox_table`.

`make docs` runs it; a test fails when the table there is another one.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from copernica_sandbox.served import ALL, Served, served

PAGE = Path(__file__).parents[1] / "docs" / "sandbox.md"
BEGIN, END = "<!-- paths: begin (make docs) -->", "<!-- paths: end -->"
HEAD = "| path | in v4 also | versions | methods, and how sure |"


def table() -> str:
    """Give the table as Markdown, with what it comes to in front of it."""
    found = served()
    sure = Counter(how for one in found for _, how in one.methods)
    said = ", ".join(f"{sure[how]} {how}" for how in ("documented", "observed", "inferred"))
    sentence = f"{len(found)} paths; of their methods {said}."
    return "\n".join([sentence, "", HEAD, "|---" * 4 + "|", *map(_row, found)])


def _row(one: Served) -> str:
    methods: dict[str, list[str]] = {}
    for method, how in one.methods:
        methods.setdefault(how, []).append(method)
    parts = [f"{', '.join(names)} {how}" for how, names in methods.items()]
    new = "" if one.new_path == one.path else f"`{one.new_path}`"
    versions = "all" if one.versions == ALL else ", ".join(f"v{n}" for n in one.versions)
    return f"| `{one.path}` | {new} | {versions} | {'; '.join(parts)} |"


def written(page: str) -> str:
    """Give a page with the table between its marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
