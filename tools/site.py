"""Builds the documentation as a site: `python -m tools.site`, which `make site` runs.

The pages are copied to `.site/pages`, where a link leads to the page of the site, or to the repository on
the web for what is no page. MkDocs then fails at each link that leads nowhere (`mkdocs.yml`). `--check` opens
every page in Chromium at three widths and fails where one is wider than the screen, lacks a picture, or
fetches something from elsewhere. The build also fails where the site breaks a numbered list.
"""

from __future__ import annotations

import argparse
import functools
import html
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from typing_extensions import override

from tools.meltano_settings import REPOSITORY, ROOT

DOCS, SITE = ROOT / "docs", ROOT / ".site"
PAGES, HTML = SITE / "pages", SITE / "html"
WIDTHS = (390, 1024, 1600)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Pages from elsewhere in the repository, and what they are called in the site.
OTHERS = {
    "README.md": "index.md",
    "SECURITY.md": "security-policy.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "docs/README.md": "documentation.md",
    "dbt/README.md": "dbt.md",
    "benchmarks/README.md": "benchmarks.md",
    "examples/warehouse/README.md": "examples-warehouse.md",
    "examples/dagster/README.md": "examples-dagster.md",
}
# What holds no numbered list of a page: code, a list with bullets, the list of footnotes.
_CODE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_NO_LIST = re.compile(r'<pre.*?</pre>|<ul>.*?</ul>|<div class="footnote">.*?</div>', re.DOTALL)
_LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s]+)(\))")


def main() -> None:
    """Lay the pages out and build the site; with `--check`, look at it in a browser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="open each page in Chromium")
    check = parser.parse_args().check
    lay_out()
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    # Without Material's own notice about its successor at each build.
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"})  # noqa: S603
    sys.stdout.write(f"The site is in {HTML.relative_to(ROOT)}/index.html\n")
    texts = {page: page.read_text("utf-8") for page in sorted(PAGES.glob("*.md"))}
    broken = {
        page.name: broken_lists(text, (HTML / f"{page.stem}.html").read_text("utf-8"))
        for page, text in texts.items()
    }
    if any(broken.values()):
        sys.exit("\n".join(f"{page}: {fault}" for page, fault in broken.items() if fault))
    if check:
        faults = look_at(HTML)
        sys.stdout.write("".join(f"{fault}\n" for fault in faults) or "No page is too wide.\n")
        sys.exit(bool(faults))


def lay_out() -> None:
    """Copy the pages, and what they show, to `.site/pages`, with the links of the site."""
    shutil.rmtree(PAGES, ignore_errors=True)
    PAGES.mkdir(parents=True)
    sources = {path: path.name for path in sorted(DOCS.glob("*.md"))}
    sources |= {ROOT / name: page for name, page in OTHERS.items()}
    for path, page in sources.items():
        text = path.read_text("utf-8")
        (PAGES / page).write_text(with_links_of_the_site(text, path, sources), "utf-8")
    for path in DOCS.rglob("*"):
        if path.is_file() and path.suffix != ".md":
            _copy(path)


def with_links_of_the_site(text: str, page: Path, sources: dict[Path, str]) -> str:
    """Give a page's text with each link as the site needs it."""

    def link(found: re.Match[str]) -> str:
        name, hash_sign, anchor = found[2].partition("#")
        if not name or name.startswith(("http:", "https:")):
            return found[0]
        target = (page.parent / name).resolve()
        if target in sources:
            new = sources[target]
        elif target.is_relative_to(DOCS):
            new = target.relative_to(DOCS).as_posix()
        elif found[1].startswith("!"):
            new = _copy(target)
        else:
            new = f"{REPOSITORY}/blob/main/{target.relative_to(ROOT).as_posix()}"
        return f"{found[1]}{new}{hash_sign}{anchor}{found[3]}"

    return _LINK.sub(link, text)


def broken_lists(text: str, built: str) -> str:
    """Say how the numbered lists of a page differ from those of its HTML; nothing if they do not.

    GitHub takes what is indented by three spaces as a part of a list item; MkDocs wants four.
    """
    numbers = re.findall(r"^ *(\d+)\. ", _CODE.sub("", text), re.MULTILINE)
    shown = _NO_LIST.sub("", built)
    items = [part.partition("</ol>")[0].count("<li>") for part in shown.split("<ol>")[1:]]
    expected = f"{numbers.count('1')} numbered lists with {len(numbers)} items"
    found = f"{len(items)} numbered lists with {sum(items)} items"
    return "" if found == expected else f"has {expected}, and in the site {found}"


def _copy(path: Path) -> str:
    """Copy a picture or a style to the site; returns where it is there."""
    inside = path.is_relative_to(DOCS)
    name = path.relative_to(DOCS) if inside else Path("images") / path.name
    (PAGES / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, PAGES / name)
    return name.as_posix()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""


def look_at(folder: Path) -> list[str]:
    """Open each page of a built site in Chromium; give a line for each fault."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return ["no Chromium here"]
    pages = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    pages = [page for page in pages if not page.startswith("_look")]
    script = (
        (Path(__file__).parent / "look.html")
        .read_text("utf-8")
        .replace("WIDTHS", json.dumps(WIDTHS))
        .replace("PAGES", json.dumps(pages))
    )
    (folder / "_look.html").write_text(script, "utf-8")
    handler = functools.partial(_Quiet, directory=str(folder))
    try:
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            text = _dom(browser, f"http://127.0.0.1:{server.server_port}/_look.html")
            server.shutdown()
    finally:
        (folder / "_look.html").unlink()
    answer = re.search(r"FOUND(\[.*?\])</pre>", text, re.DOTALL)
    found: list[str] = json.loads(html.unescape(answer[1])) if answer else ["the browser gave up"]
    return found


def _dom(browser: str, address: str) -> str:
    """Give what a page has become when its script has ended."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", f"--user-data-dir={profile}", "--window-size=1700,1000"),
            *("--virtual-time-budget=600000", "--dump-dom", address),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603
    return done.stdout


if __name__ == "__main__":
    main()
