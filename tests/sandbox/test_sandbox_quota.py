"""The quota in each of its kinds, by a clock of the test's own and over the wire."""

from typing import Any

import pytest

from workers.vendors.sandbox.config import QuotaKind
from workers.vendors.sandbox.quota import Quota, QuotaSettings


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def quota(kind: QuotaKind, clock: Clock, limit: int = 10, window: float = 60) -> Quota:
    return Quota(QuotaSettings(limit, window, kind, write_cost=2, read_cost=1), clock)


def test_a_fixed_window_ends_on_a_multiple_of_its_length() -> None:
    clock = Clock(600 + 50)
    counted = quota("fixed", clock)
    assert counted.spend(10)
    assert not counted.spend(1)
    assert counted.retry_after() == 10
    clock.now = 659.9
    assert counted.left() == 0
    clock.now = 660
    assert counted.left() == 10


def test_a_window_of_the_first_call_lasts_from_it() -> None:
    clock = Clock(650)
    counted = quota("first_call", clock)
    counted.spend(4)
    clock.now = 700
    counted.spend(6)
    assert counted.retry_after() == 10
    clock.now = 710
    assert counted.left() == 10


def test_a_sliding_window_forgets_call_by_call() -> None:
    clock = Clock(650)
    counted = quota("sliding", clock)
    counted.spend(4)
    clock.now = 680
    counted.spend(6)
    assert counted.retry_after() == 30
    assert counted.retry_after(5) == 60, "four are not enough"
    clock.now = 710
    assert counted.left() == 4
    clock.now = 740
    assert counted.left() == 10


def test_a_refusal_is_not_charged() -> None:
    counted = quota("fixed", Clock(600), limit=3)
    assert counted.spend(2)
    assert not counted.spend(2)
    assert counted.left() == 1
    assert counted.spend(1)


@pytest.mark.parametrize(("window", "present"), [(60, True), (3600, False)])
def test_the_minute_scheme_names_its_limit(window: float, present: bool) -> None:
    assert ("rate_limit_per_minute" in quota("fixed", Clock(0), window=window).headers()) is present


def test_writes_cost_two_and_every_answer_says_what_is_left(sandbox: Any) -> None:
    sandbox.control.put("/quota", json={"limit": 100, "kind": "first_call"})
    api = sandbox.omnidesk
    left = [
        answer.headers["api_calls_left"]
        for answer in (
            api.get("/labels.json"),
            api.post("/labels.json", json={"label": {"label_title": "x"}}),
            api.get("/labels/9.json"),
            api.get("/cases/9.json"),
            api.get("/cases.json", auth=("nobody", "nothing")),
        )
    ]
    assert left == ["99", "97", "96", "95", "95"], "an error costs as much, a stranger nothing"
    assert api.get("/labels.json").headers["rate_limit_per_minute"] == "100"


def test_the_last_call_and_the_one_too_many(sandbox: Any) -> None:
    sandbox.control.put("/quota", json={"limit": 50, "window_seconds": 3600, "kind": "first_call", "left": 2})
    api = sandbox.omnidesk
    first = api.get("/labels.json")
    assert "retry_after" not in first.headers
    assert "rate_limit_per_minute" not in first.headers
    too_dear = api.post("/labels.json", json={"label": {"label_title": "x"}})
    assert (too_dear.status_code, too_dear.headers["api_calls_left"]) == (429, "1")
    last = api.get("/labels.json")
    assert (last.status_code, last.headers["api_calls_left"]) == (200, "0")
    assert 0 < int(last.headers["retry_after"]) <= 3600
    refused = api.get("/labels.json")
    assert (refused.status_code, refused.json()) == (429, {"error": "rate limit exceeded"})
    assert 0 < int(refused.headers["retry_after"]) <= 3600
    assert sandbox.state()["quota"]["left"] == 0


def test_others_spend_too(sandbox: Any) -> None:
    sandbox.control.put("/quota", json={"limit": 50, "kind": "first_call"})
    assert sandbox.control.post("/quota/spend", json={"calls": 20}).json()["left"] == 30
    assert sandbox.omnidesk.get("/labels.json").headers["api_calls_left"] == "29"
    assert sandbox.control.post("/quota/spend", json={"calls": 99}).json()["left"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "leaky"},
        {"limit": -1},
        {"window_seconds": 0},
        {"limit": 5, "left": 6},
        {"calls": 1},
        {"limit": "5"},
    ],
)
def test_a_quota_that_makes_no_sense_is_refused(sandbox: Any, change: dict[str, Any]) -> None:
    before = sandbox.control.get("/quota").json()
    assert sandbox.control.put("/quota", json=change).status_code == 422
    assert sandbox.control.get("/quota").json() == before
