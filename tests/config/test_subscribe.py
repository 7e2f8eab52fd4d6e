"""`perezvon subscribe cscart URL` and `perezvon webhook-template omnidesk`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from tests.config.conftest import Command
from tests.stack import CSCART_TOKEN, OMNIDESK_TOKEN, Sandbox, wait_until

HOST = "https://perezvon.example"


class Called(BaseHTTPRequestHandler):
    """Remembers where it was called."""

    paths: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.paths.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing to anybody."""


@pytest.fixture
def called() -> Iterator[str]:
    """A host that the store can call; its address."""
    Called.paths.clear()
    with HTTPServer(("127.0.0.1", 0), Called) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("", ""),
        ("/", ""),
        ("/path", "/path"),
        ("/webhooks/cscart", ""),
        ("/webhooks/cscart/", ""),
        (f"/webhooks/cscart/{CSCART_TOKEN}", ""),
    ],
)
def test_the_store_calls_the_webhook(
    wired: Command, sandbox: Sandbox, called: str, more: str, path: str
) -> None:
    result = wired("subscribe", "cscart", called + more)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"subscribed (hook 1): the store calls {called}{path}/webhooks/cscart/<")
    sandbox.shopper(name="Мария", phone="+7 917 555-01-57")
    wait_until(lambda: Called.paths, "the store's hook has called")
    assert Called.paths == [f"{path}/webhooks/cscart/{CSCART_TOKEN}"]
    assert CSCART_TOKEN not in result.output


def test_http_is_warned_of(wired: Command) -> None:
    assert "not https" in wired("subscribe", "cscart", "http://perezvon.example").stderr
    assert not wired("subscribe", "cscart", HOST).stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("perezvon.example", "URL must be an address"),
        ("https://", "URL must be an address"),
        ("https://u:p@host", "must not hold a login"),
        ("https://host/?a=1", "must not hold a login, a query"),
        ("https://host:port", "has a port that is not a number"),
        ("https://host/webhooks/omnidesk", "this service's address alone"),
        ("https://host/webhooks/cscart/other-token", "not CSCART_WEBHOOK_TOKEN"),
    ],
)
def test_a_wrong_address_is_refused_before_anything_is_sent(
    wired: Command, sandbox: Sandbox, url: str, said: str
) -> None:
    before = len(sandbox.calls())
    result = wired("subscribe", "cscart", url)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(sandbox.calls()) == before
    assert CSCART_TOKEN not in result.output


def test_only_the_stores_settings_are_needed(wired: Command) -> None:
    assert wired("subscribe", "cscart", HOST, OMNIDESK_URL="", SECRET_KEY="").exit_code == 0
    for name in ("CSCART_URL", "CSCART_WEBHOOK_TOKEN"):
        result = wired("subscribe", "cscart", HOST, **{name: ""})
        assert result.exit_code == 2
        assert f"{name} is not set" in result.stderr


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "Enable the add-on Zapier"), (403, "privilege"), (401, "CSCART_API_KEY"), (500, "second hook")],
)
def test_what_a_refusal_means_is_said(wired: Command, sandbox: Sandbox, status: int, said: str) -> None:
    fault = sandbox.fault(kind="status", operation="cscart.zapier_hooks.create", status=status)
    result = wired("subscribe", "cscart", HOST)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert sandbox.fired(fault)


class Quoting(Called):
    """Refuses, and says what it was sent."""

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = json.dumps({"message": f"Bad Request: {sent['hook_url']}", "status": 400}).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


def test_a_store_that_quotes_the_address_does_not_show_the_token(perezvon: Command) -> None:
    with HTTPServer(("127.0.0.1", 0), Quoting) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        result = perezvon("subscribe", "cscart", HOST, CSCART_URL=f"http://127.0.0.1:{server.server_port}")
        thread.join()
    assert result.exit_code == 1
    assert f"{HOST}/webhooks/cscart/<CSCART_WEBHOOK_TOKEN>" in result.stderr
    assert CSCART_TOKEN not in result.output


def test_the_rules_body_has_ids_only(perezvon: Command) -> None:
    result = perezvon("webhook-template", "omnidesk", "--url", f"{HOST}/")
    assert result.exit_code == 0
    body = json.loads(result.stdout)
    assert body.pop("event_type") == "case.updated"
    assert body == {name: f"[{name}]" for name in ("case_id", "last_message_id", "staff_id", "user_id")}
    assert f"{HOST}/webhooks/omnidesk/rule/<OMNIDESK_WEBHOOK_TOKEN>" in result.stderr
    assert "Выполнить вебхук" in result.stderr
    assert OMNIDESK_TOKEN not in result.output


def test_twice_is_one_hook(wired: Command, sandbox: Sandbox) -> None:
    first, second = (
        wired("subscribe", "cscart", HOST),
        wired("subscribe", "cscart", f"{HOST}/webhooks/cscart"),
    )
    assert first.stdout.startswith("subscribed (hook 1)")
    assert second.exit_code == 0
    assert second.stdout.startswith("already subscribed (hook 1): the store calls")
    assert len([one for one in sandbox.calls() if one["operation"] == "cscart.zapier_hooks.create"]) == 1
    assert wired("subscribe", "cscart", HOST, "--again").stdout.startswith("subscribed (hook 2)")
    assert wired("subscribe", "cscart", "https://other.example").stdout.startswith("subscribed (hook 3)")


def test_a_hook_that_may_be_there_is_not_made_again(wired: Command, sandbox: Sandbox) -> None:
    sandbox.fault(kind="cut", operation="cscart.zapier_hooks.create")
    assert wired("subscribe", "cscart", HOST).exit_code == 1
    second = wired("subscribe", "cscart", HOST)
    assert second.exit_code == 1
    assert "--again" in second.stderr
    assert len([one for one in sandbox.calls() if one["operation"] == "cscart.zapier_hooks.create"]) == 1


def test_a_refused_hook_may_be_asked_for_again(wired: Command, sandbox: Sandbox) -> None:
    sandbox.fault(kind="status", operation="cscart.zapier_hooks.create", status=404)
    assert wired("subscribe", "cscart", HOST).exit_code == 1
    assert wired("subscribe", "cscart", HOST).stdout.startswith("subscribed (hook 1)")


def test_without_a_ledger_it_is_said_that_nothing_is_remembered(perezvon: Command, sandbox: Sandbox) -> None:
    result = perezvon("subscribe", "cscart", HOST, CSCART_URL=f"{sandbox.url}/cscart")
    assert result.exit_code == 0
    assert result.stderr.count("a second run would make a second hook") == 1


@pytest.mark.parametrize("end", ["", "?_d=", "?_d=2.0/"])
def test_a_store_without_rewriting(wired: Command, sandbox: Sandbox, end: str) -> None:
    store = {"CSCART_URL": f"{sandbox.url}/cscart/api.php{end}"}
    assert wired("subscribe", "cscart", HOST, **store).exit_code == 0
    made = json.loads(
        wired("call", "cscart.call_requests.create", "--json", '{"phone": "5"}', **store).stdout
    )
    at = f"request_id={made['request_id']}"
    assert (
        wired("call", "cscart.call_requests.update", at, "--json", '{"notes": "a&b"}', **store).exit_code == 0
    )
    listed = wired("call", "cscart.call_requests.list", "--query", "status=new", **store)
    assert json.loads(listed.stdout)["call_requests"][0]["notes"] == "a&b"
    assert wired("call", "cscart.call_requests.delete", at, **store).exit_code == 0
    assert {call["path"] for call in sandbox.calls() if call["vendor"] == "cscart"} == {"/api.php"}
    assert "(by api.php, without rewriting)" in wired("doctor", **store).output
