"""The owner and the contact stand in one place; links of the package lead to the repository."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT
from tools import addresses
from tools.meltano_settings import REPOSITORY
from tools.package_readme import with_absolute_links


def test_every_file_has_the_address_and_the_contact_of_pyproject() -> None:
    for path in addresses.files():
        text = path.read_text("utf-8")
        assert addresses.updated(text) == text, f"{path}: run `make docs`"


def test_another_owner_reaches_every_file() -> None:
    named = {
        str(path.relative_to(ROOT)) for path in addresses.files() if "/OWNER/" in path.read_text()
    }
    if "/OWNER/" in (ROOT / "pyproject.toml").read_text("utf-8"):
        assert {"README.md", "SECURITY.md", "hub/tap-copernica.yml"} <= named


def test_links_of_the_package_s_readme_are_absolute() -> None:
    text = with_absolute_links((ROOT / "README.md").read_text("utf-8"), REPOSITORY)
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 20
    assert all(link.startswith("https://") for link in links)
    owner = REPOSITORY.split("/")[-2]
    picture = f"https://raw.githubusercontent.com/{owner}/tap-copernica/main/docs/images/report.png"
    assert picture in links
