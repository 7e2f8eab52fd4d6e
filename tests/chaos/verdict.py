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
    for event_id in {one.event_id for one in sent.taken}:
        if event_id not in by_id:
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
        if row["status"] != ("completed" if request_id in sent.completed else "in_progress"):
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
        _judge_lines(verdict, sent, request_id, cases[reference][0], notes, contacts[reference][0])
    return verdict


def _count(verdict: Verdict, what: str, number: int) -> None:
    if number == 0:
        verdict.lost.append(f"{what} is not there")
    elif number > 1:
        verdict.twice.append(f"{what} is there {number} times")


def _judge_lines(
    verdict: Verdict,
    sent: Sent,
    request_id: str,
    case: Mapping[str, Any],
    notes: str,
    contact: Mapping[str, Any],
) -> None:
    """Managers' lines stand where they wrote them, and what was told of them in the other two, once each."""
    told = sent.lines.get(request_id, [])
    in_case = "\n".join(one["content"] for one in case["messages"] if one["note"])
    for token in (*told, *sent.untold.get(request_id, [])):
        _count(verdict, f"request {request_id}: the manager's {token} in the notes", notes.count(token))
    for token in told:
        for place, text in (("case", in_case), ("dialer", str(contact["description"]))):
            _count(verdict, f"request {request_id}: {token} in the {place}", text.count(token))


def _by_reference(things: Any, name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for one in things:
        found[str(one[name])].append(one)
    return found


def _reply_order(events: Sequence[Seen]) -> dict[str, list[int]]:
    """For each request its replies' numbers in the order in which they were taken; of replays the first."""
    found: dict[str, dict[int, None]] = defaultdict(dict)
    for event in sorted(events, key=lambda one: one.seq):
        if event.type == "omnidesk.message_new":
            found[event.subject.rpartition("/")[2]].setdefault(int(event.data["message_id"]))
    return defaultdict(list, {request_id: list(numbers) for request_id, numbers in found.items()})


def counted(events: Sequence[Seen]) -> Counter[str]:
    """How many events there are in each state."""
    return Counter(one.status for one in events)
