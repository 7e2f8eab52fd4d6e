"""A real Valkey for the scripts, one for each test process; every test begins with an empty one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from service import settings
from service.ledger.database import Ledger
from service.settings import database_url
from tests.ledgers import sqlite_ledger
from tests.pacing.hand import Bench
from tests.servers import run_redis
from tests.stack import environment


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with run_redis() as url:
        yield url


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server) as made:
        yield made


@pytest.fixture(autouse=True)
def _empty(client: redis.Redis) -> None:
    client.flushall()


@pytest.fixture
def bench(tmp_path: Path, server: str, client: redis.Redis) -> Iterator[Bench]:
    with sqlite_ledger(tmp_path) as url:
        ledger = Ledger(database_url(url, tmp_path))
        environ = environment(tmp_path, "http://127.0.0.1:9", DATABASE_URL=url, REDIS_URL=server)
        yield Bench(ledger, settings.load(environ | {"PATH": os.environ["PATH"]}), client)
        ledger.close()
