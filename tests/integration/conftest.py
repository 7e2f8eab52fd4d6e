"""One service with its sandbox for each database, shared by the tests that leave it running."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import run_postgres
from tests.stack import Stack, running_stack


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path: Unix sockets stand in it."""
    made = Path(tempfile.mkdtemp(prefix="perezvon-test-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def shared_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Service and sandbox on the database."""
    made = Path(tempfile.mkdtemp(prefix="perezvon-test-"))
    if request.param == "sqlite":
        with running_stack(made) as stack:
            yield stack
    else:
        with run_postgres() as url, running_stack(made, DATABASE_URL=url) as stack:
            yield stack
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def stack(shared_stack: Stack) -> Iterator[Stack]:
    """The shared stack, without faults before and after."""
    shared_stack.sandbox.clear_faults()
    yield shared_stack
    shared_stack.sandbox.clear_faults()
