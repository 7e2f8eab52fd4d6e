"""A call request is changed in the store."""

from __future__ import annotations

import json

import pytest

from service.config.model import Config, Statuses
from service.intake.call_request import UPDATED, open_envelope, to_event
from tests.flows.world import World
from workers.flows.known import OUR_OWN
from workers.vendors.cscart.operations import CALL_REQUESTS_UPDATE


def test_a_change_is_told_in_the_case_and_to_whoever_dials(world: World) -> None:
    request_id = world.carried(name="Мария", time_from="9:00", time_to="18:00", notes="Первая заметка")
    row = world.row(request_id) | {"time_from": "12:00", "phone": "+7 917 555-00-99"}
    world.done(world.callback(UPDATED, row))
    (case,) = world.cases(request_id)
    (note,) = world.notes(case)
    contact = world.contact(request_id)
    assert "Телефон: +7 917 555-00-99" in note
    assert "Удобное время: с 12:00 до 18:00" in note
    assert "Первая заметка" not in note
    assert "с 12:00 до 18:00" in contact["description"]
    assert "с 09:00 до 18:00" in contact["description"], "appended, not overwritten"
    assert contact["phone1"] == "+79175550099", "nobody calls the old number"


def test_a_change_back_in_the_same_words_is_a_change(world: World) -> None:
    request_id = world.carried(phone="+7 917 555-00-01")
    row = world.row(request_id)
    for phone in ("+7 917 555-00-99", "+7 917 555-00-77", "+7 917 555-00-99"):
        world.callback(UPDATED, row | {"phone": phone})
        world.settle()
    assert world.contact(request_id)["phone1"] == "+79175550099"


def test_a_repeat_that_says_when_it_happened_is_the_same(world: World) -> None:
    request_id = world.carried(phone="+7 917 555-00-01")
    row = world.row(request_id) | {"phone": "+7 917 555-00-99"}
    body = {"type": UPDATED, "timestamp": "2026-11-25T10:00:00Z", "data": row}
    raw = json.dumps(body).encode()
    for _ in range(2):
        world.receive(to_event(open_envelope(body), raw, "application/json"))
        world.settle()
    assert len(world.events(UPDATED)) == 1


def test_only_the_new_lines_of_the_notes_are_told(world: World) -> None:
    request_id = world.carried(notes="Старая строка")
    row = world.row(request_id)
    row["notes"] += "\nЖдёт после обеда"
    world.done(world.callback(UPDATED, row))
    (note,) = world.notes(world.cases(request_id)[0])
    assert "Заметки: Ждёт после обеда" in note
    assert "Старая строка" not in note
    assert "Омнидеск" not in note


def test_a_status_set_in_the_store_closes_the_case(world: World) -> None:
    request_id = world.carried()
    world.done(world.callback(UPDATED, world.row(request_id) | {"status": "completed"}))
    (case,) = world.cases(request_id)
    assert case["status"] == "closed"
    assert "Статус: выполнена" in world.notes(case)[0]
    assert "выполнена" in world.contact(request_id)["description"]


def test_a_status_without_a_mapping_leaves_the_case(world: World) -> None:
    world.use(Config(statuses=Statuses(store_to_case={"no_answer": "waiting"})))
    request_id = world.carried()
    world.done(world.callback(UPDATED, world.row(request_id) | {"status": "completed"}))
    assert world.cases(request_id)[0]["status"] == "open"
    world.done(world.callback(UPDATED, world.row(request_id) | {"status": "no_answer"}))
    assert world.cases(request_id)[0]["status"] == "waiting"


def test_word_of_our_own_writing_costs_no_call(world: World) -> None:
    request_id = world.carried(notes="Была")
    before = len(world.calls())
    event = world.done(world.callback(UPDATED, world.row(request_id)))
    assert event.message == OUR_OWN
    assert world.calls(before) == []


def test_word_of_our_own_writing_that_comes_late_is_ours_too(world: World) -> None:
    request_id = world.carried()
    early = world.row(request_id)
    (case,) = world.cases(request_id)
    world.reply(case["case_id"], "Перезвоним в шесть")
    world.settle()
    world.done(world.rule(case_id=str(case["case_id"])))
    before = len(world.calls())
    assert world.done(world.callback(UPDATED, early)).message == OUR_OWN
    assert world.calls(before) == []


def test_what_staff_wrote_beside_ours_is_still_told(world: World) -> None:
    request_id = world.carried()
    by_hand = world.row(request_id)
    by_hand["notes"] += "\nПозвонить мужу"
    state = world.app.test_client()
    state.put(
        f"/cscart/api/2.0/call_requests/{request_id}",
        json={"notes": by_hand["notes"]},
        auth=("admin@shop.example", "sandbox-cscart"),
    )
    # A reply is written to the same notes before the store's callback is worked.
    world.reply(world.cases(request_id)[0]["case_id"], "Принято")
    world.deliver()
    world.done(world.callback(UPDATED, world.row(request_id)))
    notes = world.notes(world.cases(request_id)[0])
    assert any("Позвонить мужу" in note for note in notes)
    assert "Позвонить мужу" in world.row(request_id)["notes"]


def test_only_the_id_is_enough(world: World) -> None:
    request_id = world.carried()
    client = world.app.test_client()
    client.put(
        f"/cscart/api/2.0/call_requests/{request_id}",
        json={"status": "no_answer"},
        auth=("admin@shop.example", "sandbox-cscart"),
    )
    world.done(world.callback(UPDATED, {"request_id": request_id}))
    assert "Статус: нет ответа" in world.notes(world.cases(request_id)[0])[0]


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "status"])
@pytest.mark.parametrize("operation", ["omnidesk.notes.create", "obzvonilka.contacts.update"])
def test_a_lost_answer_is_looked_up_and_nothing_is_told_twice(
    world: World, operation: str, kind: str
) -> None:
    request_id = world.carried()
    fault = world.fault(operation=operation, kind=kind, times=1)
    world.done(world.callback(UPDATED, world.row(request_id) | {"time_from": "15:00"}))
    assert world.struck(fault) == 1
    assert len(world.notes(world.cases(request_id)[0])) == 1
    assert world.contact(request_id)["description"].count("с 15:00") == 1


def test_a_request_from_before_our_time_is_left_alone(world: World) -> None:
    event = world.done(world.callback(UPDATED, {"request_id": "909", "company_id": 1, "status": "completed"}))
    assert "has not carried this request" in str(event.message)
    # A ledger that was restored would not know: it is looked for.
    assert set(world.calls()) == {"obzvonilka.contacts.find_by_external", "omnidesk.cases.list"}


def test_word_of_a_change_that_overtakes_the_request_does_not_hold_it_up(world: World) -> None:
    event_id = world.callback(UPDATED, {"request_id": "1", "time_from": "15:00"})
    world.shopper(name="Мария", phone="89175550001")
    world.step()
    assert world.event(event_id).status == "done"
    world.settle()
    assert len(world.cases("1")) == 1


def test_a_case_that_is_gone_is_no_obstacle(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    client = world.app.test_client()
    client.delete(
        f"/omnidesk/api/cases/{case['case_id']}.json", auth=("robot@shop.example", "sandbox-omnidesk")
    )
    event = world.done(world.callback(UPDATED, world.row(request_id) | {"time_from": "15:00"}))
    assert "The case is gone" in str(event.message)
    # It is remembered: the next change does not ask for it.
    before = len(world.calls())
    again = world.done(
        world.callback(UPDATED, world.row(request_id) | {"product": "Утюг", "status": "completed"})
    )
    assert "The case is gone" in str(again.message)
    assert not [one for one in world.calls(before) if one.startswith("omnidesk")]
    assert "с 15:00" in world.contact(request_id)["description"]


def test_half_of_a_promised_time_leaves_the_other_half_standing(world: World) -> None:
    request_id = world.carried(time_from="9:00", time_to="18:00")
    world.done(world.callback(UPDATED, {"request_id": request_id, "time_to": "17:00"}))
    assert "с 09:00 до 17:00" in world.contact(request_id)["description"]


def test_a_time_in_words_is_told_as_it_is(world: World) -> None:
    request_id = world.carried(time_from="утром", time_to="__:__")
    assert "с утром" in world.contact(request_id)["description"]


def test_what_the_row_shows_since_the_first_run_is_told_to_both(world: World) -> None:
    """Callbacks that tell only which request it is; the help desk is away for the first."""
    request_id = world.carried()
    world.fault(operation="omnidesk.notes.create", kind="status", status=503)
    for number, phone in ((1, "89175550002"), (2, "89175550003")):
        notes = f"{world.row(request_id)['notes']}\nСтрока {number}"
        world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body={"notes": notes})
        world.control.patch(f"/sandbox/call_requests/{request_id}", json={"phone": phone})
        world.callback(UPDATED, {"request_id": request_id, "company_id": "1", "user_id": str(number)})
        world.step()
    world.settle()
    (case,) = world.cases(request_id)
    contact, said = world.contact(request_id), "\n".join(world.notes(case))
    assert contact["phone1"] == "+79175550003"
    for text in ("Строка 1", "Строка 2", "89175550003"):
        assert (contact["description"].count(text), said.count(text)) == (1, 1), text
