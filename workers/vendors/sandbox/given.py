"""Reading the control API's JSON: typed, and refusing by name what it does not know."""

from typing import Any
from urllib.parse import urlsplit

from flask import Request


class BadControl(Exception):
    """Becomes a 422 that names what is wrong."""


class Given:
    """The JSON object of a control request; `allowed` None takes any names."""

    def __init__(self, data: Any, allowed: frozenset[str] | None) -> None:
        if not isinstance(data, dict):
            raise BadControl("a JSON object is expected")
        for name in data:
            if allowed is not None and name not in allowed:
                raise BadControl(f"{name}: unknown; known are {', '.join(sorted(allowed))}")
        self.data: dict[str, Any] = data

    @classmethod
    def of(cls, http: Request, *allowed: str) -> "Given":
        """The body, whatever its label says: it is typed in by hand more often than not."""
        data = http.get_json(force=True, silent=True) if http.get_data() else {}
        return cls(data, frozenset(allowed) if allowed else None)

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def text(self, name: str, default: str = "") -> str:
        value = self.data.get(name, default)
        if not isinstance(value, str):
            raise BadControl(f"{name}: must be a string")
        return value

    def optional_text(self, name: str) -> str | None:
        return None if self.data.get(name) is None else self.text(name)

    def url(self, name: str) -> str | None:
        value = self.optional_text(name)
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
            raise BadControl(f"{name}: must be an http address")
        return value or None

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.data.get(name, default)
        if value not in choices:
            raise BadControl(f"{name}: must be one of {', '.join(choices)}")
        return str(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self.data.get(name, default)
        if not isinstance(value, bool):
            raise BadControl(f"{name}: must be true or false")
        return value

    def integer(self, name: str, default: int, *, least: int = 0) -> int:
        value = self.data.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise BadControl(f"{name}: must be a whole number, {least} or more")
        return value

    def number(self, name: str, default: float, *, most: float = 86_400) -> float:
        value = self.data.get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
            raise BadControl(f"{name}: must be a number between 0 and {most:g}")
        return float(value)

    def texts(self, name: str) -> list[str]:
        value = self.data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BadControl(f"{name}: must be an array of strings")
        return value
