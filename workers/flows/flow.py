"""Durable steps: what a flow is written with.

A flow is a plain function. Each thing it does to a vendor is a named step; a step that has ended gives back
its recorded result when the flow is run again after a crash or a wait, and is not done twice. Branches do not
wait for each other: trouble in one is kept for the end of the run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from sqlalchemy.orm import Session

from service.intake import identity
from service.intake.fields import left_out
from service.ledger import claims, events, marks, record
from service.ledger.claims import Claimed
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.events import NewEvent
from service.ledger.life import Reason
from service.ledger.record import KNOWN, RecordedStep
from service.ledger.tables import Link
from workers.flows.calls import Calls
from workers.flows.known import Known
from workers.flows.outcome import Trouble
from workers.pacing.gate import Wait
from workers.vendors.errors import Rejected, VendorError
from workers.vendors.operation import InvalidInput, Operation

log = logging.getLogger(__name__)

T = TypeVar("T")

# A vendor may go on with a call whose sender has gone: not to be found means not done only after this. Above
# the time that we wait for an answer, and the 30 s that PHP gives a script. Counted from before the call,
# which may be sent 9 s later (`calls.LATEST_SECONDS`, and the connection's time-out).
SETTLED = 40 * SECOND


class Flow:
    """One run of one event's flow, in one worker's hands."""

    def __init__(self, held: Claimed, ledger: Ledger, calls: Calls) -> None:
        self.event = held
        self.data = held.data
        """What intake made of the delivery."""
        self.subject = held.subject
        """What the flow is about: the event's subject, unless the flow learns better."""
        self.troubles: list[Trouble] = []
        self.remarks: list[str] = []
        self.idle = False
        """Has it found nothing, so that nobody needs the event once there is a later one?"""
        self._began = time.monotonic()
        self._ledger = ledger
        self._calls = calls
        self.knew: dict[str, Known] = {}
        """What was known of the flow's own things when it asked first, by "vendor subject"."""
        self._kept: set[str] = set()
        self._step = ""
        self._learned: list[Callable[[Session], None]] | None = None
        """What the step under way wants to be remembered; None between steps."""
        self.tell_left_out(held.data)
        with ledger.read() as session:
            self._ended = record.steps(session, held)
            self._unknown = record.unknown_steps(session, held)

    @property
    def age(self) -> int:
        """How long this run has been going on, in ms."""
        return int((time.monotonic() - self._began) * SECOND)

    @property
    def at(self) -> str:
        """The step that the flow is at, or was at last; "" before the first."""
        return self._step

    @property
    def ledger(self) -> Ledger:
        """For flows that work on other events too."""
        return self._ledger

    @property
    def calls(self) -> Calls:
        """For flows that make one call on behalf of several events."""
        return self._calls

    @contextmanager
    def branch(self) -> Iterator[None]:
        """Steps that stand on their own: when one cannot be done now, the flow goes on after the branch."""
        try:
            yield
        except (VendorError, Wait) as trouble:
            self.troubles.append(trouble)

    def step(
        self,
        name: str,
        act: Callable[[], T],
        find: Callable[[], T | None] | None = None,
        *,
        shared: bool = False,
        look: bool = False,
    ) -> T:
        """The recorded result of the step, or that of doing it now.

        `act` gives a small JSON value without people in it: ids. `find` looks up whether an earlier attempt
        whose answer was lost has done it; it is asked before such a step is done again. `shared`: what is
        made is the subject's, and another event of it may have made it in the step of this name. `look`: it
        is looked up first in any case, because the ledger need not know who made it. Raises what `act`
        raises; a refusal is recorded, and raised again without a call until a person retries the event.
        """
        if ended := self._ended.get(name):
            if ended.status == record.FAILED:
                raise _again(ended)
            return cast(T, ended.result)
        if shared:
            with self._ledger.read() as session:
                self._unknown |= record.unknown_of_subject(session, self.event, self.subject, name)
        self._enter(name)
        learned: list[Callable[[Session], None]] = []
        self._learned = learned
        try:
            result = self._look(find, name) if find and (look or name in self._unknown) else None
            if result is None:
                result = act()
        except Rejected as error:
            with self._ledger.write() as session:
                record.end_step(
                    session,
                    self.event,
                    name,
                    {"vendor": error.vendor, "operation": error.operation, "status": error.status},
                    failed=True,
                    message=error.sentence,
                    next_action=error.next_action,
                )
                self.keep_known(session)
            raise
        finally:
            self._learned = None
        with self._ledger.write() as session:
            record.end_step(session, self.event, name, result)
            self.keep_known(session)
            for write in learned:
                write(session)
        return result

    def _enter(self, name: str) -> None:
        """The calls from now on are this step's."""
        self._step = name

    def _look(self, find: Callable[[], T | None], name: str) -> T | None:
        """What an earlier attempt has done; None when it was not done and never will be. Raises `Wait`."""
        result = find()
        age = self._unknown.get(name)
        if result is None and age is not None and age < SETTLED:
            raise Wait(
                Reason.BACKOFF,
                # A clock that was set back makes the call younger than new.
                min(SETTLED, SETTLED - age),
                "A call was not answered and may still be at work; it is looked for again later.",
            )
        return result

    def sought(self, name: str, find: Callable[[], T | None]) -> T | None:
        """What the subject's step of that name has made, in whatever event; None when nothing has.

        Raises `Wait` while a call of it may still be at work.
        """
        with self._ledger.read() as session:
            self._unknown |= record.unknown_of_subject(session, self.event, self.subject, name)
        return self._look(find, name)

    def is_begun(self, name: str) -> bool:
        """Has the step ended, or may it have been done?"""
        return name in self._ended or name in self._unknown

    def read(self, name: str, act: Callable[[], T]) -> T:
        """A step that only reads, and is simply done again when the flow is."""
        self._enter(name)
        return act()

    def belongs_to(self, subject: str) -> None:
        """The flow is about `subject`, whose events go one at a time whatever names they came under.

        Raises `Wait` when the event came under another: it comes again in its turn. Raises `LeaseLost`.
        """
        self.subject = subject
        if self.event.subject != subject:
            with self._ledger.write() as session:
                claims.move(session, self.event, subject)
            raise Wait(Reason.ORDER, 0, f"It is about {subject}, and waits for its turn there.")

    def call(
        self,
        operation: Operation,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """One vendor call of the present step."""
        try:
            return self._calls.call(self.event, self._step, operation, path=path, query=query, body=body)
        except InvalidInput as error:
            raise Rejected(
                vendor=operation.vendor,
                operation=operation.name,
                sentence=f"Not sent, because the call would not be valid: {error}.",
                next_action="Correct the data and replay the event.",
                fields=error.problems,
            ) from None

    def link(self, vendor: str, kind: str, external_id: str, **data: Any) -> None:
        """Remember the vendor's thing that belongs to the subject. Raises `LeaseLost`."""
        with self._ledger.write() as session:
            claims.check(session, self.event)
            record.link(session, self.subject, vendor, kind, external_id, data)

    def linked(self, vendor: str, kind: str) -> Link | None:
        """The vendor's thing that belongs to the subject."""
        with self._ledger.read() as session:
            return record.linked(session, self.subject, vendor, kind)

    def subjects_of(self, vendor: str, kind: str, external_id: str) -> list[str]:
        """The subjects that a vendor's thing belongs to, the latest first."""
        with self._ledger.read() as session:
            return record.subjects_of(session, vendor, kind, external_id)

    def subject_of(self, vendor: str, kind: str, external_id: str) -> str | None:
        """The subject that a vendor's thing belongs to."""
        with self._ledger.read() as session:
            return record.subject_of(session, vendor, kind, external_id)

    def found(self, new: Sequence[NewEvent]) -> int:
        """Record what the flow has found, the known apart; gives how many were news. Raises `LeaseLost`."""
        if not new:
            return 0
        with self._ledger.write() as session:
            claims.check(session, self.event)
            about = [identity.settled(session, one) for one in new]
            known = events.known(session, [one.dedupe_key for one in about])
            fresh = [one for one in about if one.dedupe_key not in known]
            return sum(not events.record(session, one).duplicate for one in fresh)

    def settled(self, new: NewEvent) -> NewEvent:
        """`new` under the subject that it really is about. Raises `LeaseLost`."""
        with self._ledger.write() as session:
            claims.check(session, self.event)
            return identity.settled(session, new)

    def known(self, vendor: str, subject: str | None = None) -> Known:
        """What is known of the subject's thing at the vendor (see `known`)."""
        with self._ledger.read() as session:
            link = record.linked(session, subject or self.subject, vendor, KNOWN)
        found = link.data if link else {}
        if subject is None:
            self.knew.setdefault(f"{vendor} {self.subject}", found)
        return found

    def keep_known(self, session: Session) -> None:
        """Write down what was known before the event, with the step or the run that rests on it."""
        if self.knew.keys() - self._kept:
            record.keep_known(session, self.event, self.knew)
            self._kept |= self.knew.keys()

    def remember(
        self, vendor: str, external_id: str, change: Callable[[Known], Known], *, shared: bool = False
    ) -> None:
        """Keep what was learned of the subject's thing at the vendor; in a step, with its end.

        `shared`: of all the subjects that have the same thing. Raises `LeaseLost`.
        """
        subject = self.subject

        def write(session: Session) -> None:
            others = record.subjects_of(session, vendor, KNOWN, external_id) if shared else []
            for one in dict.fromkeys([subject, *others]):
                record.change_known(session, one, vendor, external_id, change)

        if self._learned is not None:
            self._learned.append(write)
            return
        with self._ledger.write() as session:
            claims.check(session, self.event)
            self.keep_known(session)
            write(session)

    def mark(self, name: str) -> dict[str, Any] | None:
        """What an earlier flow wanted to be remembered."""
        with self._ledger.read() as session:
            return marks.read(session, name)

    def set_mark(self, name: str, data: dict[str, Any]) -> None:
        """Remember for later flows. Raises `LeaseLost`."""
        with self._ledger.write() as session:
            claims.check(session, self.event)
            marks.write(session, name, data)

    def remark(self, text: str) -> None:
        """Say on the event what was left out, and why."""
        self.remarks.append(text)

    def tell_left_out(self, data: Mapping[str, Any]) -> None:
        """Say on the event which fields could not be read; `data` as intake makes it."""
        if names := data.get("unreadable"):
            text = left_out(names)
            if text not in self.remarks:
                self.remark(text)


def _again(ended: RecordedStep) -> Rejected:
    """The refusal that a step ended with, as it was raised then."""
    return Rejected(
        vendor=ended.result["vendor"],
        operation=ended.result["operation"],
        status=ended.result["status"],
        sentence=ended.message or "",
        next_action=ended.next_action or "",
    )
