"""Wrong parameters and bodies as one sentence each, beside the fields' names."""

from __future__ import annotations

from typing import Any

from service.problem import Problem


def sentences(messages: Any, name: str = "") -> list[str]:
    """`{"object": {"case_id": ["Missing."]}}` as "object.case_id: Missing."."""
    if isinstance(messages, dict):
        return [
            line for key, inner in messages.items() for line in sentences(inner, f"{name}.{key}".strip("."))
        ]
    texts = messages if isinstance(messages, list) else [messages]
    return [f"{name}: {text}" if name else str(text) for text in texts]


def not_valid(messages: Any) -> Problem:
    """422 for what marshmallow found."""
    return Problem(422, "Not valid: " + "; ".join(sentences(messages)), fields=messages)
