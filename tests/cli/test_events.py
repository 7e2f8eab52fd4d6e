"""`perezvon events`: the ledger from a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.ledger.database import Ledger
from tests.console import Seed
from tests.ledgers import sqlite_ledger


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seed]:
    with sqlite_ledger(tmp_path) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        ledger = Ledger(url)
        yield Seed(ledger)
        ledger.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["events", *arguments])


def listed(*arguments: str) -> list[str]:
    result = run("list", "--json", *arguments)
    assert result.exit_code == 0, result.output
    return [event["id"] for event in json.loads(result.output)["events"]]


def test_the_list_is_narrowed_by_its_options(seed: Seed) -> None:
    dead = seed.event(request_id=1, status="dead", message="Refused.", age=5000)
    done = seed.event(request_id=2, status="done", age=1000)
    assert listed() == [done.id, dead.id]
    assert listed("--status", "dead") == [dead.id]
    assert listed("--subject", "cscart/1/call_request/2") == [done.id]
    assert listed("--type", "call_request.updated") == []
    assert "Refused." in run("list").output


def test_a_wrong_time_is_named(seed: Seed) -> None:
    result = run("list", "--since", "yesterday")
    assert result.exit_code == 2
    assert "--since" in result.output
    assert seed.ledger


def test_a_dead_event_is_retried_and_the_act_is_in_the_audit(seed: Seed) -> None:
    dead = seed.event(status="dead", message="Refused.", next_action="Correct it.")
    assert run("retry", dead.id).exit_code == 0
    shown = json.loads(run("show", dead.id).output)
    assert shown["status"] == "waiting"
    assert shown["next_action"] is None


def test_a_done_event_cannot_be_cancelled(seed: Seed) -> None:
    done = seed.event(status="done")
    result = run("cancel", done.id)
    assert result.exit_code == 1
    assert "done" in result.output


def test_an_unknown_event_and_a_ledger_that_is_not_there_are_said(
    seed: Seed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "there is no event nobody" in run("show", "nobody").output
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.sqlite'}")
    result = run("list")
    assert result.exit_code == 1
    assert "migrated" in result.output
    assert seed.ledger
