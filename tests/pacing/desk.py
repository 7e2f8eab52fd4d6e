"""A pacer whose clock the test turns, and short ways of asking it."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import redis

from workers.pacing.pacer import Account, Guess, Pacer, Permit, Refusal, Summary

START = 1_800_000_000_000
READ = "omnidesk.cases.get"


class Desk:
    """One account; `now` in ms."""

    def __init__(self, client: redis.Redis, guess: Guess | None = None, **account: Any) -> None:
        self.client = client
        self.now = START
        self.mirror: Summary | None = None
        self.account = Account("omnidesk", "test", guess or Guess(limit=60), **account)
        self.pacer = Pacer(client, Random(1), recall=lambda _: self.mirror, clock=lambda: self.now)

    def ask(
        self,
        lane: str = "interactive",
        kind: str = "read",
        key: str = "shop/1",
        operation: str = READ,
        subject: str = "shop/1/request/1",
        again: bool = False,
        forced: bool = False,
    ) -> Permit | Refusal:
        return self.pacer.acquire(
            self.account,
            lane=lane,
            kind=kind,
            key=key,
            operation=operation,
            subject=subject,
            again=again,
            forced=forced,
        )

    def permit(self, *args: Any, **kwargs: Any) -> Permit:
        answer = self.ask(*args, **kwargs)
        assert isinstance(answer, Permit), answer
        return answer

    def refused(self, *args: Any, **kwargs: Any) -> Refusal:
        answer = self.ask(*args, **kwargs)
        assert isinstance(answer, Refusal), answer
        return answer

    def answer(self, permit: Permit, left: int | None = None, after: int = 100, **told: Any) -> Summary:
        """The vendor answers well, `after` ms later."""
        self.now += after
        self.mirror = {**self.pacer.settle(permit, ok=True, left=left, **told), "account": self.account.id}
        return self.mirror

    def fail(self, permit: Permit, after: int = 100) -> Summary:
        self.now += after
        return self.pacer.settle(permit, ok=False)

    def call(self, left: int, *args: Any, **kwargs: Any) -> Summary:
        """A call and its answer."""
        return self.answer(self.permit(*args, **kwargs), left)

    def state(self) -> dict[str, Any]:
        kept: Any = self.client.hget(self.account.key, "state")
        found: dict[str, Any] = json.loads(kept)
        return found
