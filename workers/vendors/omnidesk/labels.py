"""Omnidesk: labels. One sample's root is `labels`; `label` holds (FIELD-NOTES, Omnidesk labels)."""

from __future__ import annotations

from typing import Required, TypedDict

from workers.vendors import received as got
from workers.vendors.fields import Id, Text
from workers.vendors.omnidesk.common import Paged
from workers.vendors.operation import Call


class OneLabel(TypedDict):
    label_id: Id


class NewLabel(TypedDict, total=False):
    label_title: Required[Text]


class LabelChanges(TypedDict, total=False):
    label_title: Text


class Label(TypedDict, total=False):
    label_id: got.Id
    label_title: got.Text


LABELS_CREATE = Call(
    name="omnidesk.labels.create",
    about="Create a label.",
    source="omnidesk-api, labels; FIELD-NOTES, Omnidesk labels",
    method="POST",
    path="/api/labels.json",
    body=NewLabel,
    root="label",
    answer=Label,
    repeatable=False,
    lookup="labels.list by the title",
)
LABELS_LIST = Call(
    name="omnidesk.labels.list",
    about="Labels.",
    source="omnidesk-api, labels",
    method="GET",
    path="/api/labels.json",
    query=Paged,
    root="label",
    answer=Label,
    paged="omnidesk",
    repeatable=True,
)
LABELS_UPDATE = Call(
    name="omnidesk.labels.update",
    about="Rename a label.",
    source="omnidesk-api, labels",
    method="PUT",
    path="/api/labels/{label_id}.json",
    path_values=OneLabel,
    body=LabelChanges,
    root="label",
    answer=Label,
    repeatable=True,
)
LABELS_DELETE = Call(
    name="omnidesk.labels.delete",
    about="Delete a label.",
    source="omnidesk-api, labels",
    method="DELETE",
    path="/api/labels/{label_id}.json",
    path_values=OneLabel,
    repeatable=True,
)
