"""Walks a list back, newest id first, page by page, while rows come and go. Pure.

Ids are unique and never change, so equal timestamps and edited rows cannot move a row past another. New rows
push the others to later pages: some are seen twice, which does no harm. Deleted rows pull the others to
earlier pages: one may slide past us from the next page to the last; then the total has fallen, and the walk
goes back by as much. A page past the end shows the last page again (FIELD-NOTES, CS-Cart).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Page:
    """One page as the store gave it: the ids in it, and what it says of the whole list.

    `total` is None where the store does not say; `size` is how many rows a full page has; `past` tells that
    everything in it is older than what is looked for.
    """

    ids: Sequence[int]
    total: int | None
    size: int
    past: bool


@dataclass(frozen=True)
class Walk:
    """Where a walk stands; `page` is the next one to ask for, None at the end. Fit for JSON."""

    page: int | None = 1
    total: int | None = None
    highest: int = 0
    lowest: int | None = None

    def after(self, page: Page) -> Walk:
        """The walk once `page`, the one that was asked for, has been seen."""
        if self.page is None:
            raise ValueError("the walk has ended")
        seen = replace(
            self,
            total=page.total,
            highest=max(self.highest, *page.ids, 0),
            lowest=min((*page.ids, *(() if self.lowest is None else (self.lowest,))), default=None),
        )
        fallen = max(0, (self.total or 0) - page.total) if page.total is not None else 0
        if fallen and self.page > 1:
            back = -(-fallen // max(page.size, 1))
            return replace(seen, page=max(1, self.page - back))
        return replace(seen, page=None if self._is_last(page) else self.page + 1)

    def _is_last(self, page: Page) -> bool:
        if page.past or not page.ids:
            return True
        if page.total is not None:
            return (self.page or 0) * page.size >= page.total
        # Nobody says how many there are: the end is where nothing older comes.
        return self.lowest is not None and min(page.ids) >= self.lowest

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
