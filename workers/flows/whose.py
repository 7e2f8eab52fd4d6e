"""Of which store is a request whose callback does not say so? Nothing is carried under a guess.

What came under the default store's name goes to the request as soon as that is known, and is worked there in
its turn: a deletion in front of its creation has to be seen by it.
"""

from __future__ import annotations

from typing import Any

from service.intake import call_request, identity, references
from workers.flows import store
from workers.flows.flow import Flow


def find_out(flow: Flow) -> None:
    """Move the event to the request that it is about, as far as somebody can tell. Raises `Wait` then.

    One call to the store at most, and only for a request that nobody has told of.
    """
    company_id, _ = references.split(flow.subject) or ("", "")
    if company_id != references.DEFAULT_STORE or flow.data.get("company_id", "") is not None:
        return
    if flow.linked("cscart", identity.REQUEST) or flow.linked("omnidesk", "case"):
        return
    _move(flow, flow.data)
    if flow.event.type != call_request.DELETED and (row := store.present_data(flow)) is not None:
        _move(flow, row)


def _move(flow: Flow, row: dict[str, Any]) -> None:
    delivery = call_request.Delivery(flow.event.type, row)
    flow.belongs_to(flow.settled(call_request.event_of(delivery, row, b"", "")).subject)
