"""What has become of everything: lost, twice, out of order. Pure, over what vendors and ledger hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.plan import Plan
from tests.chaos.senders import Sent


@dataclass(frozen=True)
class Seen:
    """An event as it stands in the ledger."""

    id: str
    seq: int
    type: str
    subject: str
    status: str
    message: str | None
    data: Mapping[str, Any]


@dataclass
class Verdict:
    """Each a list of sentences; all empty when it is well."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    not_ended: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.twice or self.out_of_order or self.not_ended)


def judge(plan: Plan, sent: Sent, events: Sequence[Seen], vendors: Mapping[str, Any]) -> Verdict:
    """Compare what was accepted with what the ledger says and what the vendors hold."""
    verdict = Verdict()
    by_id = {one.id: one for one in events}
    for event_id in sent.accepted:
        event = by_id.get(event_id)
        if event is None:
            verdict.lost.append(f"event {event_id} was accepted and is not in the ledger")
    for event in events:
        if event.status != "done":
            verdict.not_ended.append(f"{event.type} of {event.subject} is {event.status}: {event.message}")
    rows = {row["request_id"]: row for row in vendors["cscart"]["call_requests"]}
    contacts = _by_reference(
        (one for base in vendors["obzvonilka"]["contacts"].values() for one in base), "external_code"
    )
    cases: dict[str, list[Any]] = defaultdict(list)
    for case in vendors["omnidesk"]["cases"]:
        cases[str(case["subject"]).partition("]")[0].lstrip("[")].append(case)
    replies = _reply_order(events)
    for story in plan.stories:
        request_id = sent.request_ids[story.number]
        reference = f"cscart-1-{request_id}"
        what = f"request {request_id}"
        _count(verdict, f"{what}: contact", len(contacts[reference]))
        _count(verdict, f"{what}: case", len(cases[reference]))
        row = rows[request_id]
        if row["status"] != "in_progress":
            verdict.lost.append(f"{what}: the store's status is {row['status']}")
        if not (contacts[reference] and cases[reference]):
            continue
        notes = str(row["notes"] or "")
        number = str(cases[reference][0]["case_number"])
        _count(verdict, f"{what}: the case's line in the notes", notes.count(number))
        tokens = {one.message_id: one.token for one in story.replies}
        expected = [tokens[one] for one in replies[request_id]]
        for place, text, order in (
            ("notes", notes, [number, *expected]),
            ("description", str(contacts[reference][0]["description"]), expected),
        ):
            for token in tokens.values():
                _count(verdict, f"{what}: {token} in the {place}", text.count(token))
            at = [text.find(one) for one in order]
            if at != sorted(at):
                verdict.out_of_order.append(f"{what}: {place} {at}")
    return verdict


def _count(verdict: Verdict, what: str, number: int) -> None:
    if number == 0:
        verdict.lost.append(f"{what} is not there")
    elif number > 1:
        verdict.twice.append(f"{what} is there {number} times")


def _by_reference(things: Any, name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for one in things:
        found[str(one[name])].append(one)
    return found


def _reply_order(events: Sequence[Seen]) -> dict[str, list[int]]:
    """For each request its replies' numbers in the order in which they were taken."""
    found: dict[str, list[int]] = defaultdict(list)
    for event in sorted(events, key=lambda one: one.seq):
        if event.type == "omnidesk.message_new":
            found[event.subject.rpartition("/")[2]].append(int(event.data["message_id"]))
    return found


def counted(events: Sequence[Seen]) -> Counter[str]:
    """How many events there are in each state."""
    return Counter(one.status for one in events)
