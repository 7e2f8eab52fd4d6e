"""Requests of which hardly anything can be read are carried, and the event says what was left out."""

from __future__ import annotations

import time
from typing import Any

import pytest

from service.config.model import Config, Store
from service.intake.call_request import CREATED, MESSAGE, UPDATED
from tests.flows.world import World
from workers.flows import FLOWS
from workers.vendors import noise

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


def test_a_request_with_an_id_of_another_is_carried_on_its_own(world: World) -> None:
    request_id = world.carried(name="Мария", timestamp="1795341600")
    (first,) = world.cases(request_id)
    now = int(time.time())
    row = world.row(request_id) | {"name": "Олег", "phone": "89175550007"}
    row |= {"timestamp": str(now), "status": "new", "notes": ""}
    world.stands(row)
    event = world.done(world.callback(CREATED, row))
    again = f"{request_id}-{now}"
    assert event.subject == f"cscart/1/call_request/{again}"
    (second,) = world.cases(again)
    assert second["case_id"] != first["case_id"]
    assert "Олег" in second["subject"]
    assert world.contact(again)["name"] == "Олег"
    assert second["case_number"] in world.row(request_id)["notes"]
    world.reply(second["case_id"], "Олегу")
    world.settle()
    assert "Олегу" in world.contact(again)["description"]
    assert "Олегу" not in world.contact(request_id)["description"]


def test_a_marketplaces_own_settings(world: World) -> None:
    world.use(Config(stores={"0": Store(contact_base="2")}))
    request_id = str(world.shopper(name="Яна", phone="89175550005", company_id="0")["request_id"])
    world.settle()
    assert world.contact(request_id, "0")["name"] == "Яна"
    assert [one["name"] for one in world.state()["obzvonilka"]["contacts"]["2"]] == ["Яна"]


@pytest.mark.parametrize("external_id", [10**30, "half of a pair \ud800"])
def test_what_the_database_refuses_is_the_events_own_fault(
    world: World, monkeypatch: pytest.MonkeyPatch, external_id: Any
) -> None:
    monkeypatch.setitem(FLOWS, CREATED, lambda flow, _: flow.link("omnidesk", "case", external_id))
    event_id = world.callback(CREATED, {"request_id": 57, "company_id": 1, "phone": ""})
    world.settle()
    event = world.event(event_id)
    assert (event.status, event.crashes) == ("dead", 0)
    assert "The database refuses" in str(event.message)


def test_nul_and_halves_of_pairs_in_a_vendors_answer() -> None:
    body = b'{"a": "x\\u0000y", "b": ["\\ud83d", "\\ud83d\\ude00"]}'
    assert noise.read(body)[0] == {"a": "x\ufffdy", "b": ["?", "\U0001f600"]}


def test_a_callback_without_its_store_that_is_ahead_of_its_row_is_carried_as_told(
    world: World,
) -> None:
    row = {"request_id": "777001", "name": "Ева", "phone": "89175550037"}
    event = world.done(world.callback(CREATED, row))
    assert "carried as its callback told it" in str(event.message)
    assert world.contact("777001")["phone1"] == "+79175550037"
    (case,) = world.cases("777001")
    assert "Ева" in case["subject"]
