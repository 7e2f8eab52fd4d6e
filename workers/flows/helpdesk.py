"""Steps in the help desk (Omnidesk)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.intake import customers
from service.intake.references import Mark
from service.ledger import together
from service.ledger.life import Lane
from workers.flows import carry, case_edit, case_search, details, known, shown, store, texts
from workers.flows.flow import Flow
from workers.flows.shop import Shop
from workers.vendors import replies
from workers.vendors.errors import NotFound, Rejected, Transient, UnknownOutcome
from workers.vendors.omnidesk import operations as omnidesk
from workers.vendors.operation import Operation
from workers.vendors.received import flag

# The customer's details by what the help desk calls them: the words of templates and of their labels.
_DETAILS = {"user_email": "email", "user_phone": "phone", "user_full_name": "name"}
# The help desk can tell of a case before the flow that opens it has written whose it is: it is looked for
# again for about a minute.
LATEST_LINK_FAILURES = 6

GONE = "gone"
"""What a step on a case gives that is not there any more: nothing failed."""


@dataclass(frozen=True)
class Case:
    """A case of the help desk: its id, the number that people know it by, and its customer."""

    case_id: str
    number: str
    user_id: str


def open_case(flow: Flow, shop: Shop, message: str = "", instead_of: str = "", *, look: bool = False) -> Case:
    """The case for the request, opened in the custom channel; `message` is what it begins with.

    One call. Nothing is looked up before, unless this or another event of the subject has tried it already,
    or a ledger that was lost may have (`look`): a case is opened only here, and is found by the reference in
    its subject line. `instead_of` is the case that is gone.
    """
    data, subject = flow.data, flow.subject
    customer = customers.custom_id(subject, shop.phones(flow).first, data)
    begins = _with_mark(flow, shop, message) if message else ""

    def create() -> dict[str, Any]:
        values = shop.values_to_customer(flow)
        fields = {
            "user_custom_id": customer,
            "user_full_name": values["name"],
            "user_phone": shop.phones(flow).first,
            "user_email": customers.email(data),
            "channel": shop.channel,
            "group_id": shop.group_id,
            "labels": list(shop.labels),
            "subject": texts.case_title(shop.to_customer, values),
        }

        def make(refused: Sequence[str]) -> Any:
            kept = {name: value for name, value in fields.items() if name not in refused}
            body = kept | texts.case_body(
                shop.to_customer,
                values,
                begins,
                [_DETAILS[one] for one in refused],
                shop.phone_warning(flow),
            )
            return flow.call(
                omnidesk.CASES_CREATE, body={name: value for name, value in body.items() if value}
            )

        answer, refused = details.without_refused(make, details.USER)
        case = _record(answer, "case")
        if not case.get("case_id"):
            raise _no_id(omnidesk.CASES_CREATE.name)
        keep_case(flow, shop, case)
        store.keep_told(flow, shop)
        return _ids(case) | ({"refused": refused} if refused else {})

    def find() -> dict[str, Any] | None:
        case = case_search.find(flow, shop, customer, instead_of)
        if case is None:
            return None
        found(flow, case)
        return _ids(case)

    standing = None if instead_of else linked_case(flow)
    if standing is None:
        # Before the call: a reply may come before its answer, and has to find who asked.
        if flow.linked("cscart", together.CUSTOMER) is None:
            flow.link("cscart", together.CUSTOMER, customer)
        # A customer's message can have come first, and opened it.
        made = flow.step("helpdesk.case", create, find, shared=True, look=look)
        standing = Case(made["case_id"], made["number"], made["user_id"])
        for name, word in made.get("refused", {}).items():
            flow.remark(f"Omnidesk refused the customer's {_DETAILS[name]} ({word}): it stands in the text.")
    flow.link("omnidesk", "case", standing.case_id, number=standing.number, user_id=standing.user_id)
    return standing


def linked_case(flow: Flow) -> Case | None:
    """The case that the request has."""
    link = flow.linked("omnidesk", "case")
    if link is None:
        return None
    return Case(link.external_id, str(link.data.get("number", "")), str(link.data.get("user_id", "")))


def the_case(flow: Flow) -> Case:
    """The case that the request has. Raises a `VendorError` without one."""
    return linked_case(flow) or not_yet(flow, f"No case of the help desk is known for {flow.subject}.")


def find_case(flow: Flow, shop: Shop) -> Case | None:
    """The request's case, by its link or else by its reference; it is linked then.

    Raises `Wait` while it may still be being opened.
    """
    if linked := linked_case(flow):
        return linked
    case = flow.sought("helpdesk.case", lambda: case_search.find(flow, shop, customer_of(flow, shop)))
    if case is None:
        return None
    found(flow, case)
    return linked_case(flow)


def customer_of(flow: Flow, shop: Shop) -> str:
    """The help desk's name for who asked, as far as it is known."""
    link = flow.linked("cscart", together.CUSTOMER)
    return link.external_id if link else customers.custom_id(flow.subject, shop.phones(flow).first, flow.data)


def found(flow: Flow, case: Mapping[str, Any]) -> None:
    """The case is the request's, as it turns out. What the store has of its state is not known."""
    ids = _ids(case)
    flow.link("omnidesk", "case", ids["case_id"], number=ids["number"], user_id=ids["user_id"])
    flow.remember("omnidesk", ids["case_id"], lambda before: {**before, "binned": is_binned(case)})


def not_yet(flow: Flow, sentence: str) -> Any:
    """Raise that something is missing which may still be written; after about a minute it never will be."""
    facts: dict[str, Any] = {"vendor": "omnidesk", "operation": flow.event.type, "sentence": sentence}
    if flow.event.failures < LATEST_LINK_FAILURES:
        raise Transient(**facts)
    raise Rejected(
        next_action="Cancel the event if Perezvon never opened a case for it; else replay it.", **facts
    )


def read_case(flow: Flow, case_id: str) -> dict[str, Any] | None:
    """The case as it stands now; None when it is not there, or thrown away."""
    try:
        answer = flow.call(omnidesk.CASES_GET, path={"case_id": case_id})
    except NotFound:
        return None
    case = _record(answer, "case")
    return None if not case or is_binned(case) else case


def is_binned(case: Mapping[str, Any]) -> bool:
    return bool(flag(case.get("deleted")))


def add_note(flow: Flow, shop: Shop, text: str, *, needed: bool = True, look: bool = False) -> None:
    """A note in the request's case, which only the staff sees; not `needed`, it may do without a case.

    `look`: it is looked for first, because a ledger that was lost may have written it.
    """
    if not needed and linked_case(flow) is None:
        flow.remark("No case of the help desk is known for this: no note was written.")
        return
    case = the_case(flow)
    body = _with_mark(flow, shop, text)

    def create() -> str:
        return message_id_in(
            flow.call(omnidesk.NOTES_CREATE, path={"case_id": case.case_id}, body={"content": body}),
            omnidesk.NOTES_CREATE.name,
        )

    if write_text(flow, "helpdesk.note", case, create, shop.event_mark(flow), look=look) is None:
        flow.remark("The case is gone from the help desk: no note was written.")


def add_message(flow: Flow, shop: Shop, case: Case, text: str) -> bool:
    """A message of the customer in the case; False when the case is gone after all.

    It is looked for first, always: nothing but the case can tell that it stands there already.
    """
    body: dict[str, Any] = {"content": _with_mark(flow, shop, text), "user_id": case.user_id}

    def create() -> str:
        return message_id_in(
            flow.call(omnidesk.MESSAGES_CREATE, path={"case_id": case.case_id}, body=body),
            omnidesk.MESSAGES_CREATE.name,
        )

    return write_text(flow, "helpdesk.message", case, create, shop.event_mark(flow), look=True) is not None


def write_text(
    flow: Flow, step: str, case: Case, create: Callable[[], str], mark: Mark, *, look: bool
) -> str | None:
    """The id of what was written with that mark; None when the case is not there."""

    def wrote(message_id: str) -> str:
        now = flow.event.now
        flow.remember(
            "omnidesk", case.case_id, lambda one: {**known.with_message(one, message_id), "at": now}
        )
        return message_id

    def act() -> str | None:
        try:
            return wrote(create())
        except NotFound:
            _forget(flow, case)
            return None

    def find() -> str | None:
        query = {"page": 1, "limit": 100, "order": "desc"}
        try:
            answer = flow.call(omnidesk.MESSAGES_LIST, path={"case_id": case.case_id}, query=query)
        except NotFound:
            return None
        messages = replies.rows(omnidesk.MESSAGES_LIST, answer)
        # The oldest: later ones may quote it.
        ours = texts.found_by(mark, messages[::-1])
        return wrote(str(ours["message_id"])) if ours else None

    if _is_gone(flow, case):
        return None
    return flow.step(step, act, find, look=look)


def _is_gone(flow: Flow, case: Case) -> bool:
    """Did the help desk not know the case any more? One in the bin is not gone: people can take it back."""
    return bool(flow.known("omnidesk").get(GONE) == case.case_id)


def _forget(flow: Flow, case: Case) -> None:
    """Remember that the case is gone: nothing more is written there."""
    flow.remember("omnidesk", case.case_id, lambda before: {**before, GONE: case.case_id})


def set_status(flow: Flow, shop: Shop, status: str) -> None:
    """The case's status; what it makes of the store's is kept, so that word of it starts nothing."""
    case = the_case(flow)

    def act() -> str:
        done = _edit(flow, "helpdesk.status", omnidesk.CASES_UPDATE, case, {"status": status})
        if done != GONE:
            state = {**flow.known("omnidesk").get("state", {}), "status": status}
            keep_case(flow, shop, {**state, "case_id": case.case_id})
        return done

    if flow.step("helpdesk.status", act) == GONE:
        flow.remark("The case is gone from the help desk: its status was not set.")


def trash_case(flow: Flow, case: Case) -> None:
    """The case into the bin, from where people can take it back."""

    def act() -> str:
        done = _edit(flow, "helpdesk.trash", omnidesk.CASES_TRASH, case)
        mine = {"binned": True, "at": flow.event.now}
        flow.remember("omnidesk", case.case_id, lambda before: {**before, **mine})
        return done

    if flow.step("helpdesk.trash", act) == GONE:
        flow.remark("The case was gone from the help desk already.")


def _edit(flow: Flow, step: str, operation: Operation, case: Case, body: dict[str, Any] | None = None) -> str:
    """`done`, `GONE`, or `handed on`: a batch's edits wait for each other, to go out as one call."""
    if _is_gone(flow, case):
        return GONE
    if flow.event.lane == Lane.BULK:
        key = f"{flow.event.id}/{step}"
        flow.found([case_edit.new_event(operation, case.case_id, body, dedupe_key=key, subject=flow.subject)])
        return "handed on"
    try:
        shown.write(
            lambda: flow.call(operation, path={"case_ids": case.case_id}, body=body),
            lambda: shown.case(flow, operation, case.case_id, body),
        )
    except NotFound:
        _forget(flow, case)
        return GONE
    return "done"


def keep_case(flow: Flow, shop: Shop, case: Mapping[str, Any]) -> None:
    """Remember the case as we have just left it, and what it means for the store."""
    state = known.case_state(case)
    mine = {
        "binned": False,
        "state": state,
        "carried": carry.to_store(state, shop.config),
        "at": flow.event.now,
    }
    flow.remember("omnidesk", str(case["case_id"]), lambda before: {**before, **mine})


def _with_mark(flow: Flow, shop: Shop, text: str) -> str:
    return texts.signed(text, shop.event_mark(flow).text)


def _record(answer: Any, root: str) -> dict[str, Any]:
    record = answer.get(root) if isinstance(answer, dict) else None
    return record if isinstance(record, dict) else {}


def message_id_in(answer: Any, operation: str) -> str:
    message_id = _record(answer, "message").get("message_id")
    if not message_id:
        raise _no_id(operation)
    return str(message_id)


def _no_id(operation: str) -> UnknownOutcome:
    return UnknownOutcome(
        vendor="omnidesk",
        operation=operation,
        sentence="Omnidesk answered without the id of what it made; it will be looked up.",
    )


def _ids(case: Mapping[str, Any]) -> dict[str, str]:
    return {
        "case_id": str(case["case_id"]),
        "number": str(case.get("case_number") or case["case_id"]),
        "user_id": str(case.get("user_id") or ""),
    }
