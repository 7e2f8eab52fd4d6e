"""A world for each test: an empty ledger and a sandbox in its first state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from sqlalchemy.event import listen

from service.config.model import Config
from service.ledger.database import Ledger
from tests.flows.world import World, caught
from tests.ledgers import empty, sqlite_ledger
from tests.servers import run_redis
from workers.vendors.sandbox import SandboxConfig


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with sqlite_ledger(tmp_path_factory.mktemp("ledger")) as url:
        found = Ledger(url)
        # Nobody cuts the power here, and many tests wait for the same disk.
        listen(found.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
        yield found
        found.close()


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with run_redis() as url:
        yield url


@pytest.fixture
def world(request: pytest.FixtureRequest, ledger: Ledger, redis_url: str) -> Iterator[World]:
    """Of another sandbox where a test is given its configuration (`indirect`)."""
    empty(ledger)
    redis.Redis.from_url(redis_url).flushall()
    with caught() as fired:
        made = World(ledger, redis_url, Config(), getattr(request, "param", SandboxConfig()))
        made.fired = fired
        yield made
