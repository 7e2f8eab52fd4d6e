"""Omnidesk: groups of the staff.

Disabling and deleting take effect later, by a job of the vendor's: a list read right after may not show it.
"""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from workers.vendors import received as got
from workers.vendors.fields import Id, Text
from workers.vendors.omnidesk.common import Paged
from workers.vendors.operation import Call


class OneGroup(TypedDict):
    group_id: Id


class NewGroup(TypedDict, total=False):
    group_title: Required[Text]
    group_from_name: Annotated[Text, "sender's name in answers"]
    group_signature: Annotated[Text, "signature in answers"]


class GroupChanges(TypedDict, total=False):
    group_title: Text
    group_from_name: Annotated[Text, "sender's name in answers"]
    group_signature: Annotated[Text, "signature in answers"]


class GroupSuccessor(TypedDict, total=False):
    replace_group_id: Annotated[Id, "who takes over what it is used in"]


class Group(TypedDict, total=False):
    group_id: got.Id
    group_title: got.Text
    group_from_name: got.Text
    group_signature: got.Text
    active: got.Flag
    created_at: got.Moment
    updated_at: got.Moment


GROUPS_CREATE = Call(
    name="omnidesk.groups.create",
    about="Create a group.",
    source="omnidesk-api, groups",
    method="POST",
    path="/api/groups.json",
    body=NewGroup,
    root="group",
    answer=Group,
    repeatable=False,
    lookup="groups.list by the title",
)
GROUPS_LIST = Call(
    name="omnidesk.groups.list",
    about="The groups.",
    source="omnidesk-api, groups",
    method="GET",
    path="/api/groups.json",
    query=Paged,
    root="group",
    answer=Group,
    paged="omnidesk",
    repeatable=True,
)
GROUPS_GET = Call(
    name="omnidesk.groups.get",
    about="One group.",
    source="omnidesk-api, groups",
    method="GET",
    path="/api/groups/{group_id}.json",
    path_values=OneGroup,
    root="group",
    answer=Group,
    repeatable=True,
)
GROUPS_UPDATE = Call(
    name="omnidesk.groups.update",
    about="Change a group.",
    source="omnidesk-api, groups",
    method="PUT",
    path="/api/groups/{group_id}.json",
    path_values=OneGroup,
    body=GroupChanges,
    root="group",
    answer=Group,
    repeatable=True,
)
GROUPS_DISABLE = Call(
    name="omnidesk.groups.disable",
    about="Switch a group off; takes effect later.",
    source="omnidesk-api, groups",
    method="PUT",
    path="/api/groups/{group_id}/disable.json",
    path_values=OneGroup,
    body=GroupSuccessor,
    body_optional=True,
    root="group",
    answer=Group,
    repeatable=True,
)
# The document's curl has /groups/api/200/enable.json; its heading has this.
GROUPS_ENABLE = Call(
    name="omnidesk.groups.enable",
    about="Switch a group on.",
    source="omnidesk-api, groups; FIELD-NOTES, Omnidesk groups",
    method="PUT",
    path="/api/groups/{group_id}/enable.json",
    path_values=OneGroup,
    root="group",
    answer=Group,
    repeatable=True,
)
# Its fields go in the body, DELETE though it is.
GROUPS_DELETE = Call(
    name="omnidesk.groups.delete",
    about="Delete a group; takes effect later.",
    source="omnidesk-api, groups; FIELD-NOTES, Omnidesk DELETE group/staff",
    method="DELETE",
    path="/api/groups/{group_id}.json",
    path_values=OneGroup,
    body=GroupSuccessor,
    body_optional=True,
    root="group",
    repeatable=True,
)
