"""`/api/v1/failures` and `/api/v1/audit`: what went wrong, and who did what."""

from __future__ import annotations

from typing import Any

from service.api import cursors, queries
from service.api.access import SecuredBlueprint
from service.api.context import ledger
from service.api.schemas import AuditQuery, AuditShape, FailuresShape

blueprint = SecuredBlueprint("reports", __name__, url_prefix="/api/v1", description="Failures and the audit")


@blueprint.get("/failures")
@blueprint.needs("viewer")
@blueprint.response(200, FailuresShape)
def failures() -> dict[str, Any]:
    """Dead events grouped by what killed them, the largest group first."""
    with ledger().read() as session:
        return {"failures": queries.failures(session)}


@blueprint.get("/audit")
@blueprint.needs("viewer")
@blueprint.arguments(AuditQuery, location="query", as_kwargs=True)
@blueprint.response(200, AuditShape)
def audit(cursor: int | None, limit: int) -> dict[str, Any]:
    """What people did, newest first."""
    with ledger().read() as session:
        entries, position = queries.audit_page(session, cursor, limit)
    return {"audit": entries, "cursor": cursors.encode(position)}
