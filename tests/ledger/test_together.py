"""Of several requests of one customer that are worked at the same moment exactly one goes first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from service.ledger import together
from service.ledger.database import Ledger


def test_one_goes_first_however_many_ask_at_once(ledger: Ledger) -> None:
    def join(number: int) -> str:
        with ledger.exclusive() as session:
            return together.join(session, f"cscart/1/call_request/{number}", "customer", 1000 + number, 600)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(join, range(16)))
    (first,) = (f"cscart/1/call_request/{number}" for number, one in enumerate(found) if not one)
    assert set(found) == {"", first}
    assert [join(number) for number in range(16)] == found, "decided once"


def test_whoever_takes_over_is_followed(ledger: Ledger) -> None:
    with ledger.exclusive() as session:
        assert [together.join(session, one, "customer", 1000, 600) for one in "abc"] == ["", "a", "a"]
        together.take_over(session, "b", "a")
        assert together.join(session, "a", "customer", 1000, 600) == "b"
        assert together.join(session, "c", "customer", 1000, 600) == "b"
        assert sorted(together.others(session, "c")) == ["a", "b"]
        assert together.join(session, "d", "customer", None, 600) == "", "nobody knows when"
