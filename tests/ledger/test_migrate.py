"""Migrations: beside others who use the tables, twice at once, and seen from an older release."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import text

from service.cli.migrate import migrate as migrate_command
from service.ledger import migrate
from service.ledger.database import Ledger
from service.settings import database_url
from tests import ledgers
from tests.console import row, running_app
from tests.ledger.hands import Hands
from tests.servers import run_postgres

# Its tables are those of the one before, with two columns more in `events`.
BEFORE = "0006"
NEWER = "9001"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with run_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty ledger, on each database."""
    if request.param == "sqlite":
        with ledgers.sqlite_ledger(tmp_path) as made:
            yield made
    else:
        with ledgers.postgres_ledger(request.getfixturevalue("server")) as made:
            yield made


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with closing(Ledger(database_url(url, Path()))) as opened:
        yield opened


@pytest.fixture
def old(server: str) -> Iterator[Ledger]:
    """A ledger on PostgreSQL that is behind."""
    with ledgers.postgres_ledger(server) as url, closing(Ledger(database_url(url, Path()))) as opened:
        go_back(opened)
        yield opened


def go_back(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        command.downgrade(migrate.config(connection), BEFORE)


def make_newer(ledger: Ledger) -> None:
    """What a newer release adds: columns that may be empty, or have a default."""
    with ledger.write() as session:
        session.execute(text("ALTER TABLE events ADD COLUMN something VARCHAR(16)"))
        session.execute(text("ALTER TABLE events ADD COLUMN more INTEGER NOT NULL DEFAULT 0"))
        session.execute(text("UPDATE alembic_version SET version_num = :newer"), {"newer": NEWER})


def test_an_older_release_is_ready_on_a_newer_ledger_and_works_with_it(url: str, ledger: Ledger) -> None:
    make_newer(ledger)
    with running_app(url, Path()) as app:
        client = app.test_client()
        assert client.get("/readyz").status_code == 200
        assert client.post("/webhooks/cscart/cscart-hook", json=row()).status_code == 202
    hands = Hands(ledger)
    assert len(hands.claim()) == 1


def test_one_that_is_behind_is_not_ready(url: str, ledger: Ledger) -> None:
    go_back(ledger)
    with running_app(url, Path()) as app:
        answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert f"at {BEFORE}, not {migrate.head()}: run perezvon migrate" in answer.get_json()["ledger"]


def test_migrate_of_an_older_release_says_so_and_changes_nothing(url: str, ledger: Ledger) -> None:
    make_newer(ledger)
    result = CliRunner().invoke(migrate_command, env={"DATABASE_URL": url})
    assert result.exit_code == 0
    (line,) = result.output.splitlines()
    assert f"at {NEWER}, newer than this release's {migrate.head()}" in line
    assert migrate.current(ledger) == NEWER


def test_beside_a_backup_senders_are_answered_and_it_is_done_afterwards(old: Ledger) -> None:
    waits = Flag()
    said: list[str] = []

    def waited(what: str) -> None:
        said.append(what)
        waits.set()

    with ThreadPoolExecutor(1) as pool:
        with old.read() as backup:
            backup.execute(text("LOCK TABLE events IN ACCESS SHARE MODE"))
            done = pool.submit(migrate.upgrade, old, waited)
            assert waits.wait(30)
            with old.write() as sender:
                sender.execute(text("SET LOCAL lock_timeout = '20s'"))
                sender.execute(text("LOCK TABLE events IN ROW EXCLUSIVE MODE"))
            assert not done.done()
        assert done.result(30) == (BEFORE, migrate.head())
    # The database's own words.
    assert set(said) == {"canceling statement due to lock timeout"}


def test_what_stays_in_use_ends_with_a_line(old: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "LONGEST_SECONDS", 0.0)
    address = old.url.render_as_string(hide_password=False)
    with old.read() as backup:
        backup.execute(text("LOCK TABLE events IN ACCESS SHARE MODE"))
        result = CliRunner().invoke(migrate_command, env={"DATABASE_URL": address})
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert "in use all the time (canceling statement due to lock timeout); run it again" in line


def test_two_at_once(old: Ledger) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: migrate.upgrade(old), range(2)))
    assert sorted(found) == [(BEFORE, migrate.head()), (migrate.head(), migrate.head())]


def test_changes_of_tables_have_no_limit_but_for_locks(server: str) -> None:
    own = database_url(f"{server}&options=-c%20statement_timeout%3D5000", Path())
    with closing(Ledger(own, migrate.LIMITS)) as ledger, ledger.read() as session:

        def shown(name: str) -> Any:
            return session.scalar(text(f"SHOW {name}"))

        assert shown("statement_timeout") == "0"
        assert shown("idle_in_transaction_session_timeout") == "0"
        assert shown("lock_timeout") == "1s"


def test_the_databases_own_words_are_shown(server: str) -> None:
    address = server.replace("@/postgres?", "@/nowhere?")
    result = CliRunner().invoke(migrate_command, env={"DATABASE_URL": address})
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert 'database "nowhere" does not exist' in line


def takings(source: str) -> list[str]:
    """What in `upgrade` an older release would miss: things taken or renamed, columns it cannot fill."""
    (upgrade,) = [
        one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef) and one.name == "upgrade"
    ]
    found = []
    for call in ast.walk(upgrade):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr in {"drop_column", "drop_table", "rename_table", "alter_column"}:
            found.append(ast.unparse(call))
        if call.func.attr == "add_column":
            text_of = ast.unparse(call)
            found += [text_of] if "nullable=False" in text_of and "server_default" not in text_of else []
    return found


def test_migrations_only_add() -> None:
    """Expand and contract (docs/upgrades.md): what an older release knows stays as it is."""
    folder = Path(migrate.__file__).parent / "migrations" / "versions"
    assert {path.name: takings(path.read_text(encoding="utf-8")) for path in folder.glob("0*.py")} == {
        path.name: [] for path in folder.glob("0*.py")
    }


@pytest.mark.parametrize(
    "line",
    [
        'op.drop_column("events", "time")',
        'op.add_column("events", sa.Column("much", sa.Integer(), nullable=False))',
        'batch.alter_column("time", new_column_name="at")',
    ],
)
def test_one_that_takes_away_is_found(line: str) -> None:
    assert takings(f"def upgrade() -> None:\n    {line}\n") == [ast.unparse(ast.parse(line))]
