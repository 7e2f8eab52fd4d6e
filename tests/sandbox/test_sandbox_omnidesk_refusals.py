"""Omnidesk refuses what its document does not describe, in its own style, and then nothing has changed."""

import json
from typing import Any

import pytest

CASE = {"user_email": "ivan@example.com", "subject": "Звонок", "content": "Перезвоните"}


def without(*names: str, **more: Any) -> dict[str, Any]:
    return {"case": {**{name: value for name, value in CASE.items() if name not in names}, **more}}


BAD_CASES = {
    "no contact at all": (without("user_email"), "at least one of user_email, user_phone"),
    "no subject": (without("subject"), "case.subject: required"),
    "empty subject": (without(subject=""), "case.subject: required"),
    "neither text nor html": (without("content"), "at least one of content, content_html"),
    "unknown field": (without(phone="+79261234567"), "case.phone: unknown parameter"),
    "a bad e-mail": (without(user_email="ivan"), "wrong_email"),
    "a bad phone": (without(user_phone="call me"), "case.user_phone"),
    "a number for a text": (without(subject=5), "case.subject: must be a string"),
    "null": (without(subject=None), "case.subject: must be a string"),
    "a text for a number": (without(staff_id="Anna"), "case.staff_id: must be a number"),
    "a truth value for a number": (without(group_id=True), "case.group_id: must be a number"),
    "a status that there is not": (
        without(status="new"),
        "case.status: must be one of open, waiting, closed",
    ),
    "a priority that there is not": (without(priority="urgent"), "case.priority"),
    "labels that are no array": (without(labels="101"), "case.labels: must be an array"),
    "a label that there is not": (without(labels=[999]), "case.labels: unknown label 999"),
    "a field that there is not": (without(custom_fields={"cf_999": "x"}), "cf_999"),
    "a field of users": (without(custom_fields={"cf_20": "x"}), "cf_20: unknown custom field"),
    "fields without cf_": (without(custom_fields={"25": "x"}), "25: unknown custom field"),
    "too many in copy": (without(cc_emails=[f"a{n}@example.com" for n in range(31)]), "at most 30"),
    "a date that is none": (without(created_at="yesterday"), "case.created_at"),
    "a group that there is not": (without(group_id=999), "case.group_id: must exist and be active"),
    "staff that there is not": (without(staff_id=999), "case.staff_id: must exist and be active"),
    "a language that there is not": (without(language_id=9), "case.language_id: unknown language"),
    "a channel that there is not": (without(channel="cch999"), "case.channel: unknown custom channel"),
    "a channel by its number": (without(channel="101"), "case.channel: unknown custom channel"),
    "a custom id without a channel": (without(user_custom_id="shop1:req:1"), "case.channel: required"),
    "files without multipart": (without(attachments=["a.txt"]), "files need multipart"),
    "another root": ({"message": CASE}, "the root is case"),
    "two roots": ({"case": CASE, "user": {}}, "user: unknown parameter"),
    "no root": (CASE, "unknown parameter"),
    "nothing": ({}, "case: required object"),
    "a list": ([CASE], "must be a JSON object"),
}


@pytest.mark.parametrize("name", BAD_CASES)
def test_a_case_is_refused(sandbox: Any, name: str) -> None:
    body, complaint = BAD_CASES[name]
    answer = sandbox.omnidesk.post("/cases.json", json=body)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert complaint in answer.json()["error"]
    assert sandbox.state()["omnidesk"]["cases"] == []
    assert int(answer.headers["api_calls_left"]) < 500, "errors carry it too"


@pytest.mark.parametrize(
    ("method", "path", "status", "complaint"),
    [
        ("GET", "/case.json", 404, "not_found"),
        ("GET", "/cases", 404, "not_found"),
        ("GET", "/cases/1/note.json", 405, "method_not_allowed"),
        ("PATCH", "/cases.json", 405, "method_not_allowed"),
        ("POST", "/cases/1/notes.json", 404, "not_found"),
        ("PUT", "/groups/api/44/enable.json", 404, "not_found"),
        ("GET", "/cases/1.json", 404, "case_not_found"),
        ("GET", "/cases/²/messages.json", 404, "case_not_found"),
        ("GET", "/users/1.json", 404, "user_not_found"),
        ("PUT", "/labels/9999/x.json", 404, "not_found"),
        ("GET", "/cases.json?limit=0", 400, "limit"),
        ("GET", "/cases.json?limit=101", 400, "limit"),
        ("GET", "/cases.json?page=501", 400, "page"),
        ("GET", "/cases.json?page=first", 400, "page: must be a number"),
        ("GET", "/cases.json?subject=abc", 400, "at least 4 characters"),
        ("GET", "/cases.json?status[]=open&status[]=new", 400, "status: must be one of"),
        ("GET", "/cases.json?sort=newest", 400, "sort: unknown order"),
        ("GET", "/cases.json?filter=mine", 400, "filter: unknown filter"),
        ("GET", "/cases.json?custom_fields=25", 400, "custom_fields"),
        ("GET", "/cases.json?show_active_chats=maybe", 400, "must be true or false"),
        ("GET", "/cases.json?per_page=5", 400, "per_page: unknown parameter"),
        ("GET", "/users.json?user_email=ab", 400, "at least 3 characters"),
        ("GET", "/kb_section.json", 400, "category_id: required"),
        ("GET", "/kb_category.json?language_id=9", 400, "unknown language"),
        ("GET", "/stats_lb_staff.json?from_time=2015-01-01", 400, "to_time: required"),
        ("GET", "/stats_lb_staff.json?from_time=1420059600&to_time=2015-12-05", 400, "must be a date"),
        ("GET", "/stats_lb_groups.json?from_time=2016-01-01&to_time=2015-12-05", 400, "not be later"),
    ],
)
def test_a_call_is_refused(sandbox: Any, method: str, path: str, status: int, complaint: str) -> None:
    answer = sandbox.omnidesk.request(method, path)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert complaint in answer.json()["error"]


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"case[subject]=x", 415),
        ("text/plain", json.dumps({"case": CASE}).encode(), 415),
        ("application/json", b"", 400),
        ("application/json", b"{", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b"\xff\xfe", 400),
        ("multipart/form-data", b"no boundary", 400),
    ],
)
def test_an_encoding_is_refused(sandbox: Any, content_type: str, body: bytes, status: int) -> None:
    answer = sandbox.omnidesk.post("/cases.json", data=body, headers={"Content-Type": content_type})
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


@pytest.mark.parametrize(
    ("login", "status", "error"),
    [
        (("robot@shop.example", "wrong"), 401, "incorrect_api_key"),
        (("nobody@shop.example", "sandbox-omnidesk"), 403, "incorrect_user_email"),
        (("new@shop.example", "sandbox-omnidesk"), 403, "staff_not_active"),
    ],
)
def test_a_login_is_refused(sandbox: Any, login: tuple[str, str], status: int, error: str) -> None:
    sandbox.omnidesk.post("/staff.json", json={"staff": {"staff_email": "new@shop.example"}})
    answer = sandbox.omnidesk.get("/cases.json", auth=login)
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert "api_calls_left" in answer.headers


def test_only_full_access_deletes_for_good(sandbox: Any) -> None:
    case = sandbox.open_case()
    answer = sandbox.omnidesk.delete(
        f"/cases/{case['case_id']}.json", auth=("petr@shop.example", "sandbox-omnidesk")
    )
    assert (answer.status_code, answer.json()) == (403, {"error": "staff_has_not_access"})


def test_multipart_goes_where_the_document_takes_files_and_under_its_prefix(sandbox: Any) -> None:
    case_id = sandbox.open_case()["case_id"]
    note, messages = f"/cases/{case_id}/note.json", f"/cases/{case_id}/messages.json"

    def status(method: str, path: str, form: dict[str, Any]) -> int:
        return int(sandbox.omnidesk.request(method, path, files=form).status_code)

    text, file = (None, "x"), ("a.txt", b"abc")
    assert status("POST", note, {"note[content]": text, "note[attachments][0]": file}) == 201
    assert status("POST", note, {"message[content]": text}) == 400, "a note's prefix is note"
    assert status("POST", messages, {"message[content]": text, "message[attachments][0]": file}) == 201
    assert status("POST", messages, {"note[content]": text}) == 400
    assert status("POST", messages, {"message[content]": file}) == 400, "a file is no text"
    assert status("POST", messages, {"message[content]": text, "message[attachments][0]": text}) == 400
    assert status("PUT", f"/cases/{case_id}.json", {"case[subject]": text}) == 415


def test_a_file_may_have_25_megabytes_and_no_more(sandbox: Any) -> None:
    limit = 25 * 1024 * 1024
    for size, status in ((limit, 201), (limit + 1, 400)):
        form = {f"case[{name}]": (None, value) for name, value in CASE.items()}
        answer = sandbox.omnidesk.post(
            "/cases.json", files={**form, "case[attachments][0]": ("a.bin", bytes(size))}
        )
        assert answer.status_code == status


def test_a_note_is_no_message(sandbox: Any) -> None:
    case_id = sandbox.open_case()["case_id"]
    note = sandbox.omnidesk.post(f"/cases/{case_id}/note.json", json={"message": {"content": "x"}}).json()
    wrong = f"/cases/{case_id}/messages/{note['message']['message_id']}.json"
    assert sandbox.omnidesk.put(wrong, json={"message": {"content": "y"}}).status_code == 404
    assert sandbox.omnidesk.delete(wrong).status_code == 404


def test_an_action_takes_no_fields(sandbox: Any) -> None:
    path = f"/cases/{sandbox.open_case()['case_id']}/trash.json"
    assert sandbox.omnidesk.put(path, json={"case": {"status": "closed"}}).status_code == 400
    assert sandbox.omnidesk.put(path, json={}).status_code == 200
    assert (
        sandbox.omnidesk.put(path, data=b"", headers={"Content-Type": "application/json"}).status_code == 200
    )


def test_nobody_is_made_twice(sandbox: Any) -> None:
    user = {"user_email": "ivan@example.com", "user_phone": "+79261234567"}
    assert sandbox.omnidesk.post("/users.json", json={"user": user}).status_code == 201
    for given, error in (
        ({"user_email": "IVAN@example.com"}, "email_already_exist"),
        ({"user_phone": "+7 926 123-45-67"}, "phone_already_exist"),
    ):
        answer = sandbox.omnidesk.post("/users.json", json={"user": given})
        assert (answer.status_code, answer.json()) == (400, {"error": error})
