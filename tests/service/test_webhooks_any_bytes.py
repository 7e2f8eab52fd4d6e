"""Whatever bytes reach a webhook: 2xx or a 4xx that says why; and the ledger keeps what was authentic."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.console import running_app
from tests.ledgers import sqlite_ledger

CSCART = "/webhooks/cscart/cscart-hook"
CHANNEL = "/webhooks/omnidesk/channel/omnidesk-hook"
RULE = "/webhooks/omnidesk/rule/omnidesk-hook"
LABELS = st.sampled_from(
    ["application/json", "application/x-www-form-urlencoded", "text/plain", "", "application/json; charset=x"]
)

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_ROW_FIELDS = st.sampled_from(
    [
        "request_id",
        "company_id",
        "name",
        "phone",
        "timestamp",
        "cart_products",
        "notes",
        "time_from",
        "type",
        "data",
    ]
)
_ROW = st.dictionaries(_ROW_FIELDS, _JSON, max_size=8)
_MESSAGE_FIELDS = st.sampled_from(
    ["message_id", "case_id", "staff_id", "content", "note", "attachments", "custom_user_id", "sent_via_rule"]
)
_MESSAGE = st.fixed_dictionaries(
    {"type": st.sampled_from(["message_new"]) | _JSON},
    optional={"object": st.dictionaries(_MESSAGE_FIELDS, _JSON, max_size=8) | _JSON},
)


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    with (
        tempfile.TemporaryDirectory() as folder,
        sqlite_ledger(Path(folder)) as url,
        running_app(url, Path(folder)) as made,
    ):
        # As it runs for real: an error is answered, not raised into the test.
        made.testing = False
        yield made


def accepted_or_said_why(answer: Any) -> None:
    """A 2xx of the contract's form, or a 4xx problem with a sentence and no traceback."""
    body = answer.get_json(force=True)
    if answer.status_code in {200, 202}:
        assert body["result"] == "ok"
        assert body["event_id"]
        assert body["duplicate"] in {True, False}
    else:
        assert 400 <= answer.status_code < 500, (answer.status_code, body)
        assert answer.content_type == "application/problem+json"
        assert body["detail"]
        assert "Traceback" not in answer.get_data(as_text=True)


def post(client: FlaskClient, path: str, raw: bytes, label: str) -> Any:
    return client.post(path, data=raw, headers={"Content-Type": label})


everything = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@everything
@given(raw=st.binary(max_size=200), label=LABELS, path=st.sampled_from([CSCART, CHANNEL, RULE]))
def test_any_bytes(app: Flask, raw: bytes, label: str, path: str) -> None:
    accepted_or_said_why(post(app.test_client(), path, raw, label))


@everything
@given(row=_ROW, label=LABELS)
def test_any_row(app: Flask, row: dict[str, Any], label: str) -> None:
    accepted_or_said_why(post(app.test_client(), CSCART, json.dumps(row).encode(), label))


@everything
@given(body=_MESSAGE, label=LABELS)
def test_any_message(app: Flask, body: dict[str, Any], label: str) -> None:
    accepted_or_said_why(post(app.test_client(), CHANNEL, json.dumps(body).encode(), label))


@everything
@given(
    pairs=st.lists(
        st.tuples(
            st.from_regex(r"\A(type|object)(\[[a-z_0-9]{0,10}\]){0,6}\Z") | st.text(max_size=20),
            st.text(max_size=20),
        ),
        max_size=6,
    )
)
def test_any_form(app: Flask, pairs: list[tuple[str, str]]) -> None:
    raw = "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "replace")
    accepted_or_said_why(post(app.test_client(), CHANNEL, raw, "application/x-www-form-urlencoded"))
    accepted_or_said_why(post(app.test_client(), RULE, raw, "application/x-www-form-urlencoded"))


@pytest.mark.parametrize(
    ("raw", "status", "named"),
    [
        (b"", 400, "JSON"),
        (b"\xff\xfe", 400, "JSON"),
        (b"{" * 100_000, 400, "JSON"),
        (b"[" * 100_000, 400, "JSON"),
        (b"[]", 400, "one JSON object"),
        (b"{}", 422, "request_id"),
        (b'{"request_id": NaN}', 422, "request_id"),
        (b'{"type": "call_request.moved", "data": {}}', 422, "type"),
        (b'{"type": "call_request.updated", "data": {"request_id": "x"}}', 422, "request_id"),
        (b"x" * (1024 * 1024 + 1), 413, "1 MiB"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_refusal_names_what_is_wrong(app: Flask, raw: bytes, status: int, named: str) -> None:
    answer = post(app.test_client(), CSCART, raw, "application/json")
    assert answer.status_code == status
    assert named in answer.get_json(force=True)["detail"]


def test_what_was_authentic_and_not_valid_is_kept_byte_for_byte(app: Flask) -> None:
    raw = '{"request_id": "пять", "phone": "89175550001"}'.encode()
    refused = post(app.test_client(), CSCART, raw, "application/json")
    event_id = refused.get_json(force=True)["event_id"]
    headers = {"Authorization": "Bearer token-of-vera"}
    client = app.test_client()
    event = client.get(f"/api/v1/events/{event_id}", headers=headers).get_json()
    assert event["status"] == "rejected"
    assert "request_id" in event["message"]
    assert client.get(f"/api/v1/events/{event_id}/raw", headers=headers).data == raw
    again = post(app.test_client(), CSCART, raw, "application/json")
    assert again.get_json(force=True)["event_id"] == event_id


@pytest.mark.parametrize(
    "path",
    ["/webhooks/cscart/wrong", "/webhooks/omnidesk/channel/wrong", "/webhooks/omnidesk/rule/wrong"],
)
def test_a_wrong_token_is_refused_as_if_nothing_were_there(app: Flask, path: str) -> None:
    answer = post(app.test_client(), path, b'{"request_id": 5}', "application/json")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_a_rule_is_taken_by_any_method_and_template(app: Flask, method: str) -> None:
    client = app.test_client()
    call = getattr(client, method)
    answers = [
        call(f"{RULE}?case_id=31&event_type=closed"),
        call(RULE),
        call(RULE, data=b'{"case_id":"32","last_message":"broken " quote"}', content_type="application/json"),
        call(RULE, data=b"case_id=33&case_status=x", content_type="application/x-www-form-urlencoded"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    ids = [answer.get_json()["event_id"] for answer in answers]
    headers = {"Authorization": "Bearer token-of-vera"}
    events = [client.get(f"/api/v1/events/{one}", headers=headers).get_json() for one in ids]
    assert [event["data"].get("case_id") for event in events] == ["31", None, "32", "33"]
