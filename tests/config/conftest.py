"""The command line in this process, and the three vendors emulated in another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.stack import Sandbox, environment, running_sandbox


@dataclass
class Command:
    """`perezvon` with the settings of `environ` and no others."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, **changes: str) -> Result:
        given: dict[str, str | None] = {**self.environ, **changes}
        return CliRunner().invoke(main, list(words), env=given, catch_exceptions=False)

    def file(self, text: str) -> Path:
        """perezvon.toml with that text."""
        path = self.folder / "perezvon.toml"
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as (found, _):
        yield found


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """As it is at its start."""
    running.post("/sandbox/reset", {})
    running.clear_faults()
    return running


@pytest.fixture
def perezvon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Without any vendor at its addresses."""
    monkeypatch.chdir(tmp_path)
    return Command(tmp_path, environment(tmp_path, "http://127.0.0.1:9"))


@pytest.fixture
def wired(perezvon: Command, sandbox: Sandbox) -> Command:
    """With the sandbox as its vendors, and a ledger."""
    perezvon.environ = environment(perezvon.folder, sandbox.url)
    assert perezvon("migrate").exit_code == 0
    return perezvon
