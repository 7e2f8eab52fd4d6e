"""PHP's bracket notation for nested values: `a[b][]=1`, `case[attachments][0]`."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_DEEPEST = 64
"""PHP's own limit; what is nested deeper is left out."""
_PART = re.compile(r"\[([^\[\]]*)\]")


def unfold(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Nested values out of flat pairs. A key whose brackets do not close stays as it is, as in PHP."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        match = _KEY.match(key)
        if match is None:
            root[key] = value
            continue
        parts = [match[1], *_PART.findall(match[2])]
        if len(parts) > _DEEPEST:
            continue
        node = root
        for position, part in enumerate(parts):
            name = part if part or position == 0 else _next_index(node)
            if position == len(parts) - 1:
                node[name] = value
                break
            child = node.get(name)
            if not isinstance(child, dict):
                child = node[name] = {}
            node = child
    return {name: _lists(value) for name, value in root.items()}


def _next_index(node: dict[str, Any]) -> str:
    return str(max((int(name) for name in node if name.isdecimal()), default=-1) + 1)


def _lists(value: Any) -> Any:
    """PHP's arrays with keys 0..n-1 are lists."""
    if not isinstance(value, dict):
        return value
    items = {name: _lists(item) for name, item in value.items()}
    if items and list(items) == [str(index) for index in range(len(items))]:
        return list(items.values())
    return items


def fold(value: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Flat pairs out of nested values, booleans as PHP prints them in the samples: `1` and `0`."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from fold(item, f"{prefix}[{name}]")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from fold(item, f"{prefix}[{index}]")
    elif isinstance(value, bool):
        yield prefix, "1" if value else "0"
    else:
        yield prefix, "" if value is None else str(value)
