"""What becomes of an event after a run: pure decisions."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.config.model import Config, Retry
from service.ledger.life import Reason
from workers.flows import outcome as outcomes
from workers.flows.outcome import Dead, Done, Later, Trouble
from workers.pacing import backoff
from workers.pacing.gate import Wait
from workers.vendors.errors import (
    AccessDenied,
    NotFound,
    RateLimited,
    Rejected,
    Transient,
    UnknownOutcome,
)

DEFAULT = Retry()
FILE = Config()
FACTS: dict[str, Any] = {"vendor": "omnidesk", "operation": "omnidesk.cases.create"}
DOWN = Transient(sentence="Down.", **FACTS)
LOST = UnknownOutcome(sentence="Lost.", **FACTS)
REFUSED = Rejected(sentence="Refused.", next_action="Correct it.", **FACTS)
GONE = NotFound(sentence="Gone.", next_action="Cancel it.", **FACTS)
DENIED = AccessDenied(sentence="Denied.", **FACTS)
LIMITED = RateLimited(sentence="Spent.", retry_after=7, **FACTS)


def decide(
    troubles: list[Trouble], remarks: list[str], failures: int, randomness: Random, config: Config = FILE
) -> Done | Later | Dead:
    return outcomes.decide(troubles, remarks, failures, randomness, config)


def test_without_trouble_it_is_done() -> None:
    assert decide([], [], 0, Random(1)) == Done(None)
    assert decide([], ["Left out."], 0, Random(1)) == Done("Left out.")


@pytest.mark.parametrize("trouble", [DOWN, LOST])
def test_what_may_succeed_waits_with_back_off(trouble: Trouble) -> None:
    outcome = decide([trouble], [], 3, Random(1))
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.failed) == (Reason.BACKOFF, True)
    assert outcome.delay <= DEFAULT.base_seconds * 2**3 * 1000


def test_a_refusal_is_dead_with_its_next_action() -> None:
    assert decide([REFUSED], [], 0, Random(1)) == Dead("Refused.", "Correct it.")


def test_while_one_branch_may_succeed_a_refusal_of_another_waits() -> None:
    assert isinstance(decide([REFUSED, DOWN], [], 0, Random(1)), Later)


def test_refusals_are_all_told() -> None:
    assert decide([REFUSED, GONE], [], 0, Random(1)) == Dead("Refused. Gone.", "Correct it. Cancel it.")


@pytest.mark.parametrize("trouble", [DOWN, LOST])
def test_a_failure_beside_a_short_wait_counts_and_backs_off(trouble: Trouble) -> None:
    alone = decide([trouble], [], 5, Random(1))
    waits = Wait(Reason.QUOTA, 50, "Others' turn.")
    assert decide([waits, trouble], [], 5, Random(1)) == alone
    assert isinstance(alone, Later)
    assert alone.failed


def test_a_quota_refusal_is_no_failure_and_waits_as_long_as_was_said() -> None:
    outcome = decide([LIMITED], [], 0, Random(1))
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.failed) == (Reason.QUOTA, False)
    assert 7_000 <= outcome.delay <= 8_000


def test_refused_access_spends_no_event() -> None:
    outcome = decide([DENIED], [], 0, Random(1))
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.failed) == (Reason.PAUSED, False)


def test_hope_ends() -> None:
    outcome = decide([DOWN], [], DEFAULT.most_failures, Random(1))
    assert isinstance(outcome, Dead)
    assert "Down." in outcome.message
    assert str(DEFAULT.most_failures) in outcome.message


def test_retry_after_is_added_to_the_back_off() -> None:
    slow = Transient(sentence="Later.", retry_after=30, **FACTS)
    outcome = decide([slow], [], 0, Random(1))
    assert isinstance(outcome, Later)
    assert 30_000 <= outcome.delay <= 32_000


@given(failures=st.integers(0, 10_000), seed=st.integers())
def test_back_off_is_within_its_bounds(failures: int, seed: int) -> None:
    seconds = backoff.delay(failures, Random(seed), DEFAULT)
    assert 0 <= seconds <= min(DEFAULT.cap_seconds, DEFAULT.base_seconds * 2.0 ** min(failures, 40))


def test_back_off_spreads_those_who_failed_together() -> None:
    seconds = [backoff.delay(6, Random(seed), DEFAULT) for seed in range(200)]
    quarter = DEFAULT.base_seconds * 2**6 / 4
    assert all(any(n * quarter <= one < (n + 1) * quarter for one in seconds) for n in range(4))


def test_each_class_of_errors_has_its_own_schedule() -> None:
    config = Config(
        retry_transient=Retry(base_seconds=100, cap_seconds=100, most_failures=3),
        retry_unknown=Retry(base_seconds=1, cap_seconds=1, most_failures=9),
    )
    lost = decide([LOST], [], 3, Random(1), config)
    assert isinstance(lost, Later)
    assert lost.delay <= 1_000
    down = decide([DOWN], [], 2, Random(3), config)
    assert isinstance(down, Later)
    assert 1_000 < down.delay <= 100_000
    assert isinstance(decide([DOWN], [], 3, Random(1), config), Dead)
    # While the other one may still succeed, nothing is given up.
    assert isinstance(decide([DOWN, LOST], [], 3, Random(1), config), Later)
