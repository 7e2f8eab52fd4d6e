"""The understudy: when a task of the schedule counts as missing."""

from __future__ import annotations

from workers.understudy import Missed

SCHEDULE = {
    "dispatch": {"task": "workers.dispatch", "schedule": 1.0, "options": {}},
    "sweep": {"task": "workers.sweep", "schedule": 10.0, "options": {}},
}


def missing(missed: Missed, now: float) -> list[str]:
    return [str(entry["task"]) for entry in missed.at(now)]


def test_what_has_not_come_for_three_periods_is_missing() -> None:
    missed = Missed(SCHEDULE, began=100)
    assert missing(missed, 103) == []
    assert missing(missed, 103.1) == ["workers.dispatch"]
    assert missing(missed, 131) == ["workers.dispatch", "workers.sweep"]


def test_what_comes_is_not_missing() -> None:
    missed = Missed(SCHEDULE, began=100)
    missed.received("workers.dispatch", 130)
    missed.received("workers.drain", 130)
    assert missing(missed, 132) == ["workers.sweep"]
    missed.received("workers.sweep", 132)
    assert missing(missed, 132) == []
