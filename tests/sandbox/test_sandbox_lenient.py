"""What PHP vendors take though no document has it: with `lenient`; without, it is refused by name."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

OMNIDESK = ("robot@shop.example", "sandbox-omnidesk")
STORE = ("admin@shop.example", "sandbox-cscart")
CASE = {"user_email": "a@example.com", "subject": "s", "content": "c"}
FORM = {f"case[{name}]": value for name, value in CASE.items()}
Make = Callable[..., FlaskClient]

TAKEN: list[dict[str, Any]] = [
    {"path": "/omnidesk/api/cases.json", "data": FORM},
    {
        "path": "/omnidesk/api/cases.json",
        "data": {**FORM, "case[labels][3]": "101", "case[labels][7]": "102"},
    },
    {"path": "/omnidesk/api/cases.json/", "json": {"case": CASE}},
    {"path": "/omnidesk/api/cases.json", "json": {"case": {**CASE, "source": "shop"}}},
    {"path": "/omnidesk/api/cases.json", "json": {"case": CASE, "token": "x"}},
    {"path": "/omnidesk/api/cases.json", "json": {"case": {**CASE, "labels": {"1": "101"}}}},
    {
        "path": "/omnidesk/api/cases.json",
        "json": {"case": {**CASE, "user_custom_id": 57, "channel": "cch101"}},
    },
    {"path": "/omnidesk/api/cases.json?debug=1", "json": {"case": CASE}},
]


@pytest.mark.parametrize("call", TAKEN)
def test_it_is_taken_when_asked_for(make_client: Make, call: dict[str, Any]) -> None:
    taken = make_client(lenient=True).post(auth=OMNIDESK, **call)
    assert taken.status_code == 201, taken.text
    assert make_client().post(auth=OMNIDESK, **call).status_code in (400, 404, 415)


def test_an_empty_array_is_no_body(make_client: Make) -> None:
    for lenient, status in ((True, 200), (False, 400)):
        client = make_client(lenient=lenient)
        case = client.post("/omnidesk/api/cases.json", auth=OMNIDESK, json={"case": CASE}).get_json()["case"]
        path = f"/omnidesk/api/cases/{case['case_id']}/trash.json"
        assert client.put(path, auth=OMNIDESK, json=[]).status_code == status


def test_the_store_and_the_dialer_take_it_too(make_client: Make) -> None:
    client = make_client(lenient=True)
    made = client.post("/cscart/api/2.0/call_requests/", auth=STORE, data={"phone": "5550101", "x": "1"})
    assert made.status_code == 201
    assert client.get("/cscart/api/2.0/call_requests/1", auth=STORE).get_json()["phone"] == "5550101"
    key = {"X-API-KEY": "sandbox-obzvonilka"}
    path = "/obzvonilka/api/contact_bases/1/contacts.json/"
    for given in (
        {"data": {"contact[name]": "Ирина", "contact[x]": "1"}},
        {"json": {"contact": {"name": "Ирина"}}},
    ):
        contact = client.post(path, headers=key, **given)
        assert (contact.status_code, contact.get_json()["name"]) == (201, "Ирина")


def test_arrays_of_forms_may_begin_anywhere(make_client: Make) -> None:
    """The vendor's own example begins at 1, so this needs no leniency."""
    client = make_client()
    files = {
        f"case[attachments][{number}]": (__import__("io").BytesIO(b"x"), f"{number}.txt") for number in (1, 2)
    }
    more = {"case[labels][5]": "101", "case[labels][9]": "102"}
    made = client.post("/omnidesk/api/cases.json", auth=OMNIDESK, data={**FORM, **more, **files})
    assert made.status_code == 201, made.text
    case = made.get_json()["case"]
    assert case["labels"] == [101, 102]
    held = client.get(f"/omnidesk/api/cases/{case['case_id']}/messages.json", auth=OMNIDESK).get_json()
    names = [one["file_name"] for one in held["0"]["message"]["attachments"]]
    assert names == ["1.txt", "2.txt"]


@pytest.mark.parametrize("root", ["note", "message"])
def test_a_notes_root_is_either(make_client: Make, root: str) -> None:
    client = make_client()
    case = client.post("/omnidesk/api/cases.json", auth=OMNIDESK, json={"case": CASE}).get_json()["case"]
    path = f"/omnidesk/api/cases/{case['case_id']}/note"
    made = client.post(f"{path}.json", auth=OMNIDESK, json={root: {"content": "a"}})
    assert made.get_json()["message"]["content"] == "a"
    number = made.get_json()["message"]["message_id"]
    changed = client.put(f"{path}/{number}.json", auth=OMNIDESK, json={root: {"content": "b"}})
    assert changed.get_json()["message"]["content"] == "b"


def test_lists_as_they_were(make_client: Make) -> None:
    client = make_client(omnidesk_lists="array")
    assert client.get("/omnidesk/api/labels.json", auth=OMNIDESK).get_json()[0]["label"]["label_id"] == 101
    client = make_client(omnidesk_totals="text")
    assert client.get("/omnidesk/api/labels.json", auth=OMNIDESK).get_json()["total_count"] == "4"


@pytest.mark.parametrize(("filters", "found"), [(True, 1), (False, 2)])
def test_cases_by_custom_id(make_client: Make, filters: bool, found: int) -> None:
    client = make_client(omnidesk_filters_by_custom_id=filters)
    for custom_id in ("one", "two"):
        given = {"user_custom_id": custom_id, "channel": "cch101", "subject": "s", "content": "c"}
        client.post("/omnidesk/api/cases.json", auth=OMNIDESK, json={"case": given})
    listed = client.get("/omnidesk/api/cases.json?user_custom_id[]=one&user_custom_id[]=x", auth=OMNIDESK)
    assert listed.get_json()["total_count"] == found


@pytest.mark.parametrize(
    "way", ["_d=2.0/call_requests", "_d=call_requests", "_d=2.0/call_requests&ajax_custom=1"]
)
def test_the_store_without_rewriting(make_client: Make, way: str) -> None:
    client = make_client()
    assert client.post(f"/cscart/api.php?{way}", auth=STORE, json={"phone": "5"}).status_code == 201
    assert len(client.get(f"/cscart/api.php?{way}&status=new", auth=STORE).get_json()["call_requests"]) == 1
