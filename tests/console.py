"""The web application on a ledger for tests, its callers, and rows to show, as workers would write them."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask

from service import settings
from service.app import create_app
from service.intake import call_request
from service.ledger.database import Ledger
from service.ledger.events import NewEvent
from service.ledger.life import OPEN, Lane, Status
from service.ledger.tables import Attempt, Event, Link, Step, Table, Vendor

Row = TypeVar("Row", bound=Table)

VIEWER, OPERATOR, ADMIN = "token-of-vera", "token-of-oleg", "token-of-anna"
PASSWORD = "correct horse battery"


class NoWaker:
    """Remembers the lanes that were woken."""

    def __init__(self) -> None:
        self.woken: list[str] = []

    def wake(self, lane: str) -> bool:
        self.woken.append(str(lane))
        return True

    def is_up(self) -> bool:
        return True


def invented(database_url: str, var: Path) -> dict[str, str]:
    """Settings that name no real thing but the ledger."""
    return {
        "DATABASE_URL": database_url,
        "PEREZVON_VAR": str(var),
        "SECRET_KEY": "a secret key for tests",
        "PEREZVON_ADMIN_PASSWORD": PASSWORD,
        "PEREZVON_API_TOKENS": f"vera:viewer:{VIEWER},oleg:operator:{OPERATOR},anna:admin:{ADMIN}",
        "OMNIDESK_URL": "http://127.0.0.1:9/omnidesk",
        "OMNIDESK_EMAIL": "robot@shop.example",
        "OMNIDESK_API_KEY": "omnidesk-key",
        "OMNIDESK_CHANNEL": "cch101",
        "OMNIDESK_WEBHOOK_TOKEN": "omnidesk-hook",
        "OMNIDESK_QUOTA_PER_WINDOW": "60",
        "CSCART_URL": "http://127.0.0.1:9/cscart",
        "CSCART_EMAIL": "robot@shop.example",
        "CSCART_API_KEY": "cscart-key",
        "CSCART_WEBHOOK_TOKEN": "cscart-hook",
        "OBZVONILKA_URL": "http://127.0.0.1:9/obzvonilka",
        "OBZVONILKA_API_KEY": "obzvonilka-key",
        "OBZVONILKA_CONTACT_BASE": "7",
    }


def make_app(database_url: str, var: Path, **more: str) -> Flask:
    """The application with invented settings, on a ledger that is there, with nobody to wake."""
    app = create_app(settings.load(invented(database_url, var) | more))
    waker = NoWaker()
    app.extensions["waker"] = waker
    app.extensions["intake"]._waker = waker
    app.testing = True
    return app


@contextmanager
def running_app(database_url: str, var: Path, **more: str) -> Iterator[Flask]:
    """The application, its ledger closed in the end."""
    app = make_app(database_url, var, **more)
    yield app
    app.extensions["ledger"].close()


def row(request_id: int = 57, **more: Any) -> dict[str, Any]:
    """A call request as the store sends it; the people are invented."""
    return {
        "request_id": str(request_id),
        "company_id": "1",
        "timestamp": "1795341600",
        "status": "new",
        "name": "Мария Синицына",
        "phone": "8 (917) 555-01-57",
        "email": "",
        "time_from": "10:00",
        "time_to": "12:00",
        "notes": "",
        "product_id": "12",
        "product": "Чайник «Уют» 1,7 л",
        "cart_products": "",
    } | more


class Seed:
    """Writes rows as intake and workers do, at any time in the past. Times are in ms."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.now = time.time_ns() // 1_000_000

    def event(self, new: NewEvent | None = None, *, age: int = 60_000, **values: Any) -> Event:
        """An event as `new` (by default a call request), received `age` ms ago, with other `values`."""
        new = new or self.call_request(values.pop("request_id", 57))
        at = self.now - age
        status = values.get("status", new.status)
        event = Event(
            **{
                "id": str(uuid.uuid4()),
                "source": new.source,
                "type": new.type,
                "subject": new.subject,
                "time": new.time or at,
                "data": new.data,
                "raw": new.raw,
                "content_type": new.content_type,
                "dedupe_key": f"{new.dedupe_key}/{uuid.uuid4()}",
                "lane": Lane.INTERACTIVE,
                "origin": new.origin,
                "status": status,
                "message": new.message,
                "next_action": new.next_action,
                "not_before": at,
                "claim": 0,
                "failures": 0,
                "received_at": at,
                "updated_at": at + 900,
                "ended_at": None if status in OPEN else at + 900,
            }
            | values
        )
        return self.add(event)

    @staticmethod
    def call_request(request_id: int = 57, **more: Any) -> NewEvent:
        """What intake makes of the store's row."""
        sent = row(request_id, **more)
        raw = json.dumps(sent, ensure_ascii=False).encode()
        return call_request.to_event(
            call_request.Delivery(call_request.CREATED, sent), raw, "application/json"
        )

    def rejected(self, raw: bytes, message: str = "Not valid: request_id: Missing.", **values: Any) -> Event:
        """A delivery that intake could not take."""
        new = NewEvent(
            source="cscart",
            type="cscart.invalid",
            subject="cscart/invalid",
            dedupe_key="cscart/invalid/0",
            data={"fields": {"request_id": ["Missing: a number such as 57."]}},
            raw=raw,
            status=Status.REJECTED,
            message=message,
            next_action="Replay it with corrected data, or mend what the sender sends.",
        )
        return self.event(new, **values)

    def step(self, event: Event, name: str, result: Any = None, **values: Any) -> None:
        """A step that has ended."""
        defaults = {"status": "done", "ended_at": event.received_at + 800}
        self.add(Step(**{"event_seq": event.seq, "name": name, "result": result} | defaults | values))

    def attempt(
        self,
        event: Event,
        step: str,
        operation: str,
        *,
        after: int = 100,
        took: int | None = 240,
        **values: Any,
    ) -> None:
        """A call of the event's, `after` ms from its arrival; `took` None when its worker died in it."""
        started = event.received_at + after
        defaults = {
            "vendor": operation.partition(".")[0],
            "repeatable": False,
            "started_at": started,
            "ended_at": None if took is None else started + took,
            "outcome": None if took is None else "ok",
            "http_status": None if took is None else 200,
        }
        self.add(
            Attempt(**{"event_seq": event.seq, "step": step, "operation": operation} | defaults | values)
        )

    def link(self, subject: str, vendor: str, kind: str, external_id: str, **data: Any) -> None:
        """A thing at a vendor that belongs to the subject."""
        self.add(
            Link(
                subject=subject,
                vendor=vendor,
                kind=kind,
                external_id=external_id,
                data=data,
                created_at=self.now,
            )
        )

    def vendor(self, name: str, **values: Any) -> None:
        """A vendor that was called, paused or lost."""
        self.add(
            Vendor(**{"name": name, "state": "running", "changed_at": self.now, "not_before": 0} | values)
        )

    def add(self, thing: Row) -> Row:
        """Write any row."""
        with self.ledger.write() as session:
            session.add(thing)
        return thing
