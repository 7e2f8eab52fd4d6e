"""What was sent for an event, and what the vendors answered: from the ledger's attempts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from service.ledger.record import OK
from service.ledger.tables import Attempt
from workers.vendors.errors import NotFound

GONE = object()
"""In the place of an answer: the vendor said that there is no such thing."""


@dataclass(frozen=True)
class Noted:
    """One call, made or only noted."""

    step: str
    operation: str
    method: str
    path: str
    query: Mapping[str, Any]
    body: Mapping[str, Any]

    @classmethod
    def of(cls, step: str, operation: str, request: Mapping[str, Any]) -> Noted:
        """The call that `kept.request` is about."""
        return cls(step, operation, request["method"], request["path"], request["query"], request["body"])

    @property
    def question(self) -> tuple[str, ...]:
        """The same for calls that ask the same."""
        return self.step, self.operation, self.path, json.dumps(self.query, sort_keys=True)

    def lines(self) -> list[str]:
        """As text, a line for each line of a text in it, so that two can be compared."""
        found = [f"{self.step}: {self.operation}", f"    {self.method} {self.path}"]
        for title, values in (("?", self.query), ("", self.body)):
            for name, value in values.items():
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                first, *more = text.split("\n")
                found += [
                    f"    {title}{name}: {first}",
                    *(f"    {'':<{len(title + name)}}| {one}" for one in more),
                ]
        return found


def lines(calls: Iterable[Noted]) -> list[str]:
    """Calls as text, for two flows to be compared."""
    return [line for call in calls for line in (*call.lines(), "")]


@dataclass(frozen=True)
class History:
    """An event's attempts, in order.

    A step that failed was begun anew by a later run of the flow. What it did in the end is told by the run
    with its last write, or without any by its last run; the others are of no account.
    """

    attempts: Sequence[Attempt] = ()

    @property
    def is_whole(self) -> bool:
        """Was what was sent kept of every call? Not in ledgers from before it was."""
        return all(one.request is not None for one in self.attempts)

    @property
    def calls(self) -> list[Noted]:
        """What was sent in the end, step by step."""
        return [_call(one) for one in self._telling]

    def in_order(self, others: Sequence[Noted]) -> list[Noted]:
        """`calls`, the steps in the order that the others have: branches overtake each other by waiting."""
        steps = list(dict.fromkeys(one.step for one in others))
        place = {name: number for number, name in enumerate(steps)}
        return sorted(self.calls, key=lambda one: place.get(one.step, len(steps)))

    @property
    def views(self) -> dict[str, dict[str, Any]]:
        """How the flow met the event (see `kept.view`), by step."""
        return {one.step: _view(one) for one in self._telling}

    @property
    def earlier(self) -> list[Attempt]:
        """The calls of steps that were begun anew, from before that."""
        begun = {one.step: one.id for one in reversed(self._telling)}
        return [one for one in self._kept if one.id < begun[one.step]]

    @property
    def answers(self) -> dict[tuple[str, ...], Any]:
        """What was answered last to each question, and in the run that tells before others."""
        found: dict[tuple[str, ...], Any] = {}
        for one in (*self._kept, *self._telling):
            if one.outcome == NotFound.outcome:
                found[_call(one).question] = GONE
            elif one.outcome == OK and one.answer is not None:
                found[_call(one).question] = one.answer
        return found

    @property
    def _kept(self) -> list[Attempt]:
        return [one for one in self.attempts if one.request is not None]

    @property
    def _telling(self) -> list[Attempt]:
        runs: dict[str, dict[str, Any]] = {}
        for is_write in (False, True):
            runs |= {one.step: _view(one) for one in self._kept if (_call(one).method != "GET") == is_write}
        return [one for one in self._kept if _view(one) == runs[one.step]]


def of(session: Session, event_seq: int) -> History:
    """The event's history."""
    attempts = select(Attempt).where(Attempt.event_seq == event_seq).order_by(Attempt.id)
    whole = attempts.options(undefer(Attempt.request), undefer(Attempt.answer))
    return History(session.scalars(whole).all())


def _call(attempt: Attempt) -> Noted:
    return Noted.of(attempt.step, attempt.operation, attempt.request or {})


def _view(attempt: Attempt) -> dict[str, Any]:
    return dict((attempt.request or {})["event"])
