"""Vendors whose answers are not as documented: notices, answers that break off, errors with a good status."""

from __future__ import annotations

import pytest

from service.intake.call_request import DELETED, UPDATED
from service.ledger.operators import RUNNING, vendor
from tests.flows.world import World

UPDATE = "cscart.call_requests.update"


def test_a_store_that_prints_notices_is_read_and_written(world: World) -> None:
    fault = world.fault(vendor="cscart", kind="notices", times=None)
    request_id = world.carried(notes="Первая заметка")
    world.done(world.callback(UPDATED, world.row(request_id) | {"phone": "+7 917 555-00-99"}))
    assert world.struck(fault)
    row = world.row(request_id)
    assert row["status"] == "in_progress"
    assert row["notes"].startswith("Первая заметка\n")
    assert "Warning" not in row["notes"]


def test_a_write_has_ended_when_a_read_shows_it(world: World) -> None:
    """Whatever the vendors answer to their writes breaks off, for ever: what was written stands there."""
    for operation in (UPDATE, "omnidesk.cases.update", "omnidesk.cases.trash", "obzvonilka.contacts.update"):
        world.fault(operation=operation, kind="cut", times=None)
    request_id = world.carried(notes="Первая заметка")
    changed = world.row(request_id) | {"status": "completed", "phone": "+7 917 555-00-99"}
    world.done(world.callback(UPDATED, changed))
    world.done(world.callback(DELETED, world.row(request_id)))
    (case,) = world.cases(request_id)
    assert (case["status"], case["deleted"]) == ("closed", True)
    assert world.row(request_id)["notes"].count(case["case_number"]) == 1
    assert world.contact(request_id)["phone1"] == "+79175550099"
    calls = world.calls()
    assert calls.count(UPDATE) == 1
    assert calls.count("omnidesk.cases.update") == 1
    assert calls.count("omnidesk.cases.trash") == 1


@pytest.mark.parametrize("before", [True, False])
def test_a_write_that_was_not_done_is_done_after_all(world: World, before: bool) -> None:
    fault = world.fault(operation=UPDATE, kind="html", status=200, before=before)
    request_id = world.carried()
    assert world.struck(fault) == 1
    assert world.row(request_id)["status"] == "in_progress"
    assert world.calls().count(UPDATE) == (2 if before else 1)


def test_a_creation_that_cannot_be_read_is_looked_up(world: World) -> None:
    for operation in ("omnidesk.cases.create", "obzvonilka.contacts.create"):
        world.fault(operation=operation, kind="cut")
    request_id = world.carried()
    assert len(world.cases(request_id)) == 1
    assert world.contact(request_id)


def test_a_protection_page_denies_nothing(world: World) -> None:
    fault = world.fault(vendor="cscart", kind="html", status=403, times=2)
    request_id = world.carried()
    assert world.struck(fault) == 2
    assert world.row(request_id)["status"] == "in_progress"
    with world.ledger.read() as session:
        assert vendor(session, "cscart").state == RUNNING


def test_a_case_that_is_said_to_be_gone_with_a_good_status_is_gone(world: World) -> None:
    request_id = world.carried()
    world.fault(operation="omnidesk.cases.trash", kind="error", code="case_not_found")
    event = world.done(world.callback(DELETED, world.row(request_id)))
    assert event.status == "done"
    assert world.calls().count("omnidesk.cases.trash") == 1


def test_a_busy_vendor_with_a_good_status_is_asked_again(world: World) -> None:
    request_id = world.carried()
    world.fault(operation="omnidesk.cases.trash", kind="error", code="internal_error")
    world.done(world.callback(DELETED, world.row(request_id)))
    assert world.cases(request_id)[0]["deleted"] is True


def test_a_refused_case_says_the_vendors_code(world: World) -> None:
    world.fault(operation="omnidesk.cases.create", kind="error", code="incorrect_channel", times=None)
    world.shopper(name="Мария", phone="89175550001")
    world.settle()
    (event,) = world.events("call_request.created")
    assert event.status == "dead"
    assert "incorrect_channel" in str(event.message)
