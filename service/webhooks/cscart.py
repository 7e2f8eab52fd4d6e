"""The store's callbacks: its own hook (a secret in the address) and signed ones (Standard Webhooks)."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

from flask import current_app, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from service.intake import body as bodies
from service.intake import call_request
from service.ledger.events import NewEvent
from service.problem import Problem
from service.settings import Settings
from service.webhooks.answers import Accepted, Taken, accept, check_token, take_body
from service.webhooks.signature import verifies

blueprint = Blueprint(
    "cscart_webhooks", __name__, url_prefix="/webhooks/cscart", description="Callbacks of the store"
)


@blueprint.post("/<token>", strict_slashes=False)
@blueprint.response(202, Accepted)
def hook(token: str) -> ResponseReturnValue:
    """One call-request row, as the store's own hook sends it, or an envelope that says what happened."""
    settings: Settings = current_app.extensions["settings"]
    check_token(token, settings.cscart.webhook_tokens)
    return _accept(take_body())


@blueprint.post("", strict_slashes=False)
@blueprint.response(202, Accepted)
def signed() -> ResponseReturnValue:
    """The same, signed by the Standard Webhooks specification; at most 300 s old."""
    settings: Settings = current_app.extensions["settings"]
    body = take_body()
    if not settings.cscart.webhook_secrets:
        raise Problem(401, "Signed callbacks are not set up here: set CSCART_WEBHOOK_SECRET.")
    # Signed are the bytes that were sent; a proxy on the way may have packed them.
    secrets, now = settings.cscart.webhook_secrets, time.time()
    tried = itertools.product(secrets, {body.wire, body.plain})
    if not any(verifies(secret, request.headers, raw, now) for secret, raw in tried):
        raise Problem(401, "The signature does not match, or its time is more than 300 s away from ours.")
    return _accept(body, call_request.digest(request.headers["webhook-id"].encode()))


def _accept(taken: Taken, delivery_id: str = "") -> ResponseReturnValue:
    raw = taken.plain

    def build() -> NewEvent:
        # The store's hook labels its JSON as a form (FIELD-NOTES): the label is not asked.
        body = bodies.read_any(raw)
        delivery = replace(call_request.open_envelope(body), id=delivery_id)
        return call_request.to_event(delivery, raw, request.content_type or "")

    return accept("cscart", taken, 202, build)
