"""A ledger that stands where it stood before is noticed, on both databases."""

from __future__ import annotations

from typing import cast

import pytest
import redis
from sqlalchemy import delete

from service.ledger import record
from service.ledger.database import Ledger
from service.ledger.tables import Attempt
from tests.ledger.hands import Hands
from workers.flows import rewound
from workers.flows.rewound import Rewound


class Memory:
    """What Redis is here: values by key, or away."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.away = False

    def get(self, key: str) -> bytes | None:
        if self.away:
            raise redis.ConnectionError
        return self.kept.get(key)

    def set(self, key: str, value: int) -> None:
        if self.away:
            raise redis.ConnectionError
        self.kept[key] = str(value).encode()


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def watch(ledger: Ledger, memory: Memory) -> Rewound:
    return Rewound(ledger, cast(redis.Redis, memory))


def attempted(ledger: Ledger, key: str) -> int:
    hands = Hands(ledger)
    hands.receive(key, key)
    (held,) = hands.claim()
    with ledger.write() as session:
        return record.begin_attempt(
            session, held, step="a", vendor="omnidesk", operation="omnidesk.cases.create", repeatable=False
        )


def noticed(ledger: Ledger) -> int:
    with ledger.read() as session:
        return rewound.at(session)


def test_a_ledger_that_only_grows_has_not_gone_back(ledger: Ledger, watch: Rewound) -> None:
    for key in ("a", "b"):
        watch.look()
        watch.saw(attempted(ledger, key))
    watch.look()
    assert noticed(ledger) == 0


def test_one_that_lacks_an_attempt_has_and_is_told_once(ledger: Ledger, watch: Rewound) -> None:
    attempted(ledger, "a")
    last = attempted(ledger, "b")
    watch.saw(last)
    with ledger.write() as session:
        session.execute(delete(Attempt).where(Attempt.id == last))
    watch.look()
    at = noticed(ledger)
    assert at > 0
    watch.look()
    assert noticed(ledger) == at


def test_without_redis_work_goes_on(ledger: Ledger, watch: Rewound, memory: Memory) -> None:
    memory.away = True
    watch.saw(attempted(ledger, "a"))
    watch.look()
    assert noticed(ledger) == 0
