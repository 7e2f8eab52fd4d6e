"""What is newer than the document (FIELD-NOTES, "Newer operations"): ratings, links, lists of the team's."""

import random

from workers.vendors.omnidesk.sandbox import cases, messages, moments
from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import Desk
from workers.vendors.omnidesk.sandbox.handlers import Handlers
from workers.vendors.omnidesk.sandbox.refusal import Refusal, not_found
from workers.vendors.omnidesk.sandbox.tables import Row, shown
from workers.vendors.sandbox.wire import Answer, Json, json_answer

handlers = Handlers()

ROLES = {3: "Первая линия поддержки", 9: "Вторая линия поддержки"}
STATUSES = {1: "В сети", 2: "Отошёл", 3: "Не в сети"}


@handlers("cases.rate")
def rate_case(desk: Desk, ask: Ask) -> Answer:
    case = desk.case(ask.params["case_id"])
    if ask.fields.get("rated_staff_id") and ask.fields["rated_staff_id"] not in desk.staff:
        raise not_found("staff")
    case.update({"rating_comment": "", "rated_staff_id": case["staff_id"], **ask.fields})
    case["updated_at"] = case["_rated_at"] = moments.now()
    return json_answer(200, {"case": cases.show(case)})


@handlers("messages.rate")
def rate_message(desk: Desk, ask: Ask) -> Answer:
    """What a customer wrote is not rated."""
    message = desk.messages[desk.case(ask.params["case_id"])["case_id"]].get(ask.number("message_id"))
    if not message["staff_id"] or message["note"]:
        raise Refusal(400, "message: must be an answer of the staff")
    message.update({"rating_comment": "", **ask.fields})
    return json_answer(200, {"message": messages.show(message)})


@handlers("cases.changelog")
def changelog(desk: Desk, ask: Ask) -> Answer:
    return json_answer(200, {"changelog": desk.case(ask.params["case_id"])["_changes"]})


@handlers("users.link", "users.unlink")
def link_users(desk: Desk, ask: Ask) -> Answer:
    """Both sides know of it."""
    one, other = desk.users.get(ask.number("user_id")), _other(desk, ask.fields)
    if one is other:
        raise Refusal(400, "user_id: must be another user")
    for row, id_ in ((one, other["user_id"]), (other, one["user_id"])):
        kept = [linked for linked in row["linked_users"] if linked != id_]
        row["linked_users"] = [*kept, id_] if ask.operation.name.endswith(".link") else kept
    return json_answer(200, {"user": shown(one)})


def _other(desk: Desk, fields: Json) -> Row:
    if "user_id" in fields:
        return desk.users.get(fields["user_id"])
    found = next(
        (user for user in desk.users if any(user.get(name) == value for name, value in fields.items())), None
    )
    if found is None:
        raise not_found("user")
    return found


@handlers("users.identify")
def identify(_desk: Desk, _ask: Ask) -> Answer:
    return json_answer(200, {"code": f"o_{random.getrandbits(64):x}_uv"})


@handlers("staff_roles.list")
def list_roles(_desk: Desk, _ask: Ask) -> Answer:
    return _counted("staff_roles", [{"role_id": key, "role": role} for key, role in ROLES.items()])


@handlers("staff_statuses.list")
def list_statuses(_desk: Desk, _ask: Ask) -> Answer:
    rows: list[Row] = [{"status_id": key, "status": status} for key, status in STATUSES.items()]
    return _counted("staff_statuses", rows)


def _counted(root: str, rows: list[Row]) -> Answer:
    """These lists say `count`, the others `total_count`."""
    body: Json = {str(place): {root: row} for place, row in enumerate(rows)}
    return json_answer(200, {**body, "count": len(rows)})


@handlers("macros.list")
def list_macros(_desk: Desk, _ask: Ask) -> Answer:
    action = {"macro_action_id": 1, "action_type": "add_note", "action_destination": {"1": "Перезвонить"}}
    macro = {"title": "Перезвонить", "position": 0, "group_name": "Звонки", "actions": [action]}
    common = {"title": "Без категории", "sort": 99999, "macros_category_id": 0, "data": {"196529": macro}}
    return json_answer(200, {"common": {"0": common}, "personal": []})


@handlers("stats.leaderboard")
def leaderboard(desk: Desk, _ask: Ask) -> Answer:
    rows: Json = {}
    for place, row in enumerate(desk.staff):
        own = [case for case in desk.cases if case["staff_id"] == row["staff_id"]]
        answers = [
            one for held in desk.messages.values() for one in held if one["staff_id"] == row["staff_id"]
        ]
        rows[str(place)] = {
            "staff": {
                "staff_id": row["staff_id"],
                "staff_name": row["staff_full_name"],
                "new_cases_in_total": len(own),
                "total_number_of_responses": sum(not one["note"] for one in answers),
                "first_response_sla_violated": "0%",
            }
        }
    return json_answer(200, rows)


@handlers("stats.satisfaction")
def satisfaction(desk: Desk, _ask: Ask) -> Answer:
    """The rows stand bare."""
    rated = [case for case in desk.cases if "rating" in case]
    return json_answer(
        200,
        {
            str(place): {
                "rating_id": place + 1,
                **{name: case[name] for name in ("rating", "rating_comment", "rated_staff_id")},
                **{
                    name: case[name] for name in ("case_id", "case_number", "user_id", "staff_id", "group_id")
                },
                "created_at": case["_rated_at"],
                "updated_at": case["_rated_at"],
            }
            for place, case in enumerate(rated)
        },
    )
