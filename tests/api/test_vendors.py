"""How vendors stand, pause and resume, quota, failures and the audit."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from service.api.moments import iso
from tests.api.conftest import Caller
from tests.console import ADMIN, VIEWER, NoWaker, Seed


def vendor(call: Caller, name: str) -> dict[str, Any]:
    [found] = [one for one in call.get("/vendors").json["vendors"] if one["name"] == name]
    return dict(found)


def test_all_vendors_are_there_before_the_first_call(call: Caller) -> None:
    vendors = call.get("/vendors").json["vendors"]
    assert [(one["name"], one["title"]) for one in vendors] == [
        ("omnidesk", "Omnidesk"),
        ("cscart", "CS-Cart"),
        ("obzvonilka", "Obzvonilka"),
    ]
    for one in vendors:
        assert one["state"] == "running"
        assert (one["until"], one["breakers"]) == (None, [])
        assert one["waiting"] == 0
        assert one["last_attempt"] is one["changed_at"] is one["changed_by"] is one["message"] is None
    assert vendors[0]["quota"] == {"limit": 60, "left": None, "seen_at": None, "window_seconds": 60}
    assert set(vendors[1]["quota"].values()) == {None}


def test_quota_and_the_last_call(call: Caller, seed: Seed) -> None:
    seed.vendor("omnidesk", quota_limit=300, quota_left=41, quota_seen_at=seed.now)
    event = seed.event()
    seed.attempt(event, "open the case", "omnidesk.cases.list", http_status=503, outcome="transient")
    seed.attempt(event, "open the case", "omnidesk.cases.create", http_status=201, calls_left=41)
    shown = vendor(call, "omnidesk")
    assert (shown["quota"]["limit"], shown["quota"]["left"]) == (300, 41)
    assert shown["last_attempt"]["operation"] == "omnidesk.cases.create"
    assert shown["last_attempt"]["outcome"] == "ok"
    quota = call.get("/quota").json["quota"]
    assert [one["name"] for one in quota] == ["omnidesk", "cscart", "obzvonilka"]
    assert quota[0]["left"] == 41
    assert quota[1]["left"] is None


def test_what_waits_for_each_vendor(call: Caller, seed: Seed) -> None:
    seed.event(request_id=1, status="waiting", reason="paused", waits_for=",omnidesk,", message="In words.")
    seed.event(request_id=2, status="waiting", reason="quota", waits_for=",cscart,omnidesk,")
    seed.event(request_id=3, status="waiting", reason="order", waits_for=",omnidesk,")
    seed.event(request_id=4, status="waiting", message="Omnidesk is named here.")
    seed.event(request_id=5, status="dead", message="Omnidesk refused it.")
    assert [vendor(call, name)["waiting"] for name in ("omnidesk", "cscart", "obzvonilka")] == [2, 1, 0]
    shown = call.get("/events", status="waiting").json["events"]
    assert [one["waits_for"] for one in shown if one["reason"] == "quota"] == [["cscart", "omnidesk"]]


SOON, PAST = 600_000, -10_000


@pytest.mark.parametrize(
    ("row", "known", "state", "until"),
    [
        ({}, {}, "running", None),
        ({}, {"frozen": PAST}, "running", None),
        ({}, {"left": 0, "hi": PAST}, "running", None),
        ({}, {"left": 0, "hi": SOON, "reports": False}, "running", None),
        ({}, {"left": 5, "hi": SOON}, "running", None),
        ({}, {"frozen": SOON, "left": 5}, "limited", SOON),
        ({}, {"left": 0, "hi": SOON}, "limited", SOON),
        ({}, {"open": [["omnidesk.cases.create", 5_000]], "frozen": SOON}, "failing", 5_000),
        ({"state": "denied", "not_before": 9_000}, {"open": [["*", 5_000]]}, "denied", 9_000),
        ({"state": "paused"}, {"open": [["*", 5_000]]}, "paused", None),
    ],
)
def test_how_a_vendor_stands(
    row: dict[str, Any], known: dict[str, Any], state: str, until: int | None, call: Caller, seed: Seed
) -> None:
    """Times are from now on."""
    pacing: dict[str, Any] = {
        "account": "a",
        "mode": "reported",
        "reports": True,
        "frozen": 0,
        "hi": 0,
    } | known
    pacing |= {name: seed.now + known[name] for name in ("frozen", "hi") if name in known}
    pacing["open"] = [[name, seed.now + after] for name, after in known.get("open", [])]
    seed.vendor("omnidesk", **row | {"not_before": seed.now + row.get("not_before", 0), "pacing": pacing})
    shown = vendor(call, "omnidesk")
    assert shown["state"] == state
    assert shown["until"] == (None if until is None else iso(seed.now + until))
    assert [one["operation"] for one in shown["breakers"]] == [name for name, _ in pacing["open"]]


def test_try_asks_for_one_call_now(call: Caller, seed: Seed, waker: NoWaker) -> None:
    seed.vendor("omnidesk", state="denied", message="No.", not_before=seed.now + SOON)
    later: dict[str, Any] = {"status": "waiting", "reason": "breaker", "not_before": seed.now + SOON}
    first = seed.event(request_id=1, waits_for=",omnidesk,", **later)
    seed.event(request_id=2, waits_for=",cscart,", **later)
    seed.event(request_id=3, waits_for=",cscart,omnidesk,", **later)
    answer = call.post("/vendors/omnidesk/try")
    assert (answer.status_code, answer.json["state"]) == (200, "denied")
    assert sorted(waker.woken) == ["bulk", "interactive"]
    waits = call.get("/events", status="waiting").json["events"]
    assert [one["id"] for one in waits if one["not_before"] < iso(seed.now + SOON)] == [first.id]
    [entry] = call.get("/audit").json["audit"]
    assert (entry["actor"], entry["action"], entry["target"]) == ("oleg", "try", "omnidesk")


def test_a_paused_vendor_is_resumed_and_not_tried(app: Flask, call: Caller) -> None:
    call.post("/vendors/omnidesk/pause")
    answer = call.post("/vendors/omnidesk/try")
    assert answer.status_code == 409
    assert "resume" in answer.json["detail"]
    assert Caller(app.test_client(), VIEWER).post("/vendors/omnidesk/try").status_code == 403


def test_pause_and_resume(app: Flask, call: Caller, seed: Seed, waker: NoWaker) -> None:
    paused = call.post("/vendors/omnidesk/pause").json
    assert (paused["state"], paused["changed_by"]) == ("paused", "oleg")
    assert paused["changed_at"]
    waiting = seed.event(status="waiting", reason="paused", not_before=seed.now + 600_000)
    assert waker.woken == []
    admin = Caller(app.test_client(), ADMIN)
    assert admin.post("/vendors/omnidesk/resume").json["state"] == "running"
    assert sorted(waker.woken) == ["bulk", "interactive"]
    assert vendor(call, "omnidesk")["changed_by"] == "anna"
    shown = call.get(f"/events/{waiting.id}").json
    assert shown["not_before"] < iso(seed.now + 300_000)
    audit = call.get("/audit").json["audit"]
    assert [(one["actor"], one["action"], one["target"]) for one in audit] == [
        ("anna", "resume", "omnidesk"),
        ("oleg", "pause", "omnidesk"),
    ]


def test_a_denied_vendor_is_resumed(call: Caller, seed: Seed) -> None:
    seed.vendor(
        "cscart", state="denied", message="CS-Cart refuses access (401).", not_before=seed.now + 10_000
    )
    assert vendor(call, "cscart")["message"] == "CS-Cart refuses access (401)."
    resumed = call.post("/vendors/cscart/resume").json
    assert (resumed["state"], resumed["message"]) == ("running", None)


@pytest.mark.parametrize("act", ["pause", "resume", "try"])
def test_unknown_vendors_are_named(call: Caller, act: str) -> None:
    answer = call.post(f"/vendors/zendesk/{act}")
    assert answer.status_code == 404
    assert "omnidesk, cscart, obzvonilka" in answer.json["detail"]
    assert call.get("/audit").json["audit"] == []


def test_failures_are_grouped(call: Caller, seed: Seed) -> None:
    refused = [
        seed.event(
            request_id=number, status="dead", message="Obzvonilka refused it.", next_action="Correct it."
        )
        for number in range(1, 6)
    ]
    gone = seed.event(request_id=7, status="dead", message=None, next_action=None)
    seed.event(request_id=8, status="done", message="Obzvonilka refused it.")
    first, second = call.get("/failures").json["failures"]
    assert (first["message"], first["next_action"], first["count"]) == (
        "Obzvonilka refused it.",
        "Correct it.",
        5,
    )
    assert first["examples"] == [one.id for one in refused[:1:-1]]
    assert (second["message"], second["count"], second["examples"]) == ("", 1, [gone.id])


def test_the_audit_in_parts(call: Caller) -> None:
    for _ in range(5):
        call.post("/vendors/omnidesk/pause")
    first = call.get("/audit", limit=3).json
    second = call.get("/audit", limit=3, cursor=first["cursor"]).json
    assert (len(first["audit"]), len(second["audit"])) == (3, 2)
    assert second["cursor"] is None
    assert call.get("/audit", cursor="nonsense").status_code == 422


def test_no_secret_is_in_any_answer(app: Flask, call: Caller, seed: Seed) -> None:
    event = seed.event(status="dead")
    call.post("/vendors/omnidesk/pause")
    told = "".join(
        call.get(path).text
        for path in ("/events", f"/events/{event.id}", "/vendors", "/quota", "/failures", "/audit")
    )
    settings = app.extensions["settings"]
    secrets = [one.token for one in settings.api_tokens]
    secrets += [
        settings.secret_key,
        settings.admin_password,
        settings.omnidesk.api_key,
        settings.cscart.api_key,
    ]
    assert not [one for one in secrets if one in told]
