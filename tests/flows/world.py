"""Ledger, flows and the sandbox in one process: quick tests of what a flow does, step by step.

Everything is real but the wire and the clock of waiting: calls reach the sandbox without a socket, its
callbacks are handed to intake, and what waits is made due at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import requests
from flask import Flask
from requests.adapters import BaseAdapter
from sqlalchemy import case, select, update

from service import settings as all_settings
from service.api import replays
from service.config.model import Config
from service.intake import body, call_request, omnidesk, rules
from service.intake.call_request import Delivery
from service.intake.receive import Intake
from service.ledger import claims, events
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.events import NewEvent
from service.ledger.life import OPEN, Lane
from service.ledger.tables import Event
from service.settings import Settings
from service.wake import Waker
from tests import stack
from workers import polling
from workers.flows.calls import Calls
from workers.runner import Runner
from workers.vendors.sandbox import SandboxConfig, create_app
from workers.vendors.sandbox.callbacks import Callback, Callbacks
from workers.vendors.sandbox.gateway import ConnectionCut
from workers.vendors.transport import Transport, accounts

HOST = "http://sandbox.example"
# More than any test's waits; a world that goes on longer does not come to rest.
MOST_ROUNDS = 60


class _Wsgi(BaseAdapter):
    """Calls a WSGI application in the place of a server."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._client = app.test_client()
        self.instead: list[tuple[str, int, str]] = []
        """Answers in the place of the sandbox's: how `METHOD /path` begins, status, body."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        raw = request.body
        data = raw.read() if hasattr(raw, "read") else raw  # type: ignore[union-attr]
        called = f"{request.method} {(request.url or '').removeprefix(HOST)}"
        for one in self.instead:
            if called.startswith(one[0]):
                self.instead.remove(one)
                return self._answered(request, one[1], one[2].encode())
        try:
            answer = self._client.open(
                (request.url or "").removeprefix(HOST),
                method=request.method,
                data=data,
                headers=dict(request.headers),
            )
        except ConnectionCut:
            if request.method != "POST":
                raise requests.ConnectionError("cut by the sandbox") from None
            # What cannot be sent twice would be waited for, 40 s: answered it is not at work any more.
            return self._answered(request, 500, b"")
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers.update(dict(answer.headers))
        response.raw = BytesIO(answer.data)
        response.url = request.url or ""
        return response

    @staticmethod
    def _answered(request: requests.PreparedRequest, status: int, body: bytes) -> requests.Response:
        response = requests.Response()
        response.status_code = status
        response.headers["Content-Type"] = "application/json"
        response.raw = BytesIO(body)
        response.url = request.url or ""
        return response

    def close(self) -> None:
        pass


class _LocalTransport(Transport):
    def __init__(self, settings: Settings, app: Flask) -> None:
        super().__init__(accounts(settings))
        self.wire = _Wsgi(app)

    def _session(self, vendor: str) -> requests.Session:
        session = super()._session(vendor)
        session.mount("http://", self.wire)
        return session


class _NoWaker(Waker):
    def __init__(self) -> None:
        pass

    def wake(self, lane: Lane | str) -> bool:  # noqa: ARG002 - as the real one
        return True


class World:
    """The three vendors and the service between them."""

    def __init__(self, ledger: Ledger, redis_url: str, config: Config, sandbox: SandboxConfig) -> None:
        self.ledger = ledger
        self.fired: list[Callback] = []
        environ = stack.environment(Path("/nowhere"), HOST, REDIS_URL=redis_url)
        self.settings = replace(all_settings.load(environ), config=config)
        self.app = create_app(
            replace(sandbox, cscart_hook_url=f"{HOST}/cscart-hook", omnidesk_webhook_url=HOST)
        )
        self.app.config["PROPAGATE_EXCEPTIONS"] = True
        self.control = self.app.test_client()
        self.transport = _LocalTransport(self.settings, self.app)
        self.intake = Intake(ledger, _NoWaker())
        self.paced = Calls(ledger, self.transport, self.settings)

    def use(self, config: Config) -> None:
        """Another perezvon.toml from now on."""
        self.settings = replace(self.settings, config=config)

    # What people do

    def shopper(self, **row: Any) -> dict[str, Any]:
        """A shopper asks for a call: the row; its event is recorded."""
        made: dict[str, Any] = self._post("/sandbox/call_requests", row)
        self.deliver()
        return made

    def reply(self, case_id: Any, content: str, **more: Any) -> None:
        """Staff writes in a case by hand."""
        self._post(f"/sandbox/cases/{case_id}/reply", {"content": content, **more})

    def dial(self, contact_id: Any, **call: Any) -> None:
        """An operator of the dialer calls the contact."""
        self._post(f"/sandbox/contacts/{contact_id}/call", call)

    def fault(self, **fault: Any) -> int:
        return int(self._post("/sandbox/faults", fault)["id"])

    def answer(self, called: str, status: int, **body: Any) -> None:
        """The next call that begins so (`POST /omnidesk/api/cases`) gets this answer, and nothing is done."""
        self.transport.wire.instead.append((called, status, json.dumps(body, ensure_ascii=False)))

    def stands(self, row: dict[str, Any]) -> None:
        """The store shows this row the next few times that it is asked for it."""
        called = f"GET /cscart/api/2.0/call_requests/{row['request_id']}"
        self.transport.wire.instead += [(called, 200, json.dumps(row))] * 9

    def struck(self, fault_id: int) -> int:
        return int(self.control.get(f"/sandbox/faults/{fault_id}").get_json()["fired"])

    def call(self, operation: Any, **given: Any) -> Any:
        """A person, or another program, at a vendor."""
        return self.transport.send(operation, **given).data

    def _post(self, path: str, fields: dict[str, Any]) -> Any:
        answer = self.control.post(path, json=fields)
        assert answer.status_code < 300, answer.text
        return answer.get_json()

    # What reaches us

    def callback(self, kind: str, row: dict[str, Any]) -> str:
        """The store's callback of that kind; gives the event's id."""
        raw = json.dumps({"type": kind, "data": row}, ensure_ascii=False).encode()
        return self.receive(call_request.to_event(Delivery(kind, row), raw, "application/json"))

    def rule(self, now: int = 0, **values: Any) -> str:
        """A rule's webhook with a JSON template; gives the event's id. `now` tells two of them apart."""
        raw = json.dumps(values, ensure_ascii=False).encode()
        return self.receive(rules.rule_event(values, {}, raw, "application/json", now))

    def replay(self, event_id: str, corrected: dict[str, Any] | None = None) -> str:
        """An operator sends the event once more; gives the new event's id."""
        with self.ledger.write() as session:
            event = session.scalars(select(Event).where(Event.id == event_id)).one()
            new = replays.placed(session, event, replays.build(event, corrected))
            return events.record(session, new).event_id

    def receive(self, new: NewEvent) -> str:
        return self.intake.receive(new).event_id

    def deliver(self) -> int:
        """Hand what the vendors have fired to intake; gives how many there were."""
        fired, self.fired[:] = list(self.fired), []
        for one in fired:
            if one.vendor == "cscart":
                row = body.read_json(one.body)
                new = call_request.to_event(call_request.open_envelope(row), one.body, one.content_type)
            else:
                new = omnidesk.channel_event(body.read_any(one.body), one.body, one.content_type)
            self.receive(new)
        return len(fired)

    def poll(self) -> int:
        """Time for the dialer to be asked."""
        with self.ledger.exclusive() as session:
            return polling.ask(session, self.settings)

    # What we do

    def settle(self, after: Callable[[], None] = lambda: None) -> int:
        """Work until nothing is left to do; gives how many rounds it took. `after` runs after each."""
        for round_ in range(1, MOST_ROUNDS):
            if not self.step() and not self.deliver():
                return round_
            after()
        raise AssertionError(f"does not come to rest: {[(e.type, e.message) for e in self.open()]}")

    def step(self, kind: str | None = None) -> bool:
        """Work what is there once, or what is of that type, waits cut short; False when there was nothing."""
        far = 10**15
        with self.ledger.write() as session:
            due = case((Event.type == (kind or Event.type), 0), else_=far)
            session.execute(update(Event).where(Event.status.in_(OPEN)).values(not_before=due))
        ends = self.settings.config.flows.call_request_deleted
        with self.ledger.exclusive() as session:
            held = [
                one
                for lane in Lane
                for one in claims.claim(session, lane, 50, 30 * SECOND, deletions_end=ends)
            ]
        runner = Runner(self.settings, self.ledger, self.paced, Random(1))
        for one in held:
            runner.run(one)
        return bool(held)

    def done(self, event_id: str) -> Event:
        """The event, once everything has been worked; it must have ended well."""
        self.settle()
        event = self.event(event_id)
        assert event.status == "done", f"{event.status}: {event.message}"
        return event

    # What there is

    def event(self, event_id: str) -> Event:
        with self.ledger.read() as session:
            found = events.get(session, event_id)
            assert found is not None
            return found

    def events(self, kind: str) -> list[Event]:
        with self.ledger.read() as session:
            return list(session.scalars(select(Event).where(Event.type == kind).order_by(Event.seq)))

    def open(self) -> list[Event]:
        with self.ledger.read() as session:
            return list(session.scalars(select(Event).where(Event.status.in_(OPEN))))

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.control.get("/sandbox/state").get_json()
        return found

    def calls(self, since: int = 0) -> list[str]:
        """The operations that the vendors have seen, after the first `since`."""
        journal = self.control.get("/sandbox/journal").get_json()
        return [str(call["operation"]) for call in journal][since:]

    def row(self, request_id: str) -> dict[str, Any]:
        rows = self.state()["cscart"]["call_requests"]
        return next(dict(row) for row in rows if row["request_id"] == request_id)

    def cases(self, request_id: str, company_id: str = "1") -> list[dict[str, Any]]:
        found = self.state()["omnidesk"]["cases"]
        return [case for case in found if f"[cscart-{company_id}-{request_id}]" in case["subject"]]

    def contact(self, request_id: str, company_id: str = "1") -> dict[str, Any]:
        bases = self.state()["obzvonilka"]["contacts"].values()
        code = f"cscart-{company_id}-{request_id}"
        (found,) = (one for base in bases for one in base if one["external_code"] == code)
        return dict(found)

    def notes(self, case: dict[str, Any]) -> list[str]:
        """The notes in the case."""
        return [one["content"] for one in case["messages"] if one["note"]]

    def carried(self, **row: Any) -> str:
        """A request carried to its end; gives its id."""
        made = self.shopper(**({"name": "Мария", "phone": "89175550001"} | row))
        self.settle()
        (event,) = [
            one for one in self.events(call_request.CREATED) if f"/{made['request_id']}" in one.subject
        ]
        assert event.status == "done", event.message
        return str(made["request_id"])


@contextmanager
def caught() -> Iterator[list[Callback]]:
    """The sandbox's callbacks as a list, instead of over the wire."""
    fired: list[Callback] = []
    with mock.patch.object(Callbacks, "fire", lambda _, callback: fired.append(callback)):
        yield fired
