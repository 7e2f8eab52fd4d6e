"""`/api/v1/events`: list, one, its raw body, and what can be done to it."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from service.api import acts, cursors, queries
from service.api.access import SecuredBlueprint, caller
from service.api.context import ledger
from service.api.queries import Detail
from service.api.refusals import not_valid
from service.api.schemas import Correction, DetailShape, EventQuery, EventsShape
from service.intake import body as bodies
from service.intake.body import NotReadable
from service.ledger.events import Filter
from service.problem import Problem

blueprint = SecuredBlueprint(
    "events", __name__, url_prefix="/api/v1/events", description="Events and what becomes of them"
)


@blueprint.get("")
@blueprint.needs("viewer")
@blueprint.arguments(EventQuery, location="query", as_kwargs=True)
@blueprint.response(200, EventsShape)
def listing(wanted: Filter, cursor: int | None, limit: int) -> dict[str, Any]:
    """Events, newest first."""
    with ledger().read() as session:
        found = queries.listing(session, wanted, cursor, limit)
    return {"events": found.events, "cursor": cursors.encode(found.position)}


@blueprint.get("/<event_id>")
@blueprint.needs("viewer")
@blueprint.response(200, DetailShape)
@blueprint.alt_response(404, "NOT_FOUND")
def one(event_id: str) -> Detail:
    """One event with its steps, attempts, and what belongs to its subject at the vendors."""
    return _detail(event_id)


@blueprint.get("/<event_id>/raw")
@blueprint.needs("viewer")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@blueprint.alt_response(404, "NOT_FOUND")
def raw(event_id: str) -> Response:
    """The body of the delivery, byte for byte as it came."""
    with ledger().read() as session:
        event = acts.find(session, event_id)
        content = event.raw
    response = Response(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{event.id}.bin"'
    # It holds whatever a sender sent: no browser is to guess a type for it.
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@blueprint.post("/<event_id>/retry")
@blueprint.needs("operator")
@blueprint.response(200, DetailShape)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def retry(event_id: str) -> Detail:
    """Work a dead event again, or a waiting one at once; what was done before is not done twice."""
    acts.retry(event_id, caller().name)
    return _detail(event_id)


@blueprint.post("/<event_id>/cancel")
@blueprint.needs("operator")
@blueprint.response(200, DetailShape)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def cancel(event_id: str) -> Detail:
    """End an event that is not being worked; later ones of its subject go on."""
    acts.cancel(event_id, caller().name)
    return _detail(event_id)


@blueprint.post("/<event_id>/skip")
@blueprint.needs("operator")
@blueprint.response(200, DetailShape)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def skip(event_id: str) -> Detail:
    """Set an open event aside: later ones of its subject go on, and it is tried when its own time comes."""
    acts.skip(event_id, caller().name)
    return _detail(event_id)


@blueprint.post("/<event_id>/replay")
@blueprint.needs("operator")
@blueprint.response(201, DetailShape)
@blueprint.doc(
    requestBody={"required": False, "content": {"application/json": {"schema": Correction}}},
)
@blueprint.alt_response(400, "BAD_REQUEST")
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
def replay(event_id: str) -> ResponseReturnValue:
    """Make a new event from one that has ended, with corrected data if that is given.

    A rejected event is parsed again, from the corrected data or from its raw body.
    """
    try:
        new_id = acts.replay(event_id, caller().name, _correction())
    except ValidationError as error:
        raise not_valid(error.messages) from None
    location = url_for("events.one", event_id=new_id)
    return _detail(new_id), 201, {"Location": location}  # type: ignore[return-value] # dumped by the schema


def _correction() -> dict[str, Any] | None:
    # Not flask-smorest's arguments: they want a body, refuse an unlabelled one and keep what no ledger takes.
    raw = request.get_data(cache=False)
    if not raw.strip():
        return None
    try:
        content = bodies.read_json(raw)
    except NotReadable as error:
        raise Problem(400, str(error)) from None
    if not isinstance(content, dict):
        raise Problem(400, 'The body must be a JSON object: {"data": {...}}.')
    data: dict[str, Any] | None = Correction().load(content).get("data")
    return data


def _detail(event_id: str) -> Detail:
    with ledger().read() as session:
        found = queries.detail(session, event_id)
    if found is None:
        raise Problem(404, "There is no event with this id.")
    return found
