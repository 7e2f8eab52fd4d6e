"""`perezvon config try` after real flows: with the same file there is no difference, whatever went wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main
from tests.flows.world import HOST, World
from tests.ledgers import empty
from tests.stack import environment
from workers.vendors.obzvonilka.operations import CONTACTS_UPDATE
from workers.vendors.omnidesk.operations import CASES_UPDATE


def tried(world: World, event_id: str, *words: str) -> str:
    """What the command says of the event."""
    environ: dict[str, str | None] = {**environment(Path("/nowhere"), HOST)}
    environ["DATABASE_URL"] = world.ledger.url.render_as_string(hide_password=False)
    result = CliRunner().invoke(
        main, ["config", "try", event_id, *words], env=environ, catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def difference(world: World, event_id: str, *words: str) -> list[str]:
    """The lines of the difference to what was sent then."""
    _, _, shown = tried(world, event_id, *words).partition("Difference to then:\n")
    return [line.removeprefix("  ") for line in shown.splitlines()]


def changed(lines: list[str]) -> list[str]:
    heading = ("---", "+++")
    return [line for line in lines if line.startswith(("-", "+")) and not line.startswith(heading)]


def created(world: World, **row: Any) -> str:
    """The event of a request that was carried."""
    world.carried(**row)
    return world.events("call_request.created")[-1].id


def test_a_request_makes_the_calls_that_it_made(world: World, tmp_path: Path) -> None:
    event_id = created(world, name="Мария", product="Чайник", notes="Звоните\nутром")
    assert difference(world, event_id) == ["none"]
    file = tmp_path / "new.toml"
    file.write_text('[templates.ru]\ncase_subject = "Перезвонить {{ name }}"\n', encoding="utf-8")
    (gone, new) = changed(difference(world, event_id, "--config", str(file)))
    assert gone.startswith("-    subject: ")
    assert re.fullmatch(r"\+    subject: \[cscart-1-\d+\] Перезвонить Мария", new)


def test_reads_are_answered_as_they_were(world: World) -> None:
    request_id = world.carried(notes="Есть ещё вопрос")
    (case,) = world.cases(request_id)
    world.reply(case["case_id"], "Перезвоним в 11:30.")
    world.settle()
    (event,) = world.events("omnidesk.message_new")
    # Since then people have written there.
    contact = world.contact(request_id)
    world.call(
        CONTACTS_UPDATE,
        path={"base_id": "1", "contact_id": str(contact["id"])},
        body={"description": "Совсем другое"},
    )
    shown = tried(world, event.id)
    assert "to cscart.call_requests.get, obzvonilka.contacts.get they answer as they did then" in shown
    assert "made up" not in shown
    assert "known before" not in shown
    assert "notes: Есть ещё вопрос" in shown
    assert "Совсем другое" not in shown
    assert difference(world, event.id) == ["none"]


def test_one_that_came_without_its_row(world: World) -> None:
    row = world.shopper(name="Мария", phone="89175550001")
    empty(world.ledger)
    world.callback("call_request.created", {"request_id": row["request_id"]})
    world.settle()
    (event,) = world.events("call_request.created")
    assert event.status == "done"
    assert "store.read: cscart.call_requests.get" in tried(world, event.id)
    assert difference(world, event.id) == ["none"]


def test_what_was_known_before_is_known_again(world: World, tmp_path: Path) -> None:
    request_id = world.carried(product="Чайник")
    row = world.row(request_id)
    first = row | {"product": "Утюг"}
    second = first | {"notes": f"{row['notes']}\nПосле шести"}
    # Our own writing brings nothing that is news; nor does the same once more.
    rows = (row, first, second, second | {"echo": 1})
    told = [world.done(world.callback("call_request.updated", one)).id for one in rows]
    shown = [tried(world, event_id) for event_id in told]
    assert [difference(world, event_id) for event_id in told] == [["none"]] * 4
    assert ["it makes no calls" in one for one in shown] == [True, False, False, True]
    assert "Утюг" in shown[1]
    assert not [one for one in shown if "known before" in one]
    file = tmp_path / "new.toml"
    file.write_text(
        "[templates.ru]\n"
        'dialer_updated = "{% for one in changes %}{{ one.label }} → {{ one.value }}{% endfor %}"\n',
        encoding="utf-8",
    )
    gone, new = changed(difference(world, told[1], "--config", str(file)))
    assert "Утюг" in gone
    assert re.search(r"\| \[pz:[0-9a-f]{8}\] Товар → Утюг$", new)


def test_a_case_that_changes_again_and_again(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    told = []
    for number, status in enumerate(("closed", "closed", "open", "closed")):
        world.call(CASES_UPDATE, path={"case_ids": case["case_id"]}, body={"status": status})
        told.append(world.done(world.rule(number, case_id=str(case["case_id"]))).id)
    assert [difference(world, event_id) for event_id in told] == [["none"]] * 4


def test_a_retry_knows_what_the_first_run_knew(world: World) -> None:
    request_id = world.carried(product="Чайник")
    world.fault(operation="obzvonilka.contacts.get", kind="status", status=503, times=1)
    world.fault(operation="omnidesk.notes.create", kind="status", status=500, times=1)
    row = world.row(request_id) | {"product": "Утюг"}
    event = world.done(world.callback("call_request.updated", row))
    assert difference(world, event.id) == ["none"]


def test_word_of_a_deleted_request(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    world.reply(case["case_id"], "Перезвоним.")
    world.settle()
    deleted = world.done(world.callback("call_request.deleted", {"request_id": request_id}))
    (reply,) = world.events("omnidesk.message_new")
    # It was written in the store: then the request was still there.
    assert "cscart.call_requests.update" in tried(world, reply.id)
    assert difference(world, reply.id) == difference(world, deleted.id) == ["none"]


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("obzvonilka.contacts.find_by_external", {"kind": "status", "status": 503}),
        ("obzvonilka.contacts.create", {"kind": "status", "status": 500}),
        ("omnidesk.cases.create", {"kind": "drop_after"}),
        ("cscart.call_requests.update", {"kind": "status", "status": 503}),
        ("cscart.call_requests.update", {"kind": "drop_after"}),
    ],
)
def test_what_went_wrong_on_the_way_is_no_difference(
    world: World, operation: str, fault: dict[str, Any]
) -> None:
    made = world.fault(operation=operation, times=1, **fault)
    event_id = created(world)
    assert world.struck(made) == 1
    assert difference(world, event_id) == ["none"]


def test_one_that_has_not_come_to_its_end(world: World) -> None:
    world.fault(operation="omnidesk.cases.create", kind="status", status=422, times=1)
    world.shopper(name="Яна", phone="89175550005")
    (event,) = world.events("call_request.created")
    assert "nothing of then to compare with" in tried(world, event.id)
    world.settle()
    first, *lines = difference(world, event.id)
    assert first == "The event is dead: calls that it has not made count as new."
    assert "+store.write: cscart.call_requests.update" in lines
    assert not [line for line in changed(lines) if line.startswith("-")]


def test_one_that_was_nothing_to_do_for(world: World) -> None:
    request_id = world.carried()
    event = world.done(world.callback("call_request.message", {"request_id": request_id, "message": ""}))
    assert difference(world, event.id) == ["none"]
