"""The store's callbacks: its own hook (a secret in the address) and signed ones (Standard Webhooks)."""

from __future__ import annotations

from dataclasses import replace

from flask import current_app, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from standardwebhooks import Webhook

from service.intake import body as bodies
from service.intake import call_request
from service.ledger.events import NewEvent
from service.problem import Problem
from service.settings import Settings
from service.webhooks.answers import Accepted, accept, check_token, take_body

blueprint = Blueprint(
    "cscart_webhooks", __name__, url_prefix="/webhooks/cscart", description="Callbacks of the store"
)


@blueprint.post("/<token>")
@blueprint.response(202, Accepted)
def hook(token: str) -> ResponseReturnValue:
    """One call-request row, as the store's own hook sends it, or an envelope that says what happened."""
    settings: Settings = current_app.extensions["settings"]
    check_token(token, settings.cscart.webhook_token)
    return _accept(take_body())


@blueprint.post("")
@blueprint.response(202, Accepted)
def signed() -> ResponseReturnValue:
    """The same, signed by the Standard Webhooks specification; at most 300 s old."""
    settings: Settings = current_app.extensions["settings"]
    raw = take_body()
    if settings.cscart.webhook_secret is None:
        raise Problem(401, "Signed callbacks are not set up here: set CSCART_WEBHOOK_SECRET.")
    try:
        Webhook(settings.cscart.webhook_secret).verify(raw, dict(request.headers), json_parse=False)
    except Exception:  # the library lets base64, UTF-8 and splitting errors through as they are
        raise Problem(
            401, "The signature does not match, or its time is more than 300 s away from ours."
        ) from None
    return _accept(raw, call_request.digest(request.headers["webhook-id"].encode()))


def _accept(raw: bytes, delivery_id: str = "") -> ResponseReturnValue:
    def build() -> NewEvent:
        # The store's hook labels its JSON as a form (FIELD-NOTES): the label is not asked.
        body = bodies.read_any(raw)
        delivery = replace(call_request.open_envelope(body), id=delivery_id)
        return call_request.to_event(delivery, raw, request.content_type or "")

    return accept("cscart", raw, 202, build)
