"""What is sent and what goes wrong, from a seed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

# Of the requests, those that the store tells nobody of: reconciliation has to find them.
SILENT = 0.04
# Those whose callback was hours on its way; a manager has written in the row meanwhile.
LATE = 0.04
DUPLICATED = 0.06
REORDERED = 0.10

CARRIED_OUT_LATE = "carried out late, after its answer was lost"
LATE_SECONDS = 4
# Vendors' faults: kind -> what the sandbox is asked for. Weights are how often each is drawn.
VENDOR_FAULTS: dict[str, tuple[int, dict[str, object]]] = {
    "answer dropped before the work": (10, {"kind": "drop_before"}),
    "answer dropped after the work": (12, {"kind": "drop_after"}),
    "5xx before the work": (8, {"kind": "status", "status": 500}),
    "5xx after the work": (10, {"kind": "status", "status": 500, "before": False}),
    "503": (5, {"kind": "status", "status": 503, "retry_after": 1}),
    "503 after the work": (4, {"kind": "status", "status": 503, "before": False}),
    "a proxy's error page": (4, {"kind": "html", "status": 502}),
    "429": (3, {"kind": "rate_limit", "retry_after": 1}),
    "slow before the work": (6, {"kind": "latency", "seconds": 3}),
    "slow after the work": (6, {"kind": "latency", "seconds": 3, "before": False}),
    CARRIED_OUT_LATE: (6, {"kind": "late", "seconds": LATE_SECONDS}),
}
SLOWER_THAN_THE_TIMEOUT = "slower than the time-out"
TOO_SLOW: dict[str, object] = {"kind": "latency", "seconds": 22, "times": 1}

WRITES = {
    "omnidesk": ("omnidesk.cases.create",),
    "obzvonilka": ("obzvonilka.contacts.create", "obzvonilka.contacts.update"),
    "cscart": ("cscart.call_requests.update",),
}

VENDORS: dict[str, Sequence[str]] = {
    "omnidesk": ("omnidesk.cases.create",),
    "obzvonilka": (
        "obzvonilka.contacts.create",
        "obzvonilka.contacts.find_by_external",
        "obzvonilka.contacts.update",
    ),
    "cscart": ("cscart.call_requests.update", "cscart.call_requests.get"),
}

SILENCED_WORKER = "silence the worker"

# What people and senders do besides; with how often each is drawn.
PEOPLE: dict[str, int] = {"replay old events": 4, "repeat old callbacks": 4, "write in the notes": 6}
COPY, RESTORE = "copy the ledger", "restore the ledger"
FLUSH = "flush redis"

# What is done to our own processes; with how often each is drawn.
PROCESS_FAULTS: dict[str, int] = {
    "kill web": 4,
    "kill worker": 6,
    "kill scheduler": 3,
    "kill redis": 4,
    FLUSH: 4,
    "double the queue": 4,
    "cut redis": 4,
    "silence redis": 1,
    "disk full": 2,
    # Once, see below.
    SILENCED_WORKER: 0,
}
POSTGRES_FAULTS: dict[str, int] = {
    "kill postgres": 4,
    "kill a postgres backend": 2,
    "silence postgres": 2,
    "freeze postgres": 1,
}


@dataclass(frozen=True)
class Reply:
    """A staff reply's webhook; its text can be found again wherever it is carried to."""

    message_id: int
    token: str
    copies: int


@dataclass(frozen=True)
class Story:
    """One request: told of or not, how often, and the replies in the order in which they are sent."""

    number: int
    silent: bool
    copies: int
    replies: tuple[Reply, ...] = ()
    late: bool = False


@dataclass(frozen=True)
class VendorFault:
    name: str
    body: dict[str, object]


@dataclass(frozen=True)
class Plan:
    """Stories, and faults in the order in which they strike: vendors' by name, the rest by word."""

    stories: tuple[Story, ...]
    faults: tuple[str | VendorFault, ...]
    duplicates: int = field(default=0)
    reordered: int = field(default=0)


def draw(seed: int, events: int, vendor_faults: int, process_faults: int, *, postgres: bool) -> Plan:
    """A plan of `events` events; each kind of fault is in it at least once."""
    dice = Random(seed)
    requests = max(2, events // 2)
    numbers: list[list[int]] = [[] for _ in range(requests)]
    silent = [dice.random() < SILENT for _ in range(requests)]
    silent[0], silent[1] = True, False
    late = [not silent[index] and dice.random() < LATE for index in range(requests)]
    late[1] = True
    loud = [index for index in range(requests) if not silent[index]]
    for message_id in range(1, events - requests + 1):
        numbers[dice.choice(loud)].append(message_id)
    stories, duplicates, reordered = [], 0, 0
    for index in range(requests):
        order = list(numbers[index])
        if len(order) > 1 and dice.random() < REORDERED:
            dice.shuffle(order)
            reordered += order != sorted(order)
        replies = tuple(
            Reply(100_000 + number, f"[r{index}-{number}]", 1 + (dice.random() < DUPLICATED))
            for number in order
        )
        copies = 0 if silent[index] else 1 + (dice.random() < DUPLICATED)
        duplicates += max(0, copies - 1) + sum(one.copies - 1 for one in replies)
        stories.append(Story(index, silent[index], copies, replies, late[index]))
    return Plan(
        tuple(stories),
        tuple(_faults(dice, vendor_faults, process_faults, postgres=postgres)),
        duplicates,
        reordered,
    )


def _faults(
    dice: Random, vendor_faults: int, process_faults: int, *, postgres: bool
) -> list[str | VendorFault]:
    kinds = PROCESS_FAULTS | (POSTGRES_FAULTS if postgres else {})
    drawn = [*kinds, *dice.choices(list(kinds), list(kinds.values()), k=max(0, process_faults - len(kinds)))]
    others = max(0, process_faults // 2 - len(PEOPLE))
    drawn += [*PEOPLE, *dice.choices(list(PEOPLE), list(PEOPLE.values()), k=others)]
    names = list(VENDOR_FAULTS)
    weights = [weight for weight, _ in VENDOR_FAULTS.values()]
    named = [*names, *dice.choices(names, weights, k=max(0, vendor_faults - len(names) - 1))]
    dice.shuffle(drawn)
    _go_back(drawn)
    # The last: what comes after it would break the silent connections before the canary notices.
    drawn.remove(SILENCED_WORKER)
    drawn.append(SILENCED_WORKER)
    dice.shuffle(named)
    vendors = [_vendor_fault(dice, name) for name in named]
    # Early, so that nobody waits for it in the end.
    vendors.insert(0, VendorFault(SLOWER_THAN_THE_TIMEOUT, TOO_SLOW | _target(dice)))
    # Dealt evenly: some vendors' faults, then one of the processes'. The vendors' are all set while there is
    # still traffic that they can strike.
    faults: list[str | VendorFault] = []
    share = max(1, -(-len(vendors) * 4 // (max(1, len(drawn)) * 3)))
    while vendors or drawn:
        faults += vendors[:share]
        vendors = vendors[share:]
        faults += drawn[:1]
        drawn = drawn[1:]
    return faults


def _vendor_fault(dice: Random, name: str) -> VendorFault:
    _, body = VENDOR_FAULTS[name]
    # A read that is carried out late is only one that was not answered.
    target = _target(dice, WRITES if name == CARRIED_OUT_LATE else VENDORS)
    return VendorFault(name, body | target | {"times": 1})


def _go_back(drawn: list[str]) -> None:
    """Put the copy of the ledger, and going back to it, among the rest."""
    drawn.insert(len(drawn) // 3, COPY)
    at = 2 * len(drawn) // 3
    # Redis remembers how far the ledger was: not when it has forgotten that just before.
    while drawn[at - 1] == FLUSH:
        at -= 1
    drawn.insert(at, RESTORE)


def _target(dice: Random, operations: Mapping[str, Sequence[str]] = VENDORS) -> dict[str, object]:
    vendor = dice.choice(list(operations))
    return {"vendor": vendor, "operation": dice.choice(operations[vendor])}
