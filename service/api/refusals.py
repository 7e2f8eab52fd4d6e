"""Wrong parameters and bodies, answered as the webhooks answer them."""

from __future__ import annotations

from typing import Any

from service.problem import Problem, sentences


def not_valid(messages: Any) -> Problem:
    """422 for what marshmallow found."""
    return Problem(422, "Not valid: " + "; ".join(sentences(messages)), fields=messages)
