"""The dialer: form fields, external codes, its errors."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

CONTACTS = "/contact_bases/1/contacts.json"
REPORT = "/report/call_history"
FIND = "/contact_bases/1/contacts/find_by_external"


def form(**fields: str) -> dict[str, tuple[None, str]]:
    return {f"contact[{name}]": (None, value) for name, value in fields.items()}


def test_a_contact_has_all_its_attributes(sandbox: Any) -> None:
    made = sandbox.obzvonilka.post(
        CONTACTS, files=form(name="Инна", phone1="987654321", phone_remark1="после 9:00")
    )
    assert made.status_code == 201
    contact = made.json()
    slots = [f"{name}{n}" for name in ("phone", "phone_remark") for n in range(1, 11)]
    assert set(contact) == {
        "id",
        "name",
        "address_string",
        "description",
        "email",
        "external_code",
        "www",
        *slots,
    }
    assert (contact["phone1"], contact["phone_remark1"], contact["phone2"]) == (
        "987654321",
        "после 9:00",
        None,
    )


@pytest.mark.parametrize("code", ["shop1:req:57", "cscart/1/57", "v1.5", "с пробелом"])
def test_a_contact_is_found_by_its_escaped_external_code(sandbox: Any, code: str) -> None:
    contact_id = sandbox.obzvonilka.post(CONTACTS, files=form(name="x", external_code=code)).json()["id"]
    escaped = "".join(f"%{byte:02X}" for byte in code.encode())
    found = sandbox.obzvonilka.get(f"{FIND}/{escaped}.json")
    if "." in code:
        # `requests` takes the escape off a dot, and a bare dot ends the code.
        assert found.status_code == 404
    else:
        assert (found.status_code, found.json()["id"]) == (200, contact_id)


def test_a_bare_slash_breaks_the_path(sandbox: Any) -> None:
    sandbox.obzvonilka.post(CONTACTS, files=form(name="x", external_code="a/b"))
    assert sandbox.obzvonilka.get(f"{FIND}/a/b.json").status_code == 404


def test_doubles_are_accepted_and_the_first_is_found(sandbox: Any) -> None:
    first, second = (
        sandbox.obzvonilka.post(CONTACTS, files=form(name=name, external_code="57")).json()["id"]
        for name in "ab"
    )
    assert sandbox.obzvonilka.get(f"{FIND}/57.json").json()["id"] == first
    assert len(sandbox.obzvonilka.get(CONTACTS).json()) == 2
    sandbox.obzvonilka.patch(f"/contact_bases/1/contacts/{first}.json", files=form(external_code="58"))
    assert sandbox.obzvonilka.get(f"{FIND}/57.json").json()["id"] == second
    assert sandbox.obzvonilka.get(f"{FIND}/58.json").json()["id"] == first


def test_patch_changes_only_what_it_names(sandbox: Any) -> None:
    contact_id = sandbox.obzvonilka.post(CONTACTS, files=form(name="x")).json()["id"]
    path = f"/contact_bases/1/contacts/{contact_id}.json"
    changed = sandbox.obzvonilka.patch(path, files=form(description="Ответ:\nзавтра"))
    assert (changed.status_code, changed.json()["name"]) == (200, "x")
    assert sandbox.obzvonilka.get(path).json()["description"].replace("\r\n", "\n") == "Ответ:\nзавтра"


def test_the_key_goes_into_a_header_or_a_parameter_and_not_into_the_journal(sandbox: Any) -> None:
    url = f"{sandbox.url}/obzvonilka/api"
    client = sandbox.control
    base, client.base = client.base, url
    key = {"api_key": "sandbox-obzvonilka"}
    try:
        assert client.get("/users.json").status_code == 401
        assert client.get("/users.json", headers={"X-API-KEY": "wrong"}).status_code == 401
        assert client.get("/users.json", params=key).status_code == 200
        made = client.post(CONTACTS, files={**form(name="x"), "api_key": (None, key["api_key"])})
        assert made.status_code == 201
    finally:
        client.base = base
    assert "sandbox-obzvonilka" not in client.get("/journal").text
    assert sandbox.journal()[-1]["fields"] == {"contact": {"name": "x"}}


def test_refusals(sandbox: Any) -> None:
    api = sandbox.obzvonilka
    for status, answer in (
        (404, api.get("/contact_bases/9.json")),
        (404, api.get("/contact_bases/9/contacts.json")),
        (404, api.get("/contact_bases/1/contacts/9.json")),
        (404, api.get(f"{FIND}/9.json")),
        (404, api.get("/users/²x.json")),
        (404, api.get("/calls.json")),
        (405, api.delete("/contact_bases/1/contacts/9.json")),
        (405, api.put("/contact_bases/1/contacts/9.json", files=form(name="x"))),
        (422, api.get("/users.json?page=1")),
        (422, api.post(CONTACTS, json={"contact": {"name": "x"}})),
        (422, api.post(CONTACTS, data={"contact[name]": "x"})),
        (422, api.post(CONTACTS, files={"name": (None, "x")})),
        (422, api.post(CONTACTS, files=form(phone11="1"))),
        (422, api.post(CONTACTS, files=form(id="1"))),
        (422, api.post(CONTACTS, files={"contact[name][first]": (None, "x")})),
        (422, api.post(CONTACTS, files={"contact[name]": ("a.txt", b"x")})),
    ):
        assert (answer.status_code, list(answer.json())) == (status, ["error"]), answer.request.url
    assert sandbox.state()["obzvonilka"]["contacts"] == {"1": [], "2": []}


def test_a_call_by_hand_stands_in_the_report_of_its_day(sandbox: Any) -> None:
    contact = sandbox.obzvonilka.post(CONTACTS, files=form(name="Инна", phone1="987654321")).json()
    made = sandbox.control.post(f"/contacts/{contact['id']}/call", json={"result": "Дозвонились"})
    assert made.status_code == 201
    today = datetime.now(ZoneInfo("Europe/Moscow"))
    days = [f"{today + timedelta(days=number):%d.%m.%Y}" for number in (-1, 0, 1)]
    report = sandbox.obzvonilka.get(REPORT, params={"begin_date": days[0], "end_date": days[2]})
    assert report.json() == [made.json()]
    assert made.json() == {
        "id": 1,
        "user_id": 2,
        "operator_name": "Ольга Петрова",
        "contact_id": contact["id"],
        "contact_name": "Инна",
        "contact_status_name": "В работе",
        "call_result_name": "Дозвонились",
        "called_phone": "987654321",
        "remark": "",
        "created_at": made.json()["created_at"],
    }
    long_ago = {"begin_date": "01.02.2020", "end_date": "02.02.2020"}
    assert sandbox.obzvonilka.get(REPORT, params=long_ago).json() == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"begin_date": "01.02.2026"},
        {"begin_date": "2026-02-01", "end_date": "2026-02-02"},
        {"begin_date": "31.02.2026", "end_date": "01.03.2026"},
        {"begin_date": "02.02.2026", "end_date": "01.02.2026"},
        {"begin_date": "01.02.2026", "end_date": "02.02.2026", "page": "1"},
    ],
)
def test_a_report_of_no_clear_days_is_refused(sandbox: Any, query: dict[str, str]) -> None:
    assert sandbox.obzvonilka.get(REPORT, params=query).status_code == 422


def test_nobody_can_be_called_who_is_not_there(sandbox: Any) -> None:
    assert sandbox.control.post("/contacts/909/call", json={}).status_code == 404
    contact = sandbox.obzvonilka.post(CONTACTS, files=form(name="Инна", phone1="1")).json()
    nobody = {"operator_id": 77}
    assert sandbox.control.post(f"/contacts/{contact['id']}/call", json=nobody).status_code == 404
