"""Records and values out of answers, in every shape that the documents and FIELD-NOTES show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.vendors import replies
from workers.vendors.answers import Answer, read
from workers.vendors.cscart.operations import CALL_REQUESTS_GET, CALL_REQUESTS_LIST
from workers.vendors.errors import Quota
from workers.vendors.obzvonilka.operations import CONTACTS_GET, CONTACTS_LIST
from workers.vendors.omnidesk import operations as omnidesk
from workers.vendors.operation import Operation
from workers.vendors.received import flag, moment, percent, whole
from workers.vendors.registry import OPERATIONS
from workers.vendors.replies import NoRecord, Reply

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _answer(data: Any) -> Answer:
    return Answer(200, data, Quota())


@pytest.mark.parametrize(
    ("operation", "data", "ids"),
    [
        (omnidesk.CASES_LIST, {"0": {"case": {"case_id": 1}}, "1": {"case": {"case_id": "2"}}}, [1, 2]),
        (omnidesk.CASES_LIST, {str(n): {"case": {"case_id": n}} for n in (10, 9, 2, 0, 1)}, [0, 1, 2, 9, 10]),
        (omnidesk.CASES_LIST, [{"case": {"case_id": 1}}], [1]),
        (omnidesk.CASES_LIST, {"case": []}, []),
        (omnidesk.CASES_LIST, "", []),
        (omnidesk.CASES_LIST, None, []),
        (omnidesk.CASES_LIST, [], []),
        (omnidesk.CASES_LIST, {"total_count": 0}, []),
        (omnidesk.CASES_GET, {"case": {"case_id": 2000}}, [2000]),
        (omnidesk.IDEAS_UPDATE, {"case": {"case_id": 2000, "idea": {"stage": "planned"}}}, [2000]),
        (omnidesk.CASES_UPDATE, {"case_success_id": [1]}, []),
        (omnidesk.FILTERS_LIST, {"0": {"filter": {"filter_id": "unassigned"}}}, ["unassigned"]),
        (CALL_REQUESTS_LIST, {"call_requests": [{"request_id": "2"}], "params": {"total_items": "2"}}, [2]),
        (CALL_REQUESTS_LIST, {"call_requests": []}, []),
        (CALL_REQUESTS_GET, {"request_id": "1", "storefront_id": "3"}, [1]),
        (CONTACTS_LIST, [{"id": 1}, {"id": "2"}], [1, 2]),
        (CONTACTS_GET, {"id": 1, "name": "x"}, [1]),
    ],
)  # fmt: skip
def test_records(operation: Operation, data: Any, ids: list[Any]) -> None:
    found = [next(iter(record.values())) for record in Reply(operation, _answer(data)).records]
    assert found == ids


def test_a_record_is_read_by_its_table_and_keeps_what_no_document_names() -> None:
    reply = Reply(
        omnidesk.CASES_GET,
        _answer(
            {
                "case": {
                    "case_id": "2000",
                    "created_at": "Tue, 05 May 2014 00:15:17 +0300",
                    "updated_at": "-",
                    "closing_speed": "-",
                    "deleted": "0",
                    "spam": "",
                    "custom_fields": [],
                    "labels": {"1": 101, "3": 102},
                    "idea": {"official_response_tstamp": 1509007649},
                    "rating": "new here",
                }
            }
        ),
    )
    assert reply.record == {
        "case_id": 2000,
        "created_at": datetime(2014, 5, 4, 21, 15, 17, tzinfo=UTC),
        "updated_at": None,
        "closing_speed": None,
        "deleted": False,
        "spam": False,
        "custom_fields": {},
        "labels": [101, 102],
        "idea": {"official_response_tstamp": datetime(2017, 10, 26, 8, 47, 29, tzinfo=UTC)},
        "rating": "new here",
    }
    assert reply.data["case"]["case_id"] == "2000"


def test_statistics_keep_every_row() -> None:
    body = b"""{"group": {"group_id": 21, "average_rating": 82%, "closing_speed": 458},
                "staff": {"group_id": 22, "average_rating": "89%"},
                "group": {"group_id": 23, "average_rating": "-"}}"""
    answer = read(omnidesk.STATS_GROUP_LEADERBOARD, 200, {}, body, NOW)
    rows = Reply(omnidesk.STATS_GROUP_LEADERBOARD, answer).records
    assert [(row["group_id"], row["average_rating"]) for row in rows] == [(21, 82.0), (22, 89.0), (23, None)]


def test_a_shape_that_no_document_shows_stays_as_it_came() -> None:
    assert replies.rows(omnidesk.CASES_GET, {"status": "ok"}) == []
    assert replies.rows(omnidesk.CASES_GET, 5) == []
    with pytest.raises(NoRecord, match=r"omnidesk\.cases\.get"):
        assert Reply(omnidesk.CASES_GET, _answer({})).record


def test_totals_and_bulk_answers() -> None:
    assert replies.total({"total_count": "17"}) == 17
    assert replies.total({"params": {"total_items": "2"}}) == 2
    assert replies.total({"0": {}}) is None
    assert replies.total([]) is None
    assert replies.succeeded({"case_success_id": [101, "102"]}) == ["101", "102"]
    assert replies.succeeded({"case_success_id": {"0": 101, "2": 103}}) == ["101", "103"]
    assert replies.succeeded({"case": {}}) is None
    assert replies.missed([101, "102", 103], {"case_success_id": [101, 103]}) == ["102"]


NOTHINGS: list[Any] = ["-", "", "0", 0, None, False, "soon", "2014-13-45", []]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("Mon, 05 May 2014 00:15:17 +0300", datetime(2014, 5, 4, 21, 15, 17, tzinfo=UTC)),
        ("Sun, 05 May 2014 00:15:17 +0300", datetime(2014, 5, 4, 21, 15, 17, tzinfo=UTC)),
        ("2014-05-05 00:15:17", datetime(2014, 5, 4, 21, 15, 17, tzinfo=UTC)),
        ("2014-05-05", datetime(2014, 5, 4, 21, 0, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1442933097", datetime(2015, 9, 22, 14, 44, 57, tzinfo=UTC)),
        (1442933097, datetime(2015, 9, 22, 14, 44, 57, tzinfo=UTC)),
        *((nothing, None) for nothing in NOTHINGS),
    ],
)
def test_moments(value: Any, meant: datetime | None) -> None:
    assert moment(value) == meant


def test_a_time_without_an_offset_is_moscows() -> None:
    found = moment("2014-05-05 00:15:17")
    assert found is not None
    assert found.utcoffset() == timedelta(hours=3)


@pytest.mark.parametrize(
    ("value", "meant"),
    [(84, 84.0), ("84%", 84.0), ("84.5 %", 84.5), ("84,5", 84.5), ("-", None), ("", None), (True, None)],
)
def test_percents(value: Any, meant: float | None) -> None:
    assert percent(value) == meant


def test_flags_and_whole_numbers() -> None:
    assert [flag(value) for value in ("", 0, "0", False, "false", None)] == [False] * 6
    assert [flag(value) for value in (1, "1", True, "true")] == [True] * 4
    assert [whole(value) for value in ("5", 5, 5.0, "-", "", None, True, 5.5)] == [5, 5, 5] + [None] * 5


KEYS = st.text() | st.sampled_from(["case", "0", "1", "created_at", "labels", "params", "total_count"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)


@given(JSON)
def test_no_answer_is_too_odd_to_look_at(data: Any) -> None:
    for name in ("omnidesk.cases.list", "omnidesk.stats.staff_leaderboard", "cscart.call_requests.list"):
        reply = Reply(OPERATIONS[name], _answer(data))
        assert isinstance(reply.records, list)
        assert reply.total is None or isinstance(reply.total, int)
        replies.succeeded(data)
