"""Signed callbacks, checked by the Standard Webhooks specification."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from standardwebhooks import Webhook

from tests.console import running_app
from tests.ledgers import sqlite_ledger

SECRET = "whsec_c2VjcmV0IG9mIHRoZSBzdG9yZSAxMjM="
OTHER = "whsec_YW5vdGhlciBzZWNyZXQgb2Ygc29tZWJvZHk="


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    with (
        tempfile.TemporaryDirectory() as folder,
        sqlite_ledger(Path(folder)) as url,
        running_app(url, Path(folder), CSCART_WEBHOOK_SECRET=SECRET) as made,
    ):
        made.testing = False
        yield made


def headers(raw: str, *, age: timedelta = timedelta(0), secret: str = SECRET) -> dict[str, str]:
    """The three headers of a callback that is `age` old."""
    at = datetime.now(UTC) - age
    return {
        "webhook-id": "msg_2b",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_2b", at, raw),
        "Content-Type": "application/json",
    }


def row(request_id: int) -> str:
    return json.dumps({"request_id": request_id, "name": "Анна", "phone": "89175550001"})


def post(app: Flask, raw: str, with_headers: dict[str, str]) -> Any:
    return app.test_client().post("/webhooks/cscart", data=raw.encode(), headers=with_headers)


def test_a_good_signature_is_taken(app: Flask) -> None:
    assert post(app, row(1), headers(row(1))).status_code == 202


@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_a_signature_within_the_tolerance_is_taken(app: Flask, minutes: float) -> None:
    raw = row(int(minutes * 10) + 100)
    assert post(app, raw, headers(raw, age=timedelta(minutes=minutes))).status_code == 202


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
def test_one_from_another_time_is_refused(app: Flask, minutes: int) -> None:
    answer = post(app, row(2), headers(row(2), age=timedelta(minutes=minutes)))
    assert answer.status_code == 401
    assert "300 s" in answer.get_json(force=True)["detail"]


def test_one_of_several_signatures_is_enough(app: Flask) -> None:
    good = headers(row(3))
    wrong = headers(row(3), secret=OTHER)["webhook-signature"]
    good["webhook-signature"] = f"{wrong} {good['webhook-signature']}"
    assert post(app, row(3), good).status_code == 202


@pytest.mark.parametrize(
    "broken",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": "v1,%%%"},
        {"webhook-signature": ""},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "1e400"},
        {"webhook-id": ""},
        {"webhook-id": "msg_other"},
    ],
    ids=str,
)
def test_a_broken_signature_is_refused(app: Flask, broken: dict[str, str]) -> None:
    assert post(app, row(4), headers(row(4)) | broken).status_code == 401


def test_another_body_or_secret_is_refused(app: Flask) -> None:
    assert post(app, row(6), headers(row(5))).status_code == 401
    assert post(app, row(5), headers(row(5), secret=OTHER)).status_code == 401
    answer = app.test_client().post("/webhooks/cscart", data=b"\xff", headers=headers(row(5)))
    assert answer.status_code == 401
