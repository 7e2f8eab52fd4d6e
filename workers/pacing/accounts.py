"""The vendors' accounts as the pacing sees them: what is configured, and what is guessed until they tell."""

from __future__ import annotations

import hashlib

from service.ledger.clock import SECOND
from service.settings import Settings
from workers.pacing.pacer import Account, Guess

# Calls at once to a help desk that does not tell what is left: a worker's threads twice.
SILENT_CONCURRENCY = 16


def accounts(settings: Settings) -> dict[str, Account]:
    """The three vendors' accounts by name."""
    omnidesk, cscart, obzvonilka = settings.omnidesk, settings.cscart, settings.obzvonilka
    share = settings.bulk_share / 100
    guess = Guess(limit=omnidesk.quota_per_window, window=omnidesk.quota_window_seconds * SECOND)
    silent = Guess(mode="configured", costs={"read": 1, "write": 1, "light": 1})
    return {
        # A new guess begins a new state: what was learned under the old one may be what the guess corrects.
        "omnidesk": Account(
            "omnidesk",
            _id(omnidesk.url, omnidesk.email, str(guess.limit), str(guess.window)),
            guess,
            share,
            # For an account that does not tell what is left.
            concurrency=SILENT_CONCURRENCY,
            rate=guess.limit and guess.limit * 60_000 / guess.window,
        ),
        "cscart": Account(
            "cscart",
            _id(cscart.url, cscart.email),
            silent,
            share,
            concurrency=cscart.concurrency,
            rate=cscart.calls_per_minute,
        ),
        "obzvonilka": Account(
            "obzvonilka",
            _id(obzvonilka.url, obzvonilka.api_key),
            silent,
            share,
            concurrency=obzvonilka.concurrency,
            rate=obzvonilka.calls_per_minute,
        ),
    }


def turn_key(subject: str) -> str:
    """Whose turn an event of the subject takes in its lane: its store's, or its customer's.

    `cscart/1/call_request/57` takes the turn of `cscart/1`. Events of one subject are worked one by one
    anyway, so that a single noisy customer cannot fill the lane.
    """
    parts = subject.split("/")
    return "/".join(parts[:2])


def _id(*parts: str) -> str:
    """Short, and tells nothing of what it is made from."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
