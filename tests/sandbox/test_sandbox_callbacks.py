"""A staff reply sets off the custom channel's webhook, in the vendor's own encoding."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient

from workers.vendors.sandbox import php


@pytest.fixture
def case(sandbox: Any, receiver: Any) -> dict[str, Any]:
    url = f"{receiver.url}/webhooks/omnidesk/channel/token"
    assert sandbox.control.put("/hooks", json={"omnidesk_webhook_url": url}).status_code == 204
    opened: dict[str, Any] = sandbox.open_case(user_custom_id="shop1:req:57", channel="cch101")
    return opened


def reply(sandbox: Any, case: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = sandbox.control.post(f"/cases/{case['case_id']}/reply", json=fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_reply_arrives_form_encoded_with_php_brackets(
    sandbox: Any, receiver: Any, case: dict[str, Any]
) -> None:
    made = reply(sandbox, case, content="Завтра & позже", attachment_urls=["https://shop.example/a.pdf"])
    [(path, content_type, body)] = receiver.wait(1)
    assert path == "/webhooks/omnidesk/channel/token"
    assert content_type == "application/x-www-form-urlencoded"
    assert parse_qsl(body.decode(), keep_blank_values=True) == [
        ("type", "message_new"),
        ("object[message_id]", str(made["message"]["message_id"])),
        ("object[case_id]", str(case["case_id"])),
        ("object[staff_id]", "22"),
        ("object[user_id]", str(case["user_id"])),
        ("object[custom_user_id]", "shop1:req:57"),
        ("object[content]", "Завтра & позже"),
        ("object[note]", "0"),
        ("object[sent_via_rule]", "0"),
        ("object[attachments][0][url]", "https://shop.example/a.pdf"),
    ]
    listed = sandbox.omnidesk.get(f"/cases/{case['case_id']}/messages.json").json()
    assert listed["1"]["message"] == made["message"], "it stands in the case as well"


def test_the_same_as_json(sandbox: Any, receiver: Any, case: dict[str, Any]) -> None:
    reply(sandbox, case, content_html="<p>Завтра</p>", staff_id=123, sent_via_rule=True, encoding="json")
    [(_, content_type, body)] = receiver.wait(1)
    assert content_type == "application/json"
    message = json.loads(body)["object"]
    assert (message["content"], message["content_html"]) == ("Завтра", "<p>Завтра</p>")
    assert (message["staff_id"], message["note"], message["sent_via_rule"]) == (123, False, True)


def test_notes_and_repeats(sandbox: Any, receiver: Any, case: dict[str, Any]) -> None:
    assert reply(sandbox, case, content="между нами", note=True, times=3)["callbacks"] == 3
    bodies = {body for _, _, body in receiver.wait(3)}
    [body] = bodies
    assert b"object%5Bnote%5D=1" in body


def test_what_was_fired_is_on_record_without_the_secret(
    sandbox: Any, receiver: Any, case: dict[str, Any]
) -> None:
    receiver.answer_with = 500
    reply(sandbox, case, content="x")
    receiver.wait(1)
    while not (sent := sandbox.control.get("/callbacks", params={"vendor": "omnidesk"}).json()):
        pass
    [entry] = sent
    assert (entry["event"], entry["status"], entry["error"]) == ("message_new", 500, None)
    assert entry["url"] == f"{receiver.url}/webhooks/omnidesk/channel/…"
    assert entry["fields"]["object"]["content"] == "x"
    assert len(receiver.received) == 1, "never repeated"


def test_an_unreachable_receiver_is_on_record_too(sandbox: Any, case: dict[str, Any]) -> None:
    sandbox.control.put("/hooks", json={"omnidesk_webhook_url": "http://127.0.0.1:9/x"})
    reply(sandbox, case, content="x")
    while not (sent := sandbox.control.get("/callbacks").json()):
        pass
    assert (sent[0]["status"], sent[0]["error"]) == (None, "ConnectionError")


def test_only_the_custom_channel_has_a_webhook(sandbox: Any, receiver: Any, case: dict[str, Any]) -> None:
    other = sandbox.open_case(user_email="web@example.com")
    assert reply(sandbox, other, content="x")["callbacks"] == 0
    sandbox.control.put("/hooks", json={"omnidesk_webhook_url": None})
    assert reply(sandbox, case, content="x")["callbacks"] == 0
    assert receiver.received == []


@pytest.mark.parametrize(("echo", "arrives"), [(True, 2), (False, 0)])
def test_what_staff_says_through_the_api_comes_back_unless_told_otherwise(
    make_client: Callable[..., FlaskClient], receiver: Any, echo: bool, arrives: int
) -> None:
    client = make_client(omnidesk_webhook_url=f"{receiver.url}/token", omnidesk_echo=echo)

    def post(path: str, root: str, **fields: Any) -> Any:
        login = ("robot@shop.example", "sandbox-omnidesk")
        answer = client.post(f"/omnidesk/api{path}", json={root: fields}, auth=login)
        assert answer.status_code == 201
        return answer.json

    contact = {"user_custom_id": "1", "channel": "cch101"}
    opened = post("/cases.json", "case", subject="x", content="x", **contact)["case"]
    path = f"/cases/{opened['case_id']}"
    post(f"{path}/messages.json", "message", content="from the customer", user_id=opened["user_id"])
    post(f"{path}/messages.json", "message", content="from staff")
    post(f"{path}/note.json", "message", content="between us")
    received = receiver.wait(arrives)
    client.post(f"/sandbox/cases/{opened['case_id']}/reply", json={"content": "by hand"})
    assert len(receiver.wait(arrives + 1)) == len(received) + 1 == arrives + 1


def test_a_reply_that_makes_no_sense_is_refused(sandbox: Any, case: dict[str, Any]) -> None:
    for status, case_id, fields in (
        (404, 9999, {"content": "x"}),
        (422, case["case_id"], {}),
        (422, case["case_id"], {"content": "x", "encoding": "xml"}),
        (422, case["case_id"], {"content": "x", "note": "no"}),
        (422, case["case_id"], {"content": "x", "when": "now"}),
    ):
        answer = sandbox.control.post(f"/cases/{case_id}/reply", json=fields)
        assert (answer.status_code, list(answer.json())) == (status, ["error"])


def test_brackets_fold_and_unfold() -> None:
    nested = {"case": {"labels": ["1", "2"], "custom_fields": {"cf_25": "x"}}}
    pairs = [pair for name, value in nested.items() for pair in php.fold(value, name)]
    assert pairs == [("case[labels][0]", "1"), ("case[labels][1]", "2"), ("case[custom_fields][cf_25]", "x")]
    assert php.unfold(pairs) == nested
    assert php.unfold([("a[]", "1"), ("a[]", "2"), ("b[x", "3"), ("c[1]", "4")]) == {
        "a": ["1", "2"],
        "b[x": "3",
        "c": {"1": "4"},
    }
    assert php.unfold([("a" + "[b]" * 70, "1")]) == {}
