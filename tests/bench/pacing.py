"""The simulator: the real scripts in a real Valkey, beside other methods, for hours of simulated time.

    python -m tests.bench.pacing [--seeds N] [--only NAME …]

Prints a table, and ends with 1 when a figure that must be reached is not.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence

import redis

from tests.bench.methods import Ours
from tests.bench.scenarios import COMPARED, METHODS, SCENARIOS, Scenario
from tests.bench.world import World
from tests.servers import run_redis


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pacing")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=list(SCENARIOS), default=list(SCENARIOS))
    given = parser.parse_args(arguments)
    missed = []
    with run_redis() as url, redis.Redis.from_url(url) as client:
        for name in given.only:
            scenario = SCENARIOS[name]
            show(f"\n{name}: {scenario.title}; {scenario.hours:g} h x {given.seeds} seeds")
            show(f"{'':26}{'used %':>8}{'refused/10k':>13}{'p50 s':>9}{'p99 s':>9}{'1,000 bulk, min':>17}")
            for method in METHODS if name in COMPARED else [Ours.name]:
                worlds = [scenario.run(method, seed, client) for seed in range(given.seeds)]
                show(line(method, worlds))
                if method == Ours.name:
                    missed += [f"{name}: {one}" for one in short_of(scenario, worlds)]
    for one in missed:
        show(f"MISSED {one}")
    return 1 if missed else 0


def line(method: str, worlds: Sequence[World]) -> str:
    """A row of the table: means over the seeds."""
    spans = [world.makespan for world in worlds if world.makespan]
    learned = getattr(worlds[-1].method, "mirror", None)
    row = (
        f"{method:26}{100 * mean(world.used for world in worlds):8.2f}"
        f"{refused(worlds):13.1f}{mean(world.wait(0.5) for world in worlds):9.2f}"
        f"{mean(world.wait(0.99) for world in worlds):9.2f}"
        f"{mean(spans) / 60_000 if spans else float('nan'):17.1f}"
    )
    if learned:
        row += f"   {learned['kind']}, {learned['window'] // 1000} s, {learned.get('limit')}"
        row += f", corrected {learned['corrections'] or 'nothing'}"
    return row


def short_of(scenario: Scenario, worlds: Sequence[World]) -> list[str]:
    """What was not reached."""
    used, p99 = mean(world.used for world in worlds), mean(world.wait(0.99) for world in worlds)
    found = []
    if used < scenario.least.used:
        found.append(f"used {used:.4f}, at least {scenario.least.used}")
    if refused(worlds) > scenario.least.refused:
        found.append(f"refused {refused(worlds):.2f}, at most {scenario.least.refused}")
    if p99 > scenario.least.p99:
        found.append(f"p99 {p99:.2f} s, at most {scenario.least.p99}")
    return found


def refused(worlds: Sequence[World]) -> float:
    """Refusals for 10,000 accepted calls, over all seeds."""
    accepted = sum(world.vendor.accepted for world in worlds)
    return 10_000 * sum(world.vendor.refused for world in worlds) / max(1, accepted)


def mean(values: object) -> float:
    return statistics.fmean(values)  # type: ignore[arg-type]


def show(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
