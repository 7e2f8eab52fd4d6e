"""PostgreSQL: a worker that stands still in the middle of a transaction does not stop the others for long."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import SQLAlchemyError

from service.ledger import claims
from service.ledger.database import Ledger
from service.ledger.life import Lane
from service.ledger.postgresql import Limits
from tests import ledgers
from tests.ledger.hands import LEASE, Hands


@pytest.fixture
def hands(postgres: Ledger) -> Hands:
    ledgers.empty(postgres)
    return Hands(postgres)


def test_an_event_that_somebody_is_writing_is_stepped_over(hands: Hands) -> None:
    stuck = hands.receive("a", "s/1").event_id
    (held,) = hands.claim(1)
    hands.lapse()
    other = hands.receive("b", "s/2").event_id
    with hands.ledger.write() as frozen:
        claims.renew(frozen, [held], LEASE)
        assert [one.id for one in hands.claim()] == [other]
        frozen.rollback()
    assert [one.id for one in hands.claim()] == [stuck]


def test_an_event_is_nobody_elses_while_what_it_found_is_written(hands: Hands) -> None:
    """Else the next one looks for what is there, and does not see what is about to be."""
    event_id = hands.receive("a").event_id
    (held,) = hands.claim()
    hands.lapse()
    with hands.ledger.write() as writing:
        claims.check(writing, held)
        assert hands.claim() == []
    assert [one.id for one in hands.claim()] == [event_id]


def test_who_freezes_in_the_middle_of_a_claim_is_given_up(hands: Hands) -> None:
    event_id = hands.receive("a").event_id
    frozen = Ledger(hands.ledger.url.render_as_string(hide_password=False), Limits(idle=1))

    def freeze() -> None:
        with frozen.exclusive() as session:
            claims.claim(session, Lane.INTERACTIVE, 1, LEASE)
            # Waits for the frozen one's lock, until the server gives that one up.
            assert [one.id for one in hands.claim()] == [event_id]

    with pytest.raises(SQLAlchemyError):
        freeze()
    frozen.close()
    assert hands.event(event_id).claim == 1
