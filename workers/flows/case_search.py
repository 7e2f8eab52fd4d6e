"""Which of the help desk's cases is the one that was opened for a request.

Anybody can write a reference into a subject line: by mail, in a chat, through another program. A case is ours
where the reference stands in front, where only we put it, in our channel and of a customer of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.intake import references
from workers.flows import customer_cases
from workers.flows.flow import Flow
from workers.flows.shop import Shop
from workers.vendors import replies
from workers.vendors.errors import NotFound
from workers.vendors.omnidesk import operations as omnidesk


def find(flow: Flow, shop: Shop, customer: str, instead_of: str = "") -> Mapping[str, Any] | None:
    """The request's case, by its reference; not `instead_of`, which is gone. `customer` is who asked."""
    reference = references.case_reference(flow.subject)
    return next(
        (
            case
            for case in _candidates(flow, customer, reference)
            if str(case.get("case_id")) != instead_of
            and is_in(shop.channel, case)
            and _is_ours(flow, reference, case)
        ),
        None,
    )


def _candidates(flow: Flow, customer: str, reference: str) -> Iterator[Mapping[str, Any]]:
    """The customer's cases first, where the vendor can tell them; then what the subject line is like."""
    yield from customer_cases.listed(flow, customer)
    answer = flow.call(omnidesk.CASES_LIST, query={"subject": reference, "page": 1, "limit": 100})
    yield from replies.rows(omnidesk.CASES_LIST, answer)


def is_in(channel: str, case: Mapping[str, Any]) -> bool:
    """Is the case in that channel? Those of a custom one have its cch… id, or a number that says nothing."""
    told = str(case.get("channel") or "")
    return not told or told.isdecimal() or told == channel


def _is_ours(flow: Flow, reference: str, case: Mapping[str, Any]) -> bool:
    line = str(case.get("subject") or "").strip()
    if line.startswith(reference):
        customer = _customer(flow, case)
        return not customer or references.is_customer_of(flow.subject, customer)
    # Former releases put it at the end, where a customer's name may stand too: the customer decides.
    return line.endswith(reference) and (
        references.subject_of_user_custom_id(_customer(flow, case)) == flow.subject
    )


def _customer(flow: Flow, case: Mapping[str, Any]) -> str:
    """The custom id of the case's user; "" when nothing tells it. One call, a light one."""
    told = case.get("user_custom_id") or case.get("custom_user_id")
    if told or not case.get("user_id"):
        return str(told or "")
    try:
        answer = flow.call(omnidesk.USERS_GET, path={"user_id": str(case["user_id"])})
    except NotFound:
        return ""
    user = answer.get("user") if isinstance(answer, dict) else None
    return str(user.get("user_custom_id") or "") if isinstance(user, dict) else ""
