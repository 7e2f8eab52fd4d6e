"""Records out of a vendor's answer, whatever shape the vendor gave them. No I/O.

Omnidesk sends a record under its root, and lists as an object with the keys "0", "1", … and `total_count`
(a number or a text); an empty list may be `{"case": []}` or `""` (FIELD-NOTES, lists). CS-Cart sends a list
under `call_requests` beside `params`, Obzvonilka a plain list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, cast

from marshmallow import ValidationError
from typing_extensions import TypeVar

from workers.vendors import tables
from workers.vendors.received import whole

if TYPE_CHECKING:
    from workers.vendors.answers import Answer
    from workers.vendors.operation import Operation

RecordT = TypeVar("RecordT", default=dict[str, Any])


class NoRecord(LookupError):
    """The answer holds no record where one was expected."""


class Repeated(dict[str, Any]):
    """A JSON object that repeats keys: `pairs` has all of them in order, the mapping the last of each.

    Omnidesk's statistics are such objects: every row stands under the same key (stats_lb_staff).
    """

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def keep_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `json.loads`: an object, and nothing lost when its keys repeat."""
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else Repeated(pairs)


def rows(operation: Operation, data: Any) -> list[dict[str, Any]]:
    """The records in `data` as they came, in order; none when there is nothing to read as one."""
    return [row for row in _entries(operation.answer_root or operation.root, data) if isinstance(row, dict)]


def _entries(root: str, data: Any) -> Iterator[Any]:
    if isinstance(data, list):
        yield from (_inside(root, entry) for entry in data)
    elif isinstance(data, Repeated):
        # The key of the second row of stats_lb_groups is "staff": the key says nothing, the place does.
        yield from (value for key, value in data.pairs if isinstance(value, dict))
    elif isinstance(data, dict):
        if root and root in data:
            inner = data[root]
            yield from inner if isinstance(inner, list) else [inner]
        elif places := sorted((key for key in data if key.isdecimal()), key=int):
            yield from (_inside(root, data[place]) for place in places)
        elif not root and data:
            yield data


def _inside(root: str, entry: Any) -> Any:
    if root and isinstance(entry, dict):
        if root in entry:
            return entry[root]
        if len(entry) == 1 and isinstance(next(iter(entry.values())), dict):
            return next(iter(entry.values()))
    return entry


def total(data: Any) -> int | None:
    """How many records there are on all pages, where the vendor says so."""
    if not isinstance(data, dict):
        return None
    params = data.get("params")
    if isinstance(params, dict):
        return whole(params.get("total_items"))
    # The newer lists have `count` (FIELD-NOTES, newer operations).
    return whole(data.get("total_count", data.get("count", "")))


def succeeded(data: Any) -> list[str] | None:
    """The ids that a call on several cases was done for; None when the answer is not of that kind."""
    ids = data.get("case_success_id") if isinstance(data, dict) else None
    if isinstance(ids, dict):
        ids = list(ids.values())
    return [str(one) for one in ids] if isinstance(ids, list) else None


def missed(asked: Iterable[int | str], data: Any) -> list[str]:
    """Of the cases asked for in a bulk call, by id, those that it was not done for."""
    done = succeeded(data) or []
    return [str(one) for one in asked if str(one) not in done]


@dataclass(frozen=True)
class Reply(Generic[RecordT]):
    """An answer with its records read by the operation's table; `answer` has the vendor's own JSON."""

    operation: Operation
    answer: Answer

    @property
    def data(self) -> Any:
        return self.answer.data

    @property
    def records(self) -> list[RecordT]:
        """Every record of a list, or the only one."""
        return [cast(RecordT, self._read(row)) for row in rows(self.operation, self.data)]

    @property
    def record(self) -> RecordT:
        """The record. Raises `NoRecord`."""
        for record in self.records:
            return record
        raise NoRecord(f"{self.operation.name} answered without a record")

    @property
    def total(self) -> int | None:
        return total(self.data)

    def _read(self, row: dict[str, Any]) -> dict[str, Any]:
        if self.operation.answer is None:
            return row
        try:
            return cast(dict[str, Any], tables.received(self.operation.answer).load(row))
        except ValidationError:
            # A shape that no document shows is still what the vendor said.
            return row
