"""PostgreSQL that answers nothing, has closed its connections, or stands behind a pooler."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event as Flag

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service import app as web
from service.ledger.database import Ledger, is_unavailable
from service.ledger.postgresql import Limits
from service.ledger.silence import Gate, Unanswered
from service.settings import database_url
from tests import ledgers, pooler
from tests.console import row, running_app
from tests.freezing import frozen_postgres
from tests.ledger.hands import Hands
from tests.servers import run_postgres

SHORT = Limits(statement=0.2, connections=3)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a ledger on a server of its own, which may be stopped."""
    with run_postgres() as server, ledgers.postgres_ledger(server) as made:
        yield made


def opened(url: str, limits: Limits = SHORT) -> Ledger:
    return Ledger(database_url(url, Path()), limits)


def ask(ledger: Ledger, question: str = "SELECT 1") -> object:
    with ledger.read() as session:
        return session.scalar(text(question))


def test_a_server_that_answers_nothing_is_given_up_and_asked_again_later(url: str) -> None:
    with closing(opened(url)) as ledger:
        assert ask(ledger) == 1
        with frozen_postgres(url):
            with pytest.raises(OperationalError, match="has not answered") as statement:
                ask(ledger)
            with pytest.raises(OperationalError, match="timeout expired") as connection:
                ask(ledger)
            # Nobody waits for what has just been tried in vain.
            with pytest.raises(OperationalError, match="a moment ago") as rest:
                ask(ledger)
        for failed in (statement, connection, rest):
            assert is_unavailable(failed.value)
        assert wait_for_answer(ledger) == 1


def test_a_commit_without_an_answer_ends_too(url: str) -> None:
    with closing(opened(url)) as ledger:
        ask(ledger)

        def write() -> None:
            with ledger.write() as session:
                session.execute(text("CREATE TEMPORARY TABLE probe (number int)"))
                with frozen_postgres(url):
                    session.commit()

        with pytest.raises(OperationalError, match="has not answered"):
            write()
        assert wait_for_answer(ledger) == 1


def test_web_answers_503_and_is_well_again(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "STATEMENT_SECONDS", 0.2)
    with running_app(url, tmp_path) as app:
        client = app.test_client()
        hook = "/webhooks/cscart/cscart-hook"
        assert client.get("/readyz").status_code == 200
        with frozen_postgres(url):
            refused = client.post(hook, json=row())
            assert client.get("/readyz").status_code == 503
        assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)
        wait_for_answer(app.extensions["ledger"])
        assert client.get("/readyz").status_code == 200
        assert client.post(hook, json=row()).status_code == 202


def test_the_first_question_after_a_restart_is_answered(url: str) -> None:
    with closing(opened(url)) as ledger:
        with ledger.read() as one, ledger.read() as other:
            pids = {session.scalar(text("SELECT pg_backend_pid()")) for session in (one, other)}
        with psycopg.connect(url, autocommit=True) as admin:
            for pid in pids:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert ask(ledger) == 1
        assert ask(ledger, "SELECT pg_backend_pid()") not in pids


def test_a_slow_statement_is_ended_by_the_server_and_keeps_its_connection(url: str) -> None:
    with closing(opened(url, Limits(statement=0.2, connections=1))) as ledger:
        pid = ask(ledger, "SELECT pg_backend_pid()")
        with pytest.raises(OperationalError, match="statement timeout") as slow:
            ask(ledger, "SELECT pg_sleep(20)")
        assert is_unavailable(slow.value)
        assert ask(ledger, "SELECT pg_backend_pid()") == pid


def test_options_of_the_address_are_kept(url: str) -> None:
    own = "&options=-c%20statement_timeout%3D7000%20-c%20work_mem%3D5MB&application_name=ours"
    with closing(opened(url + own)) as ledger:
        assert ask(ledger, "SHOW statement_timeout") == "7s"
        assert ask(ledger, "SHOW work_mem") == "5MB"
        assert ask(ledger, "SHOW application_name") == "ours"
        assert ask(ledger, "SHOW idle_in_transaction_session_timeout") == "10s"


def test_of_several_hosts_one_that_is_there_is_taken() -> None:
    several = database_url("postgresql://u:p@one:5433,[::1],three/d?sslmode=require", Path())
    with closing(Ledger(several)) as ledger:
        _, given = ledger.engine.dialect.create_connect_args(ledger.url)
    assert (given["host"], given["port"]) == ("one,::1,three", "5433,5432,5432")
    assert (given["user"], given["password"], given["dbname"]) == ("u", "p", "d")
    assert given["sslmode"] == "require"


@pytest.mark.skipif(pooler.PROGRAM is None, reason="needs pgbouncer")
def test_behind_a_pooler_in_transaction_mode(url: str) -> None:
    with pooler.run_pgbouncer(url) as pooled, closing(opened(pooled, Limits(statement=7))) as ledger:
        ledgers.empty(ledger)
        hands = Hands(ledger)
        # Often enough for the driver to prepare what it repeats, on whichever server it is given.
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda number: hands.receive(f"p{number}", f"s/{number}"), range(60)))
            assert len(hands.claim(100)) == 60
            assert set(pool.map(lambda _: ask(ledger, "SHOW statement_timeout"), range(20))) == {"7s"}
        # What another program gets of the same pooler is not limited by us.
        with psycopg.connect(pooled, prepare_threshold=None) as other:
            assert other.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_while_an_answer_is_in_doubt_one_tries_and_the_others_wait_for_it() -> None:
    now = [0.0]
    gate = Gate(lambda: now[0])
    with gate.connecting():
        pass
    gate.doubt()
    trying, end = Flag(), Flag()

    def attempt() -> None:
        with gate.connecting():
            trying.set()
            assert end.wait(30)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(attempt)
        assert trying.wait(30)
        second = pool.submit(attempt)
        end.set()
        first.result(30)
        second.result(30)

    with pytest.raises(ZeroDivisionError), gate.connecting():
        raise ZeroDivisionError
    with pytest.raises(Unanswered), gate.connecting():
        pass
    now[0] += 5
    with gate.connecting():
        pass


def wait_for_answer(ledger: Ledger) -> object:
    """The answer once the rest after a vain try is over."""
    while True:
        try:
            return ask(ledger)
        except OperationalError:
            continue
