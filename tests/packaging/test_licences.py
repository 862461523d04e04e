"""What comes with the package may be used, changed and sold."""

from __future__ import annotations

import pytest

from tools.licences import licence, not_allowed, required

ALLOWED = ("MIT", "MPL-2.0", "Apache-2.0")


@pytest.mark.parametrize(
    ("said", "fine"),
    [
        ("MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("GPL-3.0-only", False),
        ("MIT AND (GPL-3.0-only OR Apache-2.0)", False),
        ("Apache-2.0 WITH LLVM-exception", False),
        ("Apache Software License", False),
        ("", False),
    ],
)
def test_a_licence_that_is_not_on_the_list_is_named(said: str, *, fine: bool) -> None:
    found = not_allowed({"other": "MIT", "package": said}, ALLOWED)
    assert found == ([] if fine else [f"package ({said or 'none'})"])


def test_what_is_needed_by_what_is_needed_counts() -> None:
    plain, whole = required("tap-copernica"), required("tap-copernica", ["sandbox"])
    assert {"singer-sdk", "jsonschema", "referencing", "rpds-py"} <= plain
    assert whole - plain >= {"starlette", "uvicorn", "h11"}
    assert "pytest" not in whole


def test_a_licence_is_found_however_it_is_said() -> None:
    assert licence("singer-sdk") == "Apache-2.0"  # an expression
    assert licence("pendulum") == "MIT"  # in words
