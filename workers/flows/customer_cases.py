"""The cases of one customer, from a vendor that may or may not be able to tell them."""

from __future__ import annotations

from typing import Any

from service.ledger.clock import MINUTE
from workers.flows.flow import Flow
from workers.vendors import replies
from workers.vendors.errors import Rejected
from workers.vendors.omnidesk import operations as omnidesk

# What was learned of this account. Asked again after a day: a vendor may learn it.
_MARK = "omnidesk.by_customer"
_DAY = 24 * 60 * MINUTE


def listed(flow: Flow, customer: str) -> list[dict[str, Any]]:
    """The latest hundred cases of `customer` (our `user_custom_id`); none where the vendor cannot tell them.

    The filter is not in the document (FIELD-NOTES, the API: M). A vendor that does not know it gives all
    cases, or refuses the call; neither says anything of the customer.
    """
    if flow.event.now - (flow.mark(_MARK) or {}).get("ignored_at", -_DAY) < _DAY:
        return []
    query = {"user_custom_id": customer, "sort": "created_at_desc", "page": 1, "limit": 100}
    try:
        cases = replies.rows(omnidesk.CASES_LIST, flow.call(omnidesk.CASES_LIST, query=query))
    except Rejected:
        cases = None
    if cases is None or not _are_of_one(cases, customer):
        flow.set_mark(_MARK, {"ignored_at": flow.event.now})
        return []
    return cases


def _are_of_one(cases: list[dict[str, Any]], customer: str) -> bool:
    """Are all of them that customer's: by the id where the vendor tells it, and of one user?"""
    told = {str(case["user_custom_id"]) for case in cases if case.get("user_custom_id")}
    return told <= {customer} and len({str(case.get("user_id")) for case in cases}) <= 1
