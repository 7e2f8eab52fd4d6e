"""What people and senders do to what has been dealt with: replays, repeats, work in the store's rows."""

from __future__ import annotations

import json
import time
from random import Random

import requests

from tests.chaos.senders import Senders
from tests.chaos.world import World
from tests.stack import OPERATOR_TOKEN

AT_ONCE = 3
# A repeated callback is quickly told.
REPEATS = 10
# What is looked for is there soon, but for a service that is just being started again.
PATIENCE_SECONDS = 20
# A manager whose save falls between our read of a row and our write to it is overwritten: the store cannot be
# told "only if unchanged" (docs/adr/0015). Longer than any call that is at work at a row.
QUIET_SECONDS = 5.0


class People:
    """Draws what was sent before, and does something with it."""

    def __init__(self, world: World, senders: Senders, dice: Random) -> None:
        self._world = world
        self._senders = senders
        self._dice = dice
        self._seen = 0
        self._touched: dict[str, float] = {}
        """By request, when the sandbox' journal last showed a call at its row."""
        self._lines = 0

    def replay(self) -> int:
        """An operator replays done events; gives how many."""
        done, ends = 0, time.monotonic() + PATIENCE_SECONDS
        while done < AT_ONCE and time.monotonic() < ends:
            event_id = self._dice.choice(list(self._senders.sent.taken)).event_id
            done += self._is_replayed(event_id)
            time.sleep(0.05)
        return done

    def _is_replayed(self, event_id: str) -> bool:
        try:
            answer = requests.post(
                f"{self._world.service.url}/api/v1/events/{event_id}/replay",
                headers={"Authorization": f"Bearer {OPERATOR_TOKEN}"},
                timeout=10,
            )
        except requests.RequestException:
            return False
        return answer.ok

    def repeat(self) -> int:
        """Callbacks of before come once more; gives how many."""
        taken = list(self._senders.sent.taken)
        for one in self._dice.sample(taken, min(REPEATS, len(taken))):
            self._senders.again(one)
        return min(REPEATS, len(taken))

    def write(self) -> int:
        """A manager writes in rows that were carried, and ends some; a callback tells. Gives how many."""
        done, ends = 0, time.monotonic() + PATIENCE_SECONDS
        while done < AT_ONCE and time.monotonic() < ends:
            done += self._is_written()
            time.sleep(0.05)
        return done

    def _is_written(self) -> bool:
        self._look()
        quiet = [one for one, at in self._touched.items() if time.monotonic() - at > QUIET_SECONDS]
        rows = {row["request_id"]: row for row in self._world.sandbox.state()["cscart"]["call_requests"]}
        carried = [one for one in quiet if rows[one]["status"] in {"in_progress", "completed"}]
        if not carried:
            return False
        request_id = self._dice.choice(carried)
        self._lines += 1
        token = f"[m-{self._lines}]"
        work = {"line": f"Менеджер: {token}"}
        # A manager ends what has been dialled: a request that ends before is rightly not called any more.
        if self._dice.random() < 0.5 and self._world.sandbox.contacts(request_id):
            work["status"] = "completed"
            self._senders.sent.completed.add(request_id)
        row = self._world.sandbox.manager(request_id, **work)
        if request_id in self._look():
            # Between a read and a write, perhaps: nothing is promised.
            self._senders.sent.completed.discard(request_id)
            return False
        self._senders.sent.lines.setdefault(request_id, []).append(token)
        self._touched[request_id] = time.monotonic()
        told = {"type": "call_request.updated", "data": row}
        self._senders.deliver(self._world.stack.cscart_hook, json.dumps(told, ensure_ascii=False).encode())
        return True

    def _look(self) -> set[str]:
        """The requests at whose rows there were calls since the last look."""
        news = set()
        for call in self._world.sandbox.calls(self._seen):
            self._seen = call["n"]
            if str(call["operation"]) in {"cscart.call_requests.get", "cscart.call_requests.update"}:
                news.add(call["path"].rstrip("/").rpartition("/")[2])
        self._touched |= dict.fromkeys(news, time.monotonic())
        return news
