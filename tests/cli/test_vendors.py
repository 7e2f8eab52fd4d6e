"""`perezvon vendors`: how they stand, from a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from service.cli import main
from service.ledger.database import Ledger
from service.ledger.tables import AuditEntry
from tests.console import Seed, invented
from tests.ledgers import sqlite_ledger


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seed]:
    with sqlite_ledger(tmp_path) as url:
        for name, value in invented(url, tmp_path).items():
            monkeypatch.setenv(name, value)
        ledger = Ledger(url)
        yield Seed(ledger)
        ledger.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["vendors", *arguments])


def listed() -> dict[str, dict[str, Any]]:
    result = run("list", "--json")
    assert result.exit_code == 0, result.output
    return {one["name"]: one for one in json.loads(result.output)["vendors"]}


def test_they_are_listed_with_their_state(seed: Seed) -> None:
    seed.vendor("omnidesk", pacing={"open": [["*", seed.now + 60_000]]})
    assert {name: one["state"] for name, one in listed().items()} == {
        "omnidesk": "failing",
        "cscart": "running",
        "obzvonilka": "running",
    }
    assert "failing" in run("list").output


def test_pause_try_and_resume(seed: Seed) -> None:
    assert run("pause", "cscart").exit_code == 0
    assert listed()["cscart"]["state"] == "paused"
    refused = run("try", "cscart")
    assert refused.exit_code == 1
    assert "resume" in refused.output
    assert run("resume", "cscart").exit_code == 0
    assert run("try", "cscart").exit_code == 0
    assert listed()["cscart"]["state"] == "running"
    with seed.ledger.read() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert acts == ["pause", "resume", "try"]


def test_an_unknown_one_is_refused() -> None:
    assert run("try", "zendesk").exit_code == 2
