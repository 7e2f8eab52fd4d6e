"""`/api/v1/vendors` and `/api/v1/quota`: how the vendors stand, pause, resume, try."""

from __future__ import annotations

from typing import Any

from service.api import acts, vendor_queries
from service.api.access import SecuredBlueprint, caller
from service.api.context import ledger, settings
from service.api.schemas import QuotasShape, VendorShape, VendorsShape
from service.api.vendor_queries import VendorStanding

blueprint = SecuredBlueprint("vendors", __name__, url_prefix="/api/v1", description="Vendors and their quota")


@blueprint.get("/vendors")
@blueprint.needs("viewer")
@blueprint.response(200, VendorsShape)
def listing() -> dict[str, Any]:
    """All vendors: state, quota, what waits for them, the last call."""
    return {"vendors": _all()}


@blueprint.get("/quota")
@blueprint.needs("viewer")
@blueprint.response(200, QuotasShape)
def quota() -> dict[str, Any]:
    """The calls left, as each vendor last said; null where it says nothing."""
    return {"quota": [{"name": one.name, "title": one.title, **vars(one.quota)} for one in _all()]}


@blueprint.post("/vendors/<name>/pause")
@blueprint.needs("operator")
@blueprint.response(200, VendorShape)
@blueprint.alt_response(404, "NOT_FOUND")
def pause(name: str) -> VendorStanding:
    """Stop calling the vendor; its events wait until somebody resumes it."""
    acts.pause(name, caller().name)
    return _one(name)


@blueprint.post("/vendors/<name>/resume")
@blueprint.needs("operator")
@blueprint.response(200, VendorShape)
@blueprint.alt_response(404, "NOT_FOUND")
def resume(name: str) -> VendorStanding:
    """Call the vendor again, after a pause or after it had denied access."""
    acts.resume(name, caller().name)
    return _one(name)


@blueprint.post("/vendors/<name>/try")
@blueprint.needs("operator")
@blueprint.response(200, VendorShape)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def try_now(name: str) -> VendorStanding:
    """Make one call to the vendor now, whatever breaker, freeze or denial says; a paused one is resumed."""
    acts.try_now(name, caller().name)
    return _one(name)


def _all() -> list[VendorStanding]:
    with ledger().read() as session:
        return vendor_queries.vendors(session, settings())


def _one(name: str) -> VendorStanding:
    with ledger().read() as session:
        return vendor_queries.vendor(session, settings(), name)
