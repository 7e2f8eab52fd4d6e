"""Every refusal and failure as problem+json: no traceback, no echo of what was sent."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.ledger.database import is_refusal, is_unavailable
from service.problem import Problem

log = logging.getLogger(__name__)

# A sender that comes back sooner would meet the same restart.
LEDGER_RETRY_SECONDS = 5

_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The body is larger than 1 MiB.",
}


def install(app: Flask) -> None:
    """Register the handlers on the application."""
    app.register_error_handler(Problem, lambda problem: problem.response())
    app.register_error_handler(HTTPException, _http)
    for kind in (SQLAlchemyError, OverflowError, UnicodeEncodeError):
        app.register_error_handler(kind, _ledger)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if 300 <= status < 400:
        redirect: Any = error.get_response()
        return Response(redirect.get_data(), status, dict(redirect.headers))
    # webargs puts the fields' messages here.
    messages: Any = getattr(error, "data", {}).get("messages") if status == 422 else None
    detail = _DETAILS.get(status) or error.description or "The request cannot be served."
    response = Problem(status, detail, **({"fields": messages} if messages else {})).response()
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def _ledger(error: Exception) -> Response:
    if isinstance(error, PoolTimeoutError) or (isinstance(error, DBAPIError) and is_unavailable(error)):
        log.error("the ledger is away", extra={"error": type(error).__name__})
        return Problem(
            503, "The ledger is away; nothing was recorded. Send it again.", retry_after=LEDGER_RETRY_SECONDS
        ).response()
    if is_refusal(error):
        return Problem(
            422, "Something in the request is no text or number that the database takes."
        ).response()
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    # The rule and not the path: a path holds tokens.
    rule = request.url_rule.rule if request.url_rule else "no rule"
    log.error("a request failed", extra={"rule": rule}, exc_info=error)
    return Problem(500, "Something failed here; the log says what.").response()
