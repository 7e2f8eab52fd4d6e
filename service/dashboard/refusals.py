"""Refusals as pages: what was wrong and where to go from there."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from service.ledger.database import is_unavailable
from service.problem import Problem

log = logging.getLogger(__name__)


def problem(error: Problem) -> ResponseReturnValue:
    """What our own code refuses."""
    return _page(error.status, error.detail)


def http(error: HTTPException) -> ResponseReturnValue:
    """What Flask refuses."""
    if isinstance(error, CSRFError):
        return _page(400, "This form is out of date: the session has ended since. Load the page again.")
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    return _page(error.code or 500, error.description or "The request cannot be served.")


def ledger(error: SQLAlchemyError) -> ResponseReturnValue:
    """The ledger is away; anything else is a mistake of ours and goes on as such."""
    if isinstance(error, DBAPIError) and not is_unavailable(error):
        raise error
    log.error("the ledger is away", extra={"error": type(error).__name__})
    return _page(503, "The ledger is away. What you did was not done; try again in a few seconds.")


def _page(status: int, sentence: str) -> ResponseReturnValue:
    title = HTTPStatus(status).phrase
    return Response(render_template("dashboard/problem.html", title=title, sentence=sentence), status)
