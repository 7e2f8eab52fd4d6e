"""`perezvon up` as processes: it starts, ends, is killed and starts again, and nothing is lost meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
import requests

from tests.stack import BIN, OMNIDESK_TOKEN, Stack, environment, running_stack, wait_until


def test_a_request_of_the_last_moment_is_carried_after_the_restart(folder: Path) -> None:
    with running_stack(folder) as stack:
        stack.carried(name="Анна", phone="89175550031")
        # The help desk answers late, so that SIGTERM comes in the middle of the flow.
        fault = stack.sandbox.fault(vendor="omnidesk", kind="latency", seconds=2, times=1)
        request_id = stack.sandbox.shopper(name="Борис", phone="89175550032")["request_id"]
        wait_until(lambda: stack.sandbox.contacts(request_id), "the dialer has the contact")
        assert stack.service.stop() == 0
        assert stack.service.processes() == {}
        assert stack.sandbox.fired(fault) == 1
        assert_port_is_closed(stack)
        stack.service.start()
        stack.service.wait_ready()
        stack.wait_event(stack.event_of(request_id))
        assert len(stack.sandbox.contacts(request_id)) == 1
        assert len(stack.sandbox.cases(request_id)) == 1


def test_a_killed_supervisor_leaves_nothing_that_stops_the_next_start(folder: Path) -> None:
    with running_stack(folder) as stack:
        stack.carried(name="Вера", phone="89175550033")
        stack.service.process.kill()
        stack.service.process.wait()
        stack.service.log_path.write_text("")
        stack.service.start()
        stack.service.wait_ready()
        request_id, _ = stack.carried(name="Глеб", phone="89175550034")
        wait_until(
            lambda: len(stack.service.pids("celery -A workers.app --quiet beat")) == 1,
            "only one scheduler is left",
        )
        assert len(stack.sandbox.cases(request_id)) == 1


@pytest.mark.parametrize("kind", ["after the work", "before the work"])
def test_a_worker_killed_in_the_middle_goes_on_and_makes_nothing_twice(folder: Path, kind: str) -> None:
    with running_stack(folder) as stack:
        fault = stack.sandbox.fault(
            vendor="omnidesk",
            operation="omnidesk.cases.create",
            kind="latency",
            seconds=6,
            before=kind == "before the work",
            times=1,
        )
        request_id = stack.sandbox.shopper(name="Дина", phone="89175550035", notes="Есть")["request_id"]
        wait_until(lambda: stack.sandbox.fired(fault), "the case is being opened")
        workers = stack.service.pids("celery -A workers.app --quiet worker")
        assert len(workers) >= 3, "the parent and its two processes"
        os.kill(workers[0], signal.SIGKILL)
        stack.wait_event(stack.event_of(request_id))
        assert len(stack.sandbox.contacts(request_id)) == 1
        assert len(stack.sandbox.cases(request_id)) == 1
        assert stack.sandbox.row(request_id)["notes"].startswith("Есть\n")


def test_with_redis_away_requests_are_taken_and_carried_later(folder: Path) -> None:
    with running_stack(folder) as stack:
        stack.carried(name="Егор", phone="89175550036")
        (server,) = stack.service.pids("valkey-server")
        os.kill(server, signal.SIGSTOP)
        try:
            row = {"request_id": "777001", "name": "Ева", "phone": "89175550037", "notes": None}
            answer = stack.hook(row)
            assert answer.status_code == 202
        finally:
            os.kill(server, signal.SIGKILL)
        wait_until(lambda: stack.sandbox.cases("777001"), "the case is there")
        wait_until(lambda: stack.sandbox.contacts("777001"), "the contact is there")


def test_a_second_one_on_the_same_folder_is_refused(folder: Path) -> None:
    with running_stack(folder) as stack:
        second = subprocess.run(
            [BIN / "perezvon", "up"], env=stack.service.environ, capture_output=True, text=True, check=False
        )
        assert second.returncode != 0
        assert "another perezvon up runs" in second.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OMNIDESK_API_KEY", None, "OMNIDESK_API_KEY is not set"),
        ("CSCART_URL", "shop.example", "CSCART_URL must be an address"),
        ("PORT", "eighty", "PORT must be a port"),
        ("OMNIDESK_CHANNEL", "101", "OMNIDESK_CHANNEL must be the channel's"),
        ("PEREZVON_API_TOKENS", "olga:chief:12345678", "PEREZVON_API_TOKENS entry 1 has a role"),
        ("CSCART_WEBHOOK_SECRET", "plain", "CSCART_WEBHOOK_SECRET must be"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must begin with"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    folder: Path, name: str, value: str | None, said: str
) -> None:
    environ = environment(folder, "http://127.0.0.1:9")
    environ.pop(name, None)
    if value is not None:
        environ[name] = value
    started = subprocess.run(
        [BIN / "perezvon", "up"], env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert started.returncode != 0
    lines = (started.stdout + started.stderr).strip().splitlines()
    assert len(lines) == 1
    assert said in lines[0]


def test_no_secret_and_no_person_stands_in_the_log(folder: Path) -> None:
    with running_stack(folder) as stack:
        request_id, case = stack.carried(name="Жанна Секретова", phone="8 (917) 555-00-38")
        stack.sandbox.post(f"/sandbox/cases/{case['case_id']}/reply", {"content": "Тайный ответ"})
        stack.hook(b"{broken")
        stack.hook({"request_id": "x", "phone": "+79175550039"})
        stack.sandbox.fault(vendor="obzvonilka", kind="status", status=500, times=2)
        stack.carried(name="Жанна Секретова", phone="8 (917) 555-00-38")
        assert stack.service.stop() == 0
        log = stack.service.log()
        assert request_id in log
        secret = [
            value
            for key, value in stack.service.environ.items()
            if key.endswith(("_KEY", "_TOKEN", "SECRET"))
        ]
        people = ["Секретова", "9175550038", "917) 555", "9175550039", "Тайный"]
        for word in (*secret, *people, OMNIDESK_TOKEN, "operator-token-1", "admin-password-1"):
            assert word not in log


def assert_port_is_closed(stack: Stack) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{stack.service.url}/healthz", timeout=2)
