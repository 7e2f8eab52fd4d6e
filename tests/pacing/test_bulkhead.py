"""A vendor that hangs takes only so many of a process' threads; the others' calls go on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from service.ledger.life import Lane, Reason
from tests.stack import wait_until
from workers.pacing.bulkhead import SLOTS, Bulkhead
from workers.pacing.gate import Wait


@pytest.mark.parametrize("lane", list(Lane))
def test_so_many_calls_to_one_vendor_and_the_next_comes_again(lane: Lane) -> None:
    bulkhead, answered = Bulkhead(), threading.Event()
    inside: list[int] = []

    def hang(number: int) -> None:
        with bulkhead.slot("omnidesk", lane):
            inside.append(number)
            answered.wait(60)

    with ThreadPoolExecutor(SLOTS[lane]) as pool:
        calls = [pool.submit(hang, number) for number in range(SLOTS[lane])]
        wait_until(lambda: len(inside) == SLOTS[lane], "all its places are taken")
        with pytest.raises(Wait) as trouble, bulkhead.slot("omnidesk", lane):
            raise AssertionError("there was a place")
        assert trouble.value.reason == Reason.QUOTA
        with bulkhead.slot("obzvonilka", lane):
            """Another vendor's call."""
        answered.set()
        for call in calls:
            call.result()
    with bulkhead.slot("omnidesk", lane):
        """There is a place again."""


def test_a_batch_leaves_places_for_people() -> None:
    bulkhead = Bulkhead()
    with ExitStack() as under_way:
        for _ in range(SLOTS[Lane.BULK]):
            under_way.enter_context(bulkhead.slot("omnidesk", Lane.BULK))
        with pytest.raises(Wait), bulkhead.slot("omnidesk", Lane.BULK):
            raise AssertionError("there was a place")
        with bulkhead.slot("omnidesk", Lane.INTERACTIVE):
            """A person's call."""
