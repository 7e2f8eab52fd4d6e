"""Omnidesk: categories of the knowledge base.

Texts are one text, or one a language keyed by the language's id.
"""

from __future__ import annotations

from typing import Required, TypedDict

from workers.vendors import received as got
from workers.vendors.fields import Id, Translated
from workers.vendors.omnidesk.common import Language, Paged
from workers.vendors.operation import Call


class OneKbCategory(TypedDict):
    category_id: Id


class NewKbCategory(TypedDict, total=False):
    category_title: Required[Translated]


class KbCategoryList(Paged, total=False):
    language_id: Language


class KbCategoryQuery(TypedDict, total=False):
    language_id: Language


class KbCategoryChanges(TypedDict, total=False):
    category_title: Translated


class KbCategory(TypedDict, total=False):
    category_id: got.Id
    category_title: got.Translated
    active: got.Flag
    created_at: got.Moment
    updated_at: got.Moment


KB_CATEGORIES_CREATE = Call(
    name="omnidesk.kb_categories.create",
    about="Create a category.",
    source="omnidesk-api, kb_category",
    method="POST",
    path="/api/kb_category.json",
    body=NewKbCategory,
    root="kb_category",
    answer=KbCategory,
    repeatable=False,
    lookup="kb_categories.list by the title",
)
KB_CATEGORIES_LIST = Call(
    name="omnidesk.kb_categories.list",
    about="The categories.",
    source="omnidesk-api, kb_category",
    method="GET",
    path="/api/kb_category.json",
    query=KbCategoryList,
    root="kb_category",
    answer=KbCategory,
    paged="omnidesk",
    repeatable=True,
)
KB_CATEGORIES_GET = Call(
    name="omnidesk.kb_categories.get",
    about="One category.",
    source="omnidesk-api, kb_category",
    method="GET",
    path="/api/kb_category/{category_id}.json",
    path_values=OneKbCategory,
    query=KbCategoryQuery,
    root="kb_category",
    answer=KbCategory,
    repeatable=True,
)
KB_CATEGORIES_UPDATE = Call(
    name="omnidesk.kb_categories.update",
    about="Change a category.",
    source="omnidesk-api, kb_category",
    method="PUT",
    path="/api/kb_category/{category_id}.json",
    path_values=OneKbCategory,
    body=KbCategoryChanges,
    root="kb_category",
    answer=KbCategory,
    repeatable=True,
)
KB_CATEGORIES_DISABLE = Call(
    name="omnidesk.kb_categories.disable",
    about="Switch a category off.",
    source="omnidesk-api, kb_category",
    method="PUT",
    path="/api/kb_category/{category_id}/disable.json",
    path_values=OneKbCategory,
    root="kb_category",
    answer=KbCategory,
    repeatable=True,
)
KB_CATEGORIES_ENABLE = Call(
    name="omnidesk.kb_categories.enable",
    about="Switch a category on.",
    source="omnidesk-api, kb_category",
    method="PUT",
    path="/api/kb_category/{category_id}/enable.json",
    path_values=OneKbCategory,
    root="kb_category",
    answer=KbCategory,
    repeatable=True,
)
KB_CATEGORIES_MOVE_UP = Call(
    name="omnidesk.kb_categories.move_up",
    about="Move a category a place up.",
    source="omnidesk-api, kb_category",
    method="PUT",
    path="/api/kb_category/{category_id}/moveup.json",
    path_values=OneKbCategory,
    root="kb_category",
    answer=KbCategory,
    # Twice is two places.
    repeatable=False,
    lookup="kb_categories.list for the order",
)
KB_CATEGORIES_MOVE_DOWN = Call(
    name="omnidesk.kb_categories.move_down",
    about="Move a category a place down.",
    source="omnidesk-api, kb_category",
    method="PUT",
    path="/api/kb_category/{category_id}/movedown.json",
    path_values=OneKbCategory,
    root="kb_category",
    answer=KbCategory,
    # Twice is two places.
    repeatable=False,
    lookup="kb_categories.list for the order",
)
KB_CATEGORIES_DELETE = Call(
    name="omnidesk.kb_categories.delete",
    about="Delete a category.",
    source="omnidesk-api, kb_category",
    method="DELETE",
    path="/api/kb_category/{category_id}.json",
    path_values=OneKbCategory,
    repeatable=True,
)
