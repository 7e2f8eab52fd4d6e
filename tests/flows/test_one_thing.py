"""One thing that a vendor cannot stomach, or does not let us at, is its own event's trouble."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from service.intake.call_request import UPDATED
from service.ledger.operators import RUNNING, vendor
from tests.flows.world import World


def _fails_for(world: World, monkeypatch: pytest.MonkeyPatch, text: bytes) -> list[str]:
    """The help desk answers 500 to whatever holds `text`; gives the list of what it did that for."""
    wire = world.transport.wire
    usual = wire.send
    struck: list[str] = []

    def send(request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if request.method == "POST" and text in (request.body or b""):
            struck.append(request.url or "")
            return wire._answered(request, 500, b"")
        return usual(request, *args, **kwargs)

    monkeypatch.setattr(wire, "send", send)
    return struck


def _standing(world: World) -> str:
    with world.ledger.write() as session:
        return vendor(session, "omnidesk").state


def test_one_name_that_fails_stops_no_other_customer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    struck = _fails_for(world, monkeypatch, b"Bobby")
    bobby = world.shopper(name="Bobby", phone="89175550009")
    while len(struck) < 10:
        assert world.step()
    maria = world.shopper(name="Maria", phone="89175550001")
    for _ in range(3):
        world.step()
    assert len(world.cases(maria["request_id"])) == 1
    assert not world.cases(bobby["request_id"])


def test_one_case_without_access_stops_no_other_case(world: World) -> None:
    first, second = world.carried(), world.carried(name="Ivan", phone="89175550002")
    (case,) = world.cases(first)
    for method in ("GET", "POST", "PUT"):
        for _ in range(9):
            world.answer(f"{method} /omnidesk/api/cases/{case['case_id']}", 403, error="staff_has_not_access")
    events = [
        world.callback(UPDATED, world.row(request_id) | {"status": "completed"})
        for request_id in (first, second)
    ]
    world.settle()
    refused, done = map(world.event, events)
    assert (refused.status, done.status) == ("dead", "done")
    assert "staff_has_not_access" in (refused.message or "")
    assert "retry" in (refused.next_action or "")
    assert _standing(world) == RUNNING
