"""The pictures of the documentation are those of the code, and name what there is."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from tools import streams_page
from tools.diagrams import FOLDER, pictures
from tools.families import families
from tools.pages import references

DRAWN = pictures()


def test_the_page_of_streams_is_that_of_the_code() -> None:
    assert streams_page.page() == streams_page.PAGE.read_text("utf-8"), "run `make docs`"


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_that_of_the_code_and_needs_nothing_else(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    assert text == DRAWN[name], "run `make docs`"
    root = ET.fromstring(text)  # noqa: S314 (our own file)
    assert int(root.attrib["width"]) <= 900
    assert "http:" not in text.replace("http://www.w3.org/2000/svg", "")


def test_no_picture_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(DRAWN)


def test_each_stream_and_each_reference_is_in_its_family_s_picture() -> None:
    for family, streams in families():
        if f"{family.name}.svg" not in DRAWN:
            continue
        texts = re.findall(r">([^<>]+)</text>", DRAWN[f"{family.name}.svg"])
        for stream in streams:
            assert stream.name.replace("<", "&lt;").replace(">", "&gt;") in texts
            for field, target, _ in references(stream):
                assert field in texts or f"{field} → {target}" in texts
