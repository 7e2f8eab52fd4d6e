"""What the ledger keeps of a call: what was sent, what was answered to a read, how the flow met the event.

With that a rehearsal can put the flow into the same place once more, and compare what it sends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from service.intake.body import storable
from service.ledger.claims import Claimed
from workers.vendors.operation import Operation

# Characters of JSON. A request, a contact, a case with its fields are a few thousand; far above that it is
# somebody's long text, and the ledger is no copy of the vendors.
LARGEST_ANSWER = 16 * 1024
# Reads of one thing, which is the event's own. A list is of many people, and would be kept with an event of
# none of them.
_OF_ONE = ("get", "find_by_")


def request(
    operation: Operation,
    path: Mapping[str, Any] | None,
    query: Mapping[str, Any] | None,
    body: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The call as it is sent, the path filled in. Raises `InvalidInput`."""
    sent = {
        "method": operation.method,
        "path": operation.fill(path or {}),
        "query": dict(query or {}),
        "body": dict(body or {}),
    }
    return dict(storable(sent))


def view(held: Claimed) -> dict[str, int]:
    """What of the event a flow goes by and that is another with each claim: fields of `Claimed`."""
    return {"now": held.now, "failures": held.failures, "crashes": held.crashes}


def answer(operation: Operation, data: Any) -> Any:
    """The answer to a read of one thing, when it is small and any database takes it; else None."""
    if operation.is_write or not operation.name.rpartition(".")[2].startswith(_OF_ONE):
        return None
    try:
        small = len(json.dumps(data, ensure_ascii=False, allow_nan=False)) <= LARGEST_ANSWER
        return storable(data) if small else None
    except (ValueError, RecursionError):
        # NaN, or nested deeper than any of its readers follows.
        return None
