"""Each promise of `docs/guarantees.md` names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.docs.pages import DOCS, ROOT

PAGE = (DOCS / "guarantees.md").read_text("utf-8")
PROMISES, NOT_PROMISED = PAGE.split("\n## What is not promised\n")
SECTIONS = dict(re.findall(r"^### (.*)\n((?:(?!^#).*\n)*)", PROMISES, flags=re.MULTILINE))


@cache
def names_of_tests(path: str) -> set[str]:
    """Name the tests of a file, without importing it."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("promise", SECTIONS)
def test_each_promise_names_tests_that_exist(promise: str) -> None:
    named = re.findall(r"`(tests(?:_examples)?/[\w/]+\.py)::(\w+)`", SECTIONS[promise])
    assert named
    assert len(named) == len(set(named))
    # Each line of a list is a test: none is misspelt so that nobody looks for it.
    assert len(named) == len(re.findall(r"^- ", SECTIONS[promise], flags=re.MULTILINE))
    for path, test in named:
        assert (ROOT / path).is_file(), path
        assert test in names_of_tests(path), f"{path}::{test}"


def test_the_page_has_promises_and_says_what_is_none() -> None:
    assert len(SECTIONS) > 30
    assert len(re.findall(r"^- \*\*", NOT_PROMISED, flags=re.MULTILINE)) > 10
