"""A real Valkey for the scripts, one for each test process; every test begins with an empty one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.servers import run_redis


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
