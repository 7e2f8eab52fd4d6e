"""Omnidesk: staff members.

Disabling and deleting take effect later, by a job of the vendor's: a list read right after may not show it.
"""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from workers.vendors import received as got
from workers.vendors.fields import Email, Id, Text
from workers.vendors.omnidesk.common import Paged
from workers.vendors.operation import Call


class OneStaffMember(TypedDict):
    staff_id: Id


class NewStaffMember(TypedDict, total=False):
    staff_email: Required[Email]
    staff_full_name: Text
    staff_signature: Text


class StaffMemberChanges(TypedDict, total=False):
    staff_email: Email
    staff_full_name: Text
    staff_signature: Text


class StaffMemberSuccessor(TypedDict, total=False):
    replace_staff_id: Annotated[Id, "who takes over what it is used in"]


class StaffMember(TypedDict, total=False):
    staff_id: got.Id
    staff_email: got.Text
    staff_full_name: got.Text
    staff_signature: got.Text
    thumbnail: got.Text
    active: got.Flag
    status: got.Text
    created_at: got.Moment
    updated_at: got.Moment
    # Newer than the document (FIELD-NOTES, new fields).
    staff_signature_chat: got.Text
    status_id: got.Id


STAFF_CREATE = Call(
    name="omnidesk.staff.create",
    about="Create a staff member.",
    source="omnidesk-api, staff",
    method="POST",
    path="/api/staff.json",
    body=NewStaffMember,
    root="staff",
    answer=StaffMember,
    repeatable=False,
    lookup="staff.list by the e-mail",
)
STAFF_LIST = Call(
    name="omnidesk.staff.list",
    about="The staff members.",
    source="omnidesk-api, staff",
    method="GET",
    path="/api/staff.json",
    query=Paged,
    root="staff",
    answer=StaffMember,
    paged="omnidesk",
    repeatable=True,
)
STAFF_GET = Call(
    name="omnidesk.staff.get",
    about="One staff member.",
    source="omnidesk-api, staff",
    method="GET",
    path="/api/staff/{staff_id}.json",
    path_values=OneStaffMember,
    root="staff",
    answer=StaffMember,
    repeatable=True,
)
STAFF_UPDATE = Call(
    name="omnidesk.staff.update",
    about="Change a staff member.",
    source="omnidesk-api, staff",
    method="PUT",
    path="/api/staff/{staff_id}.json",
    path_values=OneStaffMember,
    body=StaffMemberChanges,
    root="staff",
    answer=StaffMember,
    repeatable=True,
)
STAFF_DISABLE = Call(
    name="omnidesk.staff.disable",
    about="Switch a staff member off; takes effect later.",
    source="omnidesk-api, staff",
    method="PUT",
    path="/api/staff/{staff_id}/disable.json",
    path_values=OneStaffMember,
    body=StaffMemberSuccessor,
    body_optional=True,
    root="staff",
    answer=StaffMember,
    repeatable=True,
)
STAFF_ENABLE = Call(
    name="omnidesk.staff.enable",
    about="Switch a staff member on.",
    source="omnidesk-api, staff",
    method="PUT",
    path="/api/staff/{staff_id}/enable.json",
    path_values=OneStaffMember,
    root="staff",
    answer=StaffMember,
    repeatable=True,
)
# Its fields go in the body, DELETE though it is.
STAFF_DELETE = Call(
    name="omnidesk.staff.delete",
    about="Delete a staff member; takes effect later.",
    source="omnidesk-api, staff; FIELD-NOTES, Omnidesk DELETE group/staff",
    method="DELETE",
    path="/api/staff/{staff_id}.json",
    path_values=OneStaffMember,
    body=StaffMemberSuccessor,
    body_optional=True,
    root="staff",
    repeatable=True,
)
