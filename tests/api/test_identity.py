"""Which deliveries are one thing and which are two, through HTTP, on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from standardwebhooks import Webhook

from service.intake.identity import choose
from service.ledger.database import Ledger
from service.ledger.tables import Link
from tests import console, ledgers
from tests.api.conftest import Caller

CSCART = "/webhooks/cscart/cscart-hook"
PLAIN = "cscart/1/call_request/57"
FIRST, SECOND = 1795341600, 1795349999


def told(app: Flask, call: Caller, **row: Any) -> str:
    """The subject of what was told."""
    kind = row.pop("type", "call_request.created")
    body = {"type": kind, "data": {"request_id": 57, "company_id": 1, "phone": "89175550001"} | row}
    answer = app.test_client().post(CSCART, json=body).get_json()
    return str(call.get(f"/events/{answer['event_id']}").get_json()["subject"])


def test_an_id_that_was_given_out_again_is_another_request(app: Flask, call: Caller) -> None:
    later = f"{PLAIN}-{SECOND}"
    assert [told(app, call, timestamp=at) for at in (FIRST, SECOND, str(FIRST), f"{SECOND}000")] == [
        PLAIN,
        later,
        PLAIN,
        later,
    ]
    assert told(app, call, type="call_request.updated", timestamp=FIRST, status="completed") == PLAIN
    assert told(app, call, type="call_request.deleted") == later, "who does not tell means the present one"
    assert told(app, call, timestamp=None) == later
    created = call.get("/events", type="call_request.created").get_json()["events"]
    assert len(created) == 2


def test_a_ledger_of_before_knows_its_requests(app: Flask, call: Caller, ledger: Ledger) -> None:
    told(app, call, timestamp=FIRST)
    with ledger.write() as session:
        session.query(Link).delete()
    assert told(app, call, timestamp=FIRST) == PLAIN
    assert told(app, call, timestamp=SECOND) == f"{PLAIN}-{SECOND}"


def test_a_marketplace_is_not_its_first_vendor(app: Flask, call: Caller) -> None:
    assert told(app, call, company_id=0) == "cscart/0/call_request/57"
    assert told(app, call, company_id="0", request_id=58) == "cscart/0/call_request/58"


def test_a_callback_without_its_store_goes_to_the_known_request(app: Flask, call: Caller) -> None:
    told(app, call, company_id=2)
    assert told(app, call, company_id=None, type="call_request.deleted") == "cscart/2/call_request/57"


@pytest.mark.parametrize(
    ("known", "made", "subject"),
    [
        ([], 5, PLAIN),
        ([("s", None)], 5, "s"),
        ([("s", 5), ("t", 4)], None, "s"),
        ([("s", 6), ("t", None)], 5, "t"),
        ([("s", 6)], SECOND, f"{PLAIN}-{SECOND}"),
    ],
)
def test_choosing(known: Any, made: int | None, subject: str) -> None:
    assert choose(known, PLAIN, made) == subject


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("signed")
    with (
        ledgers.sqlite_ledger(folder) as url,
        console.running_app(url, folder, CSCART_WEBHOOK_SECRET=SECRET) as app,
    ):
        yield app


@pytest.mark.parametrize("kind", ["updated", "message", "deleted"])
def test_a_signed_delivery_is_told_from_others_by_its_id(signing: Flask, kind: str) -> None:
    body = json.dumps({"type": f"call_request.{kind}", "data": {"request_id": 57, "message": "Алло"}})

    def send(delivery: str, text: str = body) -> dict[str, Any]:
        now = datetime.now(UTC)
        headers = {
            "webhook-id": delivery,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(SECRET).sign(delivery, now, text),
        }
        answer: dict[str, Any] = (
            signing.test_client().post("/webhooks/cscart", data=text, headers=headers).get_json()
        )
        return answer

    one, two = send(f"{kind}-1"), send(f"{kind}-2")
    assert (one["duplicate"], two["duplicate"]) == (False, False)
    assert send(f"{kind}-1") == one | {"duplicate": True}
