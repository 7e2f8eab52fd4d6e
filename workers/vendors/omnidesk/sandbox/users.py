"""Users: found or made by any of the ways to reach them."""

from workers.vendors.omnidesk.sandbox import listing, moments
from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import OWNER_STAFF_ID, Desk
from workers.vendors.omnidesk.sandbox.handlers import Handlers
from workers.vendors.omnidesk.sandbox.refusal import Refusal
from workers.vendors.omnidesk.sandbox.tables import Row, shown
from workers.vendors.sandbox.wire import Answer, Json, json_answer

handlers = Handlers()

CONTACTS = {
    "user_custom_id": "custom",
    "user_email": "email",
    "user_phone": "phone",
    "user_whatsapp_phone": "whatsapp",
    "user_telegram_data": "telegram",
}
"""The ways to reach a user, and the type of a user who is reached that way."""


def find_or_create(desk: Desk, fields: Json) -> Row:
    """The user of a new case. A custom id decides alone: people may share a phone, and the channel's webhook
    must give back the id that it was given. Without one, the same e-mail or phone is the same user."""
    names = ["user_custom_id"] if fields.get("user_custom_id") else list(CONTACTS)
    for name in names:
        if fields.get(name) and (user_id := desk.users_by_contact.get((name, _key(name, fields[name])))):
            return desk.users.get(user_id)
    if desk.config.omnidesk_unique_details:
        _refuse_known(desk, fields)
    return create(desk, fields)


def _refuse_known(desk: Desk, fields: Json) -> None:
    for name in CONTACTS:
        if fields.get(name) and (name, _key(name, fields[name])) in desk.users_by_contact:
            # FIELD-NOTES: `email_already_exist` and `phone_already_exist` were seen.
            raise Refusal(400, f"{name.removeprefix('user_')}_already_exist")


def create(desk: Desk, fields: Json) -> Row:
    kind = next(name for name in CONTACTS if fields.get(name))
    now = moments.now()
    user = desk.users.add(
        user_full_name=fields.get("user_full_name", ""),
        company_name=fields.get("company_name", fields.get("user_company_name", "")),
        company_position=fields.get("company_position", ""),
        thumbnail="",
        confirmed=False,
        active=True,
        deleted=False,
        created_at=now,
        updated_at=now,
        type=CONTACTS[kind],
        **{name: fields[name] for name in CONTACTS if fields.get(name)},
        language_id=fields.get("language_id", 1),
        custom_fields=dict(fields.get("custom_fields", {})),
        linked_users=[],
        _note=fields.get("user_note", ""),
        _channel=fields.get("user_custom_channel", fields.get("channel", "")),
    )
    for name in CONTACTS:
        if fields.get(name):
            desk.users_by_contact.setdefault((name, _key(name, fields[name])), user["user_id"])
    return user


def forget(desk: Desk, user: Row) -> None:
    for name in CONTACTS:
        if user.get(name):
            key = (name, _key(name, user[name]))
            if desk.users_by_contact.get(key) == user["user_id"]:
                del desk.users_by_contact[key]
    desk.users.remove(user["user_id"])


def _key(name: str, value: str) -> str:
    return "".join(filter(str.isdecimal, value)) if "phone" in name else value.lower()


@handlers("users.create")
def create_user(desk: Desk, ask: Ask) -> Answer:
    fields = ask.fields
    _refuse_known(desk, fields)
    if fields.get("user_custom_id"):
        desk.channel(fields.get("user_custom_channel", ""), "user.user_custom_channel")
    elif "user_custom_channel" in fields:
        raise Refusal(400, "user.user_custom_channel: goes with user_custom_id only")
    _check(desk, fields)
    user = create(desk, fields)
    # FIELD-NOTES: the reply to a creation holds the new user's password.
    return json_answer(201, {"user": {**shown(user), "password": "sandbox-pw"}})


@handlers("users.list")
def list_users(desk: Desk, ask: Ask) -> Answer:
    kinds = desk.custom_field_kinds()
    rows = [
        user
        for user in desk.users
        if _wanted(user, ask.fields, kinds) and _newer_filters(desk, user, ask.fields)
    ]
    counted = ask.fields.get("amount_of_cases", False)

    def show(user: Row) -> Row:
        row = shown(user)
        row.pop("linked_users")
        if counted:
            row["amount_of_cases"] = sum(case["user_id"] == user["user_id"] for case in desk.cases)
        return row

    page = listing.page(rows, ask.fields)
    return listing.answer("user", page, len(rows), desk.config, show)


def _wanted(user: Row, fields: Json, kinds: dict[str, str]) -> bool:
    if "user_email" in fields and not listing.found_in(fields["user_email"], user.get("user_email", "")):
        return False
    phones = (user.get("user_phone", ""), user.get("user_whatsapp_phone", ""))
    if "user_phone" in fields and not any(
        listing.phone_found_in(fields["user_phone"], p) for p in phones if p
    ):
        return False
    exact = {"user_custom_id": user.get("user_custom_id"), "user_custom_channel": user["_channel"]}
    if any(name in fields and fields[name] != value for name, value in exact.items()):
        return False
    if "language_id" in fields and fields["language_id"] != user["language_id"]:
        return False
    return listing.custom_fields_match(fields, user["custom_fields"], kinds) and listing.in_period(
        fields, user
    )


def _newer_filters(desk: Desk, user: Row, fields: Json) -> bool:
    """FIELD-NOTES: users by `company_id`, and by the time of the last contact."""
    if "company_id" in fields:
        names = {row["company_name"] for row in desk.companies if row["company_id"] in fields["company_id"]}
        if user["company_name"] not in names:
            return False
    start, end = fields.get("from_last_contact_time"), fields.get("to_last_contact_time")
    if start is None and end is None:
        return True
    contacts = [case["_responded_at"] for case in desk.cases if case["user_id"] == user["user_id"]]
    last = max(contacts, default=None)
    return last is not None and (start is None or start <= last) and (end is None or last <= end)


def _check(desk: Desk, fields: Json) -> None:
    desk.check_custom_fields(fields.get("custom_fields", {}), "user", "user")
    if "language_id" in fields:
        desk.check_language(fields["language_id"], "user.language_id")


@handlers("users.get")
def get_user(desk: Desk, ask: Ask) -> Answer:
    return _answer(desk.users.get(ask.number("user_id")))


@handlers("users.update")
def update_user(desk: Desk, ask: Ask) -> Answer:
    user = desk.users.get(ask.number("user_id"))
    fields = dict(ask.fields)
    _check(desk, fields)
    if fields.get("user_email") and user["confirmed"]:
        raise Refusal(400, "user.user_email: cannot be changed once it is confirmed")
    for name in ("user_email", "user_phone"):
        if value := fields.pop(name, None):
            key = (name, _key(name, value))
            if desk.users_by_contact.get(key) not in (None, user["user_id"]):
                raise Refusal(400, f"{name.removeprefix('user_')}_already_exist")
            desk.users_by_contact.pop((name, _key(name, user.get(name, ""))), None)
            desk.users_by_contact[key] = user["user_id"]
            user[name] = value
    user["_note"] = fields.pop("user_note", user["_note"])
    user["custom_fields"].update(fields.pop("custom_fields", {}))
    user.update(fields, updated_at=moments.now())
    return _answer(user)


@handlers("users.disable")
def disable_user(desk: Desk, ask: Ask) -> Answer:
    return _mark(desk, ask, deleted=True)


@handlers("users.block")
def block_user(desk: Desk, ask: Ask) -> Answer:
    return _mark(desk, ask, active=False)


@handlers("users.restore")
def restore_user(desk: Desk, ask: Ask) -> Answer:
    return _mark(desk, ask, active=True, deleted=False)


@handlers("users.delete")
def delete_user(desk: Desk, ask: Ask) -> Answer:
    user = desk.users.get(ask.number("user_id"))
    if ask.staff_id != OWNER_STAFF_ID:
        raise Refusal(403, "staff_has_not_access")
    forget(desk, user)
    return Answer(200)


def _mark(desk: Desk, ask: Ask, **marks: bool) -> Answer:
    user = desk.users.get(ask.number("user_id"))
    user.update(marks, updated_at=moments.now())
    return _answer(user)


def _answer(user: Row) -> Answer:
    return json_answer(200, {"user": shown(user)})
