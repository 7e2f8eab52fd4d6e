"""Lists walked page after page, against vendors that page as ours do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from workers.vendors import paging
from workers.vendors.answers import Answer
from workers.vendors.cscart.operations import CALL_REQUESTS_LIST
from workers.vendors.cscart.walk import requests_after
from workers.vendors.errors import Quota
from workers.vendors.obzvonilka.operations import CONTACTS_LIST
from workers.vendors.omnidesk.operations import CASES_LIST, KB_ARTICLES_LIST, LABELS_LIST, MESSAGES_LIST
from workers.vendors.operation import Files, Operation
from workers.vendors.paging import TooMany


class Desk:
    """Omnidesk with `count` records, or a store that clamps; it remembers what it was asked."""

    def __init__(self, count: int, root: str = "case", *, totals: bool = True) -> None:
        self.ids = list(range(1, count + 1))
        self.root, self.totals = root, totals
        self.asked: list[dict[str, Any]] = []

    def send(
        self,
        operation: Operation,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        files: Files | None = None,
    ) -> Answer:
        assert (body, files) == (None, None)
        given = operation.check(path=path, query=query)
        self.asked.append(given.query)
        return Answer(200, self.page(given.query), Quota())

    def page(self, query: Mapping[str, Any]) -> Any:
        size = int(query["limit"])
        start = (int(query["page"]) - 1) * size
        data: dict[str, Any] = {
            str(place): {self.root: {f"{self.root}_id": one}}
            for place, one in enumerate(self.ids[start : start + size])
        }
        return data | ({"total_count": str(len(self.ids))} if self.totals else {}) or ""


class Same(Desk):
    """A vendor that answers the same whatever page it is asked for."""

    def __init__(self, data: Any) -> None:
        super().__init__(0)
        self.data = data

    def page(self, query: Mapping[str, Any]) -> Any:
        del query
        return self.data


class Store(Desk):
    def page(self, query: Mapping[str, Any]) -> Any:
        ids = sorted(self.ids, reverse=query.get("sort_order") == "desc")
        size = int(query["items_per_page"])
        if not size:
            return {
                "call_requests": [{"request_id": str(one)} for one in ids],
                "params": {"items_per_page": 0},
            }
        last = max(1, -(-len(ids) // size))
        start = (min(int(query["page"]), last) - 1) * size
        return {
            "call_requests": [{"request_id": str(one)} for one in ids[start : start + size]],
            "params": {"items_per_page": str(size), "total_items": str(len(ids))},
        }


@pytest.mark.parametrize(
    ("count", "totals", "pages"),
    [(0, True, 1), (1, True, 1), (99, True, 1), (100, True, 1), (101, True, 2), (250, True, 3),
     (0, False, 1), (100, False, 2), (250, False, 3)],
)  # fmt: skip
def test_omnidesk_names_every_page_and_stops_after_the_last(count: int, totals: bool, pages: int) -> None:
    desk = Desk(count, totals=totals)

    found = [case["case_id"] for case in CASES_LIST.every(desk.send, query={"status": "open"})]

    assert found == desk.ids
    assert desk.asked == [{"status": "open", "limit": 100, "page": page} for page in range(1, pages + 1)]


def test_the_first_page_alone_is_asked_for_when_it_is_enough() -> None:
    desk = Desk(1000, "message")
    walk = MESSAGES_LIST.every(desk.send, path={"case_id": 5}, query={"limit": 10})
    assert next(walk)["message_id"] == 1
    assert len(desk.asked) == 1


def test_omnidesk_ends_at_its_last_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "LAST_PAGE", 3)
    desk = Desk(301, "label")
    found: list[int | str] = []
    with pytest.raises(TooMany, match="labels"):
        found.extend(label["label_id"] for label in LABELS_LIST.every(desk.send))
    assert len(desk.asked) == 3


def test_a_vendor_that_repeats_its_last_page_does_not_keep_us_for_ever() -> None:
    desk = Same({str(n): {"kb_article": {"article_id": n}} for n in range(100)})
    assert len(list(KB_ARTICLES_LIST.every(desk.send))) == 100
    assert len(desk.asked) == 2


def test_records_that_share_another_id_are_all_given() -> None:
    rows = {str(n): {"kb_article": {"section_id": 10, "article_id": n}} for n in range(3)}
    desk = Same(rows)
    assert [one["article_id"] for one in KB_ARTICLES_LIST.every(desk.send)] == [0, 1, 2]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (20, 1), (21, 2), (45, 3)])
def test_cscart_pages_are_counted_because_it_clamps(count: int, pages: int) -> None:
    store = Store(count)

    found = [one["request_id"] for one in CALL_REQUESTS_LIST.every(store.send, query={"items_per_page": 20})]

    assert found == store.ids
    assert len(store.asked) == pages


def test_cscart_shows_all_at_once_for_0_a_page() -> None:
    store = Store(45)
    assert len(list(CALL_REQUESTS_LIST.every(store.send, query={"items_per_page": 0}))) == 45
    assert len(store.asked) == 1


def test_the_walk_back_to_a_cursor_stops_there() -> None:
    store = Store(450)

    found = [one["request_id"] for one in requests_after(store.send, 330, query={"status": "new"})]

    assert found == list(range(450, 330, -1))
    assert len(store.asked) == 2
    assert store.asked[0]["sort_by"] == "id"


def test_a_request_that_comes_in_while_walking_is_not_given_twice() -> None:
    store = Store(150)
    found: list[int | str] = []
    for one in requests_after(store.send, 0):
        found.append(one["request_id"])
        if len(found) == 50:
            store.ids.append(151)
    assert found == list(range(150, 0, -1))


def test_obzvonilkas_lists_come_whole() -> None:
    desk = Same([{"id": 1}, {"id": 2}])
    assert [one["id"] for one in CONTACTS_LIST.every(desk.send, path={"base_id": 1})] == [1, 2]
    assert desk.asked == [{}]


def test_a_page_is_not_taken() -> None:
    with pytest.raises(ValueError, match="leave out page"):
        next(LABELS_LIST.every(Desk(1).send, query={"page": 2}))
