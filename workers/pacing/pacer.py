"""Asks the shared state in Redis whether a call may be made, and tells it how the call ended.

What is decided stands in the Lua scripts beside this file (docs/adr/0004): one script an operation, on Redis'
own clock, so any number of processes on any number of machines agree.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal

import redis

Kind = Literal["fixed", "first", "sliding"]
Mode = Literal["reported", "configured"]

log = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent / "lua"
# Each script with what it is built from.
_PARTS = {
    "acquire": ("state", "windows", "breaker"),
    "settle": ("state", "windows", "breaker"),
    "freeze": ("state", "windows", "breaker"),
    "release": ("state",),
    "seed": ("state", "windows"),
}

# Longer than any call with what is written before it (4 s to connect, 20 s to be answered, 4 s for a busy
# ledger): a permit that is older belongs to a dead worker.
LEASE = 40_000


@dataclass(frozen=True)
class Guess:
    """What is believed of a vendor's quota before it has said anything.

    `mode`: does the vendor report what is left, or are rate and concurrency only configured? `limit`: calls
    in a window of `window` ms. `kind`: a vendor of another kind than "fixed" refuses one call before it is
    known for that. `costs`: calls that each class takes.
    """

    mode: Mode = "reported"
    limit: int | None = None
    window: int = 60_000
    kind: Kind = "fixed"
    # Since 12.06.2024 POST, PUT and DELETE cost 2; the older scheme has free ones (FIELD-NOTES, limits).
    costs: Mapping[str, int] = field(default_factory=lambda: {"read": 1, "write": 2, "light": 0})


@dataclass(frozen=True)
class Account:
    """One account at a vendor. `share`: of each window at least this part is bulk's, when it waits for it.

    `concurrency` (calls at once) and `rate` (calls a minute) are for vendors that do not report; None: any.
    """

    vendor: str
    id: str
    guess: Guess
    share: float = 0.1
    concurrency: int | None = None
    rate: float | None = None

    @property
    def key(self) -> str:
        """Of the account's hash in Redis."""
        return f"perezvon:pacing:{self.vendor}:{self.id}"


@dataclass(frozen=True)
class Permit:
    """A call that may be made now. `sent` is Redis' time, in ms."""

    id: str
    account: Account
    sent: int
    cost: int
    kind: str
    operation: str
    subject: str = ""


@dataclass(frozen=True)
class Refusal:
    """Not now: ask again in `delay` ms. `why`: spent, reserve, pace, probe, turn, frozen, breaker, …"""

    why: str
    delay: int
    breaker: str | None = None


Summary = dict[str, Any]
"""The state in short, as the scripts give it: for the ledger's mirror.

`freed`: what had stopped the vendor's calls has ended with this one. `denied`: access was refused to one
subject after another.
"""


class Unusable(redis.RedisError):
    """The shared state cannot be used, nor begun anew: a mistake in the scripts."""


@cache
def source(name: str) -> str:
    """A script's text."""
    files = (*_PARTS[name], name)
    return "\n".join((_FOLDER / f"{part}.lua").read_text(encoding="utf-8") for part in files)


class Pacer:
    """The shared state, as one process reaches it. Every method may raise `redis.RedisError`."""

    def __init__(
        self,
        client: redis.Redis,
        randomness: Random,
        recall: Callable[[Account], Summary | None] = lambda _: None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        """`recall` gives the ledger's mirror when Redis knows nothing; `clock` (ms) is for simulations."""
        self._client: Any = client
        self._scripts: Any = {name: client.register_script(source(name)) for name in _PARTS}
        self._random = randomness
        self._recall = recall
        self._clock = clock

    def acquire(
        self,
        account: Account,
        *,
        lane: str,
        kind: str,
        key: str,
        operation: str,
        subject: str = "",
        again: bool = False,
        forced: bool = False,
    ) -> Permit | Refusal:
        """A permit for one call of a class (`kind`), or when to ask again.

        `key` is whose turn it takes among those of its lane, `subject` what it is about; `again` tells that
        the work has waited before. `forced`: a person wants the call now, whatever stands against it.
        """
        answer = self._ask(
            "acquire",
            account,
            id=uuid.uuid4().hex,
            lane=lane,
            **{"class": kind},
            key=key,
            operation=operation,
            subject=subject,
            again=again or None,
            forced=forced or None,
            lease=LEASE,
            u=self._random.random(),
            share=account.share,
            concurrency=account.concurrency,
            rate=account.rate,
        )
        if "id" in answer:
            return Permit(answer["id"], account, answer["sent"], answer["cost"], kind, operation, subject)
        return Refusal(answer["why"], answer["delay"], answer.get("breaker"))

    def settle(
        self,
        permit: Permit,
        *,
        ok: bool | None,
        left: int | None = None,
        limit: int | None = None,
        retry_after: float | None = None,
        charged: bool = True,
        denied: bool = False,
    ) -> Summary:
        """The call has ended.

        `ok`: the vendor answered (True), failed (False), or nothing can be said of it (None). `left`,
        `limit`, `retry_after` (s) are what it told of its quota; `charged` is False when nothing can have
        reached it. `denied`: access to the thing that it was about was refused.
        """
        return self._told(
            "settle",
            permit,
            ok=ok,
            left=left,
            limit=limit,
            retry_after=retry_after,
            charged=charged,
            denied=denied or None,
        )

    def freeze(self, permit: Permit, seconds: float, *, told: bool, refused: bool = True) -> Summary:
        """The vendor refused the call for its quota, or asked for a pause of `seconds`."""
        return self._told(
            "freeze",
            permit,
            seconds=seconds,
            told=told or None,
            refused=refused or None,
            u=self._random.random(),
        )

    def release(self, permit: Permit) -> None:
        """The call was not made."""
        self._ask("release", permit.account, id=permit.id)

    @staticmethod
    def _facts(permit: Permit) -> dict[str, Any]:
        return {
            "id": permit.id,
            "sent": permit.sent,
            "cost": permit.cost,
            "class": permit.kind,
            "operation": permit.operation,
            "subject": permit.subject,
        }

    def _told(self, script: str, permit: Permit, **given: Any) -> Summary:
        summary: Summary = self._ask(script, permit.account, **self._facts(permit), **given)
        # Lua's empty list is an empty object.
        summary["open"] = list(summary["open"])
        return summary

    def _ask(self, script: str, account: Account, **given: Any) -> Any:
        # Should what the ledger remembers be of no use either, it is begun from the settings.
        for mirror in (self._mirror, lambda _: None):
            try:
                answer = self._run(script, account, given)
                if answer.get("cold"):
                    if answer["damaged"]:
                        log.warning("the pacing's state is damaged or another release's; it is begun anew")
                    guess = _plain(asdict(account.guess))
                    self._run("seed", account, {"guess": guess, "mirror": mirror(account)})
                    answer = self._run(script, account, given)
                if not answer.get("cold"):
                    return answer
            except redis.ResponseError as error:
                if not _is_of_script(error):
                    raise
                log.error(
                    "a pacing script failed; its state is begun anew",
                    extra={"script": script, "vendor": account.vendor, "error": str(error)[:200]},
                )
                self._client.delete(account.key)
        raise Unusable(f"the state of {account.vendor} cannot be used")

    def _mirror(self, account: Account) -> Summary | None:
        known = self._recall(account)
        return known if known and known.get("account") == account.id else None

    def _run(self, script: str, account: Account, given: Mapping[str, Any]) -> Any:
        now = {"now": self._clock()} if self._clock else {}
        answer = self._scripts[script](keys=[account.key], args=[json.dumps(_plain(given) | now)])
        return json.loads(answer)


def _is_of_script(error: redis.ResponseError) -> bool:
    """Did the script fail on what it found, as opposed to a Redis that is full, read-only or forbids it?"""
    return type(error) is redis.ResponseError and "user_script" in str(error)


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None: Lua's null is not nil."""
    return {name: value for name, value in given.items() if value is not None}
