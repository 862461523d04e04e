"""Discovery: which streams an account makes, what that costs, and what happens where it fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.account.definitions import safe
from tap_copernica.errors import RunError
from tap_copernica.tap import TapCopernica
from tests.support.profiles import CUSTOMERS, PLAIN, SUBPROFILES, discovered, read, truth
from tests.support.runs import catalog_of, command, config, parse, run

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Tap = Callable[..., subprocess.CompletedProcess[str]]

KLANTEN = "profiles_klanten_prospects_belgie_2e_lijst"
NOW = "2026-06-01T12:00:00+00:00"


def dynamic(catalog: dict[str, Any]) -> list[str]:
    return [one["tap_stream_id"] for one in catalog["streams"] if "table_name" in one]


def named(*databases: Any) -> list[str]:
    """Give the streams of an account with these databases: names, or (name, [collections])."""
    layout = [
        {"name": one[0], "collections": [{"name": part} for part in one[1]]}
        if isinstance(one, tuple)
        else {"name": one}
        for one in databases
    ]
    with Sandbox(layout=layout, clicks_per_day=0, now=NOW) as box:
        return dynamic(discovered(box))


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Customers", "customers"),
        ("Klanten & Prospects: België / 2e lijst", "klanten_prospects_belgie_2e_lijst"),
        ("Straße", "strasse"),
        ("ÆRØ Łódź", "aero_lodz"),
        ("  __a--b__ ", "a_b"),
        ("東京", ""),
        ("select", "select"),
    ],
)
def test_a_name_is_made_safe(name: str, made: str) -> None:
    assert safe(name) == made


def test_the_lowest_id_keeps_the_plain_name() -> None:
    assert named("Leads", "LEADS", "leads!") == [
        "profiles_leads",
        "profiles_leads_12",
        "profiles_leads_13",
    ]


def test_whole_names_are_compared_over_all_databases() -> None:
    assert set(named(("a", ["b c"]), ("a b", ["c"]), ("a_b", []))) == {
        "profiles_a",
        "profiles_a_b",
        "profiles_a_b_13",
        "subprofiles_a_b_c",
        "subprofiles_a_b_c_702",
    }


def test_a_name_that_a_suffix_made_is_not_used_twice() -> None:
    assert set(named("x 13", "x", "x")) == {"profiles_x_13", "profiles_x", "profiles_x_13_13"}


def test_a_name_without_a_letter_is_its_id() -> None:
    assert named(("東京", ["大阪"])) == ["profiles_11", "subprofiles_11_701"]


def test_a_newcomer_renames_no_stream() -> None:
    before = named("Leads", ("Shop", ["Orders"]))
    assert set(before) < set(named("Leads", ("Shop", ["Orders", "orders"]), "leads", "shop"))


def test_collisions_do_not_hang_on_which_databases_are_chosen(box: Sandbox) -> None:
    every = set(dynamic(discovered(box)))
    some = set(dynamic(discovered(box, databases=[12])))
    assert some < every
    # Cut at 63 bytes, the name with its collection's id.
    assert "subprofiles_klanten_prospects_belgie_2e_lijst_bestelli_b3ac9078" in some
    assert not any("customers" in name for name in some)


@pytest.mark.parametrize("entry", ["Customers", "cuSTOMers", "11", 11])
def test_databases_are_chosen_by_name_or_id(box: Sandbox, entry: str | int) -> None:
    assert dynamic(discovered(box, databases=[entry])) == [
        CUSTOMERS,
        SUBPROFILES,
        "subprofiles_customers_visits",
    ]


def test_a_database_that_does_not_exist_is_an_error_that_lists_those_that_do(box: Sandbox) -> None:
    output = read(box, CUSTOMERS, "clicks", databases=["Customers", "Nobody", 99])
    assert isinstance(output.error, RunError)
    assert "Nobody, 99" in output.error.message
    assert "Customers (11), Klanten" in output.error.message
    assert "Archive (13)" in output.error.message


def test_a_database_that_is_not_chosen_is_not_read_whatever_the_catalog_says(box: Sandbox) -> None:
    output = read(box, CUSTOMERS, SUBPROFILES, "profiles_archive", databases=["Archive"])
    assert output.error is None
    assert output.records(CUSTOMERS) == output.records(SUBPROFILES) == []
    assert set(box.calls) == {"/v2/database/13/profiles"}


def test_fields_are_typed_by_the_api_s_types(box: Sandbox) -> None:
    streams = {one["tap_stream_id"]: one for one in discovered(box)["streams"]}
    schema = streams[CUSTOMERS]["schema"]["properties"]["fields"]["properties"]
    kinds = {name: field.get("format", field["type"][0]) for name, field in schema.items()}
    assert kinds == {
        "Email": "string",
        "Firstname": "string",
        "City": "string",
        "Orders": "integer",
        "Spent": "number",
        "Birthday": "date",
        "Anniversary": "date",
        "Lastlogin": "date-time",
        "Nextvisit": "date-time",
        "Phone": "string",
        "Fax": "string",
        "Mobile": "string",
        "Gender": "string",
        "Notes": "string",
        "Referrer": "integer",
    }
    assert all("null" in field["type"] for field in schema.values())
    assert schema["Birthday"]["description"] == "Field of type date."
    nasty = streams["profiles_klanten_prospects_belgie_2e_lijst"]["schema"]["properties"]
    owner = next(one for one in box.databases if one["ID"] == 12)
    assert list(nasty["fields"]["properties"]) == [field["name"] for field in owner["fields"]]


def test_profiles_are_read_by_the_time_of_their_last_change(box: Sandbox) -> None:
    (stream,) = [one for one in discovered(box)["streams"] if one["tap_stream_id"] == CUSTOMERS]
    assert stream["replication_key"] == "modified"
    assert stream["key_properties"] == ["ID"]


def test_many_databases_are_discovered_in_one_call_and_one_per_list_that_was_cut() -> None:
    with Sandbox(
        databases=50, hard_names=True, fields=100, collections=4, clicks_per_day=0, now=NOW
    ) as box:
        catalog = discovered(box)
        assert len(dynamic(catalog)) == 50 * 5
        assert box.calls == {"/v2/databases": 1}
        box.reset_calls()
        box.switch(embedded_cap=99)
        assert without_times(discovered(box)) == without_times(catalog)
        cut = [one["ID"] for one in box.databases if len(one["fields"]) == 100]
        assert len(cut) >= 47
        assert box.calls == {"/v2/databases": 1, **{f"/v2/database/{one}/fields": 1 for one in cut}}


def test_a_list_that_was_cut_is_one_call_more(box: Sandbox) -> None:
    whole = discovered(box)
    box.reset_calls()
    box.switch(embedded_cap=20)
    assert discovered(box) == whole
    assert box.calls == {"/v2/databases": 1, "/v2/database/12/fields": 1}


def test_a_run_with_a_catalog_asks_no_more_than_it_needs(box: Sandbox) -> None:
    catalog = discovered(box)
    read(box, "clicks", catalog=catalog)
    assert "/v2/databases" not in box.calls
    read(box, CUSTOMERS, SUBPROFILES, catalog=catalog)
    assert "/v2/databases" not in box.calls


def _an_earlier_version(catalog: Any, _: Sandbox) -> dict[str, Any]:
    for stream in catalog["streams"]:
        stream.pop("database_name", None)
    return {}


def _a_day_old(_: Any, box: Sandbox) -> dict[str, Any]:
    box.now = "2026-06-02T12:00:00+00:00"
    return {}


def _a_name_that_it_lacks(catalog: Any, _: Sandbox) -> dict[str, Any]:
    keep = [one for one in catalog["streams"] if "archive" not in one["tap_stream_id"]]
    catalog["streams"] = keep
    return {"databases": ["Customers", "Archive"]}


@pytest.mark.parametrize("change", [_an_earlier_version, _a_day_old, _a_name_that_it_lacks])
def test_the_account_is_asked_where_the_catalog_does_not_tell_enough(
    box: Sandbox, change: Any
) -> None:
    catalog = discovered(box)
    settings = change(catalog, box)
    output = read(box, CUSTOMERS, SUBPROFILES, catalog=catalog, **settings)
    assert output.error is None
    assert box.calls["/v2/databases"] == 1
    assert output.records(CUSTOMERS)


@pytest.mark.parametrize("is_known", [True, False])
def test_an_entry_that_is_an_id_is_not_the_name_of_another_database(
    box: Sandbox, *, is_known: bool
) -> None:
    box.rename(13, "11")
    catalog = discovered(box)
    if not is_known:
        named = [one for one in catalog["streams"] if one["tap_stream_id"] == "profiles_11"]
        catalog["streams"] = named
    box.reset_calls()
    output = read(box, CUSTOMERS, "profiles_11", catalog=catalog, databases=["11"])
    assert (output.error is None) == is_known  # else no stream is left
    assert not output.records("profiles_11")
    assert "/v2/database/13/profiles" not in box.calls
    assert bool(output.records(CUSTOMERS)) == is_known
    assert box.calls["/v2/databases"] == (not is_known)


def test_a_mistake_in_databases_is_told_also_with_a_catalog_of_today(box: Sandbox) -> None:
    output = read(box, CUSTOMERS, catalog=discovered(box), databases=["Custmers"])
    assert "Custmers" in str(output.error)


def test_a_database_that_went_after_discovery_is_skipped_with_a_warning(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = discovered(box)
    box.fault(
        "400", path="/v2/database/11/profiles", message="No database with supplied ID", times=9
    )
    output = read(box, CUSTOMERS, "profiles_archive", catalog=catalog)
    assert output.error is None
    assert "the account has no database/11 any more" in caplog.text
    assert "absent_on" not in output.state["bookmarks"].get(CUSTOMERS, {})


def without_times(catalog: Any) -> Any:
    return [{**stream, "database_name": None} for stream in catalog["streams"]]


@pytest.fixture
def tap(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command with these settings and options."""

    def tap(settings: dict[str, Any], *options: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(settings))
        return command("--config", str(path), *options)

    return tap


def test_a_run_without_a_catalog_discovers_in_one_call(box: Sandbox, tap: Tap) -> None:
    done = tap(config(box, start_date="2026-05-31"))
    assert done.returncode == 0
    assert box.calls["/v2/databases"] == 1
    lines = parse(done.stdout)
    ids = {m["record"]["ID"] for m in lines if m["type"] == "RECORD" and m["stream"] == CUSTOMERS}
    assert ids == set(truth(box, PLAIN))


def test_the_command_prints_the_account_s_streams(box: Sandbox, tap: Tap) -> None:
    done = tap(config(box), "--discover")
    assert done.returncode == 0
    assert json.loads(done.stdout)["streams"]
    assert CUSTOMERS in done.stdout
    (line,) = [one for one in done.stderr.splitlines() if "field `e_mail` is" in one]
    assert "field `e_mail` is fields__e_mail_" in line
    assert 'field `say "hi"` is fields__say _hi_' in line
    assert "field `E-mail`" not in line


def test_without_a_token_the_other_streams_are_discovered(box: Sandbox, tap: Tap) -> None:
    done = tap({"api_url": box.url}, "--discover")
    assert done.returncode == 0
    assert "Without `access_token`" in done.stderr
    assert "clicks" in done.stdout
    assert box.calls.total() == 0


@pytest.mark.parametrize("kind", ["503", "400", "reset"])
def test_with_a_token_but_no_answer_half_a_catalog_is_a_failure(
    box: Sandbox, tap: Tap, kind: str
) -> None:
    box.fault(kind, path="/databases")
    done = tap(config(box, max_tries=2), "--discover")
    assert done.returncode == 1
    streams = [one["tap_stream_id"] for one in json.loads(done.stdout)["streams"]]
    assert "clicks" in streams
    assert not [name for name in streams if name.startswith("profiles_")]
    assert "The catalog lacks the streams of profiles" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refused_token_is_a_failure_of_discovery(box: Sandbox, tap: Tap) -> None:
    done = tap(config(box, access_token="wrong"), "--discover")
    assert done.returncode == 1
    assert "`access_token`" in done.stderr
    assert "wrong" not in done.stderr
    assert box.calls.total() == 1


def test_where_the_account_has_no_databases_call_the_rest_is_discovered(
    box: Sandbox, tap: Tap
) -> None:
    box.fault("400", path="/databases", message="Invalid method")
    done = tap(config(box), "--discover")
    assert done.returncode == 0
    assert "There are no streams of profiles" in done.stderr


def test_a_run_whose_discovery_failed_reads_the_rest_and_fails(box: Sandbox) -> None:
    box.fault("400", path="/databases", message="Something is wrong")
    output = run(box, catalog=None, start_date="2026-05-31", streams=("clicks",))
    assert output.error is None  # with a catalog there is no discovery
    tap = TapCopernica(config=config(box, start_date="2026-05-31"))
    with pytest.raises(RunError, match=r"discovery.*Something is wrong"):
        tap.sync_all()
    assert "/v2/ms/clicks" in box.calls


def test_a_budget_that_discovery_spends_is_said(box: Sandbox, tap: Tap) -> None:
    box.switch(embedded_cap=1)
    done = tap(config(box, max_api_calls=1), "--discover")
    assert done.returncode == 1
    assert "`max_api_calls`" in done.stderr


def test_the_test_of_a_connection_asks_for_no_profiles(box: Sandbox, tap: Tap) -> None:
    done = tap(config(box, start_date="2026-05-31"), "--test")
    assert done.returncode == 0
    assert not [path for path in box.calls if path.endswith("profiles")]
    assert box.calls["/v2/databases"] == 1


def test_a_catalog_without_streams_of_profiles_reads_none(box: Sandbox) -> None:
    output = run(box, catalog=catalog_of("clicks", "databases"), start_date="2026-05-31")
    assert output.error is None
    assert len(output.records("databases")) == 3
