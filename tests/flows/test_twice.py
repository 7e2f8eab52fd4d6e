"""A double click is one call: the second request of a customer joins the first one's case and contact."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from service.config.model import Config, Flows, Store
from service.intake.call_request import CREATED, DELETED, UPDATED
from tests.flows.world import World
from workers.vendors.omnidesk.operations import CASES_DELETE, CASES_TRASH, CASES_UPDATE

NOW = int(time.time())
PHONE = "8 917 555-00-01"


def ask(world: World, at: int = NOW, **row: Any) -> str:
    """A shopper asks; the request's id. Nothing is worked yet."""
    made = world.shopper(**({"name": "Мария", "phone": PHONE, "timestamp": str(at)} | row))
    return str(made["request_id"])


def cases(world: World) -> list[dict[str, Any]]:
    return [one for one in world.state()["omnidesk"]["cases"] if not one["deleted"]]


def contacts(world: World) -> list[dict[str, Any]]:
    return [one for base in world.state()["obzvonilka"]["contacts"].values() for one in base]


def both_carried(world: World) -> tuple[str, str]:
    first = ask(world)
    world.settle()
    second = ask(world, product="Чайник")
    world.settle()
    assert {event.status for event in world.events(CREATED)} == {"done"}
    return first, second


@pytest.mark.parametrize("apart", ["one after the other", "at the same moment", "the later one first"])
def test_two_requests_are_one_call(world: World, apart: str) -> None:
    first = ask(world)
    if apart == "one after the other":
        world.settle()
    second = ask(world, NOW + 5, product="Чайник", phone="+7 (917) 555 00 01")
    if apart == "the later one first":
        with world.ledger.write() as session:
            event = session.merge(world.events(CREATED)[0])
            event.skipped_at = None
            event.not_before = 10**15
        world.step()
    world.settle()
    (case,) = cases(world)
    (contact,) = contacts(world)
    message = case["messages"][-1]
    assert len([one for one in case["messages"] if not one["note"]]) == 2
    assert "ещё одну заявку" in message["content"]
    assert (message["user_id"], message["staff_id"]) == (case["user_id"], 0)
    assert "Чайник" in "".join(one["content"] + one["content_html"] for one in case["messages"])
    assert "Чайник" in contact["description"]
    for request_id in (first, second):
        assert case["case_number"] in world.row(request_id)["notes"]
        assert world.row(request_id)["status"] == "in_progress"


@pytest.mark.parametrize(
    ("minutes", "row", "config"),
    [
        (11, {}, None),
        (-11, {}, None),
        (1, {"phone": "8 917 555-00-02"}, None),
        (1, {"company_id": "2"}, None),
        (1, {}, Store(join_minutes=0)),
        (4, {}, Store(join_minutes=3)),
    ],
)
def test_what_is_a_call_of_its_own(
    world: World, minutes: int, row: dict[str, Any], config: Store | None
) -> None:
    if config:
        world.use(Config(default_store=config))
    ask(world)
    ask(world, NOW + 60 * minutes, **row)
    world.settle()
    assert len(cases(world)) == len(contacts(world)) == 2


@pytest.mark.parametrize("phone", ["", "нет", "123"])
def test_without_a_phone_that_can_be_called_nothing_is_joined(world: World, phone: str) -> None:
    for _ in range(2):
        ask(world, phone=phone)
    world.settle()
    assert len(cases(world)) == 2


def test_three_requests_are_one_call_and_the_time_counts_from_the_first(world: World) -> None:
    for minutes in (0, 4, 9, 13):
        ask(world, NOW + 60 * minutes)
    world.settle()
    assert len(cases(world)) == len(contacts(world)) == 2


@pytest.mark.parametrize("how", ["closed", "in the bin", "deleted for good", "deleted in the store"])
def test_a_case_that_has_ended_is_not_joined(world: World, how: str) -> None:
    first = ask(world)
    world.settle()
    (case,) = cases(world)
    if how == "closed":
        world.call(CASES_UPDATE, path={"case_ids": case["case_id"]}, body={"status": "closed"})
    elif how == "in the bin":
        world.call(CASES_TRASH, path={"case_ids": case["case_id"]})
    elif how == "deleted for good":
        world.call(CASES_DELETE, path={"case_id": case["case_id"]})
    else:
        world.done(world.callback(DELETED, {"request_id": first}))
    second = ask(world)
    third = ask(world)
    world.settle()
    (new,) = world.cases(second)
    assert new["case_id"] != case["case_id"]
    assert new["case_number"] in world.row(third)["notes"], "the third joins the second"
    assert len(contacts(world)) == 2


def test_a_reply_reaches_both_rows_and_the_dialer_once(world: World) -> None:
    first, second = both_carried(world)
    world.reply(cases(world)[0]["case_id"], "Перезвоним в шесть")
    world.settle()
    for request_id in (first, second):
        assert world.row(request_id)["notes"].count("Перезвоним в шесть") == 1
    assert contacts(world)[0]["description"].count("Перезвоним в шесть") == 1


def test_a_closed_case_ends_both_rows(world: World) -> None:
    first, second = both_carried(world)
    (case,) = cases(world)
    world.call(CASES_UPDATE, path={"case_ids": case["case_id"]}, body={"status": "closed"})
    world.rule(case_id=str(case["case_id"]))
    world.settle()
    assert {world.row(one)["status"] for one in (first, second)} == {"completed"}


@pytest.mark.parametrize("deleted", [0, 1])
def test_a_deletion_of_one_leaves_the_other_its_call(world: World, deleted: int) -> None:
    ids = both_carried(world)
    event = world.done(world.callback(DELETED, {"request_id": ids[deleted]}))
    assert f"call_request/{ids[1 - deleted]}" in str(event.message)
    assert len(cases(world)) == 1
    assert "НЕ ЗВОНИТЬ" not in contacts(world)[0]["description"]
    world.done(world.callback(DELETED, {"request_id": ids[1 - deleted]}))
    assert cases(world) == []
    assert contacts(world)[0]["description"].startswith("НЕ ЗВОНИТЬ")


def test_the_earlier_one_is_deleted_before_the_later_one_has_joined(world: World) -> None:
    first = ask(world)
    world.settle()
    ask(world)
    world.callback(DELETED, {"request_id": first})
    world.settle()
    assert len(cases(world)) == 1
    assert sum("НЕ ЗВОНИТЬ" not in one["description"] for one in contacts(world)) == 1


def test_a_change_of_the_later_one_is_told_in_the_case_and_the_contact(world: World) -> None:
    _, second = both_carried(world)
    world.done(world.callback(UPDATED, world.row(second) | {"time_from": "15:00"}))
    assert "15:00" in world.notes(cases(world)[0])[-1]
    assert "15:00" in contacts(world)[0]["description"]


@pytest.mark.parametrize("kind", ["drop_after", "status"])
@pytest.mark.parametrize("operation", ["omnidesk.messages.create", "obzvonilka.contacts.update"])
def test_a_lost_answer_says_nothing_twice(world: World, operation: str, kind: str) -> None:
    ask(world)
    world.settle()
    fault = world.fault(operation=operation, kind=kind, times=1)
    ask(world)
    world.settle()
    assert world.struck(fault) == 1
    (case,) = cases(world)
    assert sum("ещё одну заявку" in one["content"] for one in case["messages"]) == 1
    assert contacts(world)[0]["description"].count("ещё одну заявку") == 1


def test_the_later_one_goes_on_in_the_place_of_one_that_came_to_nothing(world: World) -> None:
    world.answer("POST /omnidesk/api/cases.json", 400, error="subject_is_wrong")
    first = ask(world)
    world.settle()
    assert world.events(CREATED)[0].status == "dead"
    second = ask(world)
    world.settle()
    assert len(world.cases(second)) == 1
    assert len(contacts(world)) == 1
    assert world.cases(first) == []


def test_word_of_the_joined_contact_starts_nothing(world: World) -> None:
    world.use(replace(Config(), flows=Flows(contact_changed=True)))
    both_carried(world)
    world.poll()
    world.settle()
    assert world.events("obzvonilka.contact_changed") == []
