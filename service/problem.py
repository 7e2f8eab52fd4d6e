"""Refusals as `application/problem+json` (RFC 9457): what was wrong, with what, and what to do."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from flask import Response


def sentences(messages: Any, name: str = "") -> list[str]:
    """Fields' messages a line each: `{"object": {"case_id": ["Missing."]}}` as "object.case_id: Missing."."""
    if isinstance(messages, dict):
        return [
            line for key, inner in messages.items() for line in sentences(inner, f"{name}.{key}".strip("."))
        ]
    texts = messages if isinstance(messages, list) else [messages]
    return [f"{name}: {text}" if name else str(text) for text in texts]


class Problem(Exception):
    """A request that is refused. `more` stands in the answer beside the usual members."""

    def __init__(self, status: int, detail: str, *, retry_after: int | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after
        self.more = more

    def response(self) -> Response:
        """The answer to send."""
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }
        response = Response(
            json.dumps(body, ensure_ascii=False), self.status, content_type="application/problem+json"
        )
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        if self.status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response
