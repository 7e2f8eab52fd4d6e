"""What every emulated vendor is to the rest of the sandbox: routes, answers, refusals, holdings."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote

from workers.vendors.sandbox.wire import Answer, Call, Json


@dataclass(frozen=True)
class Match:
    """Which operation a call is. `operation` is None for no such route; `allowed` then tells whether the
    path is known under other methods."""

    operation: str | None
    params: dict[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


class Router:
    """Finds the operation of a call by its method and its path as sent.

    Matching the escaped path matters: an escaped slash inside a parameter is data, a bare one ends it.
    """

    def __init__(self, routes: Iterable[tuple[str, str, str]]) -> None:
        self._routes = [(operation, method, _pattern(path)) for operation, method, path in routes]

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _, _ in self._routes]

    def match(self, method: str, path: str) -> Match:
        allowed = []
        for operation, route_method, pattern in self._routes:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            if route_method == method:
                return Match(operation, {name: unquote(part) for name, part in found.groupdict().items()})
            allowed.append(route_method)
        return Match(None, allowed=tuple(dict.fromkeys(allowed)))


def _pattern(path: str) -> re.Pattern[str]:
    """A parameter takes anything but a slash and a dot, which end it (FIELD-NOTES, Obzvonilka)."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/.]+)", re.escape(path)))


@dataclass(frozen=True)
class Holding:
    """A table of the sandbox's page: what a vendor holds of one kind, newest rows first."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    total: int


class Vendor(ABC):
    """One emulated vendor. Called under the sandbox's lock, so an implementation needs none of its own."""

    name: ClassVar[str]
    router: Router

    def match(self, call: Call) -> Match:
        return self.router.match(call.method, call.path)

    @abstractmethod
    def answer(self, call: Call, match: Match) -> Answer:
        """Do the work of a call, or refuse it in the vendor's own way."""

    @abstractmethod
    def refusal(self, status: int, message: str) -> Answer:
        """An error in the vendor's own style."""

    @abstractmethod
    def rate_limited(self, retry_after: float | None) -> Answer:
        """A 429 in the vendor's own style."""

    @abstractmethod
    def state(self) -> Json:
        """Everything the vendor holds."""

    @abstractmethod
    def holdings(self) -> list[Holding]:
        """The tables for the page."""
