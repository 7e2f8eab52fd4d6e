"""`perezvon backfill --since` beside a running service: what no callback told of is carried, once."""

from __future__ import annotations

import subprocess

import pytest

from tests.stack import BIN, Stack


def backfill(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "perezvon", "backfill", *arguments],
        env=stack.service.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def untold(stack: Stack, number: int) -> list[str]:
    """Requests that the store has and whose callbacks were lost."""
    stack.sandbox.put("/sandbox/hooks", {"cscart_hook_url": None})
    try:
        return [
            stack.sandbox.shopper(name="Зоя", phone=f"+7917555{one:04}")["request_id"]
            for one in range(number)
        ]
    finally:
        stack.sandbox.put("/sandbox/hooks", {"cscart_hook_url": stack.cscart_hook})


@pytest.mark.timeout(240)
def test_lost_callbacks_are_made_up_for_and_a_second_run_finds_nothing(stack: Stack) -> None:
    lost = untold(stack, 3)
    ran = backfill(stack, "--since", "1h")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "3 new, 3 of them ended" in ran.stdout
    for request_id in lost:
        assert len(stack.sandbox.cases(request_id)) == 1
        assert len(stack.sandbox.contacts(request_id)) == 1
    again = backfill(stack, "--since", "1h")
    assert again.returncode == 0
    assert "0 new" in again.stdout
    late = stack.hook(stack.sandbox.row(lost[0]))
    assert late.json()["duplicate"] is True


def test_a_time_that_is_none_is_refused(stack: Stack) -> None:
    ran = backfill(stack, "--since", "yesterday")
    assert ran.returncode == 2
    assert "'yesterday' is no time" in ran.stderr
