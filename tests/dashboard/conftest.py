"""The dashboard through Flask's test client, on SQLite."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import ledgers
from tests.console import PASSWORD, Seed, running_app


@pytest.fixture(scope="session")
def session_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("dashboard")
    with ledgers.sqlite_ledger(folder) as url, running_app(url, folder) as app:
        yield app


@pytest.fixture
def app(session_app: Flask) -> Flask:
    ledgers.empty(session_app.extensions["ledger"])
    session_app.extensions["brake"].passed("127.0.0.1")
    session_app.extensions["waker"].woken.clear()
    return session_app


@pytest.fixture
def seed(app: Flask) -> Seed:
    return Seed(app.extensions["ledger"])


class Visitor:
    """Somebody with a browser without JavaScript: forms carry the token that their page gave."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._token = ""

    def get(self, path: str, **kwargs: Any) -> Any:
        answer = self.client.get(path, buffered=True, **kwargs)
        if found := re.search(rb'name="csrf_token" value="([^"]+)"', answer.data):
            self._token = found[1].decode()
        return answer

    def post(self, path: str, **form: str) -> Any:
        return self.client.post(path, data={"csrf_token": self._token} | form)

    def login(self, name: str, password: str, **form: str) -> Any:
        self.get("/login")
        return self.post("/login", name=name, password=password, **form)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who has not logged in."""
    return Visitor(app.test_client())


@pytest.fixture
def logged_in(app: Flask) -> Callable[[str, str], Visitor]:
    """Somebody who has, by name and password."""

    def login(name: str, password: str) -> Visitor:
        visitor = Visitor(app.test_client())
        assert visitor.login(name, password).status_code == 303
        visitor.get("/")
        return visitor

    return login


@pytest.fixture
def admin(logged_in: Callable[[str, str], Visitor]) -> Visitor:
    return logged_in("admin", PASSWORD)
