"""Lists the licences of all that comes with the package, and fails on one that is not allowed.

What it looks at is installed, so that it needs no network. Which licences are allowed is said in
`pyproject.toml`, under `tool.licences`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
PACKAGE, EXTRAS = "tap-copernica", ("parquet", "report", "sandbox")
# Packages from before SPDX expressions (PEP 639) say it in words.
_WORDS = {
    "BSD License": "BSD-3-Clause",  # of those that come with the package, each says so in its text
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
}
_IDENTIFIER = re.compile(r"[^\s()]+")
_OPERATORS = {"AND", "OR", "WITH"}


def required(name: str, extras: Iterable[str] = ()) -> set[str]:
    """Name all that a package needs, directly or not, on this Python and platform."""
    found: set[str] = set()
    left = [(name, tuple(extras))]
    while left:
        one, its_extras = left.pop()
        for line in metadata.requires(one) or []:
            needed = Requirement(line)
            environments = [{"extra": extra} for extra in ("", *its_extras)]
            if needed.marker is None or any(map(needed.marker.evaluate, environments)):
                new = canonicalize_name(needed.name)
                if new not in found or needed.extras:
                    found.add(new)
                    left.append((new, tuple(needed.extras)))
    return found


def licence(name: str) -> str:
    """Give a package's licence as it says itself: an SPDX expression, or else its classifier."""
    about = metadata.metadata(name)
    said = next((about[name] for name in ("License-Expression", "License") if name in about), "")
    if "\n" in said or len(said) > 60:  # noqa: PLR2004 - the whole text, in the place of its name
        said = ""
    classifiers = [one for one in about.get_all("Classifier") or [] if one.startswith("License ::")]
    words = said or " AND ".join(one.rpartition(" :: ")[2] for one in classifiers)
    return _WORDS.get(words, words)


def not_allowed(licences: Mapping[str, str], allowed: Collection[str]) -> list[str]:
    """Name the packages with a licence that is not allowed, each as `package (licence)`.

    Args:
        licences: the expression of each package. Every licence that it names must be allowed, also
            where it leaves a choice.
        allowed: SPDX identifiers.
    """
    return [
        f"{name} ({said or 'none'})"
        for name, said in sorted(licences.items())
        if not (named := set(_IDENTIFIER.findall(said)) - _OPERATORS) or not named <= set(allowed)
    ]


def main() -> None:
    """Print package, version and licence; exit with an error that names those not allowed."""
    pyproject = tomllib.loads(PYPROJECT.read_text("utf-8"))
    extras = pyproject["project"]["optional-dependencies"]
    licences = {name: licence(name) for name in required(PACKAGE, extras)}
    if "--list" in sys.argv[1:]:
        for name, said in sorted(licences.items()):
            sys.stdout.write(f"{name:28} {metadata.version(name):16} {said}\n")
    if wrong := not_allowed(licences, pyproject["tool"]["licences"]["allowed"]):
        sys.exit(f"Not among the licences that pyproject.toml allows: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
