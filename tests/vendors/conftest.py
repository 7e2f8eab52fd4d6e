"""The vendors' tests call through the command line and look at what a server received."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli.call import call
from tests.vendors.recorder import Recorder, recording

VENDORS = ("OMNIDESK", "CSCART", "OBZVONILKA")


@pytest.fixture(scope="session")
def _server() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


@pytest.fixture
def recorder(_server: Recorder) -> Recorder:
    """The server, with nothing sent to it yet."""
    _server.sent.clear()
    _server.status, _server.headers, _server.body, _server.answer = 200, {}, b"{}", None
    return _server


@pytest.fixture
def environment(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of the three vendors, all of them at the recording server, under a path of their own."""
    settings = {}
    for vendor in VENDORS:
        settings[f"{vendor}_URL"] = f"{recorder.url}/{vendor.lower()}/desk"
        settings[f"{vendor}_EMAIL"] = "staff@example.ru"
        settings[f"{vendor}_API_KEY"] = "key-1"
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture
def perezvon_call(environment: dict[str, str]) -> Callable[..., Result]:
    """`perezvon call` with the words given; `fields` becomes --json."""

    assert environment

    def run(*words: str, fields: Any = None, **options: Any) -> Result:
        given = list(words) if fields is None else [*words, "--json", json.dumps(fields)]
        return CliRunner().invoke(call, given, **options)

    return run
