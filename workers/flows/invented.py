"""Answers of vendors that were never asked: from what the ledger recorded, from the event, else plausible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workers.vendors import tables
from workers.vendors.errors import NotFound
from workers.vendors.operation import Operation

# Which vendor's things a path's id names, where the answer calls it otherwise.
_NAMES = {"case_ids": "case_id", "contact_id": "id"}
# What the flows steer by, when nothing better is known.
_STATUSES = {"omnidesk": "open", "cscart": "new"}
_TEXTS = ("notes", "description", "subject")


@dataclass(frozen=True)
class Answers:
    """The vendors' answers in a rehearsal of one event.

    `source` and `data` are the event's, `steps` the recorded results by step, `links` the vendors' things
    that belong to its subject (vendor, kind, id).
    """

    source: str
    data: Mapping[str, Any]
    steps: Mapping[str, Any]
    links: Sequence[tuple[str, str, str]]

    def to(self, step: str, operation: Operation, path: Mapping[str, Any], body: Mapping[str, Any]) -> Any:
        """The answer to a call. Raises `NotFound` for what was not there before the event."""
        if operation.answer is None:
            return None
        if operation.name.endswith(".list") or operation.paged:
            return [] if operation.vendor == "obzvonilka" else {}
        names = tables.received(operation.answer).fields
        if ".find_by_" in operation.name:
            return {"id": self._found(operation)}
        record = {name: value for name in names if (value := self._invented(name, operation)) is not None}
        if operation.vendor == self.source:
            record |= {name: value for name, value in self.data.items() if name in names}
        record |= {name: value for name, value in body.items() if name in names}
        record |= {
            key: str(value) for name, value in path.items() if (key := _NAMES.get(name, name)) in names
        }
        record |= self._recorded(step, list(names))
        root = operation.answer_root or operation.root
        return {root: record} if root else record

    def _found(self, operation: Operation) -> str:
        for vendor, kind, external_id in self.links:
            if (vendor, kind) == (operation.vendor, "contact"):
                return external_id
        raise NotFound(vendor=operation.vendor, operation=operation.name, sentence="It was not there yet.")

    def _recorded(self, step: str, names: list[str]) -> dict[str, Any]:
        """The ids that the step really gave: bare, or by names that may be shorter than the vendor's."""
        result = self.steps.get(step)
        if isinstance(result, dict):
            return {
                name: value
                for key, value in result.items()
                for name in names
                if value and (name == key or name.endswith(f"_{key}"))
            }
        ids = [name for name in names if name == "id" or name.endswith("_id")]
        return {ids[0]: result} if ids and isinstance(result, (str, int)) and str(result).isdecimal() else {}

    def _invented(self, name: str, operation: Operation) -> Any:
        if name == "id" or name.endswith("_id"):
            return "1"
        if name == "status":
            return _STATUSES.get(operation.vendor)
        return "" if name in _TEXTS else None
