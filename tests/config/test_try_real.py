"""What `perezvon config try` shows, against what real workers sent; and that the doctor finds them well."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import BIN, Stack, running_stack, wait_until

CALL = re.compile(r"^  \S+: (\w+\.\w+\.\w+)$\n    +(\w+) (\S+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="perezvon-test-"))
    with running_stack(folder) as found:
        yield found
    shutil.rmtree(folder, ignore_errors=True)


def perezvon(stack: Stack, *words: str) -> str:
    """What the command prints, on the machine that the service runs on."""
    done = subprocess.run(
        [BIN / "perezvon", *words],
        env=stack.service.environ,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_try_shows_the_very_calls_that_were_sent_and_sends_none(stack: Stack) -> None:
    before = stack.sandbox.last()
    request_id, case = stack.carried(name="Мария", phone="+7 917 555-01-57", product="Чайник")
    # Our own write may come back as a callback of the store; it is another event.
    sent = [call for call in stack.sandbox.calls(before) if call["operation"]]
    event_id = stack.event_of(request_id)
    last = stack.sandbox.last()
    shown = perezvon(stack, "config", "try", event_id)
    assert stack.sandbox.last() == last
    assert [operation for operation, _, _ in CALL.findall(shown)] == [call["operation"] for call in sent]
    assert case["subject"] in shown
    assert stack.sandbox.row(request_id)["notes"] in shown
    assert stack.sandbox.contacts(request_id)[0]["description"].splitlines()[-1] in shown

    stack.sandbox.post(f"/sandbox/cases/{case['case_id']}/reply", {"content": "Перезвоним в 11:30."})
    found = wait_until(lambda: stack.api("/events?type=omnidesk.message_new")["events"], "the reply has come")
    stack.wait_event(found[0]["id"])
    shown = perezvon(stack, "config", "try", found[0]["id"])
    reply = [line for line in stack.sandbox.row(request_id)["notes"].splitlines() if "11:30" in line]
    assert len(reply) == 1
    assert reply[0] in shown
    assert stack.event(event_id)["status"] == "done"


def test_the_doctor_finds_a_running_service_well(stack: Stack) -> None:
    # One that was carried: the hook is known by its call.
    stack.carried(name="Пётр", phone="+7 495 555-01-12")
    shown = perezvon(stack, "doctor", "--url", stack.service.url)
    for what in ("Redis", "own address", "Omnidesk cch101 webhook", "CS-Cart hook"):
        assert re.search(f"^ok +{what} ", shown, re.MULTILINE), shown
