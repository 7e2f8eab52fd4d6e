"""Edits of the help desk's cases, as events of their own: identical ones that wait go out as one call.

`PUT /api/cases/1,2,3.json` costs what one case costs (omnidesk-api, bulk editing). Whichever event gets
the permit takes all others along that ask for the same; each is settled by itself from `case_success_id`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from service.config.model import Config
from service.ledger import claims, record, waiting
from service.ledger.claims import Claimed
from service.ledger.clock import SECOND
from service.ledger.events import NewEvent
from service.ledger.life import Lane, Origin, Reason
from service.settings import Settings
from workers.flows import shown
from workers.flows.flow import Flow
from workers.flows.outcome import Dead, Later, decide
from workers.pacing.gate import Wait
from workers.vendors import replies
from workers.vendors.errors import NotFound, Rejected, VendorError
from workers.vendors.omnidesk import operations as omnidesk
from workers.vendors.operation import Operation

TYPE = "omnidesk.case_edit"
STEP = "case_edit"

OPERATIONS: dict[str, Operation] = {
    one.name: one
    for one in (omnidesk.CASES_UPDATE, omnidesk.CASES_TRASH, omnidesk.CASES_SPAM, omnidesk.CASES_RESTORE)
}
# The document names no limit; a hundred ids of ten digits stay far below what servers take as an address.
MOST_TOGETHER = 100
# Longer than a call with its time-outs: nobody renews the leases of those that were taken along.
LEASE = 60 * SECOND


def new_event(
    operation: Operation,
    case_id: str,
    body: Mapping[str, Any] | None = None,
    *,
    dedupe_key: str,
    subject: str | None = None,
    lane: Lane = Lane.BULK,
) -> NewEvent:
    """The event that edits a case; its subject is the case unless another is named."""
    data = {"operation": operation.name, "case_id": str(case_id), "body": dict(body or {})}
    return NewEvent(
        source="perezvon",
        type=TYPE,
        subject=subject or f"omnidesk/case/{case_id}",
        dedupe_key=dedupe_key,
        data=data,
        raw=json.dumps(data, ensure_ascii=False).encode(),
        lane=lane,
        merge_key=merge_key(lane, data),
        origin=Origin.OWN,
    )


def merge_key(lane: Lane | str, data: Mapping[str, Any]) -> str:
    """The same for events of a lane that ask for the same edit."""
    same = json.dumps([str(lane), data["operation"], data["body"]], sort_keys=True)
    return hashlib.sha256(same.encode()).hexdigest()


def run(flow: Flow, settings: Settings) -> None:
    """The edit, together with all that wait for the same. A case that is gone needs none."""

    def act() -> dict[str, Any]:
        try:
            return _edit(flow, settings.config)
        except NotFound:
            return {"gone": True}

    if flow.step(STEP, act).get("gone"):
        flow.remark("The case is gone from the help desk: nothing was changed.")


def _edit(flow: Flow, config: Config) -> dict[str, Any]:
    operation = OPERATIONS[flow.data["operation"]]
    body = flow.data["body"] or None
    operation.check(path={"case_ids": flow.data["case_id"]}, body=body)
    permit = flow.calls.reserve(flow.event, operation)
    try:
        with flow.ledger.exclusive() as session:
            others = claims.claim_alike(session, flow.event, MOST_TOGETHER - 1, LEASE)
    except BaseException:
        flow.calls.release(permit)
        raise
    together = [flow.event, *others]
    ids = list(dict.fromkeys(str(one.data["case_id"]) for one in together))
    data: Any = None

    def send() -> None:
        nonlocal data
        data = flow.calls.send(permit, together, STEP, operation, path={"case_ids": ",".join(ids)}, body=body)

    def is_shown() -> bool:
        # Many would be many reads: they are written once more instead.
        return len(ids) == 1 and shown.case(flow, operation, ids[0], body)

    try:
        shown.write(send, is_shown)
    except (VendorError, Wait) as trouble:
        _failed(flow, others, trouble, config)
        raise
    except BaseException:
        _give_back(flow, others)
        raise
    missed = replies.missed(ids, data) if len(ids) > 1 else []
    _done(flow, others, missed, len(ids))
    if str(flow.data["case_id"]) in missed:
        _alone(flow)
    return {"together": len(ids)}


def _done(flow: Flow, others: Sequence[Claimed], missed: Sequence[str], number: int) -> None:
    """Each of the others by what the vendor said of its case."""
    for one in others:
        with flow.ledger.write() as session:
            if str(one.data["case_id"]) in missed:
                claims.part(session, one, "Not done together with others; it is tried by itself.")
            else:
                record.end_step(session, one, STEP, {"together": number})
                claims.done(session, one, None)


def _failed(flow: Flow, others: Sequence[Claimed], trouble: VendorError | Wait, config: Config) -> None:
    """What kept the call from its end keeps all of them; a refusal may be due to one, so each goes alone."""
    for one in others:
        with flow.ledger.write() as session:
            match trouble:
                case Rejected():
                    claims.part(session, one, "Refused together with others; it is tried by itself.")
                case _:
                    match decide([trouble], (), one.failures, Random(), config):  # noqa: S311 - jitter
                        case Later(reason, delay, message, failed, vendors):
                            waits_for = waiting.written(vendors)
                            claims.wait(
                                session, one, reason, delay, message, failed=failed, waits_for=waits_for
                            )
                        case Dead(message, next_action):
                            claims.die(session, one, message, next_action)
    if others and isinstance(trouble, Rejected):
        _alone(flow)


def _give_back(flow: Flow, others: Sequence[Claimed]) -> None:
    with flow.ledger.write() as session:
        for one in others:
            claims.wait(session, one, Reason.ORDER, 0, "Its worker had to leave it.")


def _alone(flow: Flow) -> None:
    """This event again by itself, to have the vendor's own answer for its case."""
    with flow.ledger.write() as session:
        claims.unmerge(session, flow.event)
    raise Wait(Reason.ORDER, 0, "Not done together with others; it is tried by itself.")
