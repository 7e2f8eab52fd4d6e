"""A call request is deleted in the store."""

from __future__ import annotations

from dataclasses import replace

from service.intake.call_request import CREATED, DELETED, Delivery, to_event
from service.ledger import operators
from service.ledger.life import Lane
from tests.flows.world import World
from workers.flows.known import OUR_OWN
from workers.vendors.obzvonilka.operations import CONTACTS_UPDATE


def test_the_case_goes_into_the_bin_and_nobody_is_to_call(world: World) -> None:
    request_id = world.carried(notes="Важное")
    contact = world.contact(request_id)
    path = {"base_id": "1", "contact_id": contact["id"]}
    world.call(CONTACTS_UPDATE, path=path, body={"description": contact["description"] + "\nЗвонила: занято"})
    world.done(world.callback(DELETED, {"request_id": request_id}))
    description = world.contact(request_id)["description"]
    assert description.startswith("НЕ ЗВОНИТЬ")
    assert "Звонила: занято" in description
    (case,) = world.cases(request_id)
    assert case["deleted"] is True


def test_told_twice_it_is_done_once(world: World) -> None:
    request_id = world.carried()
    world.done(world.callback(DELETED, {"request_id": request_id}))
    world.done(world.callback(DELETED, {"request_id": request_id, "status": "new"}))
    assert world.contact(request_id)["description"].count("НЕ ЗВОНИТЬ") == 1


def test_a_late_reply_does_not_write_to_a_row_that_is_gone(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    world.done(world.callback(DELETED, {"request_id": request_id}))
    world.reply(case["case_id"], "Уже неважно")
    world.settle()
    (event,) = world.events("omnidesk.message_new")
    assert event.status == "done"
    assert "deleted in the store" in str(event.message)
    assert "Уже неважно" in world.contact(request_id)["description"]


def test_word_of_the_binned_case_changes_nothing(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    world.done(world.callback(DELETED, {"request_id": request_id}))
    before = world.row(request_id)
    event = world.done(world.rule(case_id=str(case["case_id"])))
    assert event.message == OUR_OWN
    assert world.row(request_id) == before


def test_of_an_unknown_request_there_is_nothing_to_undo(world: World) -> None:
    event = world.done(world.callback(DELETED, {"request_id": "909"}))
    assert "has not carried this request" in str(event.message)


def test_what_was_set_aside_is_not_carried_once_it_is_deleted(world: World) -> None:
    made = world.shopper(name="Яна", phone="89175550005")
    world.deliver()
    (created,) = world.events(CREATED)
    with world.ledger.write() as session:
        operators.skip(session, session.get_one(type(created), created.seq), "ops")
    deleted = world.callback(DELETED, {"request_id": made["request_id"]})
    # The deletion is worked first, as if the request had waited for a vendor.
    assert world.step(DELETED)
    assert world.event(deleted).status == "done"
    world.settle()
    assert world.event(created.id).status == "cancelled"
    assert world.cases(made["request_id"]) == []


def test_a_batch_of_deletions_is_one_call(world: World) -> None:
    requests = [world.carried(phone=f"8917555010{number}") for number in range(4)]
    before = len(world.calls())
    for request_id in requests:
        raw = f'{{"request_id": "{request_id}"}}'.encode()
        new = to_event(Delivery(DELETED, {"request_id": request_id}), raw, "application/json")
        world.receive(replace(new, lane=Lane.BULK))
    world.settle()
    assert world.calls(before).count("omnidesk.cases.trash") == 1
    assert all(world.cases(request_id)[0]["deleted"] for request_id in requests)
    assert world.open() == []
