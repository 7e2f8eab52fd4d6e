"""The API through HTTP, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.ledger.database import Ledger
from tests import ledgers
from tests.console import OPERATOR, NoWaker, Seed, running_app
from tests.servers import run_postgres


@pytest.fixture(scope="session")
def sqlite_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("sqlite")
    with ledgers.sqlite_ledger(folder) as url, running_app(url, folder) as app:
        yield app


@pytest.fixture(scope="session")
def postgres_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("postgres")
    with (
        run_postgres() as server,
        ledgers.postgres_ledger(server) as url,
        running_app(url, folder) as app,
    ):
        yield app


@pytest.fixture(params=["sqlite", "postgres"])
def app(request: pytest.FixtureRequest) -> Flask:
    """The application on an empty ledger, on each database."""
    # One for all tests: making one costs more than what they do with it.
    found: Flask = request.getfixturevalue(f"{request.param}_app")
    ledgers.empty(found.extensions["ledger"])
    found.extensions["waker"].woken.clear()
    return found


@pytest.fixture
def waker(app: Flask) -> NoWaker:
    found: NoWaker = app.extensions["waker"]
    return found


@pytest.fixture
def ledger(app: Flask) -> Ledger:
    found: Ledger = app.extensions["ledger"]
    return found


@pytest.fixture
def seed(ledger: Ledger) -> Seed:
    return Seed(ledger)


class Caller:
    """A client of the API that holds a token."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/api/v1{path}", query_string=query, headers=self._headers)

    def post(self, path: str, **kwargs: Any) -> Any:
        return self._client.post(f"/api/v1{path}", headers=self._headers, **kwargs)


@pytest.fixture
def call(app: Flask) -> Caller:
    """An operator's."""
    return Caller(app.test_client(), OPERATOR)
