"""Messages and notes of a case, and the webhook that a staff reply sets off."""

from workers.vendors.omnidesk.sandbox import listing, moments, webhook
from workers.vendors.omnidesk.sandbox.asking import Ask
from workers.vendors.omnidesk.sandbox.desk import Desk
from workers.vendors.omnidesk.sandbox.handlers import Handlers
from workers.vendors.omnidesk.sandbox.refusal import Refusal, not_found
from workers.vendors.omnidesk.sandbox.tables import Row, Table, shown
from workers.vendors.sandbox.wire import Answer, Json, Upload, json_answer

handlers = Handlers()


def add(desk: Desk, ask: Ask, case: Row, *, user_id: int = 0, staff_id: int = 0, note: bool = False) -> Row:
    """Store what was written in a case, by a user or by staff."""
    fields = ask.fields
    attachments = [_attachment(desk, ask.base_url, upload) for upload in ask.uploads]
    attachments += [{"url": url} for url in fields.get("attachment_urls", [])]
    staff_id = 0 if user_id else staff_id or fields.get("initiator_id") or ask.staff_id
    return write(desk, case, fields, user_id=user_id, staff_id=staff_id, note=note, attachments=attachments)


def write(
    desk: Desk,
    case: Row,
    fields: Json,
    *,
    user_id: int,
    staff_id: int,
    note: bool,
    attachments: list[Row],
    sent_via_rule: bool = False,
) -> Row:
    """The document: HTML has priority over text, so that a message has one or the other."""
    created = fields.get("created_at") or moments.now()
    html = fields.get("content_html", "")
    message = desk.messages[case["case_id"]].add(
        message_id=desk.next_message_id,
        user_id=user_id,
        staff_id=staff_id,
        content="" if html else fields.get("content", ""),
        content_html=html,
        attachments=attachments,
        note=note,
        sent_via_rule=sent_via_rule,
        created_at=created,
    )
    desk.next_message_id += 1
    case["updated_at"] = moments.now()
    if not note:
        case["_responded_at"] = created
    return message


def _attachment(desk: Desk, base_url: str, upload: Upload) -> Row:
    file_id = desk.next_file_id
    desk.next_file_id += 1
    return {
        "file_id": file_id,
        "file_name": upload.filename,
        "file_size": upload.size,
        "mime_type": upload.content_type,
        "url": f"{base_url}/files/{file_id}",
        "_sha256": upload.sha256,
    }


def show(message: Row) -> Row:
    return {**shown(message), "attachments": [shown(item) for item in message["attachments"]]}


def _messages(desk: Desk, ask: Ask) -> tuple[Row, Table]:
    case = desk.case(ask.params["case_id"])
    return case, desk.messages[case["case_id"]]


@handlers("messages.list")
def list_messages(desk: Desk, ask: Ask) -> Answer:
    """Without page and limit the last hundred, in the order asked for."""
    _, table = _messages(desk, ask)
    rows = sorted(table, key=lambda row: (row["created_at"], row["message_id"]))
    total = len(rows)
    if not {"page", "limit"} & ask.fields.keys():
        rows = rows[-listing.LARGEST_LIMIT :]
    if ask.fields.get("order") == "desc":
        rows.reverse()
    page = listing.page(rows, ask.fields)
    return listing.answer("message", page, total, desk.config, show)


@handlers("messages.create")
def create_message(desk: Desk, ask: Ask) -> Answer:
    """From the user when `user_id` is given, else from staff: the one named or the one whose key is used."""
    case, _ = _messages(desk, ask)
    user_id = ask.fields.get("user_id", 0)
    if user_id and user_id not in desk.users:
        raise not_found("user")
    staff_id = ask.fields.get("staff_id", 0)
    if staff_id and not user_id:
        desk.check_active(desk.staff, staff_id, "message.staff_id")
    message = add(desk, ask, case, user_id=user_id, staff_id=staff_id)
    if user_id:
        case["status"] = "open"
    elif desk.config.omnidesk_echo:
        webhook.announce(desk, case, message)
    return json_answer(201, {"message": show(message)})


@handlers("notes.create")
def create_note(desk: Desk, ask: Ask) -> Answer:
    case, _ = _messages(desk, ask)
    for name, table in (("note_staff_id", desk.staff), ("note_group_id", desk.groups)):
        if ask.fields.get(name):
            desk.check_active(table, ask.fields[name], f"message.{name}")
    message = add(desk, ask, case, note=True)
    if desk.config.omnidesk_echo:
        webhook.announce(desk, case, message)
    return json_answer(201, {"message": show(message)})


@handlers("messages.update", "notes.update")
def update_message(desk: Desk, ask: Ask) -> Answer:
    message = _own_kind(desk, ask)
    message.update(content=ask.fields["content"], content_html="")
    return json_answer(200, {"message": show(message)})


@handlers("messages.delete", "notes.delete")
def delete_message(desk: Desk, ask: Ask) -> Answer:
    message = _own_kind(desk, ask)
    _messages(desk, ask)[1].remove(message["message_id"])
    return Answer(200)


def _own_kind(desk: Desk, ask: Ask) -> Row:
    """A note is not found under `/messages/`, nor a message under `/note/` (FIELD-NOTES, "Traps")."""
    message = _messages(desk, ask)[1].get(ask.number("message_id"))
    if message["note"] != ask.operation.name.startswith("omnidesk.notes."):
        raise Refusal(404, "message_not_found")
    return message
