"""Finding cases by the parameters of the document's list."""

from typing import Any

from workers.vendors.omnidesk.sandbox import listing
from workers.vendors.omnidesk.sandbox.desk import Desk
from workers.vendors.omnidesk.sandbox.refusal import Refusal
from workers.vendors.omnidesk.sandbox.tables import Row
from workers.vendors.sandbox.wire import Json

PRIORITIES = ("critical", "high", "normal", "low")
STATUSES = ("open", "waiting", "closed")


def search(desk: Desk, fields: Json) -> list[Row]:
    """All matching cases in the order asked for; what lies in the trash or in spam only under its filter."""
    in_filter = fields.get("filter")
    if in_filter is not None and in_filter not in {str(row["filter_id"]) for row in desk.filters}:
        raise Refusal(400, "filter: unknown filter")
    kinds = desk.custom_field_kinds()
    rows = [
        case
        for case in desk.cases
        if _in_filter(desk, case, in_filter)
        and _equals(case, fields)
        and _mentions(desk, case, fields)
        and _is_of(desk, case, fields)
        and listing.in_period(fields, case)
        and listing.custom_fields_match(
            fields, {**_user(desk, case)["custom_fields"], **case["custom_fields"]}, kinds
        )
        and (fields.get("show_merged_cases") or not case["_merged"])
        and (fields.get("show_active_chats") or not _is_active_chat(case))
    ]
    column, downwards = fields.get("sort", ("updated_at", True))
    return sorted(rows, key=lambda case: (_rank(case, column), case["case_id"]), reverse=downwards)


def _is_active_chat(case: Row) -> bool:
    return bool(case["channel"] == "chat" and case["status"] != "closed")


def _user(desk: Desk, case: Row) -> Row:
    """A deleted user leaves the cases behind."""
    return desk.users.find(case["user_id"]) or {"custom_fields": {}}


def _in_filter(desk: Desk, case: Row, name: str | None) -> bool:
    """The document: spam is a filter that a case is moved to; the trash is taken to be one as well."""
    if name == "spam":
        return bool(case["spam"]) and not case["deleted"]
    if name == "trash":
        return bool(case["deleted"])
    if case["spam"] or case["deleted"]:
        return False
    if name == "unassigned":
        return not case["staff_id"]
    if name in STATUSES:
        return bool(case["status"] == name)
    return name is None or bool(case["channel"] == desk.config.omnidesk_channel)


def _equals(case: Row, fields: Json) -> bool:
    for name in ("user_id", "staff_id", "group_id", "channel", "priority", "status"):
        if name in fields and case[name] not in fields[name]:
            return False
    return all(label in case["labels"] for label in fields.get("labels", []))


def _mentions(desk: Desk, case: Row, fields: Json) -> bool:
    user = _user(desk, case)
    if "subject" in fields and not listing.found_in(fields["subject"], case["subject"]):
        return False
    emails, phones = fields.get("user_email"), fields.get("user_phone")
    if emails and not any(listing.found_in(part, user.get("user_email", "")) for part in emails):
        return False
    numbers = (user.get("user_phone", ""), user.get("user_whatsapp_phone", ""))
    return not phones or any(
        listing.phone_found_in(part, number) for part in phones for number in numbers if number
    )


def _is_of(desk: Desk, case: Row, fields: Json) -> bool:
    """FIELD-NOTES, the API: one client filters by it; nobody says that every account can."""
    wanted = fields.get("user_custom_id")
    if wanted is None or not desk.config.omnidesk_filters_by_custom_id:
        return True
    return _user(desk, case).get("user_custom_id") in wanted


def _rank(case: Row, column: str) -> Any:
    if column == "priority":
        # The document: `priority_desc` has the critical ones first.
        return -PRIORITIES.index(case["priority"])
    if column == "status":
        return STATUSES.index(case["status"])
    return case["_responded_at"] if column == "response" else case[column]
