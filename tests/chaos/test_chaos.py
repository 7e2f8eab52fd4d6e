"""The short form of the chaos suite; `make chaos` is the long one."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from tests.chaos import plan as plans
from tests.chaos import report
from tests.chaos.plan import VendorFault
from tests.chaos.run import Scale, run

# One of each kind: what the long form does often.
# People, and a ledger that goes back in time, beside all else are for the long form.
SHORT = Scale(events=100, vendor_faults=18, process_faults=9, gap=0.4, restores=False)


@pytest.mark.timeout(420)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_nothing_lost_nothing_twice_nothing_out_of_order(database: str) -> None:
    result = run(database, 20263958, SHORT)
    picture = StringIO()
    report.show(Console(file=picture, width=110), result, f"short form on {database}")
    shown = picture.getvalue()
    assert result.verdict.good, shown
    assert not result.sent.errors, shown
    expected = {*plans.PROCESS_FAULTS, plans.CARRIED_OUT_LATE}
    expected |= {*plans.POSTGRES_FAULTS} if database == "postgres" else set()
    for name in expected:
        assert result.fired[name], f"{name} did not strike\n{shown}"
    assert result.noticed, f"nobody has noticed that the worker stopped listening\n{shown}"
    vendors = [one.name for one in result.plan.faults if isinstance(one, VendorFault)]
    assert sum(result.fired[name] for name in set(vendors)) >= len(vendors) // 3, shown


def test_a_seed_draws_the_same_plan_and_every_kind_of_fault() -> None:
    first = plans.draw(7, 1000, 40, 20, postgres=True)
    assert first == plans.draw(7, 1000, 40, 20, postgres=True)
    assert first != plans.draw(8, 1000, 40, 20, postgres=True)
    named = {one.name if isinstance(one, VendorFault) else one for one in first.faults}
    assert named >= {*plans.PROCESS_FAULTS, *plans.POSTGRES_FAULTS, *plans.VENDOR_FAULTS}
    assert named >= {*plans.PEOPLE, plans.COPY, plans.RESTORE}
    assert plans.SLOWER_THAN_THE_TIMEOUT in named
    sent = sum(len(story.replies) for story in first.stories) + len(first.stories)
    assert sent == 1000
    assert any(story.late for story in first.stories)
    assert first.duplicates
    assert first.reordered
