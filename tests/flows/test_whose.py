"""Which request word is about: of a store that does not say its name, of an id that was given out again."""

from __future__ import annotations

import time
from typing import Any

import pytest

from service.config.model import Config, Statuses
from service.intake.call_request import CREATED, DELETED, MESSAGE, UPDATED
from service.ledger.clock import HOUR
from tests.flows.world import World
from workers.vendors.cscart.operations import CALL_REQUESTS_DELETE

MADE = 1795341600
UPDATE = "cscart.call_requests.update"


def given_out_again(world: World, request_id: str) -> None:
    """From now on the store has another request under the id."""
    later = {"timestamp": str(MADE + 900), "notes": "Чужая", "status": "new"}
    world.stands(world.row(request_id) | later)


def test_a_late_reply_is_not_written_into_another_requests_row(world: World) -> None:
    request_id = world.carried(timestamp=str(MADE))
    (case,) = world.cases(request_id)
    before = len(world.calls())
    given_out_again(world, request_id)
    world.reply(case["case_id"], "Перезвоним в среду")
    world.settle()
    (event,) = world.events("omnidesk.message_new")
    assert event.status == "done"
    assert "not in the store any more" in str(event.message)
    assert UPDATE not in world.calls(before)
    assert "в среду" in world.contact(request_id)["description"]


def test_a_late_status_is_not_set_in_another_requests_row(world: World) -> None:
    world.use(Config(statuses=Statuses(case_to_store={"closed": "completed", "open": "in_progress"})))
    request_id = world.carried(timestamp=str(MADE))
    (case,) = world.cases(request_id)
    before = len(world.calls())
    given_out_again(world, request_id)
    world.answer(f"GET /omnidesk/api/cases/{case['case_id']}", 200, case=case | {"status": "closed"})
    event = world.done(world.rule(case_id=case["case_id"]))
    assert "not in the store any more" in str(event.message)
    assert UPDATE not in world.calls(before)


def test_a_creation_that_was_overtaken_by_another_request_calls_nobody(world: World) -> None:
    row = world.control.post("/sandbox/call_requests", json={"phone": "89175550001"}).get_json()
    world.fired.clear()
    given_out_again(world, row["request_id"])
    event = world.done(world.callback(CREATED, row | {"timestamp": str(MADE)}))
    assert "not in the store any more" in str(event.message)
    assert world.cases(row["request_id"]) == []


def of_another_store(world: World) -> dict[str, Any]:
    """A row of store 2, whose callbacks have not come."""
    row = {"name": "Яна", "phone": "89175550005", "company_id": "2"}
    made: dict[str, Any] = world.control.post("/sandbox/call_requests", json=row).get_json()
    world.fired.clear()
    return made


@pytest.mark.parametrize("worked", [True, False], ids=["worked before", "still open"])
def test_a_deletion_without_its_store_in_front_of_its_creation(world: World, worked: bool) -> None:
    row = of_another_store(world)
    world.call(CALL_REQUESTS_DELETE, path={"request_id": row["request_id"]})
    world.callback(DELETED, {"request_id": row["request_id"]})
    if worked:
        world.settle()
    world.done(world.callback(CREATED, row))
    assert "obzvonilka.contacts.create" not in world.calls()
    assert "omnidesk.cases.create" not in world.calls()
    (deletion,) = world.events(DELETED)
    assert worked or deletion.subject == f"cscart/2/call_request/{row['request_id']}"


def test_an_update_without_its_store_in_front_of_its_creation(world: World) -> None:
    row = of_another_store(world)
    world.stands(row | {"name": "Янина"})
    told = {"request_id": row["request_id"], "name": "Янина"}
    update = world.callback(UPDATED, told)
    world.settle()
    assert world.event(update).subject == f"cscart/2/call_request/{row['request_id']}"
    world.done(world.callback(CREATED, row))
    assert world.contact(row["request_id"], "2")["name"] == "Янина"


@pytest.mark.parametrize("kind", [UPDATED, MESSAGE, DELETED])
def test_of_a_known_request_the_store_is_not_asked_whose_it_is(world: World, kind: str) -> None:
    request_id = world.carried(company_id="2")
    before = len(world.calls())
    told = {"request_id": request_id, "message": "Алло", "name": "Ия", "phone": "89175550001"}
    event = world.done(world.callback(kind, told))
    assert event.subject == f"cscart/2/call_request/{request_id}"
    assert "cscart.call_requests.get" not in world.calls(before)


@pytest.mark.parametrize(("later", "called"), [(0, False), (2 * HOUR // 1000, True)])
def test_a_deletion_is_not_that_of_a_request_made_long_after_it(
    world: World, later: int, called: bool
) -> None:
    row = of_another_store(world)
    world.callback(DELETED, {"request_id": row["request_id"], "company_id": "2"})
    world.settle()
    row |= {"timestamp": str(int(time.time()) + later)}
    world.stands(row)
    world.done(world.callback(CREATED, row))
    assert ("obzvonilka.contacts.create" in world.calls()) is called
