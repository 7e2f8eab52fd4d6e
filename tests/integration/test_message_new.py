"""A staff member's reply on its way from the help desk to the store and the dialer."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.stack import Stack, wait_until


def reply(stack: Stack, case: dict[str, Any], content: str, **more: Any) -> dict[str, Any]:
    """A staff member writes in the help desk; its webhook has fired."""
    path = f"/sandbox/cases/{case['case_id']}/reply"
    message: dict[str, Any] = stack.sandbox.post(path, {"content": content} | more)
    return message


def message_event(stack: Stack, request_id: str, number: int = 1) -> dict[str, Any]:
    """The latest of `number` events about a message of the request, ended."""
    path = f"/events?subject=cscart/1/call_request/{request_id}&type=omnidesk.message_new"

    def look() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = stack.api(path)["events"]
        return found if len(found) >= number else []

    return stack.wait_event(wait_until(look, f"{number} messages about {request_id}")[0]["id"])


@pytest.mark.parametrize("encoding", ["form", "json"])
def test_a_reply_reaches_the_store_and_the_dialer(stack: Stack, encoding: str) -> None:
    request_id, case = stack.carried(name="Роза", phone="89175550021", notes="Сначала")
    text = "Добрый день & спасибо = до встречи +100 %"
    reply(stack, case, text, encoding=encoding)
    message_event(stack, request_id)
    notes = stack.sandbox.row(request_id)["notes"]
    (contact,) = stack.sandbox.contacts(request_id)
    assert notes.startswith("Сначала\n")
    assert notes.count(text) == 1
    assert contact["description"].count(text) == 1
    assert "Заявка в магазине" in contact["description"]


def test_an_internal_note_stays_in_the_help_desk(stack: Stack) -> None:
    request_id, case = stack.carried(name="Семён", phone="89175550022")
    before = stack.sandbox.last()
    reply(stack, case, "Не для чужих глаз", note=True)
    event = message_event(stack, request_id)
    assert "internal note" in event["message"].lower()
    assert stack.sandbox.calls(before) == []
    assert "Не для чужих" not in (stack.sandbox.row(request_id)["notes"] or "")


def test_a_reply_delivered_twice_is_written_once(stack: Stack) -> None:
    request_id, case = stack.carried(name="Тая", phone="89175550023")
    reply(stack, case, "Один раз", times=3)
    message_event(stack, request_id)
    assert stack.sandbox.row(request_id)["notes"].count("Один раз") == 1
    (contact,) = stack.sandbox.contacts(request_id)
    assert contact["description"].count("Один раз") == 1


def test_replies_stand_in_the_order_of_their_arrival(stack: Stack) -> None:
    request_id, case = stack.carried(name="Устин", phone="89175550024")
    for number in range(6):
        reply(stack, case, f"Ответ номер {number}")
    message_event(stack, request_id, 6)
    path = f"/events?subject=cscart/1/call_request/{request_id}&type=omnidesk.message_new"
    arrived = [event["data"]["content"] for event in reversed(stack.api(path)["events"])]
    notes = stack.sandbox.row(request_id)["notes"]
    assert sorted(arrived) == [f"Ответ номер {number}" for number in range(6)]
    assert sorted(arrived, key=notes.index) == arrived


def test_what_the_customer_wrote_goes_nowhere(stack: Stack) -> None:
    request_id, case = stack.carried(name="Фаина", phone="89175550025")
    answer = requests.post(
        stack.omnidesk_hook,
        data={
            "type": "message_new",
            "object[message_id]": "990001",
            "object[case_id]": str(case["case_id"]),
            "object[staff_id]": "0",
            "object[user_id]": "123",
            "object[custom_user_id]": f"cscart:1:req:{request_id}",
            "object[content]": "Я уже купила",
            "object[note]": "",
        },
        timeout=30,
    )
    assert answer.status_code == 200
    assert answer.json()["duplicate"] is False
    event = stack.wait_event(answer.json()["event_id"])
    assert "nothing to carry" in event["message"]


def test_a_reply_with_html_and_a_file_is_readable_text(stack: Stack) -> None:
    request_id, case = stack.carried(name="Харитон", phone="89175550026")
    body = {
        "type": "message_new",
        "object": {
            "message_id": 990002,
            "case_id": case["case_id"],
            "staff_id": 22,
            "user_id": case["user_id"],
            "content": "",
            "content_html": "<p>Первая &amp; строка</p><p>Вторая<br>третья</p>",
            "note": False,
            "sent_via_rule": "false",
            "attachments": [{"url": "https://desk.example/f/1"}],
        },
    }
    answer = requests.post(stack.omnidesk_hook, json=body, timeout=30)
    stack.wait_event(answer.json()["event_id"])
    notes = stack.sandbox.row(request_id)["notes"]
    assert "Первая & строка\nВторая\nтретья\nhttps://desk.example/f/1" in notes


def test_an_unknown_type_is_recorded_and_answered(stack: Stack) -> None:
    answer = requests.post(
        stack.omnidesk_hook, data={"type": "case_rated", "object[case_id]": "5"}, timeout=30
    )
    assert answer.status_code == 200
    event = stack.event(answer.json()["event_id"])
    assert event["type"] == "omnidesk.case_rated"
    assert event["status"] == "done"
