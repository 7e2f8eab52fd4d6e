"""One event: what became of it, what happens next, and what an operator can do about it."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from service.api import acts
from service.api import queries as shared
from service.api.context import ledger
from service.dashboard import queries, words
from service.dashboard.login import operator
from service.intake import body as bodies
from service.intake.body import NotReadable
from service.ledger.life import MOVES, OPEN, MoveRefused, Status
from service.ledger.tables import Event
from service.problem import Problem, sentences


def page(event_id: str) -> ResponseReturnValue:
    """The event, or for htmx only what changes in it."""
    with ledger().read() as session:
        detail = shared.detail(session, event_id)
        if detail is None:
            raise Problem(404, "There is no event with this id.")
        related = queries.related(session, detail.event) if detail.event.status != Status.REJECTED else []
        raw = b"" if "HX-Request" in request.headers else detail.event.raw
    part = "event_live" if "HX-Request" in request.headers else "event"
    return render_template(
        f"dashboard/{part}.html",
        shown=detail,
        event=detail.event,
        related=related,
        raw=words.readable(raw),
        is_open=detail.event.status in OPEN,
        acts=_acts(detail.event),
    )


def raw(event_id: str) -> ResponseReturnValue:
    """The body of the delivery as a file."""
    with ledger().read() as session:
        event = acts.find(session, event_id)
        content = event.raw
    headers = {"Content-Disposition": f'attachment; filename="{event.id}.bin"'}
    return Response(content, content_type="application/octet-stream", headers=headers)


def retry(event_id: str) -> ResponseReturnValue:
    """Work it again."""
    try:
        acts.retry(event_id, operator())
        flash("The event will be worked again at once.")
    except MoveRefused as error:
        flash(str(error), "warning")
    return _back(event_id)


def confirm_cancel(event_id: str) -> ResponseReturnValue:
    """Ask before it is cancelled."""
    operator()
    with ledger().read() as session:
        event = acts.find(session, event_id)
    return render_template("dashboard/confirm_cancel.html", event=event)


def cancel(event_id: str) -> ResponseReturnValue:
    """End it."""
    try:
        acts.cancel(event_id, operator())
        flash("The event was cancelled.")
    except MoveRefused as error:
        flash(str(error), "warning")
    return _back(event_id)


def confirm_replay(event_id: str) -> ResponseReturnValue:
    """Ask before it is replayed, and offer to correct its data."""
    operator()
    return _replay_form(event_id)


def replay(event_id: str) -> ResponseReturnValue:
    """Make a new event of it, with what the form's text says if that was changed."""
    actor = operator()
    text = request.form.get("data", "")
    try:
        new_id = acts.replay(event_id, actor, _corrected(event_id, text))
    except MoveRefused as error:
        flash(str(error), "warning")
        return _back(event_id)
    except (ValidationError, NotReadable) as error:
        complaints = sentences(error.messages) if isinstance(error, ValidationError) else [str(error)]
        return _replay_form(event_id, text, complaints), 422
    flash("This is the new event; the old one stays as it was.")
    return _back(new_id)


def _corrected(event_id: str, text: str) -> dict[str, Any] | None:
    """The form's data; None when nobody changed it."""
    with ledger().read() as session:
        offered = _offered(acts.find(session, event_id))
    # Forms change the ends of lines by themselves.
    if not text.strip() or text.split() == offered.split():
        return None
    content = bodies.read_json(text.encode())
    if not isinstance(content, dict):
        raise NotReadable("The data must be one JSON object.")
    return content


def _offered(event: Event) -> str:
    """What an operator begins to correct from: what was sent if it could not be read, or else the data."""
    if event.status == Status.REJECTED:
        return event.raw.decode("utf-8", "replace")
    return json.dumps(event.data, ensure_ascii=False, indent=2)


def _replay_form(event_id: str, text: str | None = None, complaints: list[str] | None = None) -> str:
    with ledger().read() as session:
        event = acts.find(session, event_id)
        offered = _offered(event)
    return render_template(
        "dashboard/confirm_replay.html",
        event=event,
        data=offered if text is None else text,
        complaints=complaints or [],
    )


def _acts(event: Event) -> set[str]:
    """What the event's state lets an operator do."""
    may = {"retry": (*MOVES["E"], Status.WAITING), "cancel": MOVES["F"], "replay": MOVES["H"]}
    return {act for act, states in may.items() if event.status in states}


def _back(event_id: str) -> ResponseReturnValue:
    return redirect(url_for("dashboard.event", event_id=event_id), 303)
