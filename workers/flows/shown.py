"""Writes whose answer could not be read: they have ended when a read shows what they wanted.

A store that prints nothing but PHP notices, or whose answer breaks off, has mostly done the work, and may go
on answering so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workers.flows.flow import Flow
from workers.vendors.errors import NotFound, UnknownOutcome, VendorError
from workers.vendors.omnidesk import operations as omnidesk
from workers.vendors.operation import Operation
from workers.vendors.received import flag


def write(call: Callable[[], object], shows: Callable[[], bool]) -> None:
    """Make the call. Raises what it raises, unless it was answered well by its status and `shows` agrees."""
    try:
        call()
    except UnknownOutcome as trouble:
        if trouble.status is None or not 200 <= trouble.status < 300:
            raise
        try:
            done = shows()
        except VendorError:
            done = False
        if not done:
            raise


def case(flow: Flow, operation: Operation, case_id: str, body: Mapping[str, Any] | None) -> bool:
    """Is the case as the edit wanted it?"""
    try:
        answer = flow.call(omnidesk.CASES_GET, path={"case_id": case_id})
    except NotFound:
        return operation is omnidesk.CASES_TRASH
    standing = answer.get("case") if isinstance(answer, dict) else None
    if not isinstance(standing, dict):
        return False
    deleted, spam = flag(standing.get("deleted")), flag(standing.get("spam"))
    if operation is omnidesk.CASES_TRASH:
        return deleted
    if operation is omnidesk.CASES_SPAM:
        return spam
    if operation is omnidesk.CASES_RESTORE:
        return not deleted and not spam
    # A name that a case does not have, such as add_labels, cannot be seen: it is written once more.
    return all(name in standing and str(standing[name]) == str(value) for name, value in (body or {}).items())
