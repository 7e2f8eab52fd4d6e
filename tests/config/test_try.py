"""`perezvon config try`: what an event would cause with a changed file; nothing sent, nothing written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.intake import call_request, omnidesk, rules
from service.ledger.database import Ledger
from service.ledger.tables import Event, Table
from service.settings import database_url
from tests import ledgers
from tests.config.conftest import Command
from tests.console import Seed, row
from tests.servers import run_postgres
from workers.flows import case_edit
from workers.vendors.omnidesk.operations import CASES_UPDATE

SUBJECT = "cscart/1/call_request/57"
CALL = re.compile(r"^  (\S+): (\w+\.\w+\.\w+)$", re.MULTILINE)


both = pytest.mark.parametrize("address", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty ledger: a file, unless the test asks for both databases."""
    if getattr(request, "param", "sqlite") == "sqlite":
        with ledgers.sqlite_ledger(tmp_path) as url:
            yield url
    else:
        server = request.getfixturevalue("postgres_server")
        with ledgers.postgres_ledger(server) as url:
            yield url


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[str]:
    with run_postgres() as url:
        yield url


@pytest.fixture
def seed(address: str, perezvon: Command) -> Iterator[Seed]:
    """Rows for the ledger that the command looks into; no vendor is at the addresses of its settings."""
    perezvon.environ["DATABASE_URL"] = address
    ledger = Ledger(database_url(address, Path()))
    yield Seed(ledger)
    ledger.close()


def contents(ledger: Ledger) -> dict[str, list[Any]]:
    """All that stands in the ledger."""
    with ledger.read() as session:
        return {
            table.name: [tuple(one) for one in session.execute(select(table))]
            for table in Table.metadata.sorted_tables
        }


def created(seed: Seed, **more: Any) -> Event:
    """A request that was carried to its end."""
    event = seed.event(seed.call_request(57, **more), status="done")
    seed.step(event, "helpdesk.case", {"case_id": "1057", "number": "300-200057", "user_id": "9"})
    seed.attempt(event, "helpdesk.case", "omnidesk.cases.create", http_status=201)
    seed.link(SUBJECT, "omnidesk", "case", "1057", number="300-200057", user_id="9")
    seed.link(SUBJECT, "obzvonilka", "contact", "90057", base_id="7")
    return event


@both
def test_the_calls_are_shown_and_nothing_is_sent_or_written(seed: Seed, perezvon: Command) -> None:
    event = created(seed, timestamp="")
    before = contents(seed.ledger)
    result = perezvon("config", "try", event.id)
    assert result.exit_code == 0, result.output
    assert contents(seed.ledger) == before
    shown, _, then = result.stdout.partition("Calls of then")
    assert [operation for _, operation in CALL.findall(shown)] == [
        "obzvonilka.contacts.find_by_external",
        "obzvonilka.contacts.create",
        "omnidesk.cases.create",
        "cscart.call_requests.get",
        "cscart.call_requests.update",
    ]
    assert "POST /api/contact_bases/1/contacts.json" in shown
    assert "phone1: +79175550157" in shown
    assert "omnidesk.cases.create (ok 201)" in then
    assert "--config FILE" in then
    # What the real run got from the vendor is what the later steps are made of.
    assert "300-200057" in shown


def test_what_belongs_to_others_is_of_no_account(seed: Seed, perezvon: Command) -> None:
    # Its contact has the number of the event's company_id.
    seed.link("cscart/1/call_request/3", "obzvonilka", "contact", "1", base_id="7")
    event = seed.event(seed.call_request(57))
    assert "obzvonilka.contacts.create" in perezvon("config", "try", event.id).stdout


def test_the_difference_that_a_changed_file_makes(seed: Seed, perezvon: Command) -> None:
    event = created(seed, company_id="2")
    path = perezvon.file(
        '[stores.2]\nchannel = "cch102"\ncontact_base = "8"\n'
        '[templates.ru]\ncase_subject = "Перезвонить {{ name }}"\n'
    )
    result = perezvon("config", "try", event.id, "--config", str(path))
    assert result.exit_code == 0, result.output
    _, _, difference = result.stdout.partition("Difference to then")
    assert "The ledger does not have what was in these calls" in difference
    assert "computed with the configuration in force now" in difference
    assert "-    channel: cch101" in difference
    assert "+    channel: cch102" in difference
    assert "+    subject: [cscart-2-57] Перезвонить Мария Синицына" in difference
    assert "+    POST /api/contact_bases/8/contacts.json" in difference
    same = perezvon("config", "try", event.id, "--config", str(path), PEREZVON_CONFIG=str(path))
    assert same.stdout.rstrip().endswith("none")


@both
def test_what_was_sent_then_is_in_the_ledger(seed: Seed, perezvon: Command) -> None:
    event = seed.event(seed.call_request(57), status="done")
    # The fields stand in the order in which they were sent, whatever the database.
    body = {"subject": "Позвонить", "content": "Первая\nвторая", "channel": "cch101", "group_id": 5}
    sent = {"method": "POST", "path": "/api/cases.json", "query": {}, "body": body}
    met = {"event": {"now": event.received_at, "failures": 0, "crashes": 0}}
    old = sent | {"body": {"subject": "Раньше"}, "event": {"now": 1, "failures": 0, "crashes": 0}}
    seed.attempt(event, "helpdesk.case", "omnidesk.cases.create", outcome="transient", request=old)
    seed.attempt(event, "helpdesk.case", "omnidesk.cases.create", request=sent | met)
    path = perezvon.file("[flows]\ncall_request_created = false\n")
    shown = perezvon("config", "try", event.id, "--config", str(path)).stdout
    _, _, difference = shown.partition("Difference to then:\n")
    assert difference.splitlines()[:2] == ["  --- sent then", f"  +++ {path}"]
    assert difference.splitlines()[3:] == [
        "  -helpdesk.case: omnidesk.cases.create",
        "  -    POST /api/cases.json",
        "  -    subject: Позвонить",
        "  -    content: Первая",
        "  -           | вторая",
        "  -    channel: cch101",
        "  -    group_id: 5",
        "  -",
    ]


@both
def test_what_was_answered_then_is_answered_again(seed: Seed, perezvon: Command) -> None:
    created(seed)
    message = {"case_id": "1057", "message_id": "881", "staff_id": "3", "content": "Перезвоним сегодня."}
    body: dict[str, Any] = {"type": "message_new", "object": message}
    new = omnidesk.channel_event(body, json.dumps(body).encode(), "application/json")
    event = seed.event(new, status="done")
    read = {"method": "GET", "path": "/api/2.0/call_requests/57", "query": {}, "body": {}}
    met = {"event": {"now": event.received_at, "failures": 0, "crashes": 0}}
    answer = {"request_id": "57", "notes": "Как было тогда"}
    seed.attempt(event, "store.note", "cscart.call_requests.get", request=read | met, answer=answer)
    shown = perezvon("config", "try", event.id).stdout
    assert "notes: Как было тогда\n" in shown
    assert "to cscart.call_requests.get they answer as they did then" in shown
    assert "the answers of obzvonilka.contacts.get are made up" in shown
    given = perezvon(
        "config", "try", event.id, "--answer", 'cscart.call_requests.get={"notes": "Как сказано"}'
    )
    assert "notes: Как сказано\n" in given.stdout
    assert "to cscart.call_requests.get" not in given.stdout


def test_without_calls_there_is_nothing_of_then(seed: Seed, perezvon: Command) -> None:
    event = seed.event(seed.call_request(57))
    shown = perezvon("config", "try", event.id).stdout
    assert "There is nothing of then to compare with" in shown
    path = perezvon.file('[templates.ru]\ncase_subject = "Перезвонить {{ name }}"\n')
    shown = perezvon("config", "try", event.id, "--config", str(path)).stdout
    assert "There is nothing of then to compare with" in shown
    assert "+    subject: [cscart-1-57] Перезвонить Мария Синицына" in shown


def test_a_flow_that_is_switched_off_makes_no_calls(seed: Seed, perezvon: Command) -> None:
    event = created(seed)
    path = perezvon.file("[flows]\ncall_request_created = false\n")
    result = perezvon("config", "try", event.id, "--config", str(path))
    assert "it makes no calls" in result.stdout
    assert "says: Nothing is done: switched off in perezvon.toml." in result.stdout
    assert "-helpdesk.case: omnidesk.cases.create" in result.stdout


@both
def test_a_reply_is_carried_to_where_the_ledger_says(seed: Seed, perezvon: Command) -> None:
    created(seed)
    message = {"case_id": "1057", "message_id": "881", "staff_id": "3", "content": "Перезвоним сегодня."}
    body: dict[str, Any] = {"type": "message_new", "object": message}
    event = seed.event(omnidesk.channel_event(body, json.dumps(body).encode(), "application/json"))
    result = perezvon("config", "try", event.id)
    assert "GET /api/2.0/call_requests/57" in result.stdout
    assert "PATCH /api/contact_bases/7/contacts/90057.json" in result.stdout
    assert "Перезвоним сегодня." in result.stdout
    assert "the answers of cscart.call_requests.get, obzvonilka.contacts.get are made up" in result.stdout


def test_an_answer_of_a_vendor_may_be_given(seed: Seed, perezvon: Command) -> None:
    created(seed)
    rule = {"event_type": "case.updated", "case_id": "1057"}
    new = rules.rule_event(rule, {}, json.dumps(rule).encode(), "application/json", seed.now)
    event = seed.event(new)
    closed = json.dumps({"case": {"case_id": "1057", "status": "closed", "labels": [], "staff_id": 41}})
    path = perezvon.file("[staff]\n41 = 5\n[statuses]\ncase_to_store = {closed = 'no_answer'}\n")
    result = perezvon(
        "config", "try", event.id, "--config", str(path), "--answer", f"omnidesk.cases.get={closed}"
    )
    assert result.exit_code == 0, result.output
    _, _, difference = result.stdout.partition("Difference to then")
    assert "-    status: completed" in difference
    assert "+    status: no_answer" in difference
    assert "+    user_id: 5" in difference


@pytest.mark.parametrize("kind", ["updated", "deleted", "message"])
def test_every_kind_of_callback_can_be_tried(seed: Seed, perezvon: Command, kind: str) -> None:
    created(seed)
    sent = row(57, status="completed", notes="Клиент просит позже.", message="Жду звонка!")
    delivery = call_request.Delivery(f"call_request.{kind}", sent)
    event = seed.event(call_request.to_event(delivery, json.dumps(sent).encode(), "application/json"))
    result = perezvon("config", "try", event.id)
    assert result.exit_code == 0, result.output
    assert CALL.search(result.stdout), result.stdout
    assert "error in Perezvon" not in result.stdout


def test_an_edit_that_goes_with_others_can_be_tried(seed: Seed, perezvon: Command) -> None:
    body = {"status": "closed"}
    event = seed.event(case_edit.new_event(CASES_UPDATE, "1057", body, dedupe_key="edit/1", subject=SUBJECT))
    result = perezvon("config", "try", event.id)
    assert "PUT /api/cases/1057.json" in result.stdout
    assert "status: closed" in result.stdout


def test_what_cannot_be_tried_is_said(seed: Seed, perezvon: Command) -> None:
    event = created(seed)
    unknown = perezvon("config", "try", "nope")
    assert (unknown.exit_code, "there is no event nope" in unknown.stderr) == (1, True)
    broken = perezvon("config", "try", event.id, "--config", str(perezvon.file("x = 1")))
    assert broken.exit_code == 1
    assert ":1: x is not a key here" in broken.stdout
    away = perezvon("config", "try", event.id, DATABASE_URL="postgresql://u:secretword@127.0.0.1:9/d")
    assert (away.exit_code, "the ledger cannot be read" in away.stderr) == (1, True)
    assert "secretword" not in away.output
    setting = perezvon("config", "try", event.id, OMNIDESK_EMAIL="")
    assert (setting.exit_code, "OMNIDESK_EMAIL is not set" in setting.stderr) == (1, True)
    for answer in ("omnidesk.case.get={}", "omnidesk.cases.get={"):
        assert perezvon("config", "try", event.id, "--answer", answer).exit_code == 2


def test_without_a_ledger_none_is_made(perezvon: Command) -> None:
    result = perezvon("config", "try", "nope")
    assert (result.exit_code, "no event has come yet" in result.stderr) == (1, True)
    assert not (perezvon.folder / "var").exists()
