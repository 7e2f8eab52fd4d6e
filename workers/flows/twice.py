"""A double click is one call: a request that comes minutes after another of the same customer joins that.

One contact in the dialer, one case, the case's number in both rows. Which of the two goes first is decided in
the ledger (`together`), by the rows' own times, so that a backfill of many days joins nothing. Only a phone
that can be called says who somebody is. What is joined has links of its own, to the same case and contact:
replies, changes and deletions of either find them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.intake import customers
from service.intake.call_request import CREATED
from service.ledger import claims, record, together
from service.ledger.clock import MINUTE, SECOND
from service.ledger.events import NewEvent
from service.ledger.life import Lane, Origin, Reason
from service.ledger.tables import Link
from workers.flows import helpdesk, known, store, texts
from workers.flows.flow import Flow
from workers.flows.helpdesk import Case
from workers.flows.known import Known
from workers.flows.shop import Shop
from workers.pacing.gate import Wait
from workers.vendors.omnidesk import operations as omnidesk

# The earlier request needs a few calls; longer only while a vendor is away.
_LOOK = 2 * SECOND
_STEP = "twice.look"


@dataclass(frozen=True)
class Joined:
    """What the earlier request has: its case, the state of that, its contact; None for what is not there."""

    case: Case | None
    state: dict[str, Any]
    contact: tuple[str, str] | None
    """Base and id."""


def joined(flow: Flow, shop: Shop) -> Joined | None:
    """What the request joins; None when it is a call by itself. Raises `Wait` while the earlier one is made.

    One call, for a closed case is not joined: the customer was called, and asks again.
    """
    phone = shop.phones(flow).first
    if not phone:
        return None
    customer = customers.custom_id(flow.subject, phone, flow.data)
    within = shop.join_minutes * MINUTE // SECOND
    with flow.ledger.exclusive() as session:
        claims.check(session, flow.event)
        first = together.join(session, flow.subject, customer, flow.data["timestamp"], within)
    if not first and not flow.is_begun(_STEP):
        return None
    found = flow.step(_STEP, lambda: _look(flow, first))
    if not found:
        return None
    flow.remark(f"The same customer asked a moment before: this joins {found['first']}.")
    case, contact = found.get("case"), found.get("contact")
    return Joined(Case(**case) if case else None, found.get("state", {}), tuple(contact) if contact else None)


def _look(flow: Flow, first: str) -> dict[str, Any]:
    """What stands of the earlier request; nothing when this one is a call by itself after all."""
    with flow.ledger.read() as session:
        contact = record.linked(session, first, "obzvonilka", "contact")
        case = record.linked(session, first, "omnidesk", "case")
        under_way = together.is_under_way(session, first, CREATED)
    if flow.known("cscart", first).get("deleted"):
        return _alone(flow)
    if under_way and not (case and contact):
        raise Wait(Reason.ORDER, _LOOK, f"The same customer asked a moment before: it waits for {first}.")
    found: dict[str, Any] = {"first": first, "contact": _place(contact)} if contact else {"first": first}
    if case is None:
        # It came to nothing at the help desk: this one goes on in its place.
        with flow.ledger.exclusive() as session:
            claims.check(session, flow.event)
            together.take_over(session, flow.subject, first)
        return found if contact else {}
    standing = helpdesk.read_case(flow, case.external_id)
    if standing is None or standing.get("status") == "closed":
        return _alone(flow)
    return found | {
        "case": {
            "case_id": case.external_id,
            "number": str(case.data.get("number", "")),
            "user_id": str(case.data.get("user_id") or standing.get("user_id") or ""),
        },
        "state": known.case_state(standing),
    }


def _alone(flow: Flow) -> dict[str, Any]:
    with flow.ledger.exclusive() as session:
        claims.check(session, flow.event)
        together.leave(session, flow.subject)
    return {}


def _place(contact: Link) -> list[str]:
    return [str(contact.data.get("base_id", "")), contact.external_id]


def join_case(flow: Flow, shop: Shop, earlier: Joined, *, look: bool) -> bool:
    """What the customer asked the second time, as a message in the standing case; False when that is gone.

    Its mark is the request's and not the event's: the same request, found anew after the ledger was restored
    from a backup, says nothing twice. `look`: it is looked for first.
    """
    case = earlier.case
    if case is None:
        return False
    mark = shop.joined_mark(flow)
    said = f"{shop.wording.word('again')}\n{shop.say(flow, 'case_content')}"
    body: dict[str, Any] = {"content": texts.signed(said, mark.text)}
    # Of nobody known it would be an answer of the staff, and go to the customer.
    operation = omnidesk.MESSAGES_CREATE if case.user_id else omnidesk.NOTES_CREATE
    author = {"user_id": case.user_id} if case.user_id else {}

    def create() -> str:
        answer = flow.call(operation, path={"case_id": case.case_id}, body=body | author)
        store.keep_told(flow, shop)
        return helpdesk.message_id_in(answer, operation.name)

    if helpdesk.write_text(flow, "helpdesk.message", case, create, mark, look=look) is None:
        return False
    helpdesk.keep_case(flow, shop, {**earlier.state, "case_id": case.case_id})
    flow.link("omnidesk", "case", case.case_id, number=case.number, user_id=case.user_id)
    return True


def still_needed_by(flow: Flow) -> str | None:
    """Another request that stands in the case and contact of the flow's; None when nobody needs them.

    Raises `Wait` while one is about to join: whether it does will be known in a moment.
    """
    with flow.ledger.read() as session:
        ours = _things(session, flow.subject)
        for other in together.others(session, flow.subject):
            link = record.linked(session, other, "cscart", record.KNOWN)
            if link and link.data.get("deleted"):
                continue
            theirs = _things(session, other)
            if ours & theirs:
                return other
            if not theirs and together.is_under_way(session, other, CREATED):
                raise Wait(Reason.ORDER, _LOOK, f"{other} is about to join this request.")
    return None


def _things(session: Session, subject: str) -> set[tuple[str, str]]:
    kinds = (("omnidesk", "case"), ("obzvonilka", "contact"))
    links = [record.linked(session, subject, vendor, kind) for vendor, kind in kinds]
    return {(link.vendor, link.external_id) for link in links if link}


def is_told(flow: Flow) -> bool:
    """Has another request passed the event on to this one?"""
    return "shared_by" in flow.data


def tell_others(flow: Flow, case_id: str) -> None:
    """Word of a case goes to every request that stands in it: to each in the order of its own events."""
    if is_told(flow):
        return
    others = [one for one in flow.subjects_of("omnidesk", "case", case_id) if one != flow.subject]
    flow.found(
        [
            NewEvent(
                source=flow.event.type.partition(".")[0],
                type=flow.event.type,
                subject=one,
                dedupe_key=f"{flow.event.id}/{one}",
                data={**flow.data, "shared_by": flow.subject},
                raw=b"",
                lane=Lane(flow.event.lane),
                origin=Origin.OWN,
            )
            for one in others
        ]
    )


def known_of_case(flow: Flow, case_id: str) -> list[Known]:
    """What is known of the case, by each request that stands in it."""
    others = [one for one in flow.subjects_of("omnidesk", "case", case_id) if one != flow.subject]
    return [flow.known("omnidesk"), *(flow.known("omnidesk", one) for one in others)]
