"""What happens in the dialer is found by asking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.config.model import Config, Flows, Store
from service.intake.call_request import UPDATED
from tests.flows.world import World
from workers import polling
from workers.flows import polls
from workers.flows.known import OUR_OWN
from workers.vendors.obzvonilka.operations import CONTACTS_CREATE, CONTACTS_UPDATE

ON = Config(flows=Flows(contact_changed=True, call_results=False))


def change(world: World, request_id: str, **fields: str) -> None:
    """The dialer's staff edits the contact."""
    contact = world.contact(request_id)
    world.call(CONTACTS_UPDATE, path={"base_id": "1", "contact_id": contact["id"]}, body=fields)


def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dialer is asked, however long ago that was done last."""
    monkeypatch.setattr(polling, "CONTACTS_EVERY", 0)
    monkeypatch.setattr(polling, "RESULTS_EVERY", 0)
    world.poll()
    world.settle()


def test_a_contact_that_was_changed_is_told_of_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.use(ON)
    request_id = world.carried(notes="Первая")
    description = world.contact(request_id)["description"]
    change(world, request_id, description=f"{description}\nПросит в субботу", phone2="+79175550077")
    for _ in range(3):
        asked(world, monkeypatch)
    (case,) = world.cases(request_id)
    (note,) = world.notes(case)
    assert "Просит в субботу" in note
    assert "+79175550077" in note
    assert "Мария" not in note, "only what is new"
    notes = world.row(request_id)["notes"]
    assert notes.startswith("Первая\n")
    assert notes.count("Просит в субботу") == 1


def test_what_we_wrote_ourselves_is_no_change(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.use(ON)
    request_id = world.carried()
    world.reply(world.cases(request_id)[0]["case_id"], "Перезвоним")
    world.settle()
    world.done(world.callback(UPDATED, world.row(request_id) | {"time_from": "11:00"}))
    before = len(world.calls())
    asked(world, monkeypatch)
    assert world.calls(before) == ["obzvonilka.contacts.list"]
    assert world.events(polls.CONTACT_CHANGED) == []
    assert [event.message for event in world.events(polls.POLL_CONTACTS)] == [polls.NOTHING_NEW]


def test_found_twice_before_it_is_told_it_is_one_event(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.use(ON)
    request_id = world.carried()
    monkeypatch.setattr(polling, "CONTACTS_EVERY", 0)
    for description in ("Иное", "Иное", "Иное\nИ ещё"):
        change(world, request_id, description=description)
        world.poll()
        world.step(polls.POLL_CONTACTS)
    world.settle()
    # The first tells what stands there when it is worked, so the second has nothing to tell.
    messages = [event.message for event in world.events(polls.CONTACT_CHANGED)]
    assert messages == [None, OUR_OWN]
    (note,) = world.notes(world.cases(request_id)[0])
    assert "И ещё" in note


def test_changed_to_and_fro_each_change_is_told_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.use(ON)
    request_id = world.carried()
    for name in ("Мария", "Марина", "Мария", "Марина", "Марина"):
        change(world, request_id, name=name)
        asked(world, monkeypatch)
    assert len(world.events(polls.CONTACT_CHANGED)) == 3
    assert len(world.notes(world.cases(request_id)[0])) == 3


def test_without_a_case_a_change_is_told_to_the_store_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.use(Config(flows=Flows(contact_changed=True, call_results=True)))
    world.fault(operation="omnidesk.cases.create", kind="status", status=422, times=1)
    request_id = str(world.shopper(name="Яна", phone="89175550005")["request_id"])
    world.settle()
    assert world.cases(request_id) == []
    change(world, request_id, description="Просит в субботу")
    world.dial(world.contact(request_id)["id"], result="Занято")
    for _ in range(4):
        asked(world, monkeypatch)
    notes = str(world.row(request_id)["notes"])
    assert (notes.count("Просит в субботу"), notes.count("Занято")) == (1, 1)
    for kind in (polls.CONTACT_CHANGED, polls.CALL_RESULT):
        (event,) = world.events(kind)
        assert event.status == "done"
        assert "No case" in str(event.message)


def test_while_the_help_desk_refuses_the_note_the_store_is_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.use(ON)
    request_id = world.carried()
    world.fault(operation="omnidesk.notes.create", kind="status", status=422, times=1)
    change(world, request_id, description="Просит в субботу")
    for _ in range(3):
        asked(world, monkeypatch)
    (event,) = world.events(polls.CONTACT_CHANGED)
    assert event.status == "dead"
    assert str(world.row(request_id)["notes"]).count("Просит в субботу") == 1


def test_polls_that_found_nothing_are_not_kept_and_those_that_found_something_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.use(ON)
    request_id = world.carried()
    asked(world, monkeypatch)
    change(world, request_id, description="Иное")
    for _ in range(3):
        asked(world, monkeypatch)
    assert [event.idle for event in world.events(polls.POLL_CONTACTS)] == [False, True]


def test_strangers_contacts_are_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.use(ON)
    body = {"name": "Чужой", "phone1": "+79175550066", "external_code": "crm-1"}
    world.call(CONTACTS_CREATE, path={"base_id": "1"}, body=body)
    asked(world, monkeypatch)
    assert world.events(polls.CONTACT_CHANGED) == []


def test_every_base_in_use_is_asked_and_not_too_often(world: World) -> None:
    world.use(replace(ON, stores={"2": Store(contact_base="2"), "3": Store()}))
    assert world.poll() == 2
    assert world.poll() == 0
    world.settle()
    assert world.poll() == 0


def test_off_it_asks_nothing(world: World) -> None:
    assert world.poll() == 0


def test_results_of_calls_are_told_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.use(Config(flows=Flows(call_results=True)))
    request_id = world.carried()
    world.dial(world.contact(request_id)["id"], result="Не дозвонились", remark="Перезвонить завтра")
    stranger = world.call(CONTACTS_CREATE, path={"base_id": "1"}, body={"name": "Чужой", "phone1": "1"})
    world.dial(stranger["id"], remark="Чужой")
    for _ in range(2):
        asked(world, monkeypatch)
    (note,) = world.notes(world.cases(request_id)[0])
    assert "Не дозвонились" in note
    assert "Ольга Петрова" in note
    assert "Перезвонить завтра" in note
    assert world.row(request_id)["notes"].count("Не дозвонились") == 1
    assert "Чужой" not in world.row(request_id)["notes"]
    world.dial(world.contact(request_id)["id"], result="Дозвонились")
    asked(world, monkeypatch)
    assert len(world.notes(world.cases(request_id)[0])) == 2
