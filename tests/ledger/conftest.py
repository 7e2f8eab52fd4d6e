"""A ledger on each database, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.ledger.database import Ledger
from service.settings import database_url
from tests import ledgers
from tests.servers import run_postgres


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with ledgers.sqlite_ledger(tmp_path_factory.mktemp("ledger")) as url:
        yield from _opened(url)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Ledger]:
    with run_postgres() as server, ledgers.postgres_ledger(server) as url:
        yield from _opened(url)


@pytest.fixture(params=["sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """An empty ledger on each database."""
    found: Ledger = request.getfixturevalue(request.param)
    ledgers.empty(found)
    return found


def _opened(url: str) -> Iterator[Ledger]:
    ledger = Ledger(database_url(url, Path()))
    yield ledger
    ledger.close()
