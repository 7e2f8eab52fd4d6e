"""Requests of which hardly anything can be read are carried, and the event says what was left out."""

from __future__ import annotations

from typing import Any

import pytest

from service.intake.call_request import CREATED, MESSAGE, UPDATED
from tests.flows.world import World

BROKEN: dict[str, Any] = {
    "order_id": "A-15",
    "product_id": "SKU-12",
    "user_id": "manager",
    "cart_products": False,
    "name": [],
    "email": False,
    "time_from": {},
}


@pytest.mark.parametrize("phone", ["89175550001", ""])
def test_a_request_with_nothing_in_it_is_carried(world: World, phone: str) -> None:
    made = world.control.post("/sandbox/call_requests", json={"phone": phone}).get_json()
    world.fired.clear()
    row = {"request_id": made["request_id"], "company_id": 1, "phone": phone} | BROKEN
    event = world.done(world.callback(CREATED, row))
    assert all(name in str(event.message) for name in BROKEN)
    (case,) = world.cases(made["request_id"])
    assert case["case_number"] in world.row(made["request_id"])["notes"]


def test_later_events_tell_it_too(world: World) -> None:
    request_id = world.carried()
    row = {"request_id": request_id, "company_id": 1, "order_id": [], "status": "completed"}
    assert "order_id" in str(world.done(world.callback(UPDATED, row)).message)
    row = {"request_id": request_id, "company_id": 1, "name": False, "message": "Алло"}
    assert "name" in str(world.done(world.callback(MESSAGE, row)).message)


def test_a_row_that_does_not_tell_its_store_is_asked_for(world: World) -> None:
    row = {"name": "Яна", "phone": "89175550005", "company_id": "2"}
    request_id = str(world.control.post("/sandbox/call_requests", json=row).get_json()["request_id"])
    world.fired.clear()
    for unknown in ({}, {"company_id": "main"}, {"company_id": ""}):
        world.callback(CREATED, {"request_id": request_id, "name": "Яна", "phone": "89175550005"} | unknown)
    world.settle()
    assert world.cases(request_id) == []
    assert len(world.cases(request_id, "2")) == 1
