"""The first page: how the vendors stand, how much there is of what, what waits, what failed."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from service.api import queries as shared
from service.api import vendor_queries
from service.api.context import ledger, settings
from service.dashboard import queries
from service.ledger import events

MOST_FAILURES = 8


def page() -> ResponseReturnValue:
    """The overview, or for htmx only what changes in it."""
    with ledger().read() as session:
        shown = {
            "vendors": vendor_queries.vendors(session, settings()),
            "counts": events.counts(session),
            "waiting": queries.waiting(session),
            "failures": shared.failures(session)[:MOST_FAILURES],
        }
    part = "overview_live" if "HX-Request" in request.headers else "overview"
    return render_template(f"dashboard/{part}.html", **shown)
