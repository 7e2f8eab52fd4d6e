"""The list of events, narrowed by a form, in parts, kept fresh."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import EXCLUDE, ValidationError

from service.api import cursors, queries
from service.api.context import ledger
from service.api.moments import iso
from service.api.schemas import PAGE, EventQuery
from service.dashboard import searches, words
from service.ledger.events import Filter
from service.problem import sentences

FIELDS = ("status", "source", "type", "subject", "since", "until")
# The first page is kept fresh; older ones are looked at, and would jump.
_schema = EventQuery(unknown=EXCLUDE)


def page() -> ResponseReturnValue:
    """The list, or for htmx only the table."""
    given = {name: request.args[name] for name in (*FIELDS, "cursor") if request.args.get(name)}
    word = request.args.get("search", "")
    text = searches.recall(word) if word else ""
    complaints: list[str] = []
    try:
        asked = _schema.load(given | {"q": text or ""})
    except ValidationError as error:
        complaints = sentences(error.messages)
        asked = {"wanted": Filter(), "cursor": None}
    listing = queries.Listing([], None)
    if not complaints and text is not None:
        with ledger().read() as session:
            listing = queries.listing(session, asked["wanted"], asked["cursor"], PAGE)
    shown = {
        "events": listing.events,
        "older": _address(given, word, cursors.encode(listing.position)) if listing.position else None,
        "newest": _address(given, word, None),
        "is_first": "cursor" not in given,
        "is_narrowed": bool(word or set(given) - {"cursor"}),
    }
    if "HX-Request" in request.headers:
        return render_template("dashboard/events_table.html", **shown)
    return render_template(
        "dashboard/events.html",
        **shown,
        form=given | {"q": text or ""} | _moments(asked["wanted"]),
        complaints=complaints,
        is_forgotten=text is None,
        choices={"type": words.TYPES, "source": words.SOURCES},
    )


def search() -> ResponseReturnValue:
    """Take the form, and lead to the address of its list, in which no searched text stands."""
    given = {name: request.form[name].strip() for name in FIELDS if request.form.get(name, "").strip()}
    for name in ("since", "until"):
        # The form's own writing has no zone: the address says what was meant.
        try:
            given |= _moments(_schema.load({name: given[name]})["wanted"], full=True) if name in given else {}
        except ValidationError:
            continue
    text = request.form.get("q", "").strip()
    return redirect(_address(given, searches.keep(text) if text else "", None), 303)


def _address(given: dict[str, str], word: str, cursor: str | None) -> str:
    parts: dict[str, Any] = given | {"search": word or None, "cursor": cursor}
    return url_for("dashboard.events", **parts)


def _moments(wanted: Filter, *, full: bool = False) -> dict[str, Any]:
    """The times of a filter as the form (to the minute), or an address, writes them."""
    times = {"since": wanted.since, "until": wanted.until}
    return {name: iso(at) if full else iso(at)[:16] for name, at in times.items() if at is not None}
