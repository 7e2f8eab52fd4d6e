"""A call request on its way: from the store's hook to the dialer, the help desk and back."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

import pytest

from tests.stack import Stack


def full_row(request_id: str, **more: Any) -> dict[str, Any]:
    """A whole row as the store's hook sends it."""
    return {
        "request_id": request_id,
        "company_id": "1",
        "order_id": "0",
        "user_id": "0",
        "product_id": "0",
        "timestamp": str(int(time.time())),
        "status": "new",
        "name": "Инна Орлова",
        "phone": "+7(917)555-00-11",
        "time_from": "__:__",
        "time_to": "",
        "notes": None,
        "cart_products": "",
        "order_status": None,
        "product": None,
    } | more


def test_a_request_reaches_all_three_systems(stack: Stack) -> None:
    request_id, case = stack.carried(
        name="Мария <script>alert(1)</script>",
        phone="8 (917) 555-00-01",
        notes="Звонить после обеда",
        time_from="9:00",
        time_to="18:30",
    )
    (contact,) = stack.sandbox.contacts(request_id)
    row = stack.sandbox.row(request_id)
    assert contact["phone1"] == "+79175550001"
    assert "с 09:00 до 18:30" in contact["description"]
    assert case["channel"] == "cch101"
    (first,) = case["messages"]
    assert "<script>" not in first["content_html"]
    assert "Мария &lt;script&gt;alert(1)&lt;/script&gt;" in first["content_html"]
    assert row["status"] == "in_progress"
    assert row["notes"].startswith("Звонить после обеда\n")
    assert case["case_number"] in row["notes"]


def test_a_request_costs_five_calls(stack: Stack) -> None:
    before = stack.sandbox.last()
    stack.carried(name="Пётр", phone="89175550002", notes="")
    made = [call["operation"] for call in stack.sandbox.calls(before)]
    assert made == [
        "obzvonilka.contacts.find_by_external",
        "obzvonilka.contacts.create",
        "omnidesk.cases.create",
        "cscart.call_requests.get",
        "cscart.call_requests.update",
    ]


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("8 (917) 555-00-03", "+79175550003"),
        ("+7 917 555 00 04", "+79175550004"),
        ("9175550005", "+79175550005"),
        ("8-917-555-00-06", "+79175550006"),
        ("+49 30 5550107", "+49305550107"),
        ("доб. 12", "доб. 12"),
    ],
)
def test_phones_in_any_writing_reach_the_dialer(stack: Stack, written: str, dialled: str) -> None:
    request_id, _ = stack.carried(name="Анна", phone=written)
    (contact,) = stack.sandbox.contacts(request_id)
    assert contact["phone1"] == dialled


@pytest.mark.parametrize(
    "odd",
    [
        {"name": ""},
        {"time_from": "__:__", "time_to": "__:__"},
        {"time_from": "9:00"},
        {"cart_products": {"2": {"product": "Ваза", "amount": 1, "price": 10}, "7": {"product": "Чашка"}}},
        {"cart_products": [{"product": "Ваза", "amount": "1", "price": "10.00"}]},
        {"cart_products": []},
        {"responsible": "", "storefront_id": 1},
        {"timestamp": ""},
        {"order_id": 1043, "user_id": None},
    ],
    ids=lambda odd: json.dumps(odd, ensure_ascii=False)[:40],
)
def test_odd_values_are_normal(stack: Stack, odd: dict[str, Any]) -> None:
    request_id, _ = stack.carried(name="Вера", phone="89175550008")
    answer = stack.hook(full_row(stack.new_id()) | odd)
    assert answer.status_code == 202
    event = stack.wait_event(answer.json()["event_id"], "done", "waiting", "dead")
    # The store of the sandbox has no such row: all else must have been done.
    assert {step["name"] for step in event["steps"] if step["status"] == "done"} >= {
        "dialer.create",
        "helpdesk.case",
    }
    assert request_id


def test_a_request_without_a_phone_still_opens_a_case(stack: Stack) -> None:
    request_id = stack.new_id()
    answer = stack.hook(full_row(request_id, phone="", name=""))
    stack.wait_event(answer.json()["event_id"], "done", "dead")
    assert len(stack.sandbox.cases(request_id)) == 1
    assert stack.sandbox.contacts(request_id) == []


def test_a_duplicate_is_answered_and_not_repeated(stack: Stack) -> None:
    request_id, _ = stack.carried(name="Лев", phone="89175550009")
    before = stack.sandbox.last()
    row = stack.sandbox.row(request_id)
    first = stack.hook(row)
    second = stack.hook(row, "application/json")
    third = stack.signed({"type": "call_request.created", "timestamp": "2026-11-22T10:00:00Z", "data": row})
    for answer in (first, second, third):
        assert answer.status_code == 202
        assert answer.json() == {
            "result": "ok",
            "event_id": stack.event_of(request_id),
            "duplicate": True,
        }
    stack.carried(name="После", phone="89175550010")
    about = [call for call in stack.sandbox.calls(before) if f"cscart-1-{request_id}" in call["path"]]
    assert about == []
    assert len(stack.sandbox.cases(request_id)) == 1


def test_a_row_that_says_only_which_request_it_is_is_read_from_the_store(stack: Stack) -> None:
    """The hook is unplugged, and a signed callback brings nothing but the number."""
    hooks = {"cscart_hook_url": None}
    stack.sandbox.put("/sandbox/hooks", hooks)
    row = stack.sandbox.shopper(name="Зоя", phone="89175550012", notes="Важно")
    stack.sandbox.put("/sandbox/hooks", {"cscart_hook_url": stack.cscart_hook})
    answer = stack.signed(
        {
            "type": "call_request.created",
            "timestamp": "2026-11-22T10:00:00Z",
            "data": {"request_id": int(row["request_id"])},
        }
    )
    assert answer.status_code == 202
    stack.wait_event(answer.json()["event_id"])
    (contact,) = stack.sandbox.contacts(row["request_id"])
    assert contact["phone1"] == "+79175550012"
    assert contact["name"] == "Зоя"
    assert stack.sandbox.row(row["request_id"])["notes"].startswith("Важно\n")


def test_an_outage_of_the_help_desk_does_not_keep_the_customer_from_the_dialer(stack: Stack) -> None:
    fault = stack.sandbox.fault(vendor="omnidesk", kind="status", status=503, times=None)
    request_id = stack.sandbox.shopper(name="Олег", phone="89175550014")["request_id"]
    event = stack.wait_event(stack.event_of(request_id), "waiting")
    assert event["reason"] == "backoff"
    assert "Omnidesk" in event["message"]
    assert len(stack.sandbox.contacts(request_id)) == 1
    assert stack.sandbox.fired(fault) >= 1
    stack.sandbox.clear_faults()
    # It comes again by itself: a person's "retry" might find it running already.
    stack.wait_event(event["id"])
    assert len(stack.sandbox.contacts(request_id)) == 1
    assert len(stack.sandbox.cases(request_id)) == 1


def test_notes_written_while_the_request_waited_are_kept(stack: Stack) -> None:
    fault = stack.sandbox.fault(vendor="cscart", kind="status", status=503, times=1)
    request_id = stack.sandbox.shopper(name="Нина", phone="89175550015", notes="Первая")["request_id"]
    event_id = stack.event_of(request_id)
    stack.wait_event(event_id, "waiting", "done")
    assert stack.sandbox.fired(fault) == 1
    stack.wait_event(event_id)
    notes = stack.sandbox.row(request_id)["notes"]
    assert notes.startswith("Первая\n")
    assert notes.count("Омнидеск: обращение") == 1


CREATE_CASE, CREATE_CONTACT = "omnidesk.cases.create", "obzvonilka.contacts.create"
PHONES = itertools.count(1)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (CREATE_CASE, "drop_after"),
        (CREATE_CASE, "status"),
        # Not done and never answered: sent again only after 40 s, which is why this one stands for its like.
        (CREATE_CASE, "drop_before"),
        (CREATE_CONTACT, "drop_after"),
        (CREATE_CONTACT, "status"),
        ("cscart.call_requests.update", "drop_after"),
        ("cscart.call_requests.update", "drop_before"),
    ],
)
def test_a_lost_answer_is_looked_up_and_nothing_is_made_twice(
    stack: Stack, operation: str, kind: str
) -> None:
    fault = stack.sandbox.fault(operation=operation, kind=kind, times=1)
    # Another customer each time: the same one's second request would join the open case.
    phone = f"8917556{next(PHONES):04}"
    request_id = stack.sandbox.shopper(name="Юлия", phone=phone, notes="Стоит")["request_id"]
    stack.wait_event(stack.event_of(request_id))
    assert stack.sandbox.fired(fault) == 1
    assert len(stack.sandbox.cases(request_id)) == 1
    assert len(stack.sandbox.contacts(request_id)) == 1
    notes = stack.sandbox.row(request_id)["notes"]
    assert notes.startswith("Стоит\n")
    assert notes.count("Омнидеск: обращение") == 1


def test_a_refusal_goes_to_dead_with_what_to_do_and_a_retry_goes_on_from_there(stack: Stack) -> None:
    fault = stack.sandbox.fault(
        vendor="omnidesk", operation="omnidesk.cases.create", kind="status", status=422, times=1
    )
    request_id = stack.sandbox.shopper(name="Глеб", phone="89175550017")["request_id"]
    event = stack.wait_event(stack.event_of(request_id), "dead")
    assert stack.sandbox.fired(fault) == 1
    assert "Omnidesk refused omnidesk.cases.create (422" in event["message"]
    assert event["next_action"]
    assert len(stack.sandbox.contacts(request_id)) == 1
    stack.api(f"/events/{event['id']}/retry", "POST")
    stack.wait_event(event["id"])
    assert len(stack.sandbox.contacts(request_id)) == 1
    assert len(stack.sandbox.cases(request_id)) == 1


def test_retry_after_is_honoured_and_is_no_failure(stack: Stack) -> None:
    fault = stack.sandbox.fault(
        vendor="omnidesk", operation="omnidesk.cases.create", kind="rate_limit", retry_after=2, times=1
    )
    before = stack.sandbox.last()
    request_id = stack.sandbox.shopper(name="Клара", phone="89175550018")["request_id"]
    event = stack.wait_event(stack.event_of(request_id))
    assert stack.sandbox.fired(fault) == 1
    assert event["failures"] == 0
    tries = [call for call in stack.sandbox.calls(before) if call["operation"] == "omnidesk.cases.create"]
    assert [call["status"] for call in tries] == [429, 201]
    first, second = (time.strptime(call["at"][:19], "%Y-%m-%dT%H:%M:%S") for call in tries)
    assert time.mktime(second) - time.mktime(first) >= 1
