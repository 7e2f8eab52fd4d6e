"""A write whose answer was lost is carried out late, over what others wrote: nothing of that is lost."""

from __future__ import annotations

from typing import Any

import pytest

from service.intake.call_request import CREATED, DELETED, UPDATED
from service.intake.omnidesk import CASE_CHANGED, MESSAGE_NEW
from service.ledger.clock import SECOND
from service.ledger.life import CHECK
from service.ledger.tables import Event
from tests.flows.world import World
from workers.flows import missing
from workers.vendors.cscart.operations import CALL_REQUESTS_GET, CALL_REQUESTS_UPDATE
from workers.vendors.errors import VendorError
from workers.vendors.obzvonilka.operations import CONTACTS_UPDATE
from workers.vendors.omnidesk.operations import CASES_UPDATE

ROW, CONTACT = CALL_REQUESTS_UPDATE.name, CONTACTS_UPDATE.name


def late(world: World, operation: str) -> None:
    """The next such call is not answered, and done when `catch_up` says so."""
    world.fault(operation=operation, kind="late", seconds=600, times=1)


def catch_up(world: World, number: int = 1) -> None:
    assert world.control.post("/sandbox/late").get_json() == {"done": number}


def work(world: World, kind: str) -> None:
    """The events of that kind to their end; checks are not due yet."""
    while world.step(kind):
        pass


def reply(world: World, request_id: str, text: str) -> Event:
    world.reply(world.cases(request_id)[0]["case_id"], text)
    world.deliver()
    work(world, MESSAGE_NEW)
    event = world.events(MESSAGE_NEW)[-1]
    assert event.status == "done", event.message
    return event


def checks(world: World) -> list[Event]:
    return world.events(CHECK)


@pytest.mark.parametrize("operation", [ROW, CONTACT])
def test_lines_that_a_late_write_took_away_are_written_again(world: World, operation: str) -> None:
    request_id = world.carried(notes="Подъезд 2")

    def text() -> str:
        found = world.row(request_id)["notes"] if operation == ROW else contact()["description"]
        return str(found)

    def contact() -> dict[str, Any]:
        return world.contact(request_id)

    late(world, operation)
    reply(world, request_id, "Первый ответ")
    by_hand = f"{text()}\nПерезвонить мужу"
    if operation == ROW:
        world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body={"notes": by_hand})
    else:
        path = {"base_id": "1", "contact_id": contact()["id"]}
        world.call(CONTACTS_UPDATE, path=path, body={"description": by_hand})
    # The check is due later, and nobody waits for it.
    reply(world, request_id, "Второй ответ")
    reply(world, request_id, "Второй ответ")
    stood = text()
    catch_up(world)
    assert "Второй ответ" not in text()
    assert "мужу" not in text()
    world.settle()
    assert sorted(text().splitlines()) == sorted(stood.splitlines())
    assert [one.message for one in checks(world)] == ["3 taken away by a late call: written again."]


def test_the_check_is_due_45_s_after_the_loss(world: World) -> None:
    request_id = world.carried()
    late(world, ROW)
    world.reply(world.cases(request_id)[0]["case_id"], "Ответ")
    world.deliver()
    world.step()
    (check,) = checks(world)
    assert check.status == "received"
    assert 45 * SECOND <= check.not_before - check.received_at < 46 * SECOND
    assert check.source == "perezvon"


def test_a_line_that_only_a_callback_told_of_comes_back(world: World) -> None:
    request_id = world.carried()
    late(world, ROW)
    reply(world, request_id, "Ответ")
    notes = f"{world.row(request_id)['notes']}\nПозвонить мужу"
    world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body={"notes": notes})
    world.callback(UPDATED, world.row(request_id))
    work(world, UPDATED)
    catch_up(world)
    assert world.row(request_id)["notes"] != notes
    world.settle()
    assert world.row(request_id)["notes"] == notes


def test_a_status_that_was_set_since_is_set_again(world: World) -> None:
    late(world, ROW)
    request_id = world.shopper(name="Ия", phone="89175550001")["request_id"]
    work(world, CREATED)
    (case,) = world.cases(request_id)
    world.call(CASES_UPDATE, path={"case_ids": case["case_id"]}, body={"status": "closed"})
    world.rule(case_id=str(case["case_id"]))
    work(world, CASE_CHANGED)
    assert world.row(request_id)["status"] == "completed"
    catch_up(world)
    assert world.row(request_id)["status"] == "in_progress"
    world.settle()
    assert world.row(request_id)["status"] == "completed"


def test_a_status_that_only_the_late_write_set_stays(world: World) -> None:
    world.fault(operation=ROW, kind="late", seconds=600, times=1)
    request_id = world.shopper(name="Ия", phone="89175550001")["request_id"]
    world.step(CREATED)
    catch_up(world)
    world.settle()
    assert world.row(request_id)["status"] == "in_progress"
    assert [one.message for one in checks(world)] == ["Nothing is missing."]


class Killed(BaseException):
    """A worker is gone without a word."""


def test_a_write_that_its_worker_never_ended_is_looked_after(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = world.carried()
    send = world.transport.send

    def dies(operation: Any, **given: Any) -> Any:
        try:
            return send(operation, **given)
        except VendorError:
            raise Killed from None

    late(world, ROW)
    monkeypatch.setattr(world.transport, "send", dies)
    world.reply(world.cases(request_id)[0]["case_id"], "Первый ответ")
    world.deliver()
    with pytest.raises(Killed):
        world.step(MESSAGE_NEW)
    assert checks(world) == []
    monkeypatch.undo()
    work(world, MESSAGE_NEW)
    (check,) = checks(world)
    assert check.status == "received"
    reply(world, request_id, "Второй ответ")
    stood = world.row(request_id)["notes"]
    catch_up(world)
    world.settle()
    assert world.row(request_id)["notes"] == stood
    assert "Второй ответ" in stood


def test_a_deletion_does_not_end_the_check_and_its_warning_stays_in_front(world: World) -> None:
    request_id = world.carried()
    late(world, CONTACT)
    reply(world, request_id, "Ответ")
    world.callback(DELETED, {"request_id": request_id})
    work(world, DELETED)
    stood = world.contact(request_id)["description"]
    catch_up(world)
    assert "НЕ ЗВОНИТЬ" not in world.contact(request_id)["description"]
    world.settle()
    assert world.contact(request_id)["description"] == stood
    assert "НЕ ЗВОНИТЬ" in stood.splitlines()[0]


def test_several_lost_writes_have_one_check(world: World) -> None:
    request_id = world.carried()
    world.fault(operation=ROW, kind="late", seconds=600, times=3)
    reply(world, request_id, "Первый ответ")
    reply(world, request_id, "Второй ответ")
    stood = world.row(request_id)["notes"]
    catch_up(world, 3)
    world.settle()
    assert world.row(request_id)["notes"] == stood
    assert len(checks(world)) == 1


def test_a_check_that_found_nothing_goes_with_the_next_one(world: World) -> None:
    request_id = world.carried()
    for _ in range(3):
        world.fault(operation=ROW, kind="drop_after", times=1)
        reply(world, request_id, "Ответ")
        world.settle()
    assert [(one.status, one.idle, one.message) for one in checks(world)] == [
        ("done", True, "Nothing is missing.")
    ]


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "rate_limit"}])
def test_what_was_answered_is_not_at_work_and_needs_no_check(world: World, fault: dict[str, Any]) -> None:
    request_id = world.carried()
    world.fault(operation=ROW, times=1, **fault)
    reply(world, request_id, "Ответ")
    assert checks(world) == []


def test_a_row_that_is_gone_needs_nothing(world: World) -> None:
    request_id = world.carried()
    late(world, ROW)
    reply(world, request_id, "Ответ")
    world.fault(operation=CALL_REQUESTS_GET.name, kind="status", status=404, times=1)
    world.settle()
    assert [one.message for one in checks(world)] == ["It is not there any more: nothing to look after."]


@pytest.mark.parametrize(
    ("present", "lost", "later", "found"),
    [
        ("a\nb", ["a\nb"], ["a\nb\nc"], ["c"]),
        ("a\nb", ["a\nb"], ["a\nb\nc", "a\nb\nc\nc"], ["c", "c"]),
        # Taken away by a person: the late write would have had it.
        ("a", ["a\nb"], ["a\nb"], []),
        ("a", ["a\nb"], ["a\nb\nc"], ["c"]),
        # Not carried out, or written in the vendor's own form.
        ("<p>a</p><p>b</p>", ["a\nb"], ["a\nb\nc"], []),
        ("x\ny", ["a\nb"], ["a\nb\nc"], []),
        ("a\nb\nc", ["a\nb"], ["a\nb\nc"], []),
        ("a", [], ["a\nb"], []),
    ],
)
def test_what_was_taken_away(present: str, lost: list[str], later: list[str], found: list[str]) -> None:
    assert missing.lines(present, lost, later) == found
