"""The store: its list, its odd values, its errors, its hook."""

import json
from typing import Any

import pytest


def ids(answer: Any) -> list[str]:
    return [row["request_id"] for row in answer.json()["call_requests"]]


def shopper_asks(sandbox: Any, **row: Any) -> dict[str, Any]:
    answer = sandbox.control.post("/call_requests", json=row)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def test_a_row_looks_as_in_the_document(sandbox: Any) -> None:
    given = {"phone": "+7(999)111-22-33", "email": "a@example.com", "product_id": 12, "stray": "x"}
    made = sandbox.cscart.post("/call_requests", json=given)
    assert (made.status_code, made.json()) == (201, {"request_id": "1"})
    row = sandbox.cscart.get("/call_requests/1").json()
    assert row.pop("timestamp").isdigit()
    assert row == {
        "request_id": "1",
        "company_id": "1",
        "order_id": "0",
        "user_id": "0",
        "product_id": "12",
        "status": "new",
        "name": "",
        "phone": "+7(999)111-22-33",
        "time_from": "",
        "time_to": "",
        "notes": None,
        "cart_products": "",
        "order_status": None,
        "product": None,
    }


def test_a_shopper_may_leave_odd_values(sandbox: Any) -> None:
    odd = {"time_from": "__:__", "cart_products": {"1": {"product_id": "5"}, "7": {}}, "storefront_id": "1"}
    row = shopper_asks(sandbox, name="<b>Инна</b>", phone="8 (917) 000", timestamp="soon", **odd)
    assert sandbox.cscart.get(f"/call_requests/{row['request_id']}").json() == row
    assert row.items() >= odd.items()
    assert ids(sandbox.cscart.get("/call_requests")) == ["1"]


def test_pages_past_the_end_are_the_last_page(sandbox: Any) -> None:
    for n in range(12):
        shopper_asks(sandbox, phone=f"+7917000000{n}", timestamp=str(1_442_933_000 + n))
    api = sandbox.cscart
    first = api.get("/call_requests")
    assert ids(first) == [str(n) for n in range(12, 2, -1)], "ten, newest first"
    assert first.json()["params"] == {
        "items_per_page": "10",
        "page": 1,
        "sort_order": "desc",
        "sort_by": "date",
        "sort_order_rev": "asc",
        "total_items": "12",
    }
    for page in (2, 3, 999):
        past = api.get("/call_requests", params={"page": page})
        assert (ids(past), past.json()["params"]["page"]) == (["2", "1"], 2)
    everything = api.get("/call_requests", params={"items_per_page": 0, "sort_by": "id", "sort_order": "asc"})
    assert ids(everything) == [str(n) for n in range(1, 13)]
    assert "total_items" not in everything.json()["params"]


def test_the_list_is_filtered(sandbox: Any) -> None:
    shopper_asks(sandbox, name="Инна", phone="+7(917)000-00-00", order_id="7")
    shopper_asks(sandbox, name="Владимир", phone="+7(917)111-11-11", status="completed", user_id="3")
    api = sandbox.cscart
    for query, found in (
        ({"name": "инн"}, ["1"]),
        ({"phone": "111"}, ["2"]),
        ({"status": "completed"}, ["2"]),
        ({"user_id": "3"}, ["2"]),
        ({"order_exists": "Y"}, ["1"]),
        ({"order_exists": "N"}, ["2"]),
        ({"company_id": "2"}, []),
        ({"sort_by": "name", "sort_order": "asc"}, ["2", "1"]),
    ):
        assert ids(api.get("/call_requests", params=query)) == found, query


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "not a JSON object"),
        (b"{", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b'{"name": "Inna"}', "email or phone is required"),
        (b'{"phone": 79170000000}', "phone must be a string"),
        (b'{"phone": "1", "status": "done"}', "status must be one of"),
        (b'{"phone": "1", "user_id": "Anna"}', "user_id must be an integer"),
        (b'{"phone": "1", "cart_products": "tea"}', "cart_products must be an array"),
        (b'{"phone": "1", "cart_products": ' + b"[" * 300 + b"]" * 300 + b"}", "not a JSON object"),
    ],
)
def test_a_row_is_refused(sandbox: Any, body: bytes, complaint: str) -> None:
    answer = sandbox.cscart.post("/call_requests", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert answer.json()["message"].startswith("Bad Request: ")
    assert complaint in answer.json()["message"]
    assert sandbox.state()["cscart"]["call_requests"] == []


def test_statuses_of_refusals(sandbox: Any) -> None:
    api = sandbox.cscart
    for status, answer in (
        (400, api.put("/call_requests/9", json={"notes": "x"})),  # a missing id
        (401, api.get("/call_requests", auth=("admin@shop.example", "wrong"))),
        (404, api.get("/call_requests/9")),
        (404, api.delete("/call_requests/9")),
        (404, api.get("/orders")),
        (405, api.patch("/call_requests/9", json={})),
        (415, api.post("/call_requests", data={"phone": "1"})),
    ):
        assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_put_changes_what_it_may_and_ignores_the_rest(sandbox: Any) -> None:
    shopper_asks(sandbox, name="Инна", phone="+7917")
    change = {"status": "in_progress", "notes": "Обращение 664-245651", "user_id": 3, "name": "x", "stray": 1}
    answer = sandbox.cscart.put("/call_requests/1", json=change)
    assert (answer.status_code, answer.json()) == (200, {"request_id": "1"})
    row = sandbox.cscart.get("/call_requests/1").json()
    assert (row["status"], row["notes"], row["user_id"], row["name"]) == (
        "in_progress",
        "Обращение 664-245651",
        "3",
        "Инна",
    )


def test_the_address_without_rewriting(sandbox: Any) -> None:
    shopper_asks(sandbox, phone="+7917")
    api = sandbox.cscart
    base, api.base = api.base, sandbox.url + "/cscart"
    try:
        assert ids(api.get("/api.php?_d=call_requests&items_per_page=5")) == ["1"]
        assert api.get("/api.php?_d=call_requests/1").json()["request_id"] == "1"
        assert ids(api.get("/api/2.0/call_requests/")) == ["1"], "a trailing slash is as good as none"
    finally:
        api.base = base


def test_the_hook_sends_one_mislabelled_row_for_shoppers_and_for_the_api(sandbox: Any, receiver: Any) -> None:
    hook = {"hook_url": f"{receiver.url}/webhooks/cscart/token", "trigger_name": "new_call_request"}
    made = sandbox.cscart.post("/zapier_hooks", json=hook)
    assert (made.status_code, made.json()) == (201, {"hook_id": "1"})
    receiver.answer_with = 503
    row = shopper_asks(sandbox, name="Инна", phone="+7917", time_from="__:__")
    receiver.wait(1)
    sandbox.cscart.post("/call_requests", json={"phone": "+7918"})
    (path, content_type, body), (_, _, second) = receiver.wait(2)
    assert path == "/webhooks/cscart/token"
    assert content_type == "application/x-www-form-urlencoded"
    assert json.loads(body) == row
    assert json.loads(second)["phone"] == "+7918"
    sandbox.cscart.put("/call_requests/1", json={"status": "completed"})
    assert sandbox.cscart.delete("/zapier_hooks/1").status_code == 204
    assert sandbox.cscart.delete("/zapier_hooks/1").status_code == 404
    shopper_asks(sandbox, phone="+7919")
    assert len(receiver.received) == 2, "no retry after 503, nothing for a change, nothing once unsubscribed"


def test_a_hook_is_refused(sandbox: Any) -> None:
    for hook in (
        {"hook_url": "http://127.0.0.1/x", "trigger_name": "new_order"},
        {"hook_url": "here", "trigger_name": "new_call_request"},
        {"trigger_name": "new_call_request"},
    ):
        assert sandbox.cscart.post("/zapier_hooks", json=hook).status_code == 400
