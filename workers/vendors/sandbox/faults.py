"""Faults on request: what goes wrong with which calls, how often, and how often it really did."""

import random
from dataclasses import dataclass, field
from typing import Literal, get_args

from workers.vendors.sandbox.wire import Json

FaultKind = Literal[
    "latency",
    "status",
    "rate_limit",
    "drop_before",
    "drop_after",
    "late",
    "html",
    "notices",
    "cut",
    "error",
]
KINDS: tuple[str, ...] = get_args(FaultKind)


@dataclass
class Fault:
    """One fault in force. Empty `vendor` and `operation` mean any; `times` None means until cleared."""

    id: int
    kind: FaultKind
    vendor: str | None = None
    operation: str | None = None
    status: int = 503
    code: str = ""
    """The text of an `error`."""
    seconds: float = 1.0
    retry_after: float | None = None
    times: int | None = 1
    probability: float = 1.0
    seed: int | None = None
    before: bool = True
    """Does it strike before the work is done, or after it and before the answer?"""
    fired: int = 0
    _dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - faults, not secrets; a seed repeats a run

    def strikes(self, vendor: str, operation: str | None) -> bool:
        """Does it strike this call? Counts it when it does."""
        if self.vendor not in (None, vendor) or self.operation not in (None, operation):
            return False
        if self.times is not None and self.fired >= self.times:
            return False
        if self._dice.random() >= self.probability:
            return False
        self.fired += 1
        return True

    def description(self) -> Json:
        return {
            "id": self.id,
            "kind": self.kind,
            "vendor": self.vendor,
            "operation": self.operation,
            "status": self.status if self.kind in ("status", "html", "error") else None,
            "code": self.code if self.kind == "error" else None,
            "seconds": self.seconds if self.kind in ("latency", "late") else None,
            "retry_after": self.retry_after if self.kind == "rate_limit" else None,
            "times": self.times,
            "probability": self.probability,
            "seed": self.seed,
            "before": self.before,
            "fired": self.fired,
        }


@dataclass(frozen=True)
class Plan:
    """What is to happen to one call: the delays, and at most one fault that decides its answer."""

    delay_before: float = 0.0
    delay_after: float = 0.0
    fault: Fault | None = None
    names: tuple[str, ...] = ()


class Faults:
    """The faults in force. The caller holds the sandbox's lock."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._last_id = 0

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def add(self, fault: Fault) -> None:
        self._faults[fault.id] = fault

    def all(self) -> list[Fault]:
        return list(self._faults.values())

    def remove(self, fault_id: int) -> bool:
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        self._faults.clear()

    def plan(self, vendor: str, operation: str | None) -> Plan:
        """Delays add up; of the others the oldest that strikes decides, and the rest keep their turn."""
        before = after = 0.0
        decisive: Fault | None = None
        names: list[str] = []
        for fault in self._faults.values():
            if fault.kind != "latency" and decisive is not None:
                continue
            if not fault.strikes(vendor, operation):
                continue
            names.append(fault.kind)
            if fault.kind != "latency":
                decisive = fault
            elif fault.before:
                before += fault.seconds
            else:
                after += fault.seconds
        return Plan(before, after, decisive, tuple(names))
