"""Omnidesk: notes, which only the staff sees.

One curl of the document adds a note at `/notes.json` and one edits it through `/messages/`; the headings
have `/note.json` and `/note/{id}.json`, which is what holds (FIELD-NOTES, Omnidesk notes). In JSON the fields
stand under `message`, in a form under `note[...]`.
"""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from workers.vendors.fields import Id, Moment, Text
from workers.vendors.omnidesk.common import Message, OneCase, OneMessage
from workers.vendors.operation import Call

# What a note's fields stand under in JSON: the document has `message`, one published client sends `note` (and
# reads `message`). Which of them an account reads is not public (FIELD-NOTES, the API).
NOTE_ROOT = "message"


class NewNote(TypedDict, total=False):
    content: Annotated[Text, "@s[staff_id] and @g[group_id] mention somebody"]
    content_html: Annotated[Text, "goes before content"]
    created_at: Annotated[Moment, "given, the rules for changed cases do not run"]
    note_staff_id: Annotated[Id, "the staff member who sees it"]
    note_group_id: Annotated[Id, "the group that sees it; goes before note_staff_id"]
    # Newer than the document (FIELD-NOTES).
    attachment_urls: Annotated[list[Text], "addresses that the vendor fetches files from"]


class NoteChanges(TypedDict, total=False):
    content: Required[Annotated[Text, "@s[staff_id] and @g[group_id] mention somebody"]]


NOTES_CREATE = Call(
    name="omnidesk.notes.create",
    about="Add a note to a case, with files if need be.",
    source="omnidesk-api, note; FIELD-NOTES, Omnidesk notes; limits of files: FIELD-NOTES",
    method="POST",
    path="/api/cases/{case_id}/note.json",
    path_values=OneCase,
    body=NewNote,
    one_of=(("content", "content_html"),),
    files=("attachments",),
    root=NOTE_ROOT,
    form="note",
    answer=Message,
    answer_root="message",
    repeatable=False,
    lookup="messages.list, newest first, by the reference in a note",
)
NOTES_UPDATE = Call(
    name="omnidesk.notes.update",
    about="Change the text of a note.",
    source="omnidesk-api, note; FIELD-NOTES, Omnidesk notes",
    method="PUT",
    path="/api/cases/{case_id}/note/{message_id}.json",
    path_values=OneMessage,
    body=NoteChanges,
    root=NOTE_ROOT,
    answer=Message,
    answer_root="message",
    repeatable=True,
)
NOTES_DELETE = Call(
    name="omnidesk.notes.delete",
    about="Delete a note.",
    source="omnidesk-api, note",
    method="DELETE",
    path="/api/cases/{case_id}/note/{message_id}.json",
    path_values=OneMessage,
    repeatable=True,
)
