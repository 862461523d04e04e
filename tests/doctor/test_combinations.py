"""Switches of the simulated API at random, together: the doctor gives no wrong answer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.doctor.test_findings import account, examined

if TYPE_CHECKING:
    from collections.abc import Iterator

UNTOLD = {None, "unknown", "open"}
ORDERS = {"asc": "ascending", "desc": "descending", "shuffled": "other"}
EXAMPLES = 100 if os.environ.get("SOAK_SECONDS") else 4

SWITCHES = st.fixed_dictionaries(
    {},
    optional={
        "begin_inclusive": st.booleans(),
        "end_inclusive": st.booleans(),
        "to_inclusive": st.booleans(),
        "order": st.sampled_from(sorted(ORDERS)),
        "page_cap": st.sampled_from([100, 1000]),
        "cap_echoed": st.booleans(),
        "total": st.sampled_from(["exact", "absent", "string", "account", "three_high", "zero"]),
        "seam": st.sampled_from(["repeat", "hide"]),
        "bulk": st.sampled_from(["streams", "capped", "missing", "refuses"]),
        "filter_ignored": st.booleans(),
        "fields_ignored": st.booleans(),
        "date_header": st.sampled_from(["off", "garbage"]),
        "names": st.sampled_from(["old", "new"]),
        "content_type": st.just("html"),
        "mark": st.booleans(),
        "id_type": st.just("string"),
        "key_case": st.just("upper"),
        "time_type": st.just("object"),
        "nextid": st.booleans(),
        "jwt_content_type": st.sampled_from(["text/plain", "application/json"]),
    },
)


def _bound(told: bool) -> str:  # noqa: FBT001 - the switch's value
    return "inclusive" if told else "exclusive"


def truths(switches: dict[str, Any]) -> Iterator[tuple[str, set[str | float | None]]]:
    """Give, for each finding, the answers that are right."""
    lower = _bound(switches.get("begin_inclusive", True))
    upper = _bound(switches.get("end_inclusive", False))
    for key, ignored in (("event_times", "filter_ignored"), ("fields", "fields_ignored")):
        if switches.get(ignored):
            yield f"bounds.{key}.lower", {"ignored"}
            yield f"bounds.{key}.upper", {"ignored"}
        elif key == "event_times":
            yield f"bounds.{key}.lower", {lower}
            yield f"bounds.{key}.upper", {upper}
    yield "paging.cap", {switches.get("page_cap", 1000)}
    yield "paging.cap_echoed", {"yes" if switches.get("cap_echoed", True) else "no"}
    total = switches.get("total", "exact")
    if not switches.get("filter_ignored"):
        honest = {"exact": "yes", "string": "yes", "absent": "absent"}.get(total, "no")
        yield "totals.honest", {honest}
        yield "order.clicks", {ORDERS[switches.get("order", "asc")]}
    yield "paging.stable", {"no"} if "seam" in switches else {"yes"}
    bulk = {"streams": "streams", "capped": "capped"}
    yield "access.bulk", {bulk.get(switches.get("bulk", "streams"), "none")}
    yield "names.v4", {switches.get("names", "both")}
    jwt = switches.get("jwt_content_type", "text/html")
    # With `content_type: html` whatever is JSON is called HTML.
    is_html = "content_type" in switches and jwt == "application/json"
    yield "jwt.content_type", {"text/html" if is_html else jwt}
    yield "zone", {"consistent"} if "date_header" not in switches else {"open", "consistent"}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 100,
    suppress_health_check=list(HealthCheck),
)
@given(switches=SWITCHES, version=st.sampled_from(["v2", "v3", "v4"]))
def test_no_combination_gives_a_wrong_answer(switches: dict[str, Any], version: str) -> None:
    with account(switches=switches) as box:
        findings = examined(box, api_version=version)
    wrong = {
        key: (found, findings.by_key.get(key))
        for key, right in truths(switches)
        if (found := findings.answer(key)) not in right | UNTOLD
    }
    assert wrong == {}
