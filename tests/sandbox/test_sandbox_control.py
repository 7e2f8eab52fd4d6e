"""The journal, the page, reset, and many callers at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests


def test_the_journal_tells_every_call(sandbox: Any) -> None:
    case = sandbox.open_case(subject="Звонок")
    sandbox.omnidesk.get("/cases.json", params={"status[]": ["open", "closed"], "custom_fields[cf_25]": "x"})
    sandbox.omnidesk.put("/nowhere.json", data=b"not json", headers={"Content-Type": "text/plain"})
    created, listed, lost = sandbox.journal()
    assert created["n"] + 2 == listed["n"] + 1 == lost["n"]
    assert (created["vendor"], created["operation"]) == ("omnidesk", "omnidesk.cases.create")
    assert (created["method"], created["path"], created["status"]) == ("POST", "/api/cases.json", 201)
    assert created["content_type"] == "application/json"
    assert created["fields"]["case"]["subject"] == case["subject"]
    assert (listed["query"], listed["fields"]) == (
        {"status": ["open", "closed"], "custom_fields": {"cf_25": "x"}},
        None,
    )
    assert (lost["operation"], lost["status"], lost["fields"]) == (None, 404, "not json")
    assert sandbox.journal(since=listed["n"]) == [lost]
    assert sandbox.journal(vendor="cscart") == []
    assert "sandbox-omnidesk" not in sandbox.control.get("/journal").text


def test_a_manager_works_on_a_row(sandbox: Any) -> None:
    row = sandbox.control.post("/call_requests", json={"phone": "1"}).json()
    path = f"/call_requests/{row['request_id']}"
    sandbox.control.patch(path, json={"line": "Звонил.", "status": "completed"})
    edited = sandbox.control.patch(path, json={"line": "Ещё раз."}).json()
    assert (edited["notes"], edited["status"], edited["phone"]) == ("Звонил.\nЕщё раз.", "completed", "1")
    assert sandbox.state()["cscart"]["call_requests"] == [edited]
    assert sandbox.control.patch("/call_requests/99", json={}).status_code == 404


def test_reset_forgets_everything(sandbox: Any) -> None:
    sandbox.open_case()
    sandbox.control.post("/call_requests", json={"phone": "1"})
    sandbox.control.post("/faults", json={"kind": "status"})
    sandbox.control.put("/quota", json={"limit": 7})
    sandbox.control.post("/reset")
    state = sandbox.state()
    assert (state["omnidesk"]["cases"], state["cscart"]["call_requests"]) == ([], [])
    assert (state["quota"]["limit"], state["quota"]["left"]) == (500, 500)
    assert (sandbox.journal(), sandbox.control.get("/faults").json()) == ([], [])


def test_state_keeps_passwords_to_itself(sandbox: Any) -> None:
    user = {"user": {"user_email": "a@example.com"}}
    password = sandbox.omnidesk.post("/users.json", json=user).json()["user"]["password"]
    assert password not in sandbox.control.get("/state").text


def test_the_page_shows_what_is_held_and_escapes_it(sandbox: Any) -> None:
    case = sandbox.open_case(subject="<script>alert(1)</script>")
    sandbox.control.post("/call_requests", json={"name": "<img src=x>", "phone": "+7917"})
    sandbox.control.post("/faults", json={"kind": "html", "vendor": "cscart"})
    answer = requests.get(sandbox.url + "/", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert str(case["case_number"]) in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "<script>" not in answer.text
    assert "<img" not in answer.text
    assert "omnidesk.cases.create" in answer.text


def test_many_callers_lose_nothing(sandbox: Any) -> None:
    sandbox.control.put("/quota", json={"limit": 1000})

    def work(n: int) -> None:
        auth = sandbox.omnidesk.auth
        given = {
            "user_custom_id": f"shop1:req:{n % 10}",
            "channel": "cch101",
            "subject": "Звонок",
            "content": "x",
        }
        url = f"{sandbox.url}/omnidesk/api/cases.json"
        assert requests.post(url, json={"case": given}, auth=auth, timeout=20).status_code == 201

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(80)))
    state = sandbox.state()
    assert len({case["case_id"] for case in state["omnidesk"]["cases"]}) == 80
    assert len(state["omnidesk"]["users"]) == 10
    assert len(sandbox.journal()) == 80
    assert state["quota"]["left"] == 1000 - 160


def test_unknown_control_addresses_and_bodies(sandbox: Any) -> None:
    assert sandbox.control.get("/nothing").status_code == 404
    assert sandbox.control.post("/call_requests", data=b"[1]").status_code == 422
    assert sandbox.control.post("/call_requests", data=b"{").status_code == 422
    assert sandbox.control.put("/hooks", json={"cscart_hook_url": "here"}).status_code == 422
    assert sandbox.control.post("/cases", json={"channel": "fax"}).status_code == 422
