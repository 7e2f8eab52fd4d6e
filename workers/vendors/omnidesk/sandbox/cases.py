"""Cases: opened, listed, changed, thrown away, restored; one by one or many at once."""

import random
from collections.abc import Callable

from workers.vendors.omnidesk.sandbox import case_search, listing, messages, moments, users
from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import OWNER_STAFF_ID, Desk
from workers.vendors.omnidesk.sandbox.handlers import Handlers
from workers.vendors.omnidesk.sandbox.refusal import Refusal
from workers.vendors.omnidesk.sandbox.tables import Row, Table, shown
from workers.vendors.sandbox.wire import Answer, Json, json_answer

handlers = Handlers()


def show(case: Row) -> Row:
    """Addresses in copy are one text in answers; `closing_speed` belongs to lists only."""
    return {
        **shown(case),
        "cc_emails": ",".join(case["cc_emails"]),
        "bcc_emails": ",".join(case["bcc_emails"]),
        # FIELD-NOTES, "New fields".
        "closed_at": case["_closed_at"] or "-",
        "last_response_at": case["_responded_at"],
    }


def show_in_list(case: Row) -> Row:
    """The document: minutes until the case was closed, `-` when it is not."""
    closed = case["_closed_at"]
    speed = int((closed - case["created_at"]).total_seconds() // 60) if closed else "-"
    return {**show(case), "closing_speed": max(0, speed) if isinstance(speed, int) else speed}


@handlers("cases.create")
def create_case(desk: Desk, ask: Ask) -> Answer:
    fields = ask.fields
    channel = fields.get("channel")
    if channel is None and fields.get("user_custom_id"):
        raise Refusal(400, "case.channel: required with user_custom_id")
    if channel is not None:
        desk.channel(channel, "case.channel")
    _check(desk, fields)
    for name in ("staff_id", "initiator_id"):
        if fields.get(name):
            desk.check_active(desk.staff, fields[name], f"case.{name}")
    if "case_email_id" in fields and fields["case_email_id"] not in (
        -1,
        *(r["email_id"] for r in desk.client_emails),
    ):
        raise Refusal(400, "case.case_email_id: unknown e-mail address")
    return json_answer(201, {"case": show(open_case(desk, ask, channel or "web"))})


def open_case(desk: Desk, ask: Ask, channel: str) -> Row:
    fields = ask.fields
    user = users.find_or_create(desk, fields)
    created = fields.get("created_at") or moments.now()
    status = fields.get("status") or ("waiting" if fields.get("initiator_id") else "open")
    case = desk.cases.add(
        case_number=f"{random.randint(100, 999)}-{random.randint(100000, 999999)}",  # noqa: S311 - a label
        subject=fields["subject"],
        user_id=user["user_id"],
        staff_id=fields.get("staff_id", 0),
        group_id=fields.get("group_id", next((row["group_id"] for row in desk.groups if row["active"]), 0)),
        status=status,
        priority=fields.get("priority", "normal"),
        channel=channel,
        recipient=next((user[name] for name in users.CONTACTS if user.get(name)), ""),
        cc_emails=list(fields.get("cc_emails", [])),
        bcc_emails=list(fields.get("bcc_emails", [])),
        deleted=False,
        spam=False,
        created_at=created,
        updated_at=moments.now(),
        language_id=fields.get("language_id", user["language_id"]),
        custom_fields=dict(fields.get("custom_fields", {})),
        labels=list(dict.fromkeys(fields.get("labels", []))),
        locked_labels=[],
        _closed_at=moments.now() if status == "closed" else None,
        _responded_at=created,
        _merged=False,
        _changes=[],
    )
    if channel == "idea":
        case["idea"] = {
            "content": fields.get("content", ""),
            "stage": "waiting",
            "category": 0,
            "official_response": "",
            "official_response_tstamp": 0,
        }
    desk.messages[case["case_id"]] = Table("message", "message_id")
    messages.add(desk, ask, case, user_id=0 if fields.get("initiator_id") else user["user_id"])
    return case


@handlers("cases.list")
def list_cases(desk: Desk, ask: Ask) -> Answer:
    rows = case_search.search(desk, ask.fields)
    page = listing.page(rows, ask.fields)
    return listing.answer("case", page, len(rows), desk.config, show_in_list)


@handlers("cases.get")
def get_case(desk: Desk, ask: Ask) -> Answer:
    return json_answer(200, {"case": show(desk.case(ask.params["case_id"]))})


@handlers("cases.update")
def update_cases(desk: Desk, ask: Ask) -> Answer:
    _check(desk, ask.fields)
    if ask.fields.get("staff_id"):
        desk.check_active(desk.staff, ask.fields["staff_id"], "case.staff_id")
    return _each(desk, ask, lambda case: _change(case, ask.fields))


@handlers("cases.trash")
def trash_cases(desk: Desk, ask: Ask) -> Answer:
    return _each(desk, ask, lambda case: case.update(deleted=True))


@handlers("cases.spam")
def spam_cases(desk: Desk, ask: Ask) -> Answer:
    return _each(desk, ask, lambda case: case.update(spam=True))


@handlers("cases.restore")
def restore_cases(desk: Desk, ask: Ask) -> Answer:
    return _each(desk, ask, lambda case: case.update(deleted=False, spam=False))


@handlers("cases.delete")
def delete_case(desk: Desk, ask: Ask) -> Answer:
    """The document: for good, and for staff with full access only."""
    case = desk.case(ask.params["case_id"])
    _remove(desk, case, ask)
    return Answer(200)


@handlers("cases.delete_many")
def delete_cases(desk: Desk, ask: Ask) -> Answer:
    """FIELD-NOTES, "Newer operations"."""
    parts = [part.strip() for part in ask.params["case_ids"].split(",")]
    found = [case for part in dict.fromkeys(parts) if (case := desk.find_case(part))]
    for case in found:
        _remove(desk, case, ask)
    return json_answer(200, {"case_success_id": [case["case_id"] for case in found]})


def _remove(desk: Desk, case: Row, ask: Ask) -> None:
    if ask.staff_id != OWNER_STAFF_ID:
        raise Refusal(403, "staff_has_not_access")
    desk.cases.remove(case["case_id"])
    desk.messages.pop(case["case_id"], None)


def _each(desk: Desk, ask: Ask, change: Callable[[Row], None]) -> Answer:
    """One id answers the case, several answer the ids that succeeded (the document, bulk editing)."""
    wanted = [part.strip() for part in ask.params["case_ids"].split(",")]
    if len(wanted) == 1:
        case = desk.case(wanted[0])
        _log(case, change, ask)
        return json_answer(200, {"case": show(case)})
    succeeded = []
    for part in dict.fromkeys(wanted):
        if found := desk.find_case(part):
            _log(found, change, ask)
            succeeded.append(found["case_id"])
    return json_answer(200, {"case_success_id": succeeded})


def _log(case: Row, change: Callable[[Row], None], ask: Ask) -> None:
    """Make the change, and write it into the case's history (FIELD-NOTES, "Newer operations")."""
    before = dict(case)
    change(case)
    case["updated_at"] = moments.now()
    case["_changes"].extend(
        {
            "event": name,
            "done_by": f"staff_{ask.staff_id}",
            "old_value": before[name],
            "value": case[name],
            "created_at": case["updated_at"],
        }
        for name in ("subject", "status", "priority", "group_id", "staff_id", "labels", "deleted", "spam")
        if before[name] != case[name]
    )


def _check(desk: Desk, fields: Json) -> None:
    if "group_id" in fields:
        desk.check_active(desk.groups, fields["group_id"], "case.group_id")
    if "language_id" in fields:
        desk.check_language(fields["language_id"], "case.language_id")
    desk.check_custom_fields(fields.get("custom_fields", {}), "case", "case")
    for name in ("labels", "add_labels", "delete_labels"):
        desk.check_labels(fields.get(name, []), f"case.{name}")


def _change(case: Row, fields: Json) -> None:
    for name in ("subject", "group_id", "staff_id", "priority", "language_id"):
        if name in fields:
            case[name] = fields[name]
    if "status" in fields:
        if fields["status"] == "closed" and case["status"] != "closed":
            case["_closed_at"] = moments.now()
        elif fields["status"] != "closed":
            case["_closed_at"] = None
        case["status"] = fields["status"]
    case["custom_fields"].update(fields.get("custom_fields", {}))
    for column, added, removed in (
        ("labels", "add_labels", "delete_labels"),
        ("cc_emails", "add_cc_emails", "remove_cc_emails"),
        ("bcc_emails", "add_bcc_emails", "remove_bcc_emails"),
    ):
        together = dict.fromkeys([*case[column], *fields.get(added, [])])
        case[column] = [value for value in together if value not in fields.get(removed, [])]
