"""What `perezvon config try` shows, against what real workers sent; and that the doctor finds them well."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import BIN, Stack, running_stack

# The data may stand wherever a person puts them: nothing of a path is read by a program in between.
ODD = 'Пере звон 100%\'s "q" #1;x?-'
CALL = re.compile(r"^  \S+: (\w+\.\w+\.\w+)$\n    +(\w+) (\S+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix=ODD))
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


def difference(stack: Stack, event_id: str, file: Path | None = None) -> list[str]:
    """The lines of the difference to what was sent then."""
    shown = perezvon(stack, "config", "try", event_id, *(["--config", str(file)] if file else []))
    return [line.removeprefix("  ") for line in shown.partition("Difference to then:\n")[2].splitlines()]


def changes(stack: Stack, event_id: str, file: Path) -> list[str]:
    """The lines that the file takes away and adds."""
    heading = ("---", "+++")
    lines = difference(stack, event_id, file)
    return [line for line in lines if line.startswith(("-", "+")) and not line.startswith(heading)]


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
    reply_id = stack.event_of(request_id, "omnidesk.message_new")
    stack.wait_event(reply_id)
    shown = perezvon(stack, "config", "try", reply_id)
    reply = [line for line in stack.sandbox.row(request_id)["notes"].splitlines() if "11:30" in line]
    assert len(reply) == 1
    assert reply[0] in shown
    assert "obzvonilka.contacts.get they answer as they did then" in shown
    assert stack.event(event_id)["status"] == "done"


def test_the_difference_is_to_what_was_sent(stack: Stack, tmp_path: Path) -> None:
    request_id, case = stack.carried(name="Мария", phone="+7 917 555-01-58", notes="Звоните\nутром")
    created = stack.event_of(request_id)
    assert difference(stack, created) == ["none"]
    stack.sandbox.post(f"/sandbox/cases/{case['case_id']}/reply", {"content": "Перезвоним в 12:30."})
    reply_id = stack.event_of(request_id, "omnidesk.message_new")
    stack.wait_event(reply_id)
    assert difference(stack, reply_id) == ["none"]

    row = stack.sandbox.row(request_id) | {"time_from": "15:00"}
    body = {"type": "call_request.updated", "timestamp": "2026-11-22T10:00:00Z", "data": row}
    updated = stack.hook(body, "application/json").json()["event_id"]
    stack.wait_event(updated)
    assert "с 15:00" in perezvon(stack, "config", "try", updated)
    assert difference(stack, updated) == ["none"]

    file = tmp_path / "new.toml"
    file.write_text(
        '[templates.ru]\ncase_subject = "Перезвонить {{ name }}"\nstore_reply = "Ответ: {{ text }}"\n',
        encoding="utf-8",
    )
    assert changes(stack, created, file) == [
        f"-    subject: {case['subject']}",
        f"+    subject: [cscart-1-{request_id}] Перезвонить Мария",
    ]
    notes = stack.sandbox.row(request_id)["notes"].splitlines()
    (told,) = (line for line in notes if "12:30" in line)
    (mark,) = re.findall(r"^\[pz:[0-9a-f]{8}\]", told)
    assert changes(stack, reply_id, file) == [
        f"-         | {told}",
        f"+         | {mark} Ответ: Перезвоним в 12:30.",
    ]


def test_the_doctor_finds_a_running_service_well(stack: Stack) -> None:
    # One that was carried: the hook is known by its call.
    stack.carried(name="Пётр", phone="+7 495 555-01-12")
    shown = perezvon(stack, "doctor", "--url", stack.service.url)
    for what in ("Redis", "own address", "Omnidesk cch101 webhook", "CS-Cart hook"):
        assert re.search(f"^ok +{what} ", shown, re.MULTILINE), shown
