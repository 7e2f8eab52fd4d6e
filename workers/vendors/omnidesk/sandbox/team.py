"""Groups and staff: what is disabled or deleted is replaced in its cases, by cron and not at once."""

from collections.abc import Callable

from workers.vendors.omnidesk.sandbox import listing, moments
from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import OWNER_STAFF_ID, Desk
from workers.vendors.omnidesk.sandbox.handlers import Handlers
from workers.vendors.omnidesk.sandbox.refusal import Refusal
from workers.vendors.omnidesk.sandbox.tables import Row, Table, shown
from workers.vendors.sandbox.wire import Answer, json_answer

handlers = Handlers()


def _list(desk: Desk, ask: Ask, table: Table) -> Answer:
    rows = list(table)
    return listing.answer(table.what, listing.page(rows, ask.fields), len(rows), desk.config)


def _answer(root: str, row: Row, status: int = 200) -> Answer:
    return json_answer(status, {root: shown(row)})


def _replacement(table: Table, ask: Ask, row: Row) -> int:
    """The id that takes the row's place, 0 for none."""
    name = f"replace_{table.id_name}"
    replacement = ask.fields.get(name, 0)
    if replacement:
        other = table.find(replacement)
        if other is None or not other["active"] or other is row:
            raise Refusal(400, f"{table.what}.{name}: must be another one that exists and is active")
    return int(replacement)


def _replace(desk: Desk, column: str, old: int, new: int, which: Callable[[Row], bool]) -> None:
    for case in desk.cases:
        if case[column] == old and which(case):
            case[column] = new


def _any_case(_case: Row) -> bool:
    return True


def _still_open(case: Row) -> bool:
    return bool(case["status"] != "closed")


# Groups


@handlers("groups.create")
def create_group(desk: Desk, ask: Ask) -> Answer:
    now = moments.now()
    group = desk.groups.add(
        group_title=ask.fields["group_title"],
        group_from_name=ask.fields.get("group_from_name", ""),
        group_signature=ask.fields.get("group_signature", ""),
        active=True,
        created_at=now,
        updated_at=now,
    )
    return _answer("group", group, 201)


@handlers("groups.list")
def list_groups(desk: Desk, ask: Ask) -> Answer:
    return _list(desk, ask, desk.groups)


@handlers("groups.get")
def get_group(desk: Desk, ask: Ask) -> Answer:
    return _answer("group", desk.groups.get(ask.number("group_id")))


@handlers("groups.update")
def update_group(desk: Desk, ask: Ask) -> Answer:
    group = desk.groups.get(ask.number("group_id"))
    group.update(ask.fields, updated_at=moments.now())
    return _answer("group", group)


def _group_replacement(desk: Desk, ask: Ask, group: Row) -> int:
    """The document: needed when the group is in use anywhere."""
    replacement = _replacement(desk.groups, ask, group)
    used = any(case["group_id"] == group["group_id"] for case in desk.cases)
    if used and not replacement:
        raise Refusal(400, "group.replace_group_id: required, the group is in use")
    return replacement


@handlers("groups.disable")
def disable_group(desk: Desk, ask: Ask) -> Answer:
    group = desk.groups.get(ask.number("group_id"))
    old, new = group["group_id"], _group_replacement(desk, ask, group)
    group.update(active=False, updated_at=moments.now())
    desk.later(lambda: _replace(desk, "group_id", old, new, _any_case))
    return _answer("group", group)


@handlers("groups.enable")
def enable_group(desk: Desk, ask: Ask) -> Answer:
    group = desk.groups.get(ask.number("group_id"))
    group.update(active=True, updated_at=moments.now())
    return _answer("group", group)


@handlers("groups.delete")
def delete_group(desk: Desk, ask: Ask) -> Answer:
    group = desk.groups.get(ask.number("group_id"))
    old, new = group["group_id"], _group_replacement(desk, ask, group)

    def delete() -> None:
        _replace(desk, "group_id", old, new, _any_case)
        desk.groups.remove(old)

    desk.later(delete)
    return Answer(200)


# Staff


def _without_status(row: Row) -> Row:
    """The document: `status` (online, away, offline) belongs to what is looked at, not to what is changed."""
    return {name: value for name, value in row.items() if name != "status"}


def _check_email(desk: Desk, email: str, own_id: int = 0) -> None:
    taken = desk.staff_by_email(email)
    if taken is not None and taken["staff_id"] != own_id:
        raise Refusal(400, "email_already_exist")


@handlers("staff.create")
def create_staff(desk: Desk, ask: Ask) -> Answer:
    """The document's sample: a new member of staff is not active yet."""
    _check_email(desk, ask.fields["staff_email"])
    now = moments.now()
    staff = desk.staff.add(
        staff_email=ask.fields["staff_email"],
        staff_full_name=ask.fields.get("staff_full_name", ""),
        staff_signature=ask.fields.get("staff_signature", ""),
        thumbnail="",
        active=False,
        status="offline",
        created_at=now,
        updated_at=now,
    )
    return _answer("staff", _without_status(staff), 201)


@handlers("staff.list")
def list_staff(desk: Desk, ask: Ask) -> Answer:
    return _list(desk, ask, desk.staff)


@handlers("staff.get")
def get_staff(desk: Desk, ask: Ask) -> Answer:
    return _answer("staff", desk.staff.get(ask.number("staff_id")))


@handlers("staff.update")
def update_staff(desk: Desk, ask: Ask) -> Answer:
    staff = desk.staff.get(ask.number("staff_id"))
    if "staff_email" in ask.fields:
        _check_email(desk, ask.fields["staff_email"], staff["staff_id"])
    staff.update(ask.fields, updated_at=moments.now())
    return _answer("staff", _without_status(staff))


def _not_the_owner(staff: Row) -> None:
    """The account's owner stays, or nobody could use the API again."""
    if staff["staff_id"] == OWNER_STAFF_ID:
        raise Refusal(403, "staff_has_not_access")


@handlers("staff.disable")
def disable_staff(desk: Desk, ask: Ask) -> Answer:
    """The document: replaced in cases that are open or waiting."""
    staff = desk.staff.get(ask.number("staff_id"))
    _not_the_owner(staff)
    old, new = staff["staff_id"], _replacement(desk.staff, ask, staff)
    staff.update(active=False, status="offline", updated_at=moments.now())
    desk.later(lambda: _replace(desk, "staff_id", old, new, _still_open))
    return _answer("staff", _without_status(staff))


@handlers("staff.enable")
def enable_staff(desk: Desk, ask: Ask) -> Answer:
    staff = desk.staff.get(ask.number("staff_id"))
    staff.update(active=True, updated_at=moments.now())
    return _answer("staff", _without_status(staff))


@handlers("staff.delete")
def delete_staff(desk: Desk, ask: Ask) -> Answer:
    """The document: replaced in cases of any status."""
    staff = desk.staff.get(ask.number("staff_id"))
    _not_the_owner(staff)
    old, new = staff["staff_id"], _replacement(desk.staff, ask, staff)

    def delete() -> None:
        _replace(desk, "staff_id", old, new, _any_case)
        desk.staff.remove(old)

    desk.later(delete)
    return Answer(200)
