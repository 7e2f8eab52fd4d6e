"""Retry, cancel, replay: moves E, F and H of an event's life, as operators make them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from service.api.moments import iso
from service.ledger.database import Ledger
from service.ledger.events import NewEvent
from service.ledger.life import Status
from service.ledger.tables import Event, Step
from tests.api.conftest import Caller
from tests.console import NoWaker, Seed, row


def acts(call: Caller) -> list[tuple[str, str, str]]:
    return [(one["actor"], one["action"], one["target"]) for one in call.get("/audit").json["audit"]]


def test_move_e_a_dead_event_is_retried(call: Caller, seed: Seed, waker: NoWaker, ledger: Ledger) -> None:
    event = seed.event(status="dead", message="Omnidesk refused it.", next_action="Mend it.", failures=3)
    seed.step(event, "open the case", {"case_id": "1042"})
    seed.step(event, "add the contact", status="failed", message="Obzvonilka refused it.")
    shown = call.post(f"/events/{event.id}/retry").json
    assert (shown["status"], shown["reason"], shown["failures"]) == ("waiting", None, 0)
    assert shown["next_action"] is None
    assert shown["ended_at"] is None
    assert [one["name"] for one in shown["steps"]] == ["open the case"]
    assert waker.woken == ["interactive"]
    assert acts(call) == [("oleg", "retry", event.id)]
    with ledger.read() as session:
        assert session.scalars(select(Step.name)).all() == ["open the case"]


def test_a_waiting_event_is_retried_at_once(call: Caller, seed: Seed, waker: NoWaker) -> None:
    event = seed.event(status="waiting", reason="backoff", not_before=seed.now + 600_000)
    shown = call.post(f"/events/{event.id}/retry").json
    assert shown["not_before"] < iso(seed.now + 300_000)
    assert waker.woken == ["interactive"]


@pytest.mark.parametrize("status", ["received", "running", "done", "cancelled", "rejected"])
def test_nothing_else_is_retried(call: Caller, seed: Seed, waker: NoWaker, status: str) -> None:
    event = seed.event(status=status)
    answer = call.post(f"/events/{event.id}/retry")
    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    assert f"The event is {status}" in answer.json["detail"]
    assert waker.woken == []
    assert acts(call) == []


@pytest.mark.parametrize("status", ["received", "waiting", "dead"])
def test_move_f_an_event_is_cancelled(call: Caller, seed: Seed, status: str) -> None:
    event = seed.event(status=status)
    shown = call.post(f"/events/{event.id}/cancel").json
    assert shown["status"] == "cancelled"
    assert shown["ended_at"]
    assert acts(call) == [("oleg", "cancel", event.id)]


def test_what_waited_for_the_cancelled_one_is_woken(call: Caller, seed: Seed, waker: NoWaker) -> None:
    first = seed.event(status="waiting", lane="bulk")
    later = seed.event()
    call.post(f"/events/{first.id}/cancel")
    assert sorted(waker.woken) == ["bulk", "interactive"]
    assert call.get(f"/events/{later.id}").json["blocked_by"] is None


@pytest.mark.parametrize("status", ["running", "done", "cancelled", "rejected"])
def test_nothing_else_is_cancelled(call: Caller, seed: Seed, status: str) -> None:
    event = seed.event(status=status)
    assert call.post(f"/events/{event.id}/cancel").status_code == 409


@pytest.mark.parametrize("status", ["dead", "cancelled", "done"])
def test_move_h_an_ended_event_is_replayed_as_it_is(
    call: Caller, seed: Seed, waker: NoWaker, status: str
) -> None:
    event = seed.event(status=status, message="Kept.")
    answer = call.post(f"/events/{event.id}/replay")
    assert answer.status_code == 201
    new = answer.json
    assert answer.headers["Location"] == f"/api/v1/events/{new['id']}"
    assert new["id"] != event.id
    assert (new["status"], new["replay_of"], new["subject"]) == ("received", event.id, event.subject)
    assert new["data"] == event.data
    assert call.get(f"/events/{new['id']}/raw").data == event.raw
    assert waker.woken == ["interactive"]
    original = call.get(f"/events/{event.id}").json
    assert (original["status"], original["message"]) == (status, "Kept.")
    [entry] = call.get("/audit").json["audit"]
    assert entry["details"] == {"new_event": new["id"], "corrected": False}


@pytest.mark.parametrize("status", ["received", "running", "waiting"])
def test_an_open_event_is_not_replayed(call: Caller, seed: Seed, status: str) -> None:
    event = seed.event(status=status)
    answer = call.post(f"/events/{event.id}/replay")
    assert answer.status_code == 409
    assert "cancel it first" in answer.json["detail"]


def test_replays_of_replays_keep_a_short_key(call: Caller, seed: Seed, ledger: Ledger) -> None:
    event_id = seed.event(status="done").id
    for _ in range(6):
        new_id = call.post(f"/events/{event_id}/replay").json["id"]
        call.post(f"/events/{new_id}/cancel")
        event_id = new_id
    with ledger.read() as session:
        keys = session.scalars(select(Event.dedupe_key)).all()
    assert len(set(keys)) == 7
    assert max(map(len, keys)) < 130


def test_a_replay_with_corrected_data(call: Caller, seed: Seed) -> None:
    event = seed.event(status="dead", message="Obzvonilka refused it.")
    corrected = event.data | {"phone": "+7 495 123-45-67", "phone_known": False, "notes_known": False}
    new = call.post(f"/events/{event.id}/replay", json={"data": corrected}).json
    assert new["data"]["phone_e164"] == "+74951234567"
    assert (new["data"]["phone_known"], new["data"]["notes_known"]) == (True, False)
    assert new["type"] == event.type
    assert json.loads(call.get(f"/events/{new['id']}/raw").data) == corrected
    assert call.get(f"/events/{event.id}").json["data"] == event.data
    assert call.get("/audit").json["audit"][0]["details"]["corrected"] is True


def test_a_corrected_update_stays_an_update(call: Caller, seed: Seed) -> None:
    event = seed.event(status="dead", type="call_request.updated")
    new = call.post(f"/events/{event.id}/replay", json={"data": row(57, name="Анна")}).json
    assert (new["type"], new["data"]["name"]) == ("call_request.updated", "Анна")


FIRST, LATER = 1795341600, 1795349999


def test_a_correction_stays_with_its_own_request_though_the_id_was_given_out_again(
    app: Flask, call: Caller
) -> None:
    def send(**row: Any) -> dict[str, Any]:
        body = {"request_id": 57, "company_id": 1, "phone": "89175550001"} | row
        answer = app.test_client().post("/webhooks/cscart/cscart-hook", json=body).get_json()
        call.post(f"/events/{answer['event_id']}/cancel")
        shown: dict[str, Any] = call.get(f"/events/{answer['event_id']}").json
        return shown

    events = [send(timestamp=FIRST), send(timestamp=LATER)]
    assert len({one["subject"] for one in events}) == 2
    for event in events:
        for left_out in ({}, {"timestamp": None}):
            corrected = event["data"] | {"phone": "+7 495 123-45-67"} | left_out
            new = call.post(f"/events/{event['id']}/replay", json={"data": corrected}).json
            assert new["subject"] == event["subject"]
    refused = send(request_id="x", timestamp=LATER)
    new = call.post(
        f"/events/{refused['id']}/replay", json={"data": {"request_id": 57, "timestamp": LATER}}
    ).json
    assert new["subject"] == events[1]["subject"]


def test_a_rejected_event_is_corrected(call: Caller, seed: Seed) -> None:
    event = seed.rejected(b'{"name": "Maria"}')
    new = call.post(f"/events/{event.id}/replay", json={"data": row(77)}).json
    assert (new["type"], new["subject"]) == ("call_request.created", "cscart/1/call_request/77")
    assert (new["status"], new["replay_of"]) == ("received", event.id)
    assert call.get(f"/events/{event.id}").json["status"] == "rejected"


def test_a_rejected_event_is_parsed_again(call: Caller, seed: Seed) -> None:
    body = json.dumps({"type": "call_request.updated", "data": row(78)}).encode()
    new = call.post(f"/events/{seed.rejected(body).id}/replay").json
    assert (new["type"], new["subject"]) == ("call_request.updated", "cscart/1/call_request/78")
    assert call.get(f"/events/{new['id']}/raw").data == body


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"not JSON", "body: The body is neither JSON nor form fields (name=value)."),
        (b"[1]", "body"),
        (b'{"name": "x"}', "request_id"),
    ],
)
def test_a_rejected_event_that_is_still_wrong(call: Caller, seed: Seed, body: bytes, named: str) -> None:
    event = seed.rejected(body)
    answer = call.post(f"/events/{event.id}/replay")
    assert answer.status_code == 422
    assert named in answer.json["detail"]
    assert len(call.get("/events").json["events"]) == 1


def test_a_correction_that_is_wrong_names_the_fields(call: Caller, seed: Seed) -> None:
    event = seed.rejected(b"{}")
    answer = call.post(f"/events/{event.id}/replay", json={"data": row(77) | {"request_id": "many"}})
    assert answer.status_code == 422
    assert answer.json["fields"] == {"request_id": ["Must be a number such as 57."]}


def message(case_id: str, **more: Any) -> dict[str, Any]:
    return {"case_id": case_id, "message_id": "9", "content": "Перезвоним", "staff_id": "3"} | more


def test_a_reply_is_corrected_and_finds_its_call_request(call: Caller, seed: Seed) -> None:
    seed.link("cscart/1/call_request/57", "omnidesk", "case", "1042")
    raw = b"type=message_new&object[message_id]=9"
    rejected = seed.rejected(raw, source="omnidesk", type="omnidesk.invalid", subject="omnidesk/invalid")
    body = {"type": "message_new", "object": message("1042")}
    new = call.post(f"/events/{rejected.id}/replay", json={"data": body}).json
    assert (new["type"], new["subject"]) == ("omnidesk.message_new", "cscart/1/call_request/57")
    assert new["data"]["from_staff"] is True
    assert call.post(f"/events/{rejected.id}/replay").json["fields"] == {
        "object": {"case_id": ["Missing: a number such as 57."]}
    }


def test_a_reply_is_corrected_in_its_own_data(call: Caller, seed: Seed) -> None:
    new = NewEvent(
        source="omnidesk",
        type="omnidesk.message_new",
        subject="omnidesk/case/1042",
        dedupe_key="omnidesk/case/1042/message/9",
        data=message("1042", content=""),
        raw=b"",
        status=Status.DEAD,
    )
    event = seed.event(new)
    replayed = call.post(f"/events/{event.id}/replay", json={"data": message("1042")}).json
    assert (replayed["subject"], replayed["data"]["content"]) == ("omnidesk/case/1042", "Перезвоним")


def test_a_changed_case_is_corrected(call: Caller, seed: Seed) -> None:
    event = seed.event(
        status="dead", source="omnidesk", type="omnidesk.case_changed", subject="omnidesk/case/1"
    )
    path = f"/events/{event.id}/replay"
    assert call.post(path, json={"data": {"case_id": 7}}).json["subject"] == "omnidesk/case/7"
    assert call.post(path, json={"data": {"status": 7}}).json["fields"] == {
        "case_id": ["Must be a number such as 57."]
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 201),
        (b"{}", 201),
        (b'{"data": null}', 201),
        (b"nonsense", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b'{"data": 7}', 422),
        (b'{"data": {}, "dat": 1}', 422),
        (b'{"data": {"request_id": "1", "name": "\\u0000\\ud800"}}', 201),
    ],
)
def test_bodies_of_a_replay(call: Caller, seed: Seed, body: bytes, status: int) -> None:
    event = seed.event(status="dead")
    # Sent without a label, as curl -d would not but scripts do.
    answer = call.post(f"/events/{event.id}/replay", data=body)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("act", ["retry", "cancel", "replay"])
def test_acts_on_what_is_not_there(call: Caller, act: str) -> None:
    assert call.post(f"/events/7/{act}").status_code == 404


def test_an_event_that_holds_up_others_is_set_aside(call: Caller, seed: Seed, waker: NoWaker) -> None:
    head = seed.event(status="waiting", reason="backoff", not_before=seed.now + 600_000)
    later = seed.event(request_id=57, dedupe_key="another")
    assert call.get(f"/events/{later.id}").json["blocked_by"] == head.id
    shown = call.post(f"/events/{head.id}/skip").json
    assert shown["status"] == "waiting"
    assert shown["skipped_at"] is not None
    assert call.get(f"/events/{later.id}").json["blocked_by"] is None
    assert set(waker.woken) == {"interactive", "bulk"}
    assert acts(call) == [("oleg", "skip", head.id)]


@pytest.mark.parametrize("status", ["running", "done", "dead", "cancelled", "rejected"])
def test_what_holds_up_nobody_is_not_set_aside(call: Caller, seed: Seed, status: str) -> None:
    event = seed.event(status=status)
    assert call.post(f"/events/{event.id}/skip").status_code == 409
    assert acts(call) == []
