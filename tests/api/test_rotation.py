"""Webhook tokens and secrets while they are changed: the old and the new one are both good."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests import ledgers
from tests.console import row, running_app

OLD, NEW = (f"whsec_{base64.b64encode(word * 4).decode()}" for word in (b"older", b"newer"))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with ledgers.sqlite_ledger(tmp_path) as url:
        given = {
            "CSCART_WEBHOOK_TOKEN": "the-old-token the-new-token",
            "CSCART_WEBHOOK_SECRET": f"{OLD} {NEW}",
            "OMNIDESK_WEBHOOK_TOKEN": "desk-old-token desk-new-token",
        }
        with running_app(url, tmp_path, **given) as found:
            yield found


@pytest.mark.parametrize(
    ("token", "status"), [("the-old-token", 202), ("the-new-token", 202), ("the-old", 404)]
)
def test_the_stores_address(app: Flask, token: str, status: int) -> None:
    assert app.test_client().post(f"/webhooks/cscart/{token}", json=row()).status_code == status
    assert (
        app.test_client().post("/webhooks/cscart/the-old-token%20the-new-token", json=row()).status_code
        == 404
    )


@pytest.mark.parametrize(
    ("token", "status"), [("desk-old-token", 200), ("desk-new-token", 200), ("desk", 404)]
)
def test_the_help_desks_address(app: Flask, token: str, status: int) -> None:
    client = app.test_client()
    reply = {"type": "message_new", "object": {"message_id": "9", "case_id": "5", "content": "Да"}}
    assert client.post(f"/webhooks/omnidesk/channel/{token}", json=reply).status_code == status
    assert client.post(f"/webhooks/omnidesk/rule/{token}", json={"case_id": "5"}).status_code == status


@pytest.mark.parametrize(("secret", "status"), [(OLD, 202), (NEW, 202), ("whsec_b25l", 401)])
def test_a_signature(app: Flask, secret: str, status: int) -> None:
    raw, now = json.dumps(row()).encode(), str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac.new(key, f"msg_1.{now}.".encode() + raw, hashlib.sha256).digest()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": now,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
    assert app.test_client().post("/webhooks/cscart", data=raw, headers=headers).status_code == status
