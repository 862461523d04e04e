"""Refusals: of one parent among many, and of all of them."""

from __future__ import annotations

from typing import Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.crossed import crossed
from tests.support.runs import Output, run

NOON = "2026-06-01T12:00:00+00:00"
ACCOUNT: dict[str, Any] = {
    "seed": 5, "days": 9, "clicks_per_day": 20, "mailings_per_day": 6, "now": NOON,
}  # fmt: skip
SETTINGS: dict[str, Any] = {
    "api_version": "v3", "start_date": "2026-05-20", "statistics_window_days": 0,
    "lookback_minutes": 0, "emit_activate_version_messages": True,
}  # fmt: skip
# The field with the parent's id, and a path that belongs to one parent.
PER_MAILING = {
    "emailing_statistics": ("mailing", "/ms/emailing/{}/statistics"),
    "publisher_emailing_statistics": ("emailing", "/publisher/emailing/{}/statistics"),
    "emailing_snapshots": ("mailing", "/ms/emailing/{}/snapshot"),
    "emailing_hyperlinks": ("mailing", "/ms/emailing/{}/hyperlinkextensions"),
    "publisher_test_groups": ("emailing", "/publisher/emailing/{}/testgroups"),
    "publisher_test_group_statistics": ("emailing", "/publisher/emailing/{}/testgroups"),
}
PER_LISTED = {
    "template_statistics": ("template", "/ms/template/{}/statistics"),
    "publisher_document_statistics": ("document", "/publisher/document/{}/statistics"),
    "coupons": ("couponcampaign", "/couponcampaign/{}/coupons"),
}
PER_DATABASE = {
    "views": ("database", "/database/{}/views"),
    "miniviews": ("collection", "/collection/{}/miniviews"),
    "profile_ids": ("database", "/database/{}/profileids"),
    "subprofile_ids": ("collection", "/collection/{}/subprofileids"),
}
WHOLE = {**PER_LISTED, **PER_DATABASE}
LOG = "log_cdm_delivery"
TEXTS = ["Invalid method", "No licence with this contract", "Cannot be done right now"]


def account(**other: Any) -> Sandbox:
    return Sandbox(**{**ACCOUNT, **other}, databases=3)


def read(box: Sandbox, stream: str, state: Any = None, **settings: Any) -> Output:
    streams = (stream, *settings.pop("beside", ()))
    return run(box, state=state, streams=streams, **{**SETTINGS, **settings})


def parents(output: Output, stream: str, field: str) -> set[Any]:
    return {record[field] for record in output.records(stream)}


def is_activated(output: Output, stream: str = "") -> bool:
    return any(
        message["type"] == "ACTIVATE_VERSION" and stream in {"", message["stream"]}
        for message in output.messages
    )


@pytest.mark.parametrize(("stream", "text"), crossed(PER_MAILING, TEXTS[:2]))
def test_a_mailing_that_is_refused_is_skipped_and_asked_for_again_when_lookback_is_long_over(
    stream: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    field, path = PER_MAILING[stream]
    with account(mailings_per_day=2) as box:
        everyone = sorted(parents(read(box, stream), stream, field))
        for refused in (everyone[0], everyone[-1]):
            box.clear_faults()
            box.now = NOON
            box.fault("400", path=path.format(refused), message=text)
            first = read(box, stream)
            assert first.error is None
            assert parents(first, stream, field) == set(everyone) - {refused}
            assert f"{stream}: the API refuses mailing {refused}" in caplog.text
            box.now = "2026-06-30T12:00:00+00:00"
            again = read(box, stream, state=first.state)
            assert again.error is None
            assert refused not in parents(again, stream, field)
            box.clear_faults()
            later = read(box, stream, state=again.state)
            assert later.error is None
            assert refused in parents(later, stream, field)
            last = read(box, stream, state=later.state)
            assert refused not in parents(last, stream, field)


@pytest.mark.parametrize("text", TEXTS[:2])
@pytest.mark.parametrize("stream", WHOLE)
def test_a_parent_that_is_refused_retires_no_row(
    stream: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    field, path = WHOLE[stream]
    with account() as box:
        whole = read(box, stream)
        assert is_activated(whole)
        everyone = sorted(parents(whole, stream, field))
        for refused in (everyone[0], everyone[-1]):
            box.clear_faults()
            box.fault("400", path=path.format(refused), message=text)
            first = read(box, stream)
            assert first.error is None
            assert parents(first, stream, field) == set(everyone) - {refused}
            assert not is_activated(first)
            assert f"{stream}: the API refuses {refused}" in caplog.text
            box.clear_faults()
            second = read(box, stream, state=first.state)
            assert parents(second, stream, field) == set(everyone)
            assert is_activated(second)


@pytest.mark.parametrize("stream", PER_LISTED)
def test_a_parent_that_was_refused_before_a_budget_ended_the_run_is_asked_for_when_it_goes_on(
    stream: str,
) -> None:
    field, path = PER_LISTED[stream]
    with account() as box:
        everyone = sorted(parents(read(box, stream), stream, field))
        refused = everyone[1]
        box.fault("400", path=path.format(refused), message=TEXTS[2])
        first = read(box, stream, max_api_calls=4, concurrency=1)
        assert not is_activated(first)
        box.clear_faults()
        second = read(box, stream, state=first.state)
        assert parents(first, stream, field) | parents(second, stream, field) == set(everyone)
        assert refused in parents(second, stream, field)
        assert is_activated(second)


@pytest.mark.parametrize("stream", PER_LISTED)
def test_a_pass_that_goes_on_and_is_refused_again_retires_no_row(stream: str) -> None:
    field, path = PER_LISTED[stream]
    with account() as box:
        refused = sorted(parents(read(box, stream), stream, field))[1]
        box.fault("400", path=path.format(refused), message=TEXTS[0])
        first = read(box, stream, max_api_calls=4, concurrency=1)
        second = read(box, stream, state=first.state)
        assert second.error is None
        assert not is_activated(first)
        assert not is_activated(second)


@pytest.mark.parametrize("stream", [*PER_MAILING, *WHOLE])
def test_an_endpoint_that_refuses_every_parent_is_skipped_with_few_calls(
    stream: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = {**PER_MAILING, **WHOLE}[stream][1]
    with account() as box:
        box.fault("400", path=path.rpartition("}")[2], message="Invalid method")
        output = read(box, stream, beside=("account",))
        assert output.error is None
        assert output.records(stream) == []
        assert not is_activated(output, stream)
        assert f"Stream `{stream}` is skipped" in caplog.text
        assert "finished" not in output.state.get("bookmarks", {}).get(stream, {})
        assert "replication_key_value" not in output.state.get("bookmarks", {}).get(stream, {})
        refused = [one for one in box.calls.elements() if path.rpartition("}")[2] in one]
        assert len(refused) <= 20


@pytest.mark.parametrize("text", TEXTS[1:2])
@pytest.mark.parametrize("stream", [*PER_MAILING, *WHOLE])
def test_a_refusal_of_every_parent_in_other_words_fails_the_stream(stream: str, text: str) -> None:
    path = {**PER_MAILING, **WHOLE}[stream][1]
    with account() as box:
        box.fault("400", path=path.rpartition("}")[2], message=text)
        output = read(box, stream)
        assert output.error is not None
        assert text in str(output.error)
        assert output.records(stream) == []
        assert not is_activated(output)


@pytest.mark.parametrize("stream", ["emailing_statistics", "template_statistics", "coupons"])
def test_no_list_is_gone_as_a_whole(stream: str) -> None:
    path = {**PER_MAILING, **WHOLE}[stream][1]
    with account() as box:
        box.fault("400", path=path.rpartition("}")[2], message="No entity with supplied ID")
        output = read(box, stream)
        assert output.error is not None
        assert not is_activated(output)


@pytest.mark.parametrize("stream", ["emailing_statistics", "emailing_snapshots"])
def test_the_only_mailing_of_a_run_that_is_refused_does_not_make_the_endpoint_unknown(
    stream: str,
) -> None:
    field, path = PER_MAILING[stream]
    with account() as box:
        everyone = sorted(parents(read(box, stream), stream, field))
        box.now = "2026-06-01T12:30:00+00:00"
        before = {row["id"] for row in box.rows("emailings")}
        first = read(box, stream)
        box.now = "2026-06-01T16:00:00+00:00"
        new = sorted({row["id"] for row in box.rows("emailings")} - before)
        assert new
        for number in new:
            box.fault("400", path=path.format(number), message="Invalid method")
        second = read(box, stream, state=first.state)
        assert second.error is None
        assert second.state["bookmarks"][stream]["replication_key_value"] > "2026-06-01T15"
        box.clear_faults()
        third = read(box, stream, state=second.state)
        assert set(new) <= parents(third, stream, field)
        assert everyone


@pytest.mark.parametrize("text", TEXTS)
def test_a_log_file_that_is_refused_is_skipped_and_asked_for_again(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with account() as box:
        everyone = sorted(parents(read(box, LOG), LOG, "file"))
        for refused in (everyone[0], everyone[3], everyone[-1]):
            box.clear_faults()
            box.fault("400", path=refused, message=text)
            first = read(box, LOG)
            assert first.error is None
            assert parents(first, LOG, "file") == set(everyone) - {refused}
            assert f"{LOG}: the API refuses {refused}" in caplog.text
            box.clear_faults()
            second = read(box, LOG, state=first.state)
            assert refused in parents(second, LOG, "file")
            third = read(box, LOG, state=second.state)
            assert refused == everyone[-1] or refused not in parents(third, LOG, "file")


def test_log_files_that_are_all_refused_are_skipped_or_fail() -> None:
    with account() as box:
        box.fault("400", path="/logfile/", message="Invalid method")
        assert read(box, LOG, beside=("account",)).error is None
        box.clear_faults()
        box.fault("400", path="/logfile/", message="No licence with this contract")
        output = read(box, LOG)
        assert output.error is not None
        assert not output.state.get("bookmarks", {}).get(LOG)


def test_a_day_of_consumption_that_is_refused_fails_the_stream_and_is_read_again() -> None:
    with account() as box:
        box.fault("400", path="/consumption", message="Invalid method", calls=[5])
        first = read(box, "consumption", concurrency=1)
        assert first.error is not None
        second = read(box, "consumption", state=first.state)
        dates = parents(first, "consumption", "date") | parents(second, "consumption", "date")
        assert len(dates) == 12


def test_a_window_that_is_refused_after_others_were_answered_fails_the_stream() -> None:
    with account() as box:
        box.fault("400", path="/ms/clicks", message="Invalid method", calls=[3])
        first = read(box, "clicks", concurrency=1, page_size=10)
        assert first.error is not None
        second = read(box, "clicks", state=first.state)
        found = parents(first, "clicks", "ID") | parents(second, "clicks", "ID")
        assert found == {
            row["ID"] for row in box.rows("clicks") if str(row["instant"]) < "2026-06-01 11:55"
        }


def test_more_refusals_than_the_state_holds_fail_the_stream() -> None:
    with Sandbox(seed=5, days=30, clicks_per_day=0, mailings_per_day=6, now=NOON) as box:
        numbers = sorted(row["id"] for row in box.rows("emailings"))
        for number in numbers[5:120]:
            box.fault("400", path=f"/ms/emailing/{number}/statistics", message=TEXTS[2])
        output = read(box, "emailing_statistics", start_date="2026-04-01")
        assert output.error is not None
        state = output.state["bookmarks"]["emailing_statistics"]
        assert len(state["refused"]) == 100
        box.clear_faults()
        later = read(box, "emailing_statistics", state=output.state, start_date="2026-04-01")
        assert later.error is None
        found = parents(output, "emailing_statistics", "mailing")
        assert found | parents(later, "emailing_statistics", "mailing") == set(numbers)


FAILING: dict[str, Any] = {"max_tries": 2, "backoff_seconds": 0.01}


@pytest.mark.parametrize("stream", [*PER_MAILING, *PER_LISTED])
def test_a_parent_whose_answer_fails_in_each_try_starves_no_other(
    stream: str, caplog: pytest.LogCaptureFixture
) -> None:
    field, path = {**PER_MAILING, **PER_LISTED}[stream]
    with account(mailings_per_day=2) as box:
        everyone = sorted(parents(read(box, stream), stream, field))
        broken = everyone[len(everyone) // 2]
        box.fault("500", path=path.format(broken))
        first = read(box, stream, **FAILING)
        assert first.error is None
        assert parents(first, stream, field) == set(everyone) - {broken}
        assert not is_activated(first, stream)
        what = path.format(broken)
        assert (
            f"{stream}: the API answered HTTP 500 for `{what}`, in each of 2 tries" in caplog.text
        )
        assert "is left out, and the next run asks for it again" in caplog.text
        assert f"1 left out ({'mailing ' if stream in PER_MAILING else ''}{broken})" in caplog.text
        box.clear_faults()
        second = read(box, stream, state=first.state)
        assert broken in parents(second, stream, field)


@pytest.mark.parametrize("stream", ["emailing_statistics", "template_statistics"])
def test_an_api_that_fails_for_all_parents_ends_the_stream_after_a_few(stream: str) -> None:
    with account(mailings_per_day=6) as box:
        whole = read(box, stream)
        everyone = len(whole.records(stream))
        box.reset_calls()
        box.fault("500", path="/statistics")
        output = read(box, stream, concurrency=1, **FAILING)
        assert output.error is not None
        assert sum(box.calls[path] for path in box.calls if "statistics" in path) == 2 * 3
        assert everyone > 3
        box.clear_faults()
        again = read(box, stream, state=output.state)
        assert len(again.records(stream)) == everyone


@pytest.mark.parametrize("body", ["null", "[]", "{}", '{"data": null}'])
def test_no_final_group_is_none_however_it_is_written(body: str) -> None:
    def none(_request: Any, reply: Any) -> Any:
        reply.body = body.encode()
        return reply

    with account(mailings_per_day=2) as box:
        box.alter(none, "/finalgroup")
        output = read(box, "publisher_final_groups")
        assert output.error is None
        assert output.records("publisher_final_groups") == []


def test_an_answer_that_is_no_object_names_what_was_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def none(_request: Any, reply: Any) -> Any:
        reply.body = b"null"
        return reply

    with account(mailings_per_day=2) as box:
        number = min(parents(read(box, "emailing_statistics"), "emailing_statistics", "mailing"))
        path = f"/ms/emailing/{number}/statistics"
        box.alter(none, path)
        assert read(box, "emailing_statistics").error is None
        assert f"the API sent no object, but `null`, for `{path}`. Run again later" in caplog.text
