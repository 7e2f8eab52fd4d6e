"""Reconciliation and backfill on both databases, against a store whose list changes between two pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from service.intake import call_request
from service.intake.call_request import CREATED, Delivery
from service.ledger import claims, events, marks
from service.ledger.claims import Claimed
from service.ledger.clock import MINUTE, SECOND
from service.ledger.database import Ledger
from service.ledger.life import Lane
from service.settings import Settings
from tests.ledger.hands import Hands
from workers.flows import FLOWS
from workers.flows.calls import Calls
from workers.flows.flow import Flow
from workers.pacing.gate import Wait
from workers.reconcile import schedule
from workers.reconcile.names import BACKFILL, CURSOR, NOTHING_NEW, RECONCILE
from workers.vendors.operation import Operation

SETTINGS = cast(Settings, None)


class Store:
    """Call requests by id, listed as CS-Cart does; `between` is run after each page."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.rows: dict[int, dict[str, Any]] = {}
        self.asked: list[int] = []
        self.between: Callable[[], None] = lambda: None
        self.fail_at: int | None = None

    def add(self, number: int, *, age: int = 0, **more: Any) -> dict[str, Any]:
        """A row made `age` ms ago."""
        made = str((self.now - age) // SECOND)
        self.rows[number] = {
            "request_id": str(number),
            "company_id": "1",
            "timestamp": made,
            "status": "new",
            "name": "Мария",
            "phone": "+79175550157",
            "notes": None,
            "cart_products": "",
        } | more
        return self.rows[number]

    def call(
        self, held: Claimed, step: str, operation: Operation, *, query: Mapping[str, Any], **_: Any
    ) -> dict[str, Any]:
        assert (held.type, operation.name) in {
            (RECONCILE, "cscart.call_requests.list"),
            (BACKFILL, "cscart.call_requests.list"),
        }, step
        assert (query["sort_by"], query["sort_order"]) == ("id", "desc")
        self.asked.append(query["page"])
        if self.fail_at == len(self.asked):
            raise ConnectionResetError("the worker dies here")
        size = query["items_per_page"]
        ordered = sorted(self.rows, reverse=True)
        page = min(query["page"], max(1, -(-len(ordered) // size)))
        shown = [self.rows[number] for number in ordered[(page - 1) * size : page * size]]
        answer = {
            "call_requests": shown,
            "params": {"items_per_page": str(size), "page": page, "total_items": str(len(ordered))},
        }
        self.between()
        return answer


class Bench:
    """A ledger with its store."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.hands = Hands(ledger)
        self.store = Store(self.hands.now())

    def ask(self, every: int = 0) -> str | None:
        with self.ledger.exclusive() as session:
            return schedule.ask(session, every)

    def run(self) -> Flow:
        """One run of the walk that is due, as a worker does it."""
        (held,) = self.hands.claim(lane=Lane.BULK)
        flow = Flow(held, self.ledger, cast(Calls, self.store))
        with flow.branch():
            FLOWS[held.type](flow, SETTINGS)
        with self.ledger.write() as session:
            if flow.troubles:
                trouble = flow.troubles[0]
                assert isinstance(trouble, Wait)
                claims.wait(session, held, trouble.reason, trouble.delay, trouble.message)
            else:
                claims.done(session, held, " ".join(flow.remarks), idle=flow.idle)
        return flow

    def reconcile(self) -> Flow:
        assert self.ask(), "a walk was due"
        return self.run()

    def made(self) -> dict[int, str]:
        """The requests that there are events for, with their lane."""
        return {int(one.data["request_id"]): one.lane for one in self.hands.all() if one.type == CREATED}

    def told(self, number: int) -> None:
        """The store's callback for the row arrives."""
        new = call_request.to_event(Delivery(CREATED, self.store.rows[number]), b"{}", "application/json")
        with self.ledger.write() as session:
            events.record(session, new)


@pytest.fixture
def bench(ledger: Ledger) -> Bench:
    made = Bench(ledger)
    assert made.ask() is None, "the first time there is nothing to walk back to"
    return made


def test_what_the_store_held_before_the_first_start_is_not_called(bench: Bench) -> None:
    for number in range(1, 251):
        bench.store.add(number, age=30 * MINUTE)
    flow = bench.reconcile()
    assert bench.made() == {}
    assert flow.remarks == [NOTHING_NEW]
    assert bench.store.asked == [1]


def test_what_was_made_in_the_second_of_the_first_start_is_found(bench: Bench) -> None:
    bench.store.add(1)
    bench.reconcile()
    assert set(bench.made()) == {1}


def test_only_what_no_callback_told_of_is_made_an_event(bench: Bench) -> None:
    bench.store.add(1, age=-1 * SECOND)
    bench.store.add(2, age=-1 * SECOND)
    bench.told(1)
    flow = bench.reconcile()
    assert flow.remarks == ["1 found that no callback had told us of."]
    assert set(bench.made()) == {1, 2}
    bench.told(2)
    assert len(bench.hands.all()) == 3, "a late callback is a duplicate"
    with bench.ledger.read() as session:
        cursor = marks.read(session, CURSOR)
    assert cursor is not None
    assert cursor["last"] == 2


def test_many_rows_with_one_timestamp_over_several_pages(bench: Bench) -> None:
    for number in range(1, 331):
        bench.store.add(number, age=-1 * SECOND)
    bench.reconcile()
    assert set(bench.made()) == set(range(1, 331))
    assert bench.store.asked == [1, 2, 3, 4]
    bench.store.asked.clear()
    assert bench.reconcile().remarks == [NOTHING_NEW]
    assert bench.store.asked == [1]


def test_rows_that_come_go_and_change_while_the_list_is_walked(bench: Bench) -> None:
    for number in range(1, 331):
        bench.store.add(number, age=-1 * SECOND)
    changes = iter([330, 329, 328])

    def between() -> None:
        gone = next(changes, None)
        if gone is not None:
            del bench.store.rows[gone]
            bench.store.rows[200]["name"] = f"Мария {gone}"
            bench.store.add(gone + 1000, age=-1 * SECOND)
            del bench.store.rows[gone - 20], bench.store.rows[gone - 40]

    bench.store.between = between
    bench.reconcile()
    bench.store.between = lambda: None
    bench.reconcile()
    assert set(bench.store.rows) <= set(bench.made())


def test_a_lower_id_that_was_committed_later_is_found_the_next_time(bench: Bench) -> None:
    bench.store.add(5, age=-1 * SECOND)
    bench.reconcile()
    bench.store.add(4, age=-2 * SECOND)
    bench.reconcile()
    assert set(bench.made()) == {4, 5}


def test_a_walk_that_dies_goes_on_where_it_was(bench: Bench) -> None:
    for number in range(1, 1501):
        bench.store.add(number, age=-1 * SECOND)
    assert bench.ask()
    bench.store.fail_at = 8
    with pytest.raises(ConnectionResetError):
        bench.run()
    bench.hands.lapse()
    bench.run()
    # The first five pages were a finished step.
    assert bench.store.asked == [1, 2, 3, 4, 5, 6, 7, 8, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    assert len(bench.made()) == 1500


def test_a_long_walk_lets_others_go_in_between(bench: Bench) -> None:
    for number in range(1, 2401):
        bench.store.add(number, age=-1 * SECOND)
    assert bench.ask()
    assert bench.run().troubles
    assert not bench.run().troubles
    assert bench.store.asked == list(range(1, 25))
    assert len(bench.made()) == 2400


def test_old_finds_go_behind_those_who_wait(bench: Bench) -> None:
    with bench.ledger.write() as session:
        marks.write(session, CURSOR, {"last": 0, "since": 0})
    bench.store.add(1, age=120 * MINUTE)
    bench.store.add(2, age=1 * MINUTE)
    bench.reconcile()
    assert bench.made() == {1: "bulk", 2: "interactive"}


def test_what_was_dealt_with_in_the_store_is_only_recorded(bench: Bench) -> None:
    bench.store.add(1, age=-1 * SECOND, status="completed")
    bench.reconcile()
    (event,) = [one for one in bench.hands.all() if one.type == CREATED]
    assert event.status == "done"
    assert "dealt with" in str(event.message)


def test_a_row_that_is_not_valid_is_kept_once_and_stops_nothing(bench: Bench) -> None:
    bench.store.add(1, age=-1 * SECOND)
    bench.store.add(2, age=-1 * SECOND, request_id="none")
    for _ in range(2):
        bench.reconcile()
    assert 1 in bench.made()
    assert [one.status for one in bench.hands.all() if one.type == "cscart.invalid"] == ["rejected"]


def test_a_run_is_asked_for_once_and_idle_ones_do_not_pile_up(bench: Bench) -> None:
    assert bench.ask(every=5 * MINUTE) is None, "it is not time"
    bench.reconcile()
    assert bench.ask()
    assert bench.ask() is None, "one is open"
    bench.run()
    walks = [one for one in bench.hands.all() if one.type == RECONCILE]
    assert [one.status for one in walks] == ["done"], "the idle one before is gone"


def test_backfill_takes_what_was_made_since(bench: Bench) -> None:
    for number in range(1, 301):
        bench.store.add(number, age=(301 - number) * 60 * MINUTE)
    bench.told(290)
    with bench.ledger.exclusive() as session:
        schedule.ask_backfill(session, bench.store.now - 201 * 60 * MINUTE - MINUTE)
    flow = bench.run()
    made = bench.made()
    assert min(made) == 100
    assert len(made) == 201
    assert {lane for number, lane in made.items() if number != 290} == {"bulk"}
    assert flow.remarks == ["200 new of 300 seen."]
