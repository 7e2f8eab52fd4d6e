"""The customer writes once more."""

from __future__ import annotations

import pytest

from service.intake.call_request import CREATED, DELETED, MESSAGE
from service.ledger import operators
from tests.flows.world import World
from workers.vendors.omnidesk.operations import CASES_DELETE


def test_it_stands_in_the_case_as_the_customers(world: World) -> None:
    request_id = world.carried()
    world.done(world.callback(MESSAGE, {"request_id": request_id, "message": "Можно после шести?"}))
    (case,) = world.cases(request_id)
    message = case["messages"][-1]
    assert message["content"].startswith("Можно после шести?")
    assert (message["user_id"], message["staff_id"], message["note"]) == (case["user_id"], 0, False)


@pytest.mark.parametrize("how", ["deleted for good", "in the bin"])
def test_a_new_case_when_the_old_one_is_gone(world: World, how: str) -> None:
    request_id = world.carried(notes="Сначала")
    (old,) = world.cases(request_id)
    if how == "in the bin":
        world.done(world.callback(DELETED, {"request_id": request_id}))
    else:
        world.call(CASES_DELETE, path={"case_id": old["case_id"]})
    world.done(world.callback(MESSAGE, {"request_id": request_id, "message": "Я ещё жду"}))
    (new,) = (case for case in world.cases(request_id) if not case["deleted"])
    assert new["case_id"] != old["case_id"]
    assert "Я ещё жду" in new["messages"][0]["content"]
    if how != "in the bin":
        assert new["case_number"] in world.row(request_id)["notes"]
    # What comes later goes into the new one.
    world.done(world.callback(MESSAGE, {"request_id": request_id, "message": "Алло"}))
    (new,) = (case for case in world.cases(request_id) if not case["deleted"])
    assert new["messages"][-1]["content"].startswith("Алло")


@pytest.mark.parametrize("kind", ["drop_after", "status"])
@pytest.mark.parametrize("operation", ["omnidesk.messages.create", "omnidesk.cases.create"])
def test_a_lost_answer_is_looked_up_and_nothing_is_said_twice(
    world: World, operation: str, kind: str
) -> None:
    request_id = world.carried()
    if operation == "omnidesk.cases.create":
        world.call(CASES_DELETE, path={"case_id": world.cases(request_id)[0]["case_id"]})
    fault = world.fault(operation=operation, kind=kind, times=1)
    world.done(world.callback(MESSAGE, {"request_id": request_id, "message": "Один раз"}))
    assert world.struck(fault) == 1
    (case,) = world.cases(request_id)
    assert sum("Один раз" in message["content"] for message in case["messages"]) == 1


def test_without_any_case_it_opens_one(world: World) -> None:
    world.fault(operation="omnidesk.cases.create", kind="status", status=422, times=1)
    made = world.shopper(name="Яна", phone="89175550005")
    world.settle()
    assert world.cases(made["request_id"]) == []
    world.done(world.callback(MESSAGE, {"request_id": made["request_id"], "message": "Есть кто?"}))
    (case,) = world.cases(made["request_id"])
    assert "Есть кто?" in case["messages"][0]["content"]


def test_of_a_request_that_the_store_has_lost_the_message_still_arrives(world: World) -> None:
    event = world.done(world.callback(MESSAGE, {"request_id": "909", "message": "Вы где?"}))
    assert "not in the store any more" in str(event.message)
    assert "Вы где?" in world.cases("909")[0]["messages"][0]["content"]


def test_one_that_overtakes_the_request_opens_the_only_case(world: World) -> None:
    world.callback(MESSAGE, {"request_id": "1", "message": "Вы где?", "phone": "89175550005", "name": "Яна"})
    world.shopper(name="Яна", phone="89175550005")
    world.settle()
    (case,) = world.cases("1")
    assert case["messages"][0]["content"].startswith("Вы где?")
    assert world.contact("1")["name"] == "Яна"
    assert world.row("1")["status"] == "in_progress"


def test_an_empty_message_is_nothing(world: World) -> None:
    request_id = world.carried()
    event = world.done(world.callback(MESSAGE, {"request_id": request_id, "message": " "}))
    assert "empty" in str(event.message)


def test_a_message_whose_case_another_event_has_opened_since_it_looked_arrives(world: World) -> None:
    world.fault(operation="omnidesk.cases.create", kind="status", status=422, times=2)
    request_id = str(world.shopper(name="Яна", phone="89175550005")["request_id"])
    world.settle()
    message = world.callback(MESSAGE, {"request_id": request_id, "message": "Есть кто?"})
    world.settle()
    assert world.event(message).status == "dead"
    for event in (*world.events(CREATED), world.event(message)):
        with world.ledger.write() as session:
            operators.retry(session, session.get_one(type(event), event.seq), "olga")
        world.settle()
    (case,) = world.cases(request_id)
    assert sum("Есть кто?" in one["content"] for one in case["messages"]) == 1
    assert world.event(message).status == "done"
