"""The copy of a module in which mutmut makes its changes does what the module does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.mutants import ROOT, prepared

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '''
from typing import override

class Window:
    def __init__(self, width):
        self._width = width

    @property
    @override
    def width(self):
        """How wide it is."""
        return self._width

    @width.setter
    def width(self, width):
        self._width = width

    @override
    @classmethod
    def of(cls, width):
        return cls(width)

    def check(self, logger):
        if self.width < 1:
            msg = (
                f"a width of {self.width} "
                "is none"
            )
            raise ValueError(msg)
        logger.info("wide %d", self.width)
        raise LookupError("no " + "window")

def schema(name) -> Schema:
    return record(
        {name: "a window"}
    )
'''


def test_overrides_and_properties_are_plain_functions_that_do_the_same() -> None:
    made = prepared(SOURCE)
    assert "@property" not in made
    assert made.count("@override") == 1  # beside a decorator that does something
    scope: dict[str, type] = {"Schema": dict}
    exec(made.replace("from typing", "from typing_extensions"), scope)  # noqa: S102 - as above
    window = scope["Window"](5)
    assert window.width == 5
    window.width = 7
    assert window.width == 7


def test_texts_are_left_as_they_are() -> None:
    marked = [line for line in prepared(SOURCE).splitlines() if "no mutate" in line]
    assert [line.partition("  #")[0].strip() for line in marked] == [
        "msg = (",
        'f"a width of {self.width} "',
        '"is none"',
        ")",
        "raise ValueError(msg)",
        'logger.info("wide %d", self.width)',
        'raise LookupError("no " + "window")',
        "return record(",
        '{name: "a window"}',
        ")",
    ]


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "tap_copernica").rglob("*.py")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_module_can_be_prepared(path: Path) -> None:
    compile(prepared(path.read_text("utf-8")), str(path), "exec")
