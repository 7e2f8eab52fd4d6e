"""What is written in the store rests on the row that stands there now, whatever a webhook brought."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from service.config.model import Config, Statuses
from service.intake.call_request import CREATED, UPDATED
from service.ledger import operators
from service.ledger.clock import MINUTE
from service.ledger.tables import Event
from tests.flows.world import World
from workers.vendors.cscart.operations import (
    CALL_REQUESTS_DELETE,
    CALL_REQUESTS_GET,
    CALL_REQUESTS_UPDATE,
)
from workers.vendors.obzvonilka.operations import CONTACTS_GET
from workers.vendors.omnidesk.operations import CASES_UPDATE


def put(world: World, request_id: str, **fields: Any) -> None:
    """A person saves the request in the store."""
    world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body=fields)


def untold(world: World, **row: Any) -> dict[str, Any]:
    """A row of the store whose callback has not come yet."""
    made: dict[str, Any] = world.control.post("/sandbox/call_requests", json=row).get_json()
    world.fired.clear()
    return made


def grow_old(world: World, event_id: str, by: int) -> None:
    """The event has stood in the ledger for so long."""
    with world.ledger.write() as session:
        session.execute(
            update(Event)
            .where(Event.id == event_id)
            .values(received_at=Event.received_at - by, time=Event.time - by)
        )


def test_a_request_costs_five_calls_one_of_them_to_the_help_desk(world: World) -> None:
    world.carried()
    assert world.calls() == [
        "obzvonilka.contacts.find_by_external",
        "obzvonilka.contacts.create",
        "omnidesk.cases.create",
        "cscart.call_requests.get",
        "cscart.call_requests.update",
    ]


@pytest.mark.parametrize("status", ["completed", "no_answer", "in_progress", "new"])
def test_a_replay_takes_nothing_from_people(world: World, status: str) -> None:
    request_id = world.carried(notes="Звонить вечером")
    put(world, request_id, status=status, notes=world.row(request_id)["notes"] + "\nДоговорились на среду")
    before = world.row(request_id)
    (event,) = world.events(CREATED)
    world.done(world.replay(event.id))
    after = world.row(request_id)
    assert after["notes"] == before["notes"]
    assert after["status"] == ("in_progress" if status == "new" else status)
    assert len(world.cases(request_id)) == 1


@pytest.mark.parametrize("hours", [0, 2])
def test_a_callback_finds_what_people_have_done_since(world: World, hours: int) -> None:
    sent = str(int(time.time()) - hours * 3600)
    row = untold(world, name="Ия", phone="89175550001", timestamp=sent, notes="Вечером")
    put(world, row["request_id"], status="completed", notes="Вечером\nУже говорили")
    world.done(world.callback(CREATED, row))
    after = world.row(row["request_id"])
    assert after["status"] == "completed"
    assert after["notes"].startswith("Вечером\nУже говорили")
    # Nobody is called about what was dealt with long before we heard of it.
    cases = world.cases(row["request_id"])
    assert len(cases) == (0 if hours else 1)
    assert all(case["case_number"] in after["notes"] for case in cases)


def test_a_late_callback_does_not_bring_an_old_number(world: World) -> None:
    row = untold(world, name="Ия", phone="89175550001", timestamp=str(int(time.time()) - 7200))
    world.done(world.callback(CREATED, row | {"phone": "89175550099"}))
    assert world.contact(row["request_id"])["phone1"] == "+79175550001"


def test_an_update_that_came_before_its_creation_holds(world: World) -> None:
    row = untold(world, name="Ия", phone="89175550001")
    world.done(world.callback(UPDATED, row))
    world.done(world.callback(CREATED, row | {"phone": "89175550099", "email": "ia@example.com"}))
    contact = world.contact(row["request_id"])
    assert (contact["phone1"], contact["email"]) == ("+79175550001", "ia@example.com")


def test_a_replay_of_a_change_does_not_bring_an_old_number(world: World) -> None:
    request_id = world.carried(phone="+7 917 555-00-01")
    row = world.row(request_id)
    old = world.callback(UPDATED, row | {"phone": "+7 917 555-00-99"})
    world.settle()
    world.done(world.callback(UPDATED, row))
    world.done(world.replay(old))
    assert world.contact(request_id)["phone1"] == "+79175550001"
    corrected = world.replay(old, row | {"phone": "+7 917 555-00-77"})
    world.done(corrected)
    assert world.contact(request_id)["phone1"] == "+79175550077"


def test_what_a_person_corrected_in_a_replay_holds(world: World) -> None:
    request_id = world.shopper(name="Ия", phone="123")["request_id"]
    (event,) = world.events(CREATED)
    with world.ledger.write() as session:
        operators.cancel(session, session.get_one(Event, event.seq), "ops")
    world.done(world.replay(event.id, event.data | {"phone": "89175550002"}))
    assert world.contact(request_id)["phone1"] == "+79175550002"


@pytest.mark.parametrize(("age", "status"), [(0, "completed"), (60 * MINUTE, "no_answer")])
def test_word_of_a_case_that_had_to_wait_does_not_undo_what_people_decided(
    world: World, age: int, status: str
) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    world.call(CASES_UPDATE, path={"case_ids": case["case_id"]}, body={"status": "closed"})
    event_id = world.rule(case_id=str(case["case_id"]))
    put(world, request_id, status="no_answer")
    grow_old(world, event_id, age)
    event = world.done(event_id)
    assert world.row(request_id)["status"] == status
    assert bool(event.message) == bool(age), event.message


def test_word_of_a_case_that_had_to_wait_is_carried_when_nobody_has_decided_otherwise(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    world.call(CASES_UPDATE, path={"case_ids": case["case_id"]}, body={"status": "closed"})
    event_id = world.rule(case_id=str(case["case_id"]))
    grow_old(world, event_id, 60 * MINUTE)
    world.done(event_id)
    assert world.row(request_id)["status"] == "completed"


def reply(world: World, request_id: str) -> str:
    world.reply(world.cases(request_id)[0]["case_id"], "Перезвоним в шесть")
    world.deliver()
    return world.events("omnidesk.message_new")[-1].id


def closed(world: World, request_id: str) -> str:
    case_id = world.cases(request_id)[0]["case_id"]
    world.call(CASES_UPDATE, path={"case_ids": case_id}, body={"status": "closed"})
    return world.rule(case_id=str(case_id))


def named(world: World, request_id: str) -> str:
    return world.callback(UPDATED, {"request_id": request_id})


@pytest.mark.parametrize("comes", [reply, closed, named])
def test_a_row_that_is_gone_is_no_failure(world: World, comes: Callable[[World, str], str]) -> None:
    request_id = world.carried()
    world.call(CALL_REQUESTS_DELETE, path={"request_id": request_id})
    event = world.done(comes(world, request_id))
    assert "not in the store any more" in str(event.message)
    before = len(world.calls())
    world.done(reply(world, request_id))
    assert not [one for one in world.calls(before) if one.startswith("cscart.")], "it is remembered"


def test_a_late_request_that_is_gone_is_not_called(world: World) -> None:
    row = untold(world, name="Ия", phone="89175550001", timestamp=str(int(time.time()) - 7200))
    world.call(CALL_REQUESTS_DELETE, path={"request_id": row["request_id"]})
    event = world.done(world.callback(CREATED, row))
    assert "not in the store any more" in str(event.message)
    assert world.cases(row["request_id"]) == []


def test_a_fresh_request_that_is_gone_has_its_case(world: World) -> None:
    row = untold(world, name="Ия", phone="89175550001")
    world.call(CALL_REQUESTS_DELETE, path={"request_id": row["request_id"]})
    event = world.done(world.callback(CREATED, row))
    assert "not in the store any more" in str(event.message)
    assert len(world.cases(row["request_id"])) == 1


def test_a_row_that_goes_between_the_look_and_the_write_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = world.carried()
    event_id = reply(world, request_id)
    send = world.transport.send

    def deleted_after_the_look(operation: Any, **given: Any) -> Any:
        answer = send(operation, **given)
        if operation is CALL_REQUESTS_GET:
            send(CALL_REQUESTS_DELETE, path={"request_id": request_id})
        return answer

    monkeypatch.setattr(world.transport, "send", deleted_after_the_look)
    assert "not in the store any more" in str(world.done(event_id).message)


def test_a_refusal_of_a_row_that_is_there_is_one(world: World) -> None:
    request_id = world.carried()
    event_id = reply(world, request_id)
    world.fault(operation="cscart.call_requests.update", kind="status", status=400, times=1)
    world.settle()
    assert world.event(event_id).status == "dead"


def test_while_the_add_on_is_off_the_store_waits_and_says_so(world: World) -> None:
    request_id = world.carried()
    event_id = reply(world, request_id)
    off = [
        world.fault(operation=f"cscart.call_requests.{name}", kind="status", status=404, times=None)
        for name in ("get", "list")
    ]
    world.step()
    event = world.event(event_id)
    assert (event.status, event.reason) == ("waiting", "paused")
    with world.ledger.read() as session:
        store = operators.vendor(session, "cscart")
    assert store.state == "denied"
    assert 'Switch on the add-on "Call requests"' in str(store.message)
    assert "Перезвоним в шесть" in world.contact(request_id)["description"], "others go on"
    for one in off:
        world.control.delete(f"/sandbox/faults/{one}")
    with world.ledger.write() as session:
        operators.vendor(session, "cscart").not_before = 0
    world.done(event_id)
    assert "Перезвоним в шесть" in world.row(request_id)["notes"]


def test_a_contact_that_is_gone_is_no_failure(world: World) -> None:
    request_id = world.carried()
    event_id = reply(world, request_id)
    world.fault(operation="obzvonilka.contacts.get", kind="status", status=404, times=1)
    world.fault(operation="obzvonilka.contacts.find_by_external", kind="status", status=404, times=1)
    assert "no contact for this request" in str(world.done(event_id).message)
    event_id = reply(world, request_id)
    world.fault(operation="obzvonilka.contacts.update", kind="status", status=404, times=1)
    assert "no contact for this request" in str(world.done(event_id).message)


def test_a_contact_that_was_made_anew_by_hand_is_found_by_its_code(world: World) -> None:
    request_id = world.carried()
    event_id = reply(world, request_id)
    world.fault(operation=CONTACTS_GET.name, kind="status", status=404, times=1)
    assert world.done(event_id).message is None
    assert "Перезвоним в шесть" in world.contact(request_id)["description"]


def test_a_status_of_people_is_kept_by_a_mapping_too(world: World) -> None:
    world.use(Config(statuses=Statuses(case_to_store={"open": "in_progress", "closed": "completed"})))
    request_id = world.carried()
    put(world, request_id, status="completed")
    (event,) = world.events(CREATED)
    world.done(world.replay(event.id))
    assert world.row(request_id)["status"] == "completed"
