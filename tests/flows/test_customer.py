"""One customer is one user of the help desk; a refused detail costs nothing; replies go by their case."""

from __future__ import annotations

from typing import Any

import pytest

from service.config.model import Config, Store, Templates
from service.intake import omnidesk
from service.intake.call_request import CREATED, UPDATED
from service.ledger import record
from tests.flows.world import World
from workers.vendors.omnidesk.operations import CASES_CREATE, CASES_DELETE, USERS_GET
from workers.vendors.sandbox import SandboxConfig

CASES = "POST /omnidesk/api/cases.json"
CONTACTS = "POST /obzvonilka"


def user_of(world: World, request_id: str, company_id: str = "1") -> str:
    """The custom id that the request's case was opened with."""
    (case,) = world.cases(request_id, company_id)
    return str(world.call(USERS_GET, path={"user_id": case["user_id"]})["user"]["user_custom_id"])


def ask(world: World, request_id: str, **row: Any) -> str:
    """A store's own callback of a request, with an e-mail, which the store itself has no column for."""
    kept = {name: row[name] for name in ("name", "phone", "company_id") if name in row}
    made = world.control.post("/sandbox/call_requests", json=kept).get_json()
    assert str(made["request_id"]) == request_id
    world.fired.clear()
    event_id = world.callback(CREATED, {"request_id": request_id, "notes": ""} | row)
    world.settle()
    return event_id


@pytest.fixture
def rows(world: World) -> World:
    """A store whose requests are told of by callbacks of its own (`ask`), from 1 on; each is a call."""
    world.use(Config(default_store=Store(join_minutes=0)))
    return world


def test_the_same_phone_in_any_writing_is_one_user(rows: World) -> None:
    ask(rows, "1", name="Мария", phone="8 (917) 555-00-01", email="one@shop.example")
    ask(rows, "2", name="М. Иванова", phone="+7 917 555 00 01", email="two@shop.example")
    ask(rows, "3", name="Мария", phone="89175550002")
    first, second, other = (user_of(rows, one) for one in "123")
    assert first == second != other
    assert "9175550001" not in first
    assert first.startswith("cscart:1:")


def test_the_same_phone_in_another_store_is_another_user(rows: World) -> None:
    ask(rows, "1", phone="89175550001")
    ask(rows, "2", phone="89175550001", company_id="2")
    assert user_of(rows, "1") != user_of(rows, "2", "2")


def test_without_a_phone_the_address_in_any_case_else_the_request(rows: World) -> None:
    ask(rows, "1", phone="", email="Maria@Shop.Example")
    ask(rows, "2", phone="нет", email="maria@shop.example")
    ask(rows, "3", phone="", name="Никто")
    ask(rows, "4", phone="", name="Никто", email="нет")
    assert user_of(rows, "1") == user_of(rows, "2")
    assert "maria" not in user_of(rows, "1").lower()
    assert user_of(rows, "3") == "cscart:1:req:3"
    assert user_of(rows, "4") == "cscart:1:req:4"


def test_a_reply_goes_to_the_request_of_its_case(rows: World) -> None:
    for request_id in "12":
        ask(rows, request_id, name="Мария", phone="89175550001")
    (case,) = rows.cases("1")
    rows.reply(case["case_id"], "По первой заявке")
    rows.settle()
    assert "По первой заявке" in rows.row("1")["notes"]
    assert "По первой заявке" not in rows.row("2")["notes"]


def _reply(world: World, case: dict[str, Any], custom_id: str, text: str) -> str:
    body = {
        "type": "message_new",
        "object": {
            "message_id": "990001",
            "case_id": str(case["case_id"]),
            "staff_id": "22",
            "user_id": str(case["user_id"]),
            "custom_user_id": custom_id,
            "content": text,
            "note": "0",
        },
    }
    return world.receive(omnidesk.channel_event(body, text.encode(), "application/json"))


def _unlinked(world: World, request_id: str) -> None:
    """The case's link is not written yet."""
    with world.ledger.write() as session:
        link = record.linked(session, f"cscart/1/call_request/{request_id}", "omnidesk", "case")
        assert link is not None
        link.external_id = "0"


def test_a_reply_that_is_quicker_than_our_commit_finds_its_request(rows: World) -> None:
    ask(rows, "1", name="Мария", phone="89175550001")
    (case,) = rows.cases("1")
    custom_id = user_of(rows, "1")
    _unlinked(rows, "1")
    event = rows.done(_reply(rows, case, custom_id, "Уже отвечаю"))
    assert event.message is None
    assert "Уже отвечаю" in rows.row("1")["notes"]


@pytest.mark.parametrize("custom_id", ["cscart:1:customer:00000000000000000000", "somebody"])
def test_a_case_of_another_customer_is_not_believed(rows: World, custom_id: str) -> None:
    ask(rows, "1", name="Мария", phone="89175550001")
    (case,) = rows.cases("1")
    _unlinked(rows, "1")
    event = rows.done(_reply(rows, case, custom_id, "Не для неё"))
    assert "Not a case that Perezvon opened" in str(event.message)
    assert "Не для неё" not in rows.row("1")["notes"]


def test_a_reply_to_a_case_of_a_former_release_is_understood(rows: World) -> None:
    ask(rows, "1", name="Мария", phone="89175550001")
    event_id = _reply(rows, {"case_id": 900001, "user_id": 5}, "cscart:1:req:1", "По-старому")
    rows.done(event_id)
    assert "По-старому" in rows.row("1")["notes"]


@pytest.mark.parametrize(
    ("code", "dropped"),
    [
        ("phone_already_exist", ["user_phone"]),
        ("wrong_phone", ["user_phone"]),
        ("wrong_email", ["user_email"]),
        ("email_already_exist", ["user_email"]),
        ("user_full_name is too long", ["user_full_name"]),
        ("Указан неверный телефон", ["user_phone"]),
        ("email or phone already exist", ["user_email", "user_phone"]),
    ],
)
def test_a_refused_detail_does_not_cost_the_case(rows: World, code: str, dropped: list[str]) -> None:
    rows.answer(CASES, 400, error=code)
    event = rows.done(
        ask(rows, "1", name="Мария Длинная", phone="8 917 555-00-01", email="maria@shop.example")
    )
    (case,) = rows.cases("1")
    user = rows.call(USERS_GET, path={"user_id": case["user_id"]})["user"]
    given = {
        "user_phone": "8 917 555-00-01",
        "user_email": "maria@shop.example",
        "user_full_name": "Мария Длинная",
    }
    for name, value in given.items():
        assert bool(user.get(name)) == (name not in dropped)
        assert value in case["messages"][0]["content_html"]
    assert "refused the customer's" in str(event.message)


def test_what_is_refused_stands_in_the_text_whatever_the_template_says(rows: World) -> None:
    texts = {"case_content_html": "<p>Перезвонить</p>", "case_content": "Перезвонить"}
    rows.use(Config(templates={"ru": Templates(texts)}))
    rows.answer(CASES, 400, error="phone_already_exist")
    rows.answer(CASES, 400, error="wrong_email")
    ask(rows, "1", phone="8 917 555-00-01", email="a<b@shop.example")
    (message,) = rows.cases("1")[0]["messages"]
    assert "8 917 555-00-01" in message["content_html"]
    assert "a&lt;b@shop.example" in message["content_html"]


@pytest.mark.parametrize("world", [SandboxConfig(omnidesk_unique_details=True)], indirect=True)
def test_another_users_phone_is_left_out(world: World) -> None:
    world.call(CASES_CREATE, body={"user_phone": "+79175550001", "subject": "Почта", "content": "?"})
    request_id = world.carried(phone="89175550001")
    assert len(world.cases(request_id)) == 1
    assert "phone_already_exist" in str(world.events(CREATED)[0].message)


@pytest.mark.parametrize("code", ["subject_is_wrong", "wrong_channel"])
def test_a_refusal_of_something_else_is_a_persons_business(world: World, code: str) -> None:
    world.answer(CASES, 400, error=code)
    world.shopper(name="Мария", phone="89175550001")
    world.settle()
    (event,) = world.events(CREATED)
    assert event.status == "dead"
    assert world.state()["omnidesk"]["cases"] == []


def test_a_detail_that_the_dialer_refuses_stands_in_the_description(rows: World) -> None:
    rows.answer(CONTACTS, 422, errors={"email": ["is invalid"]})
    event = rows.done(ask(rows, "1", phone="89175550001", email="maria@shop.example"))
    contact = rows.contact("1")
    assert contact["phone1"] == "+79175550001"
    assert not contact["email"]
    assert "maria@shop.example" in contact["description"]
    assert "refused the customer's email" in str(event.message)


def test_a_contact_without_its_phone_is_not_made(world: World) -> None:
    world.answer(CONTACTS, 422, errors={"phone1": ["is invalid"]})
    world.shopper(name="Мария", phone="89175550001")
    world.settle()
    (event,) = world.events(CREATED)
    assert event.status == "dead"
    assert world.state()["obzvonilka"]["contacts"]["1"] == []


@pytest.mark.parametrize("world", [SandboxConfig(omnidesk_filters_by_custom_id=True)], indirect=True)
def test_a_lost_answer_is_found_among_the_customers_cases(world: World) -> None:
    world.fault(operation="omnidesk.cases.create", kind="drop_after", times=1)
    request_id = world.carried(phone="89175550001")
    assert len(world.cases(request_id)) == 1
    assert world.calls().count("omnidesk.cases.list") == 1


def test_a_vendor_that_ignores_the_filter_is_asked_by_the_subject(world: World) -> None:
    for number in range(3):
        world.call(
            CASES_CREATE, body={"user_phone": f"+7917555010{number}", "subject": "Почта", "content": "?"}
        )
    for phone in ("89175550001", "89175550002"):
        world.fault(operation="omnidesk.cases.create", kind="drop_after", times=1)
        request_id = world.carried(phone=phone)
        assert len(world.cases(request_id)) == 1
    # Both filters for the first, and then only the one that works.
    assert world.calls().count("omnidesk.cases.list") == 3


def test_a_vendor_that_refuses_the_filter_is_asked_by_the_subject(world: World) -> None:
    world.answer("GET /omnidesk/api/cases.json?user_custom_id", 400, error="unknown parameter")
    world.fault(operation="omnidesk.cases.create", kind="drop_after", times=1)
    request_id = world.carried(phone="89175550001")
    assert len(world.cases(request_id)) == 1


@pytest.mark.parametrize("kind", ["note", "status", "trash"])
def test_a_case_that_is_gone_is_a_remark(world: World, kind: str) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    world.call(CASES_DELETE, path={"case_id": case["case_id"]})
    if kind == "trash":
        event = world.done(world.callback("call_request.deleted", {"request_id": request_id}))
    else:
        change = {"time_from": "15:00"} if kind == "note" else {"status": "completed"}
        event = world.done(world.callback(UPDATED, world.row(request_id) | change))
    assert "gone" in str(event.message)
