from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client


def test_added_rows_take_their_place_among_the_computed_ones(client: Client) -> None:
    before = [row["ID"] for row in client.box.rows("clicks")]
    added = client.box.add(
        "clicks", [{"timestamp": "2026-05-15 10:00:00", "link": "https://x.example/"}]
    )
    rows = list(client.box.rows("clicks"))
    assert [row["ID"] for row in rows if row["ID"] not in added] == before
    assert [row["instant"] for row in rows] == sorted(row["instant"] for row in rows)
    shown = client.every("v2/ms/clicks")
    assert [int(row["ID"]) for row in shown] == [row["ID"] for row in rows]
    assert "https://x.example/" in {row["link"] for row in shown}
    client.box.remove("clicks", added)
    assert [row["ID"] for row in client.box.rows("clicks")] == before


def test_removed_rows_are_gone_from_rows_and_totals(living: Client) -> None:
    numbers = living.box.add("clicks", [{"timestamp": f"2026-05-31 10:00:0{i}"} for i in range(5)])
    living.box.remove("clicks", numbers[1:3])
    page = living.page("v2/ms/clicks")
    assert page["total"] == 3
    assert [int(row["ID"]) for row in page["data"]] == [numbers[0], *numbers[3:]]


def test_a_row_can_become_visible_later_than_its_time(living: Client) -> None:
    row = {"timestamp": "2026-06-01 13:00:00", "visible_from": "2026-06-01T12:30:00+00:00"}
    living.box.add("clicks", [row])
    assert living.page("v2/ms/clicks")["total"] == 0
    assert sum(1 for _ in living.box.rows("clicks", late=True)) == 1
    living.box.now = "2026-06-01T12:30:00+00:00"
    assert living.page("v2/ms/clicks")["total"] == 1


def test_rows_of_the_future_wait_for_the_clock(living: Client) -> None:
    living.box.add("clicks", [{"timestamp": "2026-06-01 14:00:01"}])
    assert living.page("v2/ms/clicks")["total"] == 0
    living.box.now = "2026-06-01T12:00:01+00:00"
    assert living.page("v2/ms/clicks")["total"] == 1


def test_unique_keeps_one_click_per_destination_and_link(living: Client) -> None:
    same = {"destination": 7, "link": "https://shop.example/"}
    times = ["2026-05-30 23:59:59", "2026-05-31 00:00:00", "2026-05-31 08:00:00"]
    numbers = living.box.add("clicks", [{"timestamp": time, **same} for time in times])
    other = living.box.add("clicks", [{"timestamp": times[1], "destination": 8, "link": "x"}])

    def shown() -> list[int]:
        page = living.page("v2/ms/clicks", begintime="2026-05-31", unique="true")
        assert page["total"] == page["count"]
        return [int(row["ID"]) for row in page["data"]]

    assert shown() == [numbers[1], *other]
    living.box.switch(unique_choice="last")
    assert shown() == [*other, numbers[2]]
    assert living.page("v2/ms/clicks", unique="false")["total"] == 4
