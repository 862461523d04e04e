"""What a release holds, and what its notes say."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from tools.release_notes import CHANGELOG, section

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from the repository."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def of_git(*patterns: str) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(listed.stdout.split())


def test_the_wheel_holds_the_package_and_nothing_else(built: tuple[Path, Path]) -> None:
    names = set(zipfile.ZipFile(built[1]).namelist())
    package = {name for name in names if ".dist-info/" not in name}
    assert package == of_git("tap_copernica", "copernica_sandbox", "copernica_report")
    assert {f"{name}/py.typed" for name in ("tap_copernica", "copernica_sandbox")} <= package
    information = {name.partition(".dist-info/")[2] for name in names - package}
    assert information == {
        *("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"),
    }


def test_the_sdist_holds_sources_and_documents_and_nothing_else(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as archive:
        names = archive.getnames()
    inside = {name.partition("/")[2] for name in names} - {"PKG-INFO"}
    documents = {"CHANGELOG.md", "LICENSE", "README.md", "meltano.yml", "pyproject.toml"}
    documents |= {"tools/package_readme.py"}
    assert (
        inside - {".gitignore"}
        == of_git("tap_copernica", "copernica_sandbox", "copernica_report", "docs") | documents
    )


def test_the_index_takes_both(built: tuple[Path, Path]) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_an_sdist_knows_its_version_without_git(built: tuple[Path, Path], tmp_path: Path) -> None:
    with tarfile.open(built[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    again = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(
        [*again, "--directory", str(tmp_path)], cwd=source, check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == built[1].name


def test_few_direct_dependencies_and_extras_for_what_few_need(
    built: tuple[Path, Path],
) -> None:
    wheel = zipfile.ZipFile(built[1])
    (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    metadata = message_from_bytes(wheel.read(name))
    requirements = [str(one) for one in metadata.get_all("Requires-Dist", [])]
    assert len([one for one in requirements if "extra ==" not in one]) <= 8
    assert metadata.get_all("Provides-Extra") == ["parquet", "report", "sandbox"]


def test_the_workflow_tests_each_python_that_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {one.rpartition(" ")[2] for one in project["classifiers"] if "Python :: 3." in one}
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    tested = set(re.findall(r'"(3\.\d+)"', workflow))
    assert tested == named


def test_actions_are_pinned_by_their_commit() -> None:
    for workflow in (ROOT / ".github" / "workflows").glob("*.yml"):
        for line in workflow.read_text("utf-8").splitlines():
            if "uses:" in line:
                assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_release_notes_are_the_changelogs_section() -> None:
    text = "# C\n\n## Unreleased\n\n## [1.1.0] - 2026-02-01\n\n- new\n\n## 1.0.0 - 2026-01-01\n\n- old\n"
    assert section(text, "v1.1.0") == "- new\n"
    assert section(text, "1.0.0") == "- old\n"
    with pytest.raises(LookupError, match=r"v1\.2\.0"):
        section(text, "v1.2.0")


def test_the_changelog_keeps_its_form() -> None:
    text = CHANGELOG.read_text("utf-8")
    headings = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\[?\d+\.\d+\.\d+\]? - \d{4}-\d\d-\d\d", one) for one in headings[1:])
    kinds = set(re.findall(r"^### (.*)$", text, flags=re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
