"""Who did what, newest first."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.api import cursors, queries
from service.api.context import ledger
from service.api.schemas import PAGE
from service.problem import Problem


def page() -> ResponseReturnValue:
    """A part of the audit."""
    cursor = request.args.get("cursor")
    try:
        position = cursors.decode(cursor) if cursor else None
    except ValueError:
        raise Problem(404, "There is no such part of the audit.") from None
    with ledger().read() as session:
        entries, older = queries.audit_page(session, position, PAGE)
    return render_template(
        "dashboard/audit.html",
        entries=entries,
        is_first=position is None,
        older=url_for("dashboard.audit", cursor=cursors.encode(older)) if older else None,
    )
