"""An event's flow run for show: which calls it would make, with nothing sent and nothing written.

The real flow runs on a copy of what the ledger knows of the event, in memory and as it was before the event
came, with a sender that notes each call instead of sending it. Each step meets the event as the real one did,
at its moment and after its failures. The vendors answer what they answered then, as far as it was kept; other
answers are made up: from what the ledger recorded of the real run (ids), from the event itself, and else
plausibly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from sqlalchemy import and_, inspect, or_, select
from sqlalchemy.orm import Session

from service.intake.call_request import CREATED
from service.ledger import claims, together
from service.ledger.claims import Claimed
from service.ledger.clock import MINUTE
from service.ledger.database import Ledger
from service.ledger.life import Status
from service.ledger.record import KNOWN
from service.ledger.tables import Attempt, Event, Link, Mark, Step, Table
from service.settings import Settings
from workers.flows import FLOWS, SWITCHED_OFF, history, is_on, kept
from workers.flows.calls import Calls
from workers.flows.flow import Flow
from workers.flows.history import GONE, History, Noted
from workers.flows.invented import Answers
from workers.pacing.pacer import Permit
from workers.vendors.errors import NotFound
from workers.vendors.operation import Operation

# What an event may name a vendor's thing by.
_NAMED = {"case_id": ("omnidesk", "case"), "contact_id": ("obzvonilka", "contact")}


@dataclass(frozen=True)
class Rehearsal:
    """What a flow would do: its calls, and what it would say of the event.

    `recorded` and `invented`: the reads, by operation, that were answered as then and by made-up answers.
    `forgotten`: it asked what was known before the event, which the ledger does not have.
    """

    calls: Sequence[Noted] = ()
    said: Sequence[str] = ()
    recorded: Sequence[str] = ()
    invented: Sequence[str] = ()
    forgotten: bool = False

    def lines(self) -> list[str]:
        """As text, for two to be compared."""
        return history.lines(self.calls) + [f"says: {one}" for one in self.said]


class UnknownEvent(LookupError):
    """There is no such event in the ledger."""


@dataclass
class _Notes(Calls):
    """Notes calls instead of making them."""

    answers: Answers
    given: Mapping[str, Any]
    then: Mapping[tuple[str, ...], Any]
    noted: list[Noted] = field(default_factory=list)
    recorded: dict[str, None] = field(default_factory=dict)
    invented: dict[str, None] = field(default_factory=dict)

    def call(
        self,
        held: Claimed,
        step: str,
        operation: Operation,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        del held
        return self._note(step, operation, path, query, body)

    def reserve(self, held: Claimed, operation: Operation) -> Permit:
        """Nothing is spent."""
        del held
        return Permit("", cast(Any, None), 0, 0, operation.cost, operation.name)

    def release(self, permit: Permit) -> None:
        """Nothing was spent."""

    def send(
        self,
        permit: Permit,
        events: Sequence[Claimed],
        step: str,
        operation: Operation,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        del permit, events
        return self._note(step, operation, path, query, body)

    def _note(
        self,
        step: str,
        operation: Operation,
        path: Mapping[str, Any] | None,
        query: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
    ) -> Any:
        operation.check(path=path, query=query, body=body)
        call = Noted.of(step, operation.name, kept.request(operation, path, query, body))
        self.noted.append(call)
        if operation.name in self.given:
            return self.given[operation.name]
        answered = call.question in self.then
        if not operation.is_write:
            (self.recorded if answered else self.invented)[operation.name] = None
        if not answered:
            return self.answers.to(step, operation, path or {}, body or {})
        if self.then[call.question] is GONE:
            raise NotFound(
                vendor=operation.vendor, operation=operation.name, sentence="It was not there then."
            )
        return self.then[call.question]


class _Rehearsed(Flow):
    """Meets the event in each step as the real flow did there."""

    def __init__(
        self, held: Claimed, ledger: Ledger, calls: Calls, views: Mapping[str, Mapping[str, Any]]
    ) -> None:
        super().__init__(held, ledger, calls)
        self._views = views

    def belongs_to(self, subject: str) -> None:
        """Nothing else is under way on this stage: its turn is now."""
        self.subject = subject

    def _enter(self, name: str) -> None:
        super()._enter(name)
        self.event = replace(self.event, **self._views.get(name, {}))


def rehearse(
    ledger: Ledger, event_id: str, settings: Settings, given: Mapping[str, Any] | None = None
) -> Rehearsal:
    """What the event's flow would do with `settings`, as if the event came for the first time.

    `given`: answers of vendors by the operation's name, in the place of made-up ones. Raises `UnknownEvent`.
    """
    with _stage(ledger, event_id) as (stage, held, answers, then, known_before):
        act = FLOWS.get(held.type)
        if act is None:
            return Rehearsal(said=["No flow is there for this type of event: it is recorded only."])
        if not is_on(held.type, settings.config.flows):
            return Rehearsal(said=[f"Nothing is done: {SWITCHED_OFF}."])
        calls = _Notes(answers, given or {}, then.answers)
        flow = _Rehearsed(held, stage, calls, then.views)
        try:
            with flow.branch():
                act(flow, settings)
        except Exception as error:  # as the runner does: whatever is wrong in a flow is told of the event
            flow.remark(f"It would be stopped by an error in Perezvon ({type(error).__name__}: {error}).")
        said = [*flow.remarks, *(str(one) for one in flow.troubles)]
        forgotten = bool(flow.knew.keys() - known_before)
        return Rehearsal(calls.noted, said, list(calls.recorded), list(calls.invented), forgotten)


@contextmanager
def _stage(ledger: Ledger, event_id: str) -> Iterator[tuple[Ledger, Claimed, Answers, History, Set[str]]]:
    """A ledger in memory with the event as it came, in a worker's hands."""
    stage = Ledger("sqlite://")
    try:
        Table.metadata.create_all(stage.engine)
        with ledger.read() as session:
            event = session.scalars(select(Event).where(Event.id == event_id)).one_or_none()
            if event is None:
                raise UnknownEvent(event_id)
            steps = {
                row.name: row.result
                for row in session.scalars(select(Step).where(Step.event_seq == event.seq))
            }
            then = history.of(session, event.seq)
            known_before = (event.known_before or {}).keys()
            links = _links(session, event)
            marks = [Mark(**_values(one)) for one in session.scalars(select(Mark))]
            # Of long ago: whatever was under way then has come to its end.
            lost = [Attempt(**_values(one) | {"started_at": 0}) for one in then.earlier]
            copies: list[Table] = [_event(event), *links, *marks, *lost]
        answers = Answers(
            event.source, dict(event.data), steps, [(one.vendor, one.kind, one.external_id) for one in links]
        )
        with stage.write() as writing:
            writing.add_all(copies)
        with stage.exclusive() as claiming:
            (held,) = claims.claim(claiming, event.lane, 1, MINUTE)
        # Until its first step as it was met first; without that as a worker that is woken at once meets it.
        first = next(iter(then.views.values()), {"now": event.received_at})
        yield stage, replace(held, **first), answers, then, known_before
    finally:
        stage.close()


def _event(event: Event) -> Event:
    return Event(
        **_values(event)
        | {
            "status": Status.RECEIVED,
            "reason": None,
            "not_before": 0,
            "claim": 0,
            "failures": 0,
            "crashes": 0,
            "skipped_at": None,
        }
    )


def _links(session: Session, event: Event) -> list[Link]:
    """What belonged to the event's subject, or to a thing that the event names, before it came."""
    named = [
        and_(Link.vendor == vendor, Link.kind == kind, Link.external_id == str(event.data[name]))
        for name, (vendor, kind) in _NAMED.items()
        if name in event.data
    ]
    about = or_(Link.subject == event.subject, *named)
    subjects = set(session.scalars(select(Link.subject).where(about))) | {event.subject}
    subjects |= set(together.others(session, event.subject))
    found = []
    for link in session.scalars(select(Link).where(Link.subject.in_(subjects)).order_by(Link.id)):
        values = _values(link)
        if event.type == CREATED and link.created_at >= event.received_at:
            # Made by this very event.
            continue
        if link.kind == KNOWN:
            # It holds what the event brought already; where what was known before is not kept, only the
            # language is left of that.
            guess = {"at": 0} | {name: link.data[name] for name in ("language",) if name in link.data}
            values["data"] = (event.known_before or {}).get(f"{link.vendor} {link.subject}", guess)
        found.append(Link(**values))
    return found


def _values(row: Table) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
