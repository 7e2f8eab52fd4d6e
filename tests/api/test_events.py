"""The list of events, one of them, and its raw body."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from service.ledger.events import NewEvent
from tests.api.conftest import Caller
from tests.console import Seed

HOUR = 3_600_000
ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json["events"]]


def reply(case_id: int, subject: str | None = None) -> NewEvent:
    return NewEvent(
        source="omnidesk",
        type="omnidesk.message_new",
        subject=subject or f"omnidesk/case/{case_id}",
        dedupe_key=f"omnidesk/case/{case_id}/message/1",
        data={"case_id": str(case_id), "message_id": "1", "content": "Перезвоним в 10"},
        raw=b"type=message_new",
    )


def test_an_empty_list(call: Caller) -> None:
    answer = call.get("/events")
    assert answer.json == {"events": [], "cursor": None}
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_event_in_the_list(call: Caller, seed: Seed) -> None:
    event = seed.event(
        request_id=57, status="waiting", reason="quota", message="Omnidesk's quota is used up."
    )
    [shown] = call.get("/events").json["events"]
    assert shown["id"] == event.id
    assert shown["subject"] == "cscart/1/call_request/57"
    assert shown["data"]["phone_e164"] == "+79175550157"
    assert (shown["status"], shown["reason"]) == ("waiting", "quota")
    assert shown["message"] == "Omnidesk's quota is used up."
    assert shown["blocked_by"] is None
    assert shown["ended_at"] is None
    for name in ("time", "not_before", "received_at", "updated_at"):
        assert ISO.match(shown[name]), name
    assert "raw" not in shown


def test_pages_are_newest_first_and_meet_each_event_once(call: Caller, seed: Seed) -> None:
    made = [seed.event(request_id=number).id for number in range(1, 8)]
    seen, cursor = [], None
    while True:
        answer = call.get("/events", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += ids(answer)
        cursor = answer.json["cursor"]
        if cursor is None:
            break
        assert not cursor.isdigit()
    assert seen == made[::-1]


def test_filters(call: Caller, seed: Seed) -> None:
    old = seed.event(request_id=1, status="done", age=48 * HOUR).id
    dead = seed.event(request_id=2, status="dead", age=2 * HOUR).id
    said = seed.event(reply(1042), status="done").id
    assert ids(call.get("/events", status="done")) == [said, old]
    assert ids(call.get("/events", source="omnidesk")) == [said]
    assert ids(call.get("/events", type="call_request.created", status="dead")) == [dead]
    assert ids(call.get("/events", subject="cscart/1/call_request/2")) == [dead]
    assert ids(call.get("/events", since=(seed.now - 3 * HOUR) // 1000)) == [said, dead]
    assert ids(call.get("/events", until=(seed.now - 3 * HOUR) // 1000)) == [old]
    assert ids(call.get("/events", status="", source="", q="", since="", until="", cursor="", limit="")) == [
        said,
        dead,
        old,
    ]


@pytest.mark.parametrize(
    "since",
    ["2026-11-22T10:00:00Z", "2026-11-22T13:00:00+03:00", "2026-11-22T13:00:00 03:00", "2026-11-22 10:00"],
)
def test_times_in_every_writing(call: Caller, seed: Seed, since: str) -> None:
    seed.now = 1_795_341_600_000  # 2026-11-22T10:00:00Z
    at = seed.event(request_id=1, age=0).id
    seed.event(request_id=2, age=1)
    assert ids(call.get("/events", since=since)) == [at]


@pytest.mark.parametrize(
    "q",
    [
        "Мария Синицына",
        "синицына",
        "+7 917 555-01-57",
        "89175550157",
        "5550157",
        "call_request/57",
        "refused cases.create",
        "300-200",
        "чайник",
    ],
)
def test_search(call: Caller, seed: Seed, q: str) -> None:
    found = seed.event(request_id=57, status="dead", message="Omnidesk refused cases.create.")
    seed.link(found.subject, "omnidesk", "case", "1042", number="300-200")
    other = Seed.call_request(58, name="Пётр", phone="+7 495 000-00-00", product="Фонарь")
    seed.event(other, status="done")
    assert ids(call.get("/events", q=q)) == [found.id]


@pytest.mark.parametrize("q", ["%", "_", "'", '"', "\\", "% OR 1=1"])
def test_search_takes_text_as_it_is(call: Caller, seed: Seed, q: str) -> None:
    seed.event(request_id=57)
    assert call.get("/events", q=q).status_code == 200


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"status": "sleeping"}, "sleeping is not a status"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"since": "yesterday"}, "since"),
        ({"until": "99999999999999"}, "until"),
        ({"since": "-1"}, "since"),
        ({"cursor": "57"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"q": "a\x00b"}, "NUL"),
        ({"q": "x" * 201}, "q"),
    ],
)
def test_wrong_parameters_are_named(call: Caller, query: dict[str, Any], named: str) -> None:
    answer = call.get("/events", **query)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert named in answer.json["detail"]
    assert set(answer.json["fields"]) == set(query)


def test_a_later_event_of_the_subject_shows_who_stands_before_it(call: Caller, seed: Seed) -> None:
    first = seed.event(request_id=57, status="waiting", reason="backoff")
    later = seed.event(reply(1042, first.subject), age=5_000)
    shown = call.get("/events").json["events"][0]
    assert shown["id"] == later.id
    assert (shown["status"], shown["reason"], shown["blocked_by"]) == ("received", "order", first.id)
    assert ISO.match(shown["blocked_since"])
    blocker = call.get(f"/events/{later.id}").json["blocker"]
    assert (blocker["id"], blocker["status"]) == (first.id, "waiting")


def test_one_event_with_all_that_was_done_for_it(call: Caller, seed: Seed) -> None:
    event = seed.event(request_id=57, status="waiting", reason="backoff", failures=1)
    seed.step(event, "open the case", {"case_id": "1042"})
    seed.attempt(event, "open the case", "omnidesk.cases.create", http_status=201, calls_left=58)
    seed.attempt(event, "add the contact", "obzvonilka.contacts.create", took=None)
    seed.link(event.subject, "omnidesk", "case", "1042", number="300-200")
    shown = call.get(f"/events/{event.id}").json
    assert [(one["name"], one["result"]) for one in shown["steps"]] == [
        ("open the case", {"case_id": "1042"})
    ]
    first, lost = shown["attempts"]
    assert (first["vendor"], first["outcome"], first["http_status"], first["calls_left"]) == (
        "omnidesk",
        "ok",
        201,
        58,
    )
    assert (lost["ended_at"], lost["outcome"]) == (None, None)
    assert shown["links"] == [
        {"vendor": "omnidesk", "kind": "case", "external_id": "1042", "data": {"number": "300-200"}}
    ]
    assert shown["blocker"] is None


def test_what_was_sent_to_the_vendors_is_not_shown(app: Flask, call: Caller, seed: Seed) -> None:
    event = seed.event(request_id=57, status="done")
    sent = {"path": "/api/cases.json", "body": {"content": "what was sent"}}
    seed.attempt(event, "open the case", "omnidesk.cases.create", request=sent)
    seed.attempt(event, "read the case", "omnidesk.cases.get", answer={"case": "what was answered"})
    metrics = app.test_client().get("/metrics")
    for answer in (call.get(f"/events/{event.id}"), call.get("/vendors"), metrics):
        assert answer.status_code == 200
        assert "omnidesk" in answer.text
        assert "what was" not in answer.text


@pytest.mark.parametrize("event_id", ["7", "' or 1=1", "00000000-0000-0000-0000-000000000000", "%00", "й"])
@pytest.mark.parametrize("tail", ["", "/raw"])
def test_an_event_that_is_not_there(call: Caller, event_id: str, tail: str) -> None:
    answer = call.get(f"/events/{event_id}{tail}")
    assert answer.status_code == 404
    assert answer.json["detail"] == "There is no event with this id."


def test_the_raw_body_byte_for_byte(call: Caller, seed: Seed) -> None:
    body = bytes(range(256)) + "<script>".encode("utf-16")
    event = seed.rejected(body)
    answer = call.get(f"/events/{event.id}/raw")
    assert answer.data == body
    assert answer.mimetype == "application/octet-stream"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
