"""What senders really send, through HTTP: nobody is lost for a detail, and what was left out is told."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from service.intake import body as bodies
from service.ledger import events
from service.ledger.tables import Event
from tests.api.conftest import Caller

CSCART = "/webhooks/cscart/cscart-hook"
CHANNEL = "/webhooks/omnidesk/channel/omnidesk-hook"
ROW = {"request_id": 57, "company_id": "1", "name": "Мария", "phone": "89175550001"}


def sent(app: Flask, call: Caller, path: str, body: Any, label: str = "application/json") -> dict[str, Any]:
    """The event of what was sent, however it was answered."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    answer = app.test_client().post(path, data=raw, headers={"Content-Type": label})
    found: dict[str, Any] = call.get(f"/events/{answer.get_json(force=True)['event_id']}").get_json()
    return found


@pytest.mark.parametrize("value", [False, True, [], {}, [1], {"x": 1}, 1.5e300, "A-15", "-1", "1.5", 10**30])
@pytest.mark.parametrize("name", ["order_id", "product_id", "user_id", "company_id", "timestamp"])
def test_a_number_that_is_none_is_left_out_and_named(app: Flask, call: Caller, name: str, value: Any) -> None:
    event = sent(app, call, CSCART, ROW | {name: value})
    assert event["status"] == "received"
    assert event["data"][name] is None
    assert event["data"]["unreadable"] == [name]


@pytest.mark.parametrize("value", [False, True, [], {}, ["x"], {"x": 1}])
@pytest.mark.parametrize("name", ["name", "phone", "email", "notes", "status", "time_from", "lang_code"])
def test_a_text_that_is_none_is_left_out_and_named(app: Flask, call: Caller, name: str, value: Any) -> None:
    event = sent(app, call, CSCART, ROW | {name: value})
    assert event["status"] == "received"
    assert event["data"][name] == ""
    assert event["data"]["unreadable"] == [name]


@pytest.mark.parametrize(
    ("cart", "products", "named"),
    [
        ("", [], False),
        (None, [], False),
        ([], [], False),
        (False, [], True),
        (7, [], True),
        ("a:1:{i:0;…", [], True),
        ([{"product": "Чайник", "amount": 1}], ["Чайник"], False),
        ({"3": {"product": "Чайник"}, "9": "x"}, ["Чайник"], True),
        ([{"product": "Чайник", "amount": []}], ["Чайник"], True),
        ('[{"product": "Чайник"}]', ["Чайник"], False),
    ],
)
def test_of_a_cart_the_rest_is_kept(app: Flask, call: Caller, cart: Any, products: Any, named: bool) -> None:
    event = sent(app, call, CSCART, ROW | {"cart_products": cart})
    assert [one["product"] for one in event["data"]["cart_products"]] == products
    assert event["data"]["unreadable"] == (["cart_products"] if named else [])


@pytest.mark.parametrize("value", [57, "57", 57.0, "57.0", " 57 ", "+57", "057", "57.00"])
def test_writings_of_one_number_are_one_request(app: Flask, call: Caller, value: Any) -> None:
    event = sent(app, call, CSCART, ROW | {"request_id": value, "order_id": "12.0"})
    assert (event["data"]["request_id"], event["data"]["order_id"]) == ("57", "12")


@pytest.mark.parametrize("value", [None, "", 0, "x", [], {}, False, "-5", "5.7", "5e3"])
def test_without_its_number_a_row_is_kept_as_rejected(app: Flask, call: Caller, value: Any) -> None:
    event = sent(app, call, CSCART, ROW | {"request_id": value})
    assert event["status"] == "rejected"
    assert "request_id" in event["message"]


NAMED = '{"request_id": "57", "name": "Мария", "company_id": 1}'


@pytest.mark.parametrize(
    "raw",
    [
        NAMED.encode(),
        f"[{NAMED}]".encode(),
        f'{{"data": {NAMED}}}'.encode(),
        f'{{"type": "call_request.created", "data": [{NAMED}]}}'.encode(),
        json.dumps(NAMED).encode(),
        json.dumps({"data": NAMED}).encode(),
        f'{{"call_request": {NAMED}}}'.encode(),
        f'{{"call_requests": [{NAMED}]}}'.encode(),
        f'{{"data": {{"data": {NAMED}}}}}'.encode(),
        f'{{"type": "call_request.created", "data": {{"0": {NAMED}}}}}'.encode(),
        f"[[{NAMED}]]".encode(),
        b"payload=" + quote(NAMED).encode(),
        b'{"request_id": 57, "company_id": 1, "name": "\xd0\x9c\xd0\xb0\xd1\x80\xd0\xb8\xd1\x8f"}\0',
        NAMED.encode("cp1251"),
        NAMED.encode("utf-16"),
        NAMED.encode("utf-16-be"),
        NAMED.encode("utf-8-sig"),
        quote(NAMED).encode() + b"=",
        b"request_id=57&company_id=1&name=" + quote("Мария").encode(),
        b"request_id=57&company_id=1&name=" + quote("Мария", encoding="cp1251").encode(),
        "request_id=57&company_id=1&name=Мария".encode("cp1251"),
        b"data[request_id]=57&data[company_id]=1&data[name]=" + quote("Мария").encode(),
    ],
    ids=lambda raw: str(raw)[2:40],
)
def test_writings_of_a_body(app: Flask, call: Caller, raw: bytes) -> None:
    event = sent(app, call, CSCART, raw, "application/x-www-form-urlencoded")
    assert (event["status"], event["subject"]) == ("received", "cscart/1/call_request/57")
    assert event["data"]["name"] == "Мария"


def test_a_letter_that_was_cut_does_not_change_the_others(app: Flask, call: Caller) -> None:
    cut = json.dumps(ROW | {"notes": "!"}, ensure_ascii=False).encode().replace(b"!", "о".encode()[:1])
    assert sent(app, call, CSCART, cut)["data"]["name"] == "Мария"


def test_what_is_no_json_number_costs_only_its_field(app: Flask, call: Caller) -> None:
    raw = b'{"request_id": 57, "order_id": NaN, "product_id": 1e999, "name": "a\tb", "user_id": %s}' % (
        b"9" * 9000
    )
    event = sent(app, call, CSCART, raw)
    assert event["data"]["unreadable"] == ["order_id", "user_id", "product_id"]
    assert event["data"]["name"] == "a\tb"


def test_nothing_of_a_form_is_lost(app: Flask, call: Caller) -> None:
    urls = [f"https://files.example/{number}" for number in range(40)]
    form = "type=message_new&object[case_id]=7&object[message_id]=9&object[content]=x"
    form += "&object[custom_fields][9874]=y&object[custom_fields][1]=z"
    form += "".join(f"&object[attachments][][url]={url}" for url in urls)
    event = sent(app, call, CHANNEL, form.encode(), "application/x-www-form-urlencoded")
    assert event["data"]["attachments"] == urls
    numbered = form.replace("[]", "[7000]").replace("https", "http")
    numbered += "&object[attachments][8][url]=https://files.example/8"
    event = sent(app, call, CHANNEL, numbered.replace("[message_id]=9", "[message_id]=10").encode())
    assert event["data"]["attachments"] == ["http://files.example/39", "https://files.example/8"]


def test_a_form_beyond_the_limit_is_kept_as_rejected(app: Flask, call: Caller) -> None:
    form = "type=message_new&object[case_id]=7" + "&a[]=1" * 1000
    event = sent(app, call, CHANNEL, form.encode())
    assert event["status"] == "rejected"
    assert "1000" in event["message"]


@pytest.mark.parametrize("value", [None, "", "x", [], False])
def test_a_reply_without_an_id_is_told_by_what_it_says(app: Flask, call: Caller, value: Any) -> None:
    def reply(content: str) -> dict[str, Any]:
        message = {"case_id": "7", "message_id": value, "staff_id": "3", "content": content}
        return sent(app, call, CHANNEL, {"type": "message_new", "object": message})

    first, again, other = reply("Да"), reply("Да"), reply("Нет")
    assert first["id"] == again["id"] != other["id"]
    assert first["data"]["message_id"] != other["data"]["message_id"]
    assert first["data"]["from_staff"] is True


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"staff_id": "ivan"}, ["staff_id"]),
        ({"content": False, "content_html": []}, ["content", "content_html"]),
        ({"attachments": 7, "user_id": {}}, ["user_id", "attachments"]),
        ({"attachments": [{"size": 1}, {"url": "https://f.example/a"}]}, ["attachments"]),
        ({"note": [], "custom_user_id": 5}, []),
    ],
)
def test_of_a_reply_only_its_case_is_essential(
    app: Flask, call: Caller, more: dict[str, Any], named: list[str]
) -> None:
    message = {"case_id": "7", "message_id": "9"} | more
    event = sent(app, call, CHANNEL, {"type": "message_new", "object": message})
    assert event["status"] == "received"
    assert event["data"]["unreadable"] == named
    assert event["data"]["from_staff"] is True


@pytest.mark.parametrize("kind", ["message_new", "MESSAGE_NEW", " Message_New "])
def test_a_reply_is_one_in_whatever_letters(app: Flask, call: Caller, kind: str) -> None:
    event = sent(app, call, CHANNEL, {"type": kind, "object": {"case_id": 7, "content": "Да"}})
    assert (event["type"], event["status"]) == ("omnidesk.message_new", "received")


RULE = "/webhooks/omnidesk/rule/omnidesk-hook"


@pytest.mark.parametrize(
    ("body", "query", "subject"),
    [
        ({"case_id": "#2001"}, "", "case_number/2001"),
        ({"caseId": 2001}, "", "case/2001"),
        ({"CASE-ID": "2001"}, "", "case/2001"),
        ({"case_number": "300-2001"}, "", "case_number/300-2001"),
        ({"case": {"id": 7, "number": "300-7"}}, "", "case/7"),
        ({"data": {"case": {"case_number": "300-7"}}}, "", "case_number/300-7"),
        ({"case_id": "[case_id]", "case_number": "300-7"}, "", "case_number/300-7"),
        ("case[number]=300-7&x=1", "", "case_number/300-7"),
        ("", "caseNumber=%232001", "case_number/2001"),
        ('{"text": "he "said" x", "case_id": "5"}', "", "case/5"),
        ('{"case_id": 5, "text": "no: "case_id": 9 x"}', "", "case/5"),
        ('{"case_id": 5, "text": "a"b", "case_id": "9"}', "", "case/5"),
        ('{"case_number": "300-7", "text": "a"b", "case_id": "9"}', "", "case_number/300-7"),
        ({"case": 5}, "", "case/5"),
        ({"case_id": "5.0"}, "", "case/5"),
        ({"case_number": "[№ 300–7]"}, "", "case_number/300-7"),
        ({"case_id": 5, "case_number": "[case_number]"}, "case_id=5", "case/5"),
        ({"case_id": "[case_id]"}, "case_id=5", "case/5"),
        ('{"text": "a"b"}', "case_id=5", "case/5"),
        ('{"case": {"case_id": 5, "text": "no: {"case_id": 9}"}}', "", "case/5"),
    ],
)
def test_a_rule_is_understood(app: Flask, call: Caller, body: Any, query: str, subject: str) -> None:
    raw = body.encode() if isinstance(body, str) else body
    event = sent(app, call, f"{RULE}?{query}", raw)
    assert (event["status"], event["subject"]) == ("received", f"omnidesk/{subject}")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"case_id": "[case_id]"}, "case_id"),
        ({"caseId": ""}, "case_id"),
        ({"case_number": "{{ number }}"}, "case_number"),
        ({"case_id": [], "case": {"number": "x"}}, "case_id"),
        ("case_id=&status=open", "case_id"),
        ('{"text": "he said: "case_id": 9 x"}', "case_id"),
        ('{"case_id": 5, "text": "a", "case_id": "9", "b": ""}', "case_id"),
        ('{"text": "a", "case_id": "9", "b": "", "case_id": 5}', "case_id"),
        ('{"case": {"id": 5, "text": "a"}, "case_id": "9", "b": {"c": ""}}', "case_id"),
        ('{"case_number": "300-7", "text": "a", "case_number": "300-9"}', "case_number"),
        ('{"text": "a", "case_id": "9", "b": " x" y", "case_number": "300-7"}', "case_id"),
        ("case_id=5&text=a&case_id=9", "case_id"),
        ({"case_id": {"id": 5}}, "case_id"),
        ({"body": '{"case_id": 5}'}, "case_id"),
        ([{"case_id": 5}, {"case_id": 9}], "case_id"),
        ('{"text": "a \\"case_id\\": 9 "b""}', "case_id"),
        ('{"text": "x", "case_id": "9", "y": "a" b", "case_id": "5"}', "case_id"),
    ],
)
def test_a_rule_whose_template_is_wrong_is_seen(app: Flask, call: Caller, body: Any, field: str) -> None:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    answer = app.test_client().post(RULE, data=raw)
    assert answer.status_code == 200
    event = call.get(f"/events/{answer.get_json()['event_id']}").get_json()
    assert event["status"] == "rejected"
    assert field in event["message"]
    assert "template" in event["next_action"]
    mended = call.post(f"/events/{event['id']}/replay", json={"data": {"case_id": "5"}})
    assert mended.get_json()["subject"] == "omnidesk/case/5"


def test_nul_and_halves_of_pairs_are_cleaned_wherever_they_come(app: Flask, call: Caller) -> None:
    raw = b'{"request_id": 57, "company_id": 1, "name": "a\\u0000b\\ud800", "x\\u0000": 1}'
    assert sent(app, call, CSCART, raw)["data"]["name"] == "a\ufffdb?"
    answer = app.test_client().get(f"{RULE}?case_id=7&case_status=a%00b%ED%A0%80")
    event = call.get(f"/events/{answer.get_json()['event_id']}").get_json()
    assert event["data"]["case_status"].startswith("a\ufffdb")


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        (CSCART, ROW | {"name": "a\x00b"}, "name"),
        (CSCART, ROW | {"notes": "a\ud800b"}, "notes"),
        (CHANNEL, {"object": {"case_id": 7, "content": "a\ud800b"}}, "content"),
        (f"{RULE}?case_id=7&case_status=a%00b", {}, "case_status"),
    ],
    ids=["NUL", "half a pair", "channel", "rule"],
)
def test_what_the_database_refuses_is_that_deliverys_own_fault(
    app: Flask, call: Caller, monkeypatch: pytest.MonkeyPatch, path: str, body: Any, named: str
) -> None:
    monkeypatch.setattr(bodies, "storable", lambda value: value)
    raw = json.dumps(body)
    answer = app.test_client().post(path, data=raw)
    event = call.get(f"/events/{answer.get_json(force=True)['event_id']}").get_json()
    if event["status"] == "received":
        # SQLite takes NUL.
        assert "\x00" in event["data"][named]
        return
    assert (answer.status_code, event["status"]) == (422, "rejected")
    assert f"The database refuses {named} of this" in event["message"]
    assert list(event["data"]["fields"]) == [named]
    assert call.get(f"/events/{event['id']}/raw").data == raw.encode()


def test_a_search_that_the_database_refuses_is_the_askers_own_fault(
    app: Flask, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        with app.extensions["ledger"].read() as session:
            return session.scalar(select(Event.seq).where(Event.seq == 10**30))

    monkeypatch.setattr(events, "page", refused)
    assert call.get("/events").status_code == 422
