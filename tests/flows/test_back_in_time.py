"""The ledger goes back in time, and events are replayed: nothing stands twice in any of the three systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import insert, select

from service.intake.call_request import CREATED, DELETED, MESSAGE, UPDATED
from service.ledger import marks
from service.ledger.life import OPEN
from service.ledger.tables import Table
from tests import ledgers
from tests.flows.world import World
from workers.reconcile import schedule
from workers.reconcile.names import CURSOR
from workers.vendors.cscart.operations import CALL_REQUESTS_UPDATE
from workers.vendors.obzvonilka.operations import CONTACTS_UPDATE
from workers.vendors.omnidesk.operations import CASES_UPDATE

Copy = list[tuple[Any, list[Mapping[str, Any]]]]


def copied(world: World) -> Copy:
    """A copy of the ledger, as a backup makes it."""
    with world.ledger.read() as session:
        return [
            (table, [dict(row) for row in session.execute(select(table)).mappings()])
            for table in Table.metadata.sorted_tables
        ]


def restore(world: World, copy: Copy) -> None:
    ledgers.empty(world.ledger)
    with world.ledger.write() as session:
        for table, rows in copy:
            if rows:
                session.execute(insert(table), rows)


def walk(world: World) -> None:
    """Reconciliation and a backfill of everything."""
    with world.ledger.exclusive() as session:
        if marks.read(session, CURSOR) is None:
            marks.write(session, CURSOR, {"last": 0, "since": 0})
        schedule.ask(session, 0)
        schedule.ask(session, 0)
        schedule.ask_backfill(session, 0)
    world.settle()


def everything(world: World) -> dict[str, Any]:
    """What stands in the three systems, without times."""
    state = world.state()
    return {
        "rows": {
            row["request_id"]: (row["status"], row["notes"]) for row in state["cscart"]["call_requests"]
        },
        "cases": [
            (case["subject"], case["status"], case["deleted"], [one["content"] for one in case["messages"]])
            for case in state["omnidesk"]["cases"]
        ],
        "contacts": state["obzvonilka"]["contacts"],
    }


def none_twice(world: World) -> None:
    state = world.state()
    subjects = Counter(case["subject"] for case in state["omnidesk"]["cases"])
    codes = Counter(one["external_code"] for base in state["obzvonilka"]["contacts"].values() for one in base)
    assert set(subjects.values()) | set(codes.values()) <= {1}
    for case in state["omnidesk"]["cases"]:
        said = Counter(one["content"] for one in case["messages"])
        assert set(said.values()) == {1}, case["subject"]
    for row in state["cscart"]["call_requests"]:
        lines = str(row["notes"] or "").splitlines()
        assert len(lines) == len(set(lines)), row["notes"]


def test_a_restored_ledger_makes_nothing_twice_and_calls_nobody_again(world: World) -> None:
    world.carried(name="Анна", phone="89175550001")
    copy = copied(world)
    request_id = world.carried(name="Мария", phone="89175550002", notes="Стоит")
    row = world.row(request_id) | {"status": "new", "notes": "Стоит"}
    (case,) = world.cases(request_id)
    world.done(world.callback(MESSAGE, {"request_id": request_id, "message": "Алло"}))
    changed = world.row(request_id) | {"time_from": "11:00"}
    world.done(world.callback(UPDATED, changed))
    world.reply(case["case_id"], "Перезвоним")
    world.settle()
    over = world.carried(name="Яна", phone="89175550003")
    world.call(CASES_UPDATE, path={"case_ids": world.cases(over)[0]["case_id"]}, body={"status": "closed"})
    # Whom the dialer's staff has called, and taken out of the list.
    path = {"base_id": "1", "contact_id": world.contact(over)["id"]}
    world.call(CONTACTS_UPDATE, path=path, body={"external_code": "called"})
    before = everything(world)
    restore(world, copy)
    walk(world)
    world.callback(CREATED, row)
    world.callback(MESSAGE, {"request_id": request_id, "message": "Алло"})
    world.callback(UPDATED, changed)
    world.settle()
    walk(world)
    assert everything(world) == before
    none_twice(world)
    # The links are there again: what comes later finds its way.
    world.reply(case["case_id"], "Ещё раз перезвоним")
    world.settle()
    assert "Ещё раз перезвоним" in world.row(request_id)["notes"]


def test_repeated_callbacks_that_come_before_the_walk_make_nothing_twice(world: World) -> None:
    copy = copied(world)
    made = [world.shopper(name=f"Имя {one}", phone=f"8917555000{one}") for one in range(3)]
    # Nothing in the dialer tells of this one.
    made.append(world.shopper(name="Без телефона", phone=""))
    world.settle()
    before = everything(world)
    restore(world, copy)
    for row in made:
        world.callback(CREATED, row)
    world.settle()
    assert everything(world) == before


def test_what_was_made_while_the_dialer_was_away_is_found_later_too(world: World) -> None:
    """Nothing in the dialer tells of it; the callback comes when it is known that the ledger went back."""
    standing = world.carried(name="Яна", phone="89175550003")
    changed = world.row(standing) | {"time_from": "11:00"}
    copy = copied(world)
    world.fault(vendor="obzvonilka", kind="status", status=503, times=2)
    made = world.shopper(name="Мария", phone="89175550002")
    world.callback(UPDATED, changed)
    world.step()
    before = everything(world)["cases"]
    assert len(before) == 2
    restore(world, copy)
    world.carried(name="Анна", phone="89175550001")
    world.fault(vendor="obzvonilka", kind="status", status=503, times=2)
    world.callback(CREATED, made)
    world.callback(UPDATED, changed)
    world.settle()
    assert [case for case in everything(world)["cases"] if case[0] in {one[0] for one in before}] == before


def test_a_managers_line_is_still_told_when_the_case_is_found_again(world: World) -> None:
    copy = copied(world)
    made = world.shopper(name="Мария", phone="89175550002")
    world.settle()
    restore(world, copy)
    line = "Просила звонить вечером"
    notes = f"{world.row(made['request_id'])['notes']}\n{line}"
    world.call(CALL_REQUESTS_UPDATE, path={"request_id": made["request_id"]}, body={"notes": notes})
    world.callback(CREATED, made)
    world.callback(UPDATED, world.row(made["request_id"]))
    world.settle()
    (case,) = world.cases(made["request_id"])
    assert sum(line in note for note in world.notes(case)) == 1
    assert world.contact(made["request_id"])["description"].count(line) == 1


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_copy_from_the_middle_of_a_flow_makes_nothing_twice(world: World, rounds: int) -> None:
    """The copy knows that the contact was not there, or that it was made, and nothing of what came then."""
    world.fault(operation="obzvonilka.contacts.create", kind="status", status=503, times=rounds - 1)
    made = world.shopper(name="Мария", phone="89175550002")
    world.fault(operation="omnidesk.cases.create", kind="status", status=503, times=1)
    world.step()
    copy = copied(world)
    world.settle()
    before = everything(world)
    assert len(world.cases(made["request_id"])) == 1
    restore(world, copy)
    world.settle()
    assert everything(world) == before


def test_a_replay_of_each_event_changes_nothing(world: World) -> None:
    request_id = world.carried(name="Мария", phone="89175550002", notes="Стоит")
    (case,) = world.cases(request_id)
    world.done(world.callback(MESSAGE, {"request_id": request_id, "message": "Алло"}))
    for status in ("no_answer", "in_progress"):
        body = {"status": status, "notes": f"{world.row(request_id)['notes']}\nСтало {status}"}
        world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body=body)
        world.done(world.callback(UPDATED, world.row(request_id)))
    world.reply(case["case_id"], "Перезвоним")
    world.settle()
    notes = f"{world.row(request_id)['notes']}\nЛюди пишут"
    body = {"status": "completed", "notes": notes}
    world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body=body)
    world.done(world.callback(UPDATED, world.row(request_id)))
    before = everything(world)
    kinds = (CREATED, UPDATED, MESSAGE, "omnidesk.message_new")
    for _ in range(2):
        for event in [one for kind in kinds for one in world.events(kind)]:
            world.done(world.replay(event.id))
    assert everything(world) == before


def test_a_replayed_message_that_opened_the_case_is_not_added_to_it(world: World) -> None:
    event_id = world.callback(MESSAGE, {"request_id": "909", "message": "Вы где?"})
    world.done(event_id)
    world.done(world.replay(event_id))
    (case,) = world.cases("909")
    assert sum("Вы где?" in one["content"] for one in case["messages"]) == 1


def test_a_strangers_case_is_not_taken_for_the_requests(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that is not understood gives whatever there is."""
    send = world.transport.send

    def without_filter(operation: Any, **given: Any) -> Any:
        ignored = {"query": None} if operation.name == "omnidesk.cases.list" else {}
        return send(operation, **given | ignored)

    monkeypatch.setattr(world.transport, "send", without_filter)
    other = world.carried(name="Анна", phone="89175550001")
    restore(world, [])
    made = world.shopper(name="Мария", phone="89175550002")
    world.settle()
    walk(world)
    assert len(world.cases(made["request_id"])) == 1
    assert len(world.cases(other)) == 1
    none_twice(world)


def test_a_happy_request_is_looked_up_in_the_dialer_alone(world: World) -> None:
    before = len(world.calls())
    world.carried()
    omnidesk = [one for one in world.calls(before) if one.startswith("omnidesk.")]
    assert omnidesk == ["omnidesk.cases.create"]


def test_a_deletion_of_a_request_that_was_cut_off_undoes_what_was_made(world: World) -> None:
    """Its worker died between the calls and the ledger: no link tells of the contact and the case."""
    request_id = world.carried()
    copy = copied(world)
    restore(world, [(table, [] if table.name == "links" else rows) for table, rows in copy])
    world.done(world.callback(DELETED, {"request_id": request_id}))
    assert world.contact(request_id)["description"].count("НЕ ЗВОНИТЬ") == 1
    assert world.cases(request_id)[0]["deleted"] is True


def test_a_deletion_while_the_help_desk_is_away_stops_the_dialer_at_once(world: World) -> None:
    fault = world.fault(vendor="omnidesk", kind="status", status=503, times=None)
    made = world.shopper(name="Мария", phone="89175550002")
    world.deliver()
    world.step()
    deleted = world.callback(DELETED, {"request_id": made["request_id"]})
    world.step(DELETED)
    assert "НЕ ЗВОНИТЬ" in world.contact(made["request_id"])["description"]
    (created,) = world.events(CREATED)
    assert created.status == "cancelled"
    assert world.event(deleted).status in OPEN
    world.control.delete(f"/sandbox/faults/{fault}")
    world.done(deleted)
    assert world.cases(made["request_id"]) == []


def test_a_case_whose_answer_was_lost_is_binned_by_the_deletion(world: World) -> None:
    world.fault(operation="omnidesk.cases.create", kind="drop_after", times=1)
    made = world.shopper(name="Мария", phone="89175550002")
    world.deliver()
    world.step()
    deleted = world.callback(DELETED, {"request_id": made["request_id"]})
    world.done(deleted)
    (case,) = world.cases(made["request_id"])
    assert case["deleted"] is True


def test_an_update_of_a_request_that_the_ledger_has_forgotten_is_carried(world: World) -> None:
    request_id = world.carried()
    restore(world, [])
    body = {"notes": f"{world.row(request_id)['notes']}\nПросит в субботу"}
    world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body=body)
    world.done(world.callback(UPDATED, world.row(request_id)))
    (note,) = world.notes(world.cases(request_id)[0])
    assert "Просит в субботу" in note
    assert "Просит в субботу" in world.contact(request_id)["description"]


def test_what_the_dialers_staff_wrote_stays_when_the_request_is_found_again(world: World) -> None:
    request_id = world.carried()
    contact = world.contact(request_id)
    path = {"base_id": "1", "contact_id": contact["id"]}
    world.call(CONTACTS_UPDATE, path=path, body={"description": "Звонила: занято"})
    restore(world, [])
    walk(world)
    assert world.contact(request_id)["description"] == "Звонила: занято"
