"""The documented GET paths (`endpoints-*.yaml`), with ids that the default account has in their places."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client

# In C where PyYAML was built with it: ten times as fast, and this is read whenever tests are collected.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FILES = sorted(Path(__file__).parent.glob("endpoints-*.yaml"))
_IDS = re.compile(r"\{(\w+)\}")
# A field that a record need not have, in the words of the files.
_MAY_LACK = ("missing", "may be missing", "type specific")


@cache
def entries() -> list[dict[str, Any]]:
    """Read all entries."""
    found: list[dict[str, Any]] = []
    for file in FILES:
        found += yaml.load(file.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 - both are safe
    return found


def cases() -> list[tuple[dict[str, Any], str]]:
    """Give each entry with each of its versions."""
    return [(entry, version) for entry in entries() for version in entry["versions"]]


def named(case: tuple[dict[str, Any], str]) -> str:
    """Name a case."""
    return f"{case[0]['id']}-{case[1]}"


def record_fields(entry: dict[str, Any], version: str) -> list[str]:
    """Give the documented fields of the record itself that it must have in a version."""
    found = []
    for field in entry["fields"] or []:
        name, null = field["name"], str(field.get("nullable"))
        if version not in field["versions"] or re.search(r"[.<(\[]", name):
            continue
        if field["listed_in"].startswith("NL column"):  # another name of what the English page has
            continue
        if not any(word in null for word in _MAY_LACK):
            found.append(name)
    return found


class Ids:
    """Finds ids in an account for the places in paths, over HTTP alone."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def path(self, entry: dict[str, Any], version: str, *, new_names: bool = False) -> str:
        """Give the path of an entry with ids in it, the optional part of it left out."""
        path = re.sub(r"\[.*?\]", "", entry["path"])
        values = {name: self._of(name, entry) for name in _IDS.findall(path)}
        path = _IDS.sub(lambda match: values[match[1]], path)
        if new_names:
            path = re.sub(r"(?<=/)ms/", "draganddrop/", path)
            path = re.sub(r"(?<=/)publisher/", "html/", path)
        return f"{version}{path}"

    def _of(self, name: str, entry: dict[str, Any]) -> str:  # noqa: PLR0911 (a kind of id each)
        publisher = "publisher" in entry["path"]
        family = "publisher" if publisher else "ms"
        match name:
            case "emailing_id":
                return self._mailing(family, split="group" in entry["id"])
            case "destination_id" | "message_id":
                mailing = self._mailing(family)
                return str(self._first(f"{family}/emailing/{mailing}/destinations")["ID"])
            case "testgroup_id":
                mailing = self._mailing("publisher", split=True)
                return str(self._first(f"publisher/emailing/{mailing}/testgroups")["ID"])
            case "filename":
                return self._log(entry["id"])
            case "format" | "type":
                return "html"
            case "subprofile_id":
                return self._subprofile(family)
            case "document_id" if entry["id"] == "publisher_document_emailings":
                return str(self._first("publisher/emailings")["document"])
        return str(self._known()[name])

    def _first(self, path: str) -> dict[str, Any]:
        row: dict[str, Any] = self._client.page(f"v3/{path}")["data"][0]
        return row

    @cache  # noqa: B019 (it lives as long as the account)
    def _mailing(self, family: str, *, split: bool = False) -> str:
        rows = self._client.every(f"v3/{family}/emailings")
        return str(next(row["id"] for row in rows if not split or row["testgroups"]))

    @cache  # noqa: B019 (as above)
    def _subprofile(self, family: str) -> str:
        """Find a subprofile that was sent something."""
        rows = self._client.every(f"v3/{family}/destinations")
        return str(next(row["subprofile"] for row in rows if row["subprofile"]))

    @cache  # noqa: B019 (as above)
    def _log(self, name: str) -> str:
        kind = name.removeprefix("logfile_").replace("_", "-")
        if kind in {"json", "csv", "xml"}:
            kind = "cdm-attempts"
        for file in reversed(self._client.get("v3/logfiles", type=kind).json()):
            if self._client.get(f"v3/logfile/{file}/json").json():
                return str(file)
        raise AssertionError(kind)

    @cache  # noqa: B019 (as above)
    def _known(self) -> dict[str, Any]:
        database = self._first("databases")
        collection = database["collections"]["data"][0]
        view = self._first(f"database/{database['ID']}/views")
        miniview = self._first(f"collection/{collection['ID']}/miniviews")
        profile = self._first(f"database/{database['ID']}/profiles")
        subprofile = self._first(f"collection/{collection['ID']}/subprofiles")
        return {
            "database_id": database["ID"],
            "collection_id": collection["ID"],
            "view_id": view["ID"],
            "rule_id": self._first(f"view/{view['ID']}/rules")["ID"],
            "miniview_id": miniview["ID"],
            "minirule_id": self._first(f"miniview/{miniview['ID']}/rules")["ID"],
            "profile_id": profile["ID"],
            "subprofile_id": subprofile["ID"],
            "file_id": self._first(f"profile/{profile['ID']}/files")["ID"],
            "template_id": self._first("ms/templates")["id"],
            "document_id": self._first("publisher/documents")["id"],
            "scheduledemailing_id": self._first("ms/scheduledemailings")["id"],
            "campaign_id": self._first("couponcampaigns")["ID"],
            **dict.fromkeys(
                ("smsmailing_id", "senderdomain_id", "webhook_id", "import_id", "request_id"), 1
            ),
        }
