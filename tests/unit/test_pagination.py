"""What a list's answer holds, in the forms that PHP writes it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tap_copernica.errors import TransientError
from tap_copernica.http.pagination import KeysetPaginator, OffsetPaginator, Page, keep_page, page_of


@pytest.mark.parametrize(
    ("body", "page"),
    [
        ({"data": [{"ID": 1}], "limit": 100, "total": 1}, Page([{"ID": 1}], limit=100, total=1)),
        ({"data": [], "limit": "100", "total": " 0 "}, Page([], limit=100, total=0)),
        ({"data": {"0": {"ID": 1}, "3": {"ID": 2}}}, Page([{"ID": 1}, {"ID": 2}])),
        ({"data": {}, "total": False, "limit": None}, Page([])),
        ({"data": [], "total": -1, "limit": 1.5}, Page([])),
        ({"data": [], "total": 0, "limit": 0}, Page([], limit=0, total=0)),
        ({"data": [], "total": "1.5", "limit": "many"}, Page([])),
        ({"data": [], "total": 10**8, "limit": 10**8 + 1}, Page([], total=10**8)),
        ({"data": [], "total": f"{7:019}", "limit": f"{7:020}"}, Page([], total=7)),
        ({"data": [], "total": True, "limit": [1]}, Page([])),
        (["7", "8"], Page(["7", "8"])),
    ],
)
def test_a_page_is_read_from_every_form_of_the_envelope(body: object, page: Page) -> None:
    assert Page.of(body) == page


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": "x"}, None, 3, "text"])
def test_what_is_no_list_is_an_error(body: object) -> None:
    with pytest.raises(ValueError, match="expected a list"):
        Page.of(body)
    answer = requests.Response()
    answer.__dict__["body"] = body
    with pytest.raises(
        TransientError, match="something else than a list: expected a list"
    ) as caught:
        keep_page(answer)
    # A smaller page or more tries would not help.
    assert "report it" in caught.value.advice


def test_an_empty_list_that_counts_rows_is_an_error() -> None:
    assert Page.of({"data": [], "count": 0}).rows == []
    assert Page.of({"data": [{"ID": 1}], "count": 5}).rows == [{"ID": 1}]
    with pytest.raises(ValueError, match="it holds 5 rows, and holds none"):
        Page.of({"data": [], "count": "5"})


def response(rows: list[Any]) -> requests.Response:
    answer = requests.Response()
    answer.__dict__["body"] = {"data": rows, "limit": 1000}
    keep_page(answer)
    return answer


def test_pages_follow_each_other_by_the_rows_that_came_until_an_empty_one() -> None:
    paginator, starts = OffsetPaginator(), []
    pages: list[list[dict[str, int]]] = [[{}] * 100, [{}] * 7, [{}], []]
    for rows in pages:
        starts.append(paginator.current_value)
        paginator.advance(response(rows))
    assert starts == [0, 100, 107, 108]
    assert paginator.finished


def test_offsets_may_begin_anywhere() -> None:
    paginator = OffsetPaginator(40)
    assert paginator.current_value == 40
    paginator.advance(response([{}, {}]))
    assert paginator.current_value == 42


def test_pages_by_id_follow_the_last_row_until_an_empty_one() -> None:
    paginator, lasts = KeysetPaginator(), []
    for rows in ([{"ID": "7"}, {"ID": "12"}], [{"Name": "x", "id": 15}], []):
        lasts.append(paginator.current_value)
        assert not paginator.finished
        paginator.advance(response(rows))
    assert lasts == [0, 12, 15]
    assert paginator.finished
    assert KeysetPaginator(99).current_value == 99


def test_a_page_is_that_of_its_response() -> None:
    assert page_of(response([1, 2])) == Page([1, 2], limit=1000)
