"""Writes the picture of the rooms into `docs/architecture.md`: `python -m tools.rooms`, part of `make docs`.

The picture is made of the import contracts in `pyproject.toml`, and of the first line of each module.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- rooms: begin (make docs) -->", "<!-- rooms: end -->"


def layers() -> list[list[str]]:
    """Give the names in each layer, the topmost first, without those that do not exist."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (rooms,) = (one for one in contracts if one["id"] == "rooms")
    named = [re.findall(r"\w+", layer) for layer in rooms["layers"]]
    return [found for names in named if (found := [name for name in names if _file(name)])]


def picture() -> str:
    """Give the picture and the table under it as Markdown."""
    lines = ["![Rooms of the code, the topmost first](diagrams/rooms.svg)", ""]
    lines += ["| room or module | what it is for |", "|---|---|"]
    lines += [f"| `{titled(name)}` | {_purpose(name)} |" for names in layers() for name in names]
    return "\n".join(lines)


def _file(name: str) -> Path | None:
    package = ROOT / "tap_copernica"
    paths = (package / name / "__init__.py", package / f"{name}.py")
    return next((path for path in paths if path.exists()), None)


def titled(name: str) -> str:
    """Give the name of a room or module, as it is on disk."""
    return f"{name}/" if (ROOT / "tap_copernica" / name).is_dir() else f"{name}.py"


def _purpose(name: str) -> str:
    file = _file(name)
    text = ast.get_docstring(ast.parse(file.read_text("utf-8"))) if file else None
    return (text or "").partition("\n")[0]


def main() -> None:
    """Write the picture."""
    text = PAGE.read_text("utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    PAGE.write_text(f"{head}{BEGIN}\n{picture()}\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    main()
