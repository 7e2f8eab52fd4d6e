"""Each of the 107 calls through the command line, compared with what the documents say goes over the wire."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Callable

import pytest
from click.testing import Result

from tests.vendors.facts import EMPTY, FACTS, NEWER, Fact
from tests.vendors.recorder import Recorder, Sent
from workers.vendors.registry import OPERATIONS


@pytest.mark.parametrize("fact", [*FACTS, *NEWER], ids=lambda fact: fact.operation)
def test_what_is_sent(fact: Fact, recorder: Recorder, perezvon_call: Callable[..., Result]) -> None:
    recorder.body = b'{"fine": true}'
    result = perezvon_call(fact.operation, *shlex.split(fact.words), fields=fact.fields)

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {"fine": True}
    assert result.stderr == ""
    sent = recorder.only
    vendor = fact.operation.partition(".")[0]
    assert (sent.method, sent.path) == (fact.method, f"/{vendor}/desk{fact.path}")
    assert sent.query == fact.query
    _check_login(vendor, sent)
    _check_body(vendor, fact, sent)


def _check_login(vendor: str, sent: Sent) -> None:
    if vendor == "obzvonilka":
        assert sent.headers["x-api-key"] == "key-1"
        assert "authorization" not in sent.headers
    else:
        login = base64.b64encode(b"staff@example.ru:key-1").decode()
        assert sent.headers["authorization"] == f"Basic {login}"


def _check_body(vendor: str, fact: Fact, sent: Sent) -> None:
    kind = sent.headers.get("content-type")
    if fact.body == EMPTY:
        assert sent.body == b""
        assert kind == ("application/json" if vendor == "omnidesk" else None)
        if fact.method in {"POST", "PUT"}:
            assert sent.headers["content-length"] == "0"
    elif isinstance(fact.body, list):
        assert [(part.name, part.content.decode(), part.file_name) for part in sent.parts] == [
            (name, value, None) for name, value in fact.body
        ]
    else:
        assert kind == "application/json"
        assert json.loads(sent.body) == fact.body


def test_every_operation_has_a_fact_and_no_other() -> None:
    documented = [name for name, one in OPERATIONS.items() if not one.newer]
    assert len(FACTS) == len(documented) == 107
    assert sorted(fact.operation for fact in FACTS) == sorted(documented)
    assert sorted(fact.operation for fact in NEWER) == sorted(set(OPERATIONS) - set(documented))
