"""Sends the plan's webhooks, as the store and the help desk would, and again when there is no good answer.

A store would not send again (FIELD-NOTES); what it would have lost in that case is counted apart. Events of
one request are sent one after the other, requests side by side. Managers' work in the rows is told too, as a
store's add-on would.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

from tests.chaos.plan import Plan, Reply, Story
from tests.chaos.world import World

THREADS = 8
ANSWER_SECONDS = 15
# How old the row of a late callback is.
HOURS_AGO = 3 * 3600
# A delivery is tried for this long: longer than any fault lasts.
LONGEST_SECONDS = 120
AGAIN_SECONDS = 0.3


@dataclass(frozen=True)
class Taken:
    """A delivery that was answered with 2xx, and the event that it became or was known as."""

    url: str
    body: bytes
    event_id: str


@dataclass
class Sent:
    """What was sent and taken."""

    taken: list[Taken] = field(default_factory=list)
    """In the order of their answers. What a restored ledger forgot is taken out."""
    request_ids: dict[int, str] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)
    """By request: what in a manager's lines in the row tells them from others, and was told by a callback."""
    untold: dict[str, list[str]] = field(default_factory=dict)
    """The same of lines that nobody told of."""
    completed: set[str] = field(default_factory=set)
    """Requests that a manager has set so."""
    duplicates: int = 0
    refused: int = 0
    """503, as promised while the ledger is away."""
    unanswered: int = 0
    """Connection refused or cut: what a store that does not send again would have lost."""
    errors: dict[str, int] = field(default_factory=dict)
    """Any other answer: there must be none."""


class Senders:
    """A pool that sends stories as fast as `allowed` says."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.sent = Sent()
        self.deliveries = 0
        self._world = world
        self._plan = plan
        self._lock = threading.Lock()
        self._local = threading.local()
        self._allowed = 0
        self._turn = threading.Condition()
        self._under_way = 0
        self._halted = False

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Nothing is under way, and nothing is sent but by the caller, until the end of it."""
        with self._turn:
            self._halted = True
            self._turn.wait_for(lambda: self._under_way == 0)
        try:
            yield
        finally:
            with self._turn:
                self._halted = False
                self._turn.notify_all()

    def again(self, taken: Taken) -> None:
        """Send once more what was taken before."""
        self.deliver(taken.url, taken.body)

    def allow(self, deliveries: int) -> None:
        """So many may have been sent by now: the traffic keeps pace with the faults."""
        self._allowed = deliveries

    def start(self) -> Callable[[], None]:
        """Begin; gives what waits for the end, and raises what a sender raised."""
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sender")
        futures = [pool.submit(self._tell, story) for story in self._plan.stories]

        def finish() -> None:
            for future in futures:
                future.result()
            pool.shutdown()

        return finish

    def _tell(self, story: Story) -> None:
        while self.deliveries >= self._allowed:
            time.sleep(0.05)
        made = {"timestamp": int(time.time()) - HOURS_AGO} if story.late else {}
        row = self._world.sandbox.shopper(name=f"Имя {story.number}", phone=_phone(story.number), **made)
        request_id = str(row["request_id"])
        self.sent.request_ids[story.number] = request_id
        if story.late:
            token = f"[early-{story.number}]"
            self._world.sandbox.manager(request_id, line=f"Клиент уже звонил {token}")
            self.sent.untold[request_id] = [token]
        if story.silent:
            with self._lock:
                self.deliveries += 1
            return
        body = json.dumps(row, ensure_ascii=False).encode()
        hook = self._world.stack.cscart_hook
        for _ in range(story.copies):
            self._send(hook, body)
        for reply in story.replies:
            content = _reply(request_id, reply)
            for _ in range(reply.copies):
                self._send(self._world.stack.omnidesk_hook, content)

    def _send(self, url: str, body: bytes) -> None:
        with self._turn:
            self._turn.wait_for(lambda: not self._halted)
            self._under_way += 1
        try:
            self.deliver(url, body)
        finally:
            with self._turn:
                self.deliveries += 1
                self._under_way -= 1
                self._turn.notify_all()

    def deliver(self, url: str, body: bytes) -> None:
        """Send until it is taken, whether others are halted or not."""
        ends = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < ends:
            answer = self._post(url, body)
            with self._lock:
                if answer is None:
                    self.sent.unanswered += 1
                elif answer.ok:
                    content: dict[str, Any] = answer.json()
                    self.sent.taken.append(Taken(url, body, content["event_id"]))
                    self.sent.duplicates += content["duplicate"]
                    return
                elif answer.status_code == 503:
                    assert "Retry-After" in answer.headers, "a 503 says when to come again"
                    self.sent.refused += 1
                else:
                    key = f"{answer.status_code} {answer.text[:200]}"
                    self.sent.errors[key] = self.sent.errors.get(key, 0) + 1
            time.sleep(AGAIN_SECONDS)
        raise AssertionError(f"nobody took a delivery for {LONGEST_SECONDS} s")

    def _post(self, url: str, body: bytes) -> requests.Response | None:
        session: requests.Session = self._local.__dict__.setdefault("session", requests.Session())
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            return session.post(url, data=body, headers=headers, timeout=ANSWER_SECONDS)
        except requests.RequestException:
            return None


def _phone(number: int) -> str:
    return f"+7917{number:07}"


def _reply(request_id: str, reply: Reply) -> bytes:
    """The custom channel's webhook, form-urlencoded with PHP brackets (FIELD-NOTES)."""
    fields = {
        "type": "message_new",
        "object[message_id]": reply.message_id,
        "object[case_id]": 900_000_000 + int(request_id),
        "object[staff_id]": 41878,
        "object[user_id]": 1,
        "object[custom_user_id]": f"cscart:1:req:{request_id}",
        "object[content]": f"Ответ {reply.token}",
        "object[note]": 0,
    }
    return urlencode(fields).encode()
