"""Does the plan's faults, and counts those that really struck."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from random import Random

import redis
import requests

from service.ledger.life import Lane
from tests.chaos.copies import Copies
from tests.chaos.people import People
from tests.chaos.plan import Plan, VendorFault
from tests.chaos.senders import Senders
from tests.chaos.world import World
from tests.stack import wait_until

# What a full disk still has room for: less than one page of the ledger's log.
NO_ROOM = 4096
QUEUES = ("control", *(str(lane) for lane in Lane))
SUPERVISED = {
    "kill web": "gunicorn",
    "kill worker": "celery -A workers.app --quiet worker",
    "kill scheduler": "celery -A workers.app --quiet beat",
}


# The scheduler sends something every second, unless its connection was silenced: it notices after 5 s.
HELD_SECONDS = 60.0
# A worker whose connections all died silently a moment ago is ended and started again in this time, also on a
# busy machine.
LISTENS_SECONDS = 120.0
# Longer than web is away after it was killed.
FULL_SECONDS = 6.0
# At most; several times what a request waits for the database.
FROZEN_SECONDS = 15.0


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


class Faults:
    """Strikes; run it in the main thread, because the servers die with the thread that starts them."""

    def __init__(self, world: World, senders: Senders, seed: int) -> None:
        self.struck: Counter[str] = Counter()
        self._world = world
        self._dice = Random(seed)
        self._copies = Copies(world, senders)
        self._people = People(world, senders, self._dice)
        self._vendors: dict[str, str] = {}
        self._probes = 0

    def strike(self, fault: str | VendorFault) -> None:
        """Do it. A vendor's fault is only set: it fires at a call, see `fired`."""
        if isinstance(fault, VendorFault):
            fault_id = self._world.sandbox.fault(**fault.body)
            self._vendors[fault_id] = fault.name
            return
        if fault in SUPERVISED:
            hit = self._kill(SUPERVISED[fault])
        else:
            hit = bool(getattr(self, "_" + fault.replace(" ", "_"))())
        self.struck[fault] += hit

    def fired(self) -> Counter[str]:
        """All that struck, by name: the processes' and, as the sandbox counts them, the vendors'."""
        found = Counter(self.struck)
        for one in self._world.sandbox.get("/sandbox/faults"):
            name = self._vendors.get(str(one["id"]))
            if name is not None:
                found[name] += int(one["fired"])
        return found

    def end(self) -> None:
        """Nothing fails any more from now on: what has not fired by now never will."""
        for one in self._world.sandbox.get("/sandbox/faults"):
            name = self._vendors.pop(str(one["id"]), None)
            if name is not None:
                self.struck[name] += int(one["fired"])
        self._world.sandbox.clear_faults()
        self._world.proxy.mend()
        self._world.fill_disk(None)
        self._world.redis.start()
        if self._world.postgres:
            self._world.postgres.start()

    def _kill(self, part: str) -> bool:
        pids = self._world.pids(part)
        if not pids:
            return False
        # Half of the time the parent of all, else one of its children.
        pid = pids[0] if self._dice.random() < 0.5 else self._dice.choice(pids)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    def _copy_the_ledger(self) -> bool:
        return self._copies.take()

    def _restore_the_ledger(self) -> bool:
        return self._copies.restore()

    def _replay_old_events(self) -> bool:
        return self._people.replay() > 0

    def _repeat_old_callbacks(self) -> bool:
        return self._people.repeat() > 0

    def _write_in_the_notes(self) -> bool:
        return self._people.write() > 0

    def _kill_redis(self) -> bool:
        self._world.redis.kill()
        time.sleep(self._dice.uniform(0, 1.5))
        self._world.redis.start()
        return True

    def _flush_redis(self) -> bool:
        return bool(self._world.redis.client.flushall())

    def _double_the_queue(self) -> bool:
        """Every message that waits, twice. The worker is held meanwhile, or it would take them at once."""
        client, workers = self._world.redis.client, self._world.pids(SUPERVISED["kill worker"])
        _signal(workers, signal.SIGSTOP)
        doubled = 0
        try:
            ends = time.monotonic() + HELD_SECONDS
            while not doubled and time.monotonic() < ends:
                time.sleep(0.1)
                # It may have been killed by another fault a moment ago.
                with contextlib.suppress(redis.RedisError):
                    for queue in QUEUES:
                        waiting = client.lrange(queue, 0, -1)
                        assert isinstance(waiting, list)
                        for message in waiting:
                            client.rpush(queue, message)
                        doubled += len(waiting)
        finally:
            _signal(workers, signal.SIGCONT)
        return doubled > 0

    def _cut_redis(self) -> bool:
        cut = self._world.proxy.cut()
        time.sleep(self._dice.uniform(0.5, 2.5))
        self._world.proxy.mend()
        return cut > 0

    def _silence_redis(self) -> bool:
        return self._world.proxy.silence() > 0

    def _silence_the_worker(self) -> bool:
        """Once it listens: a connection that it makes afterwards would be a good one."""
        silence = self._world.proxy.silence
        return wait_until(lambda: silence(self._listening()), "the worker listens", LISTENS_SECONDS) > 0

    def _listening(self) -> set[int]:
        """The ports, on Redis' side of the proxy, of connections that wait for messages."""
        try:
            clients = self._world.redis.client.client_list()
        except redis.RedisError:
            return set()
        assert isinstance(clients, list)
        return {int(one["addr"].rpartition(":")[2]) for one in clients if one["cmd"] == "brpop"}

    def _disk_full(self) -> bool:
        """Struck when a sender was told so."""
        self._world.fill_disk(NO_ROOM)
        told = self._refused_within(FULL_SECONDS)
        time.sleep(self._dice.uniform(0.5, 1.2))
        # Twice: what was started meanwhile has it from its parent.
        self._world.fill_disk(None)
        self._world.fill_disk(None)
        if self._world.postgres:
            self._world.postgres.start()
        return told

    def _refused_within(self, seconds: float) -> bool:
        ends = time.monotonic() + seconds
        told = False
        while not told and time.monotonic() < ends:
            told = self._is_refused()
            time.sleep(0.1)
        return told

    def _web_answers(self) -> bool:
        try:
            return requests.get(f"{self._world.service.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def _is_refused(self) -> bool:
        """Does a webhook that is only recorded get 503?"""
        self._probes += 1
        body = f"type=probe&object[number]={self._probes}"
        try:
            answer = requests.post(self._world.stack.omnidesk_hook, data=body, timeout=10)
        except requests.RequestException:
            return False
        return answer.status_code == 503 and "Retry-After" in answer.headers

    def _kill_postgres(self) -> bool:
        assert self._world.postgres is not None
        self._world.postgres.kill()
        time.sleep(self._dice.uniform(0, 1.5))
        self._world.postgres.start()
        return True

    def _silence_postgres(self) -> bool:
        """Today's connections; each is given up when its statement has had no answer for its time."""
        assert self._world.postgres_proxy is not None
        return self._world.postgres_proxy.silence() > 0

    def _freeze_postgres(self) -> bool:
        """Struck when a sender was told so; not while web is still away after it was killed."""
        assert self._world.postgres is not None
        wait_until(self._web_answers, "web answers", LISTENS_SECONDS)
        with self._world.postgres.frozen():
            return self._refused_within(FROZEN_SECONDS)

    def _kill_a_postgres_backend(self) -> bool:
        assert self._world.postgres is not None
        self._world.postgres.kill_backend()
        return True


def pace(plan: Plan, done: int) -> float:
    """How much of the traffic may have been sent once `done` faults have struck: all before the last."""
    return min(1.0, (done + 1) / max(1, len(plan.faults)))
