"""The help desk's webhooks: a custom channel's (staff replies) and a rule's (any template)."""

from __future__ import annotations

from flask import current_app, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from service.intake import body as bodies
from service.intake import omnidesk, rules
from service.intake.body import NotReadable
from service.ledger.clock import now_ms
from service.ledger.events import NewEvent
from service.settings import Settings
from service.webhooks.answers import Accepted, accept, check_token, take_body

blueprint = Blueprint(
    "omnidesk_webhooks", __name__, url_prefix="/webhooks/omnidesk", description="Webhooks of the help desk"
)


@blueprint.post("/channel/<token>", strict_slashes=False)
@blueprint.response(200, Accepted)
def channel(token: str) -> ResponseReturnValue:
    """A staff member's reply, form-urlencoded with PHP brackets or as JSON of the same shape."""
    _check(token)
    taken = take_body()
    raw = taken.plain

    def build() -> NewEvent:
        return omnidesk.channel_event(bodies.read_any(raw), raw, request.content_type or "")

    return accept("omnidesk", taken, 200, build)


@blueprint.route("/rule/<token>", methods=["GET", "POST", "PUT", "DELETE"], strict_slashes=False)
@blueprint.response(200, Accepted)
def rule(token: str) -> ResponseReturnValue:
    """What a rule of the help desk sends; only the case's number is needed, the rest is fetched."""
    _check(token)
    taken = take_body()
    raw = taken.plain

    def build() -> NewEvent:
        try:
            body = bodies.read_any(raw, once=True) if raw.strip() else {}
        except NotReadable:
            # A customer's text inside the template can break its JSON (FIELD-NOTES).
            body = None
        query = bodies.read_query(request.query_string)
        return rules.rule_event(body, query, raw, request.content_type or "", now_ms())

    return accept("omnidesk", taken, 200, build)


def _check(token: str) -> None:
    settings: Settings = current_app.extensions["settings"]
    check_token(token, settings.omnidesk.webhook_tokens)
