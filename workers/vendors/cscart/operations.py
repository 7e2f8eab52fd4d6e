"""CS-Cart's calls: the add-on "Call requests"."""

from __future__ import annotations

from workers.vendors.operation import Operation

CALL_REQUESTS_GET = Operation(
    name="cscart.call_requests.get",
    method="GET",
    path="/api/2.0/call_requests/{request_id}",
    repeatable=True,
)
CALL_REQUESTS_UPDATE = Operation(
    name="cscart.call_requests.update",
    method="PUT",
    path="/api/2.0/call_requests/{request_id}",
    # It sets whole fields: sent twice it leaves what it left the first time.
    repeatable=True,
)
