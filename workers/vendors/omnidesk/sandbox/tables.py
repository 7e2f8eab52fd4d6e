"""Tables of what an Omnidesk account holds."""

from collections.abc import Callable, Iterator
from typing import Any

from workers.vendors.omnidesk.sandbox.refusal import not_found

Row = dict[str, Any]
"""A row in the shape of the vendor's answers. Names beginning with `_` are the sandbox's own, never shown."""


class Table:
    """Rows by id, in their order. `what` names the row in errors, `id_name` is its key in answers."""

    def __init__(self, what: str, id_name: str, first_id: int = 1) -> None:
        self.what = what
        self.id_name = id_name
        self._rows: dict[int, Row] = {}
        self._next_id = first_id

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, row_id: int) -> bool:
        return row_id in self._rows

    def add(self, **columns: Any) -> Row:
        row: Row = {self.id_name: columns.pop(self.id_name, self._next_id), **columns}
        self._rows[row[self.id_name]] = row
        self._next_id = max(self._next_id, row[self.id_name] + 1)
        return row

    def find(self, row_id: int) -> Row | None:
        return self._rows.get(row_id)

    def get(self, row_id: int) -> Row:
        """The row, or the vendor's 404."""
        row = self._rows.get(row_id)
        if row is None:
            raise not_found(self.what)
        return row

    def remove(self, row_id: int) -> None:
        self._rows.pop(row_id, None)

    def move(self, row_id: int, step: int, is_sibling: Callable[[Row], bool]) -> None:
        """Swap places with the neighbour above (-1) or below (+1); the first and the last stay put."""
        order = [key for key, row in self._rows.items() if is_sibling(row)]
        place = order.index(row_id) + step
        if not 0 <= place < len(order):
            return
        keys = list(self._rows)
        here, there = keys.index(row_id), keys.index(order[place])
        keys[here], keys[there] = keys[there], keys[here]
        self._rows = {key: self._rows[key] for key in keys}


def shown(row: Row) -> Row:
    """The row as an answer shows it."""
    return {name: value for name, value in row.items() if not name.startswith("_")}
