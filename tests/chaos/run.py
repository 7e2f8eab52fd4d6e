"""One run: traffic and faults side by side, then quiet, then the verdict."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from service.ledger.life import OPEN
from service.ledger.tables import Event
from tests.chaos import plan as plans
from tests.chaos.faults import Faults, pace
from tests.chaos.plan import Plan, VendorFault
from tests.chaos.senders import Senders, Sent
from tests.chaos.verdict import Seen, Verdict, counted, judge
from tests.chaos.world import World, running
from workers.reconcile import schedule

# After the last fault everything is worked off in this time, or is stuck.
QUIET_SECONDS = 900
# On a busy machine the worker is away during most of the faults: their traffic is worked afterwards.
STRUCK_SECONDS = 30
# The canary's 10 s, or Celery's own 13 s. A worker with much to do is not asked, and notices after a minute.
NOTICED_SECONDS = 120
# What the log says when a connection that died without a word is noticed.
BY_THE_CANARY = "messages wait and none is taken"
BY_CELERY = "dropping stale connection"
BY_ITS_SOCKET = "Connection to broker lost. Trying to re-establish the connection... (network:TimeoutError)"
# Longer than the service is away after any fault, also on a machine that has much else to do.
PACE_SECONDS = 60


@dataclass
class Scale:
    """How much is sent and broken; `gap` is the least time between two faults of our processes, in s."""

    events: int
    vendor_faults: int
    process_faults: int
    gap: float
    # People replay, repeat and write, and the ledger goes back in time in mid-run.
    restores: bool = True


@dataclass
class Result:
    plan: Plan
    sent: Sent
    fired: Counter[str]
    states: Counter[str]
    verdict: Verdict
    calls: int
    seconds: float
    restarts: int
    dropped: int
    noticed: bool
    """Was the worker that the last fault has silenced found out?"""
    log: str = field(repr=False)


def run(database: str, seed: int, scale: Scale, say: Callable[[str], None] = lambda _: None) -> Result:
    """Send, break, wait, judge."""
    plan = plans.draw(
        seed, scale.events, scale.vendor_faults, scale.process_faults, postgres=database == "postgres"
    )
    if not scale.restores:
        plan = replace(
            plan,
            faults=tuple(one for one in plan.faults if one not in (plans.COPY, plans.RESTORE, *plans.PEOPLE)),
        )
    began = time.monotonic()
    with running(database) as world:
        senders = Senders(world, plan)
        faults = Faults(world, senders, seed)
        # The first look at the store's list: what comes from now on is looked for.
        _reconcile(world)
        finish = senders.start()
        before = _break(world, plan, senders, faults, scale, Random(seed), say)
        finish()
        say("all sent; waiting until the silenced worker is noticed, then for the rest")
        noticed = _is_noticed(world, before)
        # What has gathered meets the vendors' faults too.
        _wait(world, say, STRUCK_SECONDS)
        faults.end()
        _reconcile(world)
        _wait(world, say)
        # Once more: what came while the walk before was under way.
        _reconcile(world)
        _wait(world, say)
        events = _events(world)
        verdict = judge(plan, senders.sent, events, world.sandbox.state())
        return Result(
            plan=plan,
            sent=senders.sent,
            fired=faults.fired(),
            states=counted(events),
            verdict=verdict,
            calls=world.sandbox.last(),
            seconds=time.monotonic() - began,
            restarts=world.service.log().count(BY_THE_CANARY),
            dropped=world.service.log().count(BY_CELERY),
            noticed=noticed,
            log=world.service.log(),
        )


def _break(
    world: World,
    plan: Plan,
    senders: Senders,
    faults: Faults,
    scale: Scale,
    dice: Random,
    say: Callable[[str], None],
) -> int:
    """Strike them all; gives how often a silent connection was noticed before the last, which makes one."""
    before = 0
    total = sum(story.copies + sum(one.copies for one in story.replies) for story in plan.stories)
    for done, fault in enumerate(plan.faults):
        senders.allow(int(total * pace(plan, done)) + 1)
        if not isinstance(fault, VendorFault):
            _keep_pace(senders, int(total * done / len(plan.faults)))
        before = _noticed(world)
        faults.strike(fault)
        if not isinstance(fault, VendorFault):
            say(f"{done + 1} of {len(plan.faults)}: {fault}; {senders.deliveries} of {total} sent")
            time.sleep(dice.uniform(scale.gap, 2 * scale.gap))
        if done % 50 == 25:
            _reconcile(world)
    senders.allow(10 * total)
    return before


def _keep_pace(senders: Senders, deliveries: int) -> None:
    """The faults wait for the traffic too, for as long as there is any to wait for."""
    ends = time.monotonic() + PACE_SECONDS
    while senders.deliveries < deliveries and time.monotonic() < ends:
        time.sleep(0.05)


def _is_noticed(world: World, before: int) -> bool:
    """The last fault has silenced the worker a moment ago: it is ended, or Celery connects anew."""
    ends = time.monotonic() + NOTICED_SECONDS
    while _noticed(world) == before and time.monotonic() < ends:
        time.sleep(0.2)
    return _noticed(world) > before


def _noticed(world: World) -> int:
    log = world.service.log()
    return sum(log.count(one) for one in (BY_THE_CANARY, BY_CELERY, BY_ITS_SOCKET))


def _reconcile(world: World) -> None:
    """Have the store's list walked now, instead of in five minutes."""
    for _ in range(100):
        try:
            with world.ledger.exclusive() as session:
                schedule.ask(session, every=0)
            return
        except SQLAlchemyError:
            # It is away just now, because of us.
            time.sleep(0.2)


def _wait(world: World, say: Callable[[str], None], seconds: float = QUIET_SECONDS) -> None:
    ends = time.monotonic() + seconds
    before = -1
    while time.monotonic() < ends:
        with world.ledger.read() as session:
            left = session.scalar(select(func.count()).where(Event.status.in_(OPEN))) or 0
        if not left:
            return
        if left != before and abs(left - before) > 20:
            say(f"{left} events are open")
            before = left
        time.sleep(0.5)


def _events(world: World) -> list[Seen]:
    columns = (Event.id, Event.seq, Event.type, Event.subject, Event.status, Event.message, Event.data)
    with world.ledger.read() as session:
        return [Seen(*row) for row in session.execute(select(*columns)).tuples()]
