"""What the three systems tell of a request that may have been carried by a ledger that does not know it.

What is found becomes known again: the links are written.
"""

from __future__ import annotations

from typing import Any

from workers.flows import case_search, dialer, freshness, helpdesk, store
from workers.flows.flow import Flow
from workers.flows.helpdesk import Case
from workers.flows.shop import Shop

# A person has brought the request to its end.
_ENDED = {"completed", "no_answer"}


def is_over(flow: Flow, shop: Shop) -> bool:
    """Has the request been carried, and has a person brought it to its end? Then nobody is called again.

    `flow.data` is the store's row. While it is as the customer left it there, only a case that is known can
    tell more, so that the help desk is not waited for.
    """
    status, number = flow.data["status"], store.case_number(flow, shop)
    known = helpdesk.linked_case(flow)
    if status in freshness.UNTOUCHED and not number and not known:
        return False
    case = flow.read("helpdesk.find", lambda: _case(flow, shop, known, number))
    over = status in _ENDED or (case is None and bool(known or number)) or _is_closed(case)
    if over:
        with flow.branch():
            flow.read("dialer.find", lambda: dialer.find_contact(flow, shop))
        flow.remark("The request was carried before and has come to its end: nobody is called again.")
    return over


def find(flow: Flow, shop: Shop) -> bool:
    """Was the request carried? The links tell, or what stands at the vendors by its reference."""
    if flow.linked("omnidesk", "case") or flow.linked("obzvonilka", "contact"):
        return True
    contact = flow.read("dialer.find", lambda: dialer.find_contact(flow, shop))
    if flow.read("helpdesk.find", lambda: helpdesk.find_case(flow, shop)) or contact:
        return True
    remark_unknown(flow)
    return False


def remark_unknown(flow: Flow) -> None:
    """Say that there is nothing of the request.

    Waiting would not help: word of the request itself, if it comes, waits for this event to end. One that
    nobody told of is found in the store's list, as it stands then.
    """
    flow.remark("Perezvon has not carried this request: there is nothing to change.")


def _case(flow: Flow, shop: Shop, known: Case | None, number: str) -> dict[str, Any] | None:
    """The case as it stands now; None when it is in the bin or gone."""
    if known:
        return helpdesk.read_case(flow, known.case_id)
    if found := case_search.find(flow, shop, helpdesk.customer_of(flow, shop)):
        helpdesk.found(flow, found)
        return None if helpdesk.is_binned(found) else dict(found)
    # The search may not have shown it; a case is found by its number too (FIELD-NOTES).
    read = helpdesk.read_case(flow, number) if number else None
    if read:
        helpdesk.found(flow, read)
    return read


def _is_closed(case: dict[str, Any] | None) -> bool:
    return case is not None and str(case.get("status") or "") == "closed"
