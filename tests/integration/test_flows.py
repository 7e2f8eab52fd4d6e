"""The other flows on their way through the real processes, and everything at once coming to rest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from service.cli.guard import bind_to_parent
from tests.stack import OMNIDESK_TOKEN, Stack, running_stack, wait_until

# Nothing of ours is slower than this when nothing is in the way.
QUIET_SECONDS = 3.0


def told(stack: Stack, kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """The store's own add-on tells of something; the event, ended."""
    answer = stack.hook({"type": kind, "timestamp": "2026-11-22T10:00:00Z", "data": row}, "application/json")
    assert answer.status_code == 202
    return stack.wait_event(answer.json()["event_id"])


def rule(stack: Stack, method: str = "POST", **sent: Any) -> dict[str, Any]:
    """A rule of the help desk calls; the event, ended."""
    address = f"{stack.service.url}/webhooks/omnidesk/rule/{OMNIDESK_TOKEN}"
    answer = requests.request(method, address, timeout=30, **sent)
    assert answer.status_code == 200
    return stack.wait_event(answer.json()["event_id"])


def edit_case(stack: Stack, case: dict[str, Any], **fields: Any) -> None:
    """A member of the staff changes the case."""
    environ = stack.service.environ
    answer = requests.put(
        f"{stack.sandbox.url}/omnidesk/api/cases/{case['case_id']}.json",
        json={"case": fields},
        auth=(environ["OMNIDESK_EMAIL"], environ["OMNIDESK_API_KEY"]),
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


def carried_after_a_wait(stack: Stack, phone: str) -> None:
    """A request whose case is refused at first: only a look at what is due brings it to its end."""
    fault = stack.sandbox.fault(vendor="omnidesk", kind="status", status=503, retry_after=1, times=1)
    request_id, _ = stack.carried(name="Ия", phone=phone)
    assert stack.sandbox.fired(fault) == 1
    assert len(stack.sandbox.contacts(request_id)) == 1


def test_what_waits_goes_on_without_a_scheduler_and_with_two(stack: Stack) -> None:
    (scheduler,) = stack.service.pids("celery -A workers.app --quiet beat")
    os.kill(scheduler, signal.SIGSTOP)
    try:
        carried_after_a_wait(stack, "89175550082")
    finally:
        os.kill(scheduler, signal.SIGCONT)
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "--quiet", "beat"]
    environ = stack.service.environ | {
        "REDIS_URL": f"unix://{stack.service.environ['PEREZVON_VAR']}/redis.sock?db=0"
    }
    second = subprocess.Popen(
        command,
        env=environ,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=bind_to_parent,  # noqa: PLW1509 - one system call
    )
    try:
        for number in range(3):
            carried_after_a_wait(stack, f"8917555009{number}")
        assert second.poll() is None
    finally:
        second.kill()
        second.wait()


def notes_of(case: dict[str, Any]) -> list[str]:
    return [one["content"] for one in case["messages"] if one["note"]]


def test_changed_written_again_and_deleted(stack: Stack) -> None:
    request_id, _ = stack.carried(name="Лида", phone="89175550061", notes="Есть")
    told(stack, "call_request.updated", stack.sandbox.row(request_id) | {"time_from": "15:00"})
    (case,) = stack.sandbox.cases(request_id)
    assert "с 15:00" in notes_of(case)[0]
    assert "с 15:00" in stack.sandbox.contacts(request_id)[0]["description"]
    told(stack, "call_request.message", {"request_id": request_id, "message": "Жду звонка"})
    (case,) = stack.sandbox.cases(request_id)
    assert case["messages"][-1]["content"].startswith("Жду звонка")
    assert case["messages"][-1]["user_id"] == case["user_id"]
    told(stack, "call_request.deleted", {"request_id": request_id})
    (case,) = stack.sandbox.cases(request_id)
    assert case["deleted"] is True
    assert stack.sandbox.contacts(request_id)[0]["description"].startswith("НЕ ЗВОНИТЬ")


@pytest.mark.parametrize("how", ["json", "form", "query", "broken"])
def test_a_closed_case_completes_the_request_whatever_the_template(stack: Stack, how: str) -> None:
    request_id, case = stack.carried(name="Мила", phone="89175550062")
    edit_case(stack, case, status="closed")
    case_id = str(case["case_id"])
    if how == "json":
        rule(stack, json={"event_type": "case.updated", "case_id": case_id, "case_status": "Закрыто"})
    elif how == "form":
        rule(stack, "PUT", data={"case_id": case_id, "case_status": "Закрыто"})
    elif how == "query":
        rule(stack, "GET", params={"case_id": case_id})
    else:
        rule(stack, data=f'{{"case_id": "{case_id}", "last_message": "«да" и "нет"}}'.encode())
    assert stack.sandbox.row(request_id)["status"] == "completed"


def test_with_everything_on_and_everything_echoed_it_comes_to_rest(folder: Path) -> None:
    config = folder / "perezvon.toml"
    config.write_text(
        "[flows]\ncontact_changed = true\n"
        '[statuses.case_to_store]\nclosed = "completed"\nopen = "in_progress"\n'
        '[statuses.store_to_case]\ncompleted = "closed"\nin_progress = "open"\n[staff]\n123 = 7\n'
    )
    with running_stack(folder, PEREZVON_CONFIG=str(config)) as stack:
        request_id, case = stack.carried(name="Нина", phone="89175550063", notes="Есть")
        stack.sandbox.post(f"/sandbox/cases/{case['case_id']}/reply", {"content": "Перезвоним"})
        told(stack, "call_request.updated", stack.sandbox.row(request_id) | {"product": "Чайник"})
        edit_case(stack, case, status="closed", staff_id=123)
        rule(stack, json={"case_id": str(case["case_id"])})
        row = stack.sandbox.row(request_id)
        assert (row["status"], row["user_id"]) == ("completed", "7")
        seen: list[str] = []
        wait_until(lambda: _echo(stack, request_id, seen), "what we write is echoed to the end")
        first, second = _quiet(stack), _quiet(stack)
        assert first == second == []
        (case,) = stack.sandbox.cases(request_id)
        assert case["status"] == "closed"
        assert len(notes_of(case)) == 1
        ours = [event["message"] for event in stack.api("/events?limit=100")["events"]]
        assert "our own change" in ours


def _echo(stack: Stack, request_id: str, seen: list[str]) -> bool:
    """The store and the help desk tell of the state they are in; True once that is no news any more."""
    row = stack.sandbox.row(request_id)
    (case,) = stack.sandbox.cases(request_id)
    state = json.dumps([row, case], sort_keys=True)
    before = stack.sandbox.last()
    told(stack, "call_request.updated", {**row, "product": "Чайник", "echo": len(seen)})
    rule(stack, json={"case_id": str(case["case_id"]), "echo": len(seen)})
    settled = bool(seen) and seen[-1] == state
    seen.append(state)
    made = [call["operation"] for call in stack.sandbox.calls(before)]
    return settled and [one for one in made if one.startswith(("omnidesk", "cscart"))] == [
        "omnidesk.cases.get"
    ]


def _quiet(stack: Stack) -> list[str]:
    """The calls of a while in which nobody does anything; asking the dialer is none of ours to stop."""
    before = stack.sandbox.last()
    time.sleep(QUIET_SECONDS)
    made = [call["operation"] for call in stack.sandbox.calls(before)]
    return [one for one in made if one != "obzvonilka.contacts.list"]
