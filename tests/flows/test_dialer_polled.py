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


def test_found_while_we_were_writing_it_is_our_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.use(ON)
    request_id = world.carried()
    change(world, request_id, description="Иное")
    monkeypatch.setattr(polling, "CONTACTS_EVERY", 0)
    for _ in range(2):
        world.poll()
        # Found twice before the first find is worked.
        world.step(polls.POLL_CONTACTS)
    world.settle()
    messages = [event.message for event in world.events(polls.CONTACT_CHANGED)]
    assert messages == [None, OUR_OWN]
    assert len(world.notes(world.cases(request_id)[0])) == 1


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
