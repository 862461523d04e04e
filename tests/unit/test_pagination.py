"""What a list's answer holds, in the forms that PHP writes it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tap_copernica.pagination import OffsetPaginator, Page, keep_page


@pytest.mark.parametrize(
    ("body", "page"),
    [
        ({"data": [{"ID": 1}], "limit": 100, "total": 1}, Page([{"ID": 1}], limit=100, total=1)),
        ({"data": [], "limit": "100", "total": " 0 "}, Page([], limit=100, total=0)),
        ({"data": {"0": {"ID": 1}, "3": {"ID": 2}}}, Page([{"ID": 1}, {"ID": 2}])),
        ({"data": {}, "total": False, "limit": None}, Page([])),
        ({"data": [], "total": -1, "limit": 1.5}, Page([])),
        (["7", "8"], Page(["7", "8"])),
    ],
)
def test_a_page_is_read_from_every_form_of_the_envelope(body: object, page: Page) -> None:
    assert Page.of(body) == page


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": "x"}, None, 3, "text"])
def test_what_is_no_list_is_an_error(body: object) -> None:
    with pytest.raises(ValueError, match="expected a list"):
        Page.of(body)


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
