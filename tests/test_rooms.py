"""Which room may import which: one direction, as the design says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def imports(path: Path) -> set[str]:
    """The modules of ours that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] in {"service", "workers", "tests"}}


def files(folder: str, *, without: str = "") -> list[Path]:
    return [
        path
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not without or not path.is_relative_to(ROOT / without)
    ]


@pytest.mark.parametrize(
    ("room", "without", "forbidden"),
    [
        ("service", "service/cli", "workers"),
        ("service", "service/cli", "service.cli"),
        ("workers", "", "service.cli"),
        ("workers", "", "service.webhooks"),
        ("workers", "", "service.api"),
        ("workers", "", "service.dashboard"),
        ("workers", "", "service.app"),
        ("service/ledger", "", "service.intake"),
        ("service/intake", "", "service.webhooks"),
        ("workers/pacing", "", "workers.flows"),
        ("workers/vendors", "", "workers.flows"),
        ("workers/vendors", "", "workers.pacing"),
        ("service", "", "tests"),
        ("workers", "", "tests"),
    ],
)
def test_a_room_imports_in_one_direction(room: str, without: str, forbidden: str) -> None:
    found = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(room, without=without)
        for name in imports(path)
        if name == forbidden or name.startswith(f"{forbidden}.")
    }
    assert found == set()
    assert files(room, without=without)
