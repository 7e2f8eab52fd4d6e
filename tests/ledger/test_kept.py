"""What the ledger keeps of a call is what was sent, as any database takes it, and goes with its event."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from sqlalchemy import func, select

from service.config.model import Retention
from service.ledger import migrate, record, retention
from service.ledger.database import Ledger
from service.ledger.retention import DAY
from service.ledger.tables import Attempt, Event
from tests.console import Seed
from tests.ledger.hands import Hands
from workers.flows import history, kept
from workers.flows.history import Noted
from workers.vendors.cscart.operations import CALL_REQUESTS_GET, CALL_REQUESTS_LIST
from workers.vendors.obzvonilka.operations import CONTACTS_CREATE
from workers.vendors.operation import Operation


def carried(
    ledger: Ledger, operation: Operation, answer: Any = None, **given: Any
) -> tuple[Noted, dict[Any, Any]]:
    """The call and the answers that the ledger has, after a call of a claimed event."""
    hands = Hands(ledger)
    hands.receive("a")
    (held,) = hands.claim()
    request = kept.request(operation, given.get("path"), None, given.get("body"))
    with ledger.write() as session:
        attempt = record.begin_attempt(
            session,
            held,
            step="step",
            vendor=operation.vendor,
            operation=operation.name,
            repeatable=operation.repeatable,
            request=request | {"event": kept.view(held)},
        )
        record.end_attempt(session, attempt, outcome=record.OK, answer=kept.answer(operation, answer))
    with ledger.read() as session:
        found = history.of(session, held.seq)
    (call,) = found.calls
    assert found.views == {"step": {"now": held.now, "failures": 0, "crashes": 0}}
    return call, found.answers


def test_a_call_is_kept_as_it_is_sent(ledger: Ledger) -> None:
    body = {"phone1": "+79175550157", "name": "Мария\x00 \ud83d", "external_code": "cscart-1-57"}
    call, answers = carried(ledger, CONTACTS_CREATE, {"id": "5"}, path={"base_id": "7"}, body=body)
    assert (call.method, call.path) == ("POST", "/api/contact_bases/7/contacts.json")
    # The order of the fields is part of what is shown.
    assert list(call.body.items()) == [
        ("phone1", "+79175550157"),
        ("name", "Мария� ?"),
        ("external_code", "cscart-1-57"),
    ]
    # What it was answered tells nothing that the step's result does not.
    assert answers == {}


@pytest.mark.parametrize(
    ("operation", "answer", "wanted"),
    [
        (
            CALL_REQUESTS_GET,
            {"request_id": "57", "notes": "Есть\x00"},
            {"request_id": "57", "notes": "Есть�"},
        ),
        (CALL_REQUESTS_GET, {"notes": "я" * kept.LARGEST_ANSWER}, None),
        (CALL_REQUESTS_GET, {"price": float("nan")}, None),
        (CALL_REQUESTS_GET, None, None),
        (CALL_REQUESTS_LIST, {"call_requests": [{"request_id": "57"}]}, None),
    ],
)
def test_small_answers_of_one_thing_are_kept(
    ledger: Ledger, operation: Operation, answer: Any, wanted: Any
) -> None:
    path = {"request_id": "57"} if operation.parameters else {}
    call, answers = carried(ledger, operation, answer, path=path)
    assert answers == ({} if wanted is None else {call.question: wanted})
    with ledger.read() as session:
        assert session.scalar(select(func.count()).where(Attempt.answer.is_(None))) == (wanted is None)


def test_it_goes_with_its_event(ledger: Ledger) -> None:
    seed = Seed(ledger)
    event = seed.event(status="done", age=40 * DAY)
    seed.attempt(event, "step", "omnidesk.cases.create", request={"body": {"name": "Мария"}})
    with ledger.write() as session:
        assert retention.purge(session, Retention(done_days=30)) == 1
        assert session.scalar(select(func.count()).select_from(Attempt)) == 0


def test_nothing_else_loads_it(ledger: Ledger) -> None:
    seed = Seed(ledger)
    event = seed.event()
    seed.attempt(event, "step", "omnidesk.cases.create", request={"body": {}}, answer={})
    with ledger.read() as session:
        found = session.scalars(select(Event).where(Event.id == event.id)).one()
        assert not {"request", "answer"} & vars(found.attempts[0]).keys()


def test_calls_from_before_it_was_kept_stay(ledger: Ledger) -> None:
    seed = Seed(ledger)
    event = seed.event(status="done")
    seed.attempt(event, "step", "omnidesk.cases.create", request={"body": {}}, answer={})
    with ledger.engine.begin() as connection:
        command.downgrade(migrate.config(connection), "0004")
    assert migrate.upgrade(ledger) == ("0004", migrate.head())
    with ledger.read() as session:
        found = history.of(session, event.seq)
    assert [one.operation for one in found.attempts] == ["omnidesk.cases.create"]
    assert (found.is_whole, found.calls, found.answers) == (False, [], {})


def test_what_was_known_first_stays(ledger: Ledger) -> None:
    hands = Hands(ledger)
    hands.receive("a")
    (held,) = hands.claim()
    runs: list[dict[str, Any]] = [{"cscart s": {}}, {"cscart s": {"at": 5}, "omnidesk s": {"at": 6}}]
    for known in runs:
        with ledger.write() as session:
            record.keep_known(session, held, known)
    with ledger.read() as session:
        kept_with_it = session.scalar(select(Event.known_before))
    assert kept_with_it == {"cscart s": {}, "omnidesk s": {"at": 6}}
