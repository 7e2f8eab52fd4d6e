"""Omnidesk: ideas, which are cases of the channel `idea`, and the categories that they are sorted into.

The fields of an idea stand under `message`; the answer is a case. A category's title is one text: only the
knowledge base has titles in several languages.
"""

from __future__ import annotations

from typing import Literal, Required, TypedDict

from workers.vendors import received as got
from workers.vendors.fields import Id, Text
from workers.vendors.omnidesk.common import Case, OneCase, Paged
from workers.vendors.operation import Call


class IdeaChanges(TypedDict, total=False):
    content: Text
    category_id: Id
    stage: Literal["waiting", "planned", "in_progress", "finished"]


class OfficialResponse(TypedDict, total=False):
    content: Required[Text]


class OneIdeaCategory(TypedDict):
    category_id: Id


class NewIdeaCategory(TypedDict, total=False):
    category_title: Required[Text]


class IdeaCategoryChanges(TypedDict, total=False):
    category_title: Text


class IdeaCategory(TypedDict, total=False):
    category_id: got.Id
    category_title: got.Text
    active: got.Flag
    created_at: got.Moment
    updated_at: got.Moment


IDEAS_UPDATE = Call(
    name="omnidesk.ideas.update",
    about="Change the text, category or stage of an idea.",
    source="omnidesk-api, idea",
    method="PUT",
    path="/api/cases/{case_id}/idea.json",
    path_values=OneCase,
    body=IdeaChanges,
    root="message",
    answer=Case,
    answer_root="case",
    repeatable=True,
)
IDEAS_SET_OFFICIAL_RESPONSE = Call(
    name="omnidesk.ideas.set_official_response",
    about="Give or change the official answer to an idea.",
    source="omnidesk-api, idea_official_response",
    method="PUT",
    path="/api/cases/{case_id}/idea_official_response.json",
    path_values=OneCase,
    body=OfficialResponse,
    root="message",
    answer=Case,
    answer_root="case",
    repeatable=True,
)
IDEAS_DELETE_OFFICIAL_RESPONSE = Call(
    name="omnidesk.ideas.delete_official_response",
    about="Take back the official answer to an idea.",
    source="omnidesk-api, idea_official_response",
    method="DELETE",
    path="/api/cases/{case_id}/idea_official_response.json",
    path_values=OneCase,
    repeatable=True,
)
IDEA_CATEGORIES_CREATE = Call(
    name="omnidesk.idea_categories.create",
    about="Create a category of ideas.",
    source="omnidesk-api, ideas_category",
    method="POST",
    path="/api/ideas_category.json",
    body=NewIdeaCategory,
    root="ideas_category",
    answer=IdeaCategory,
    repeatable=False,
    lookup="idea_categories.list by the title",
)
IDEA_CATEGORIES_LIST = Call(
    name="omnidesk.idea_categories.list",
    about="Categories of ideas.",
    source="omnidesk-api, ideas_category",
    method="GET",
    path="/api/ideas_category.json",
    query=Paged,
    root="ideas_category",
    answer=IdeaCategory,
    paged="omnidesk",
    repeatable=True,
)
IDEA_CATEGORIES_GET = Call(
    name="omnidesk.idea_categories.get",
    about="One category of ideas.",
    source="omnidesk-api, ideas_category",
    method="GET",
    path="/api/ideas_category/{category_id}.json",
    path_values=OneIdeaCategory,
    root="ideas_category",
    answer=IdeaCategory,
    repeatable=True,
)
IDEA_CATEGORIES_UPDATE = Call(
    name="omnidesk.idea_categories.update",
    about="Rename a category of ideas.",
    source="omnidesk-api, ideas_category",
    method="PUT",
    path="/api/ideas_category/{category_id}.json",
    path_values=OneIdeaCategory,
    body=IdeaCategoryChanges,
    root="ideas_category",
    answer=IdeaCategory,
    repeatable=True,
)
IDEA_CATEGORIES_DISABLE = Call(
    name="omnidesk.idea_categories.disable",
    about="Switch a category of ideas off.",
    source="omnidesk-api, ideas_category",
    method="PUT",
    path="/api/ideas_category/{category_id}/disable.json",
    path_values=OneIdeaCategory,
    root="ideas_category",
    answer=IdeaCategory,
    repeatable=True,
)
IDEA_CATEGORIES_ENABLE = Call(
    name="omnidesk.idea_categories.enable",
    about="Switch a category of ideas on.",
    source="omnidesk-api, ideas_category",
    method="PUT",
    path="/api/ideas_category/{category_id}/enable.json",
    path_values=OneIdeaCategory,
    root="ideas_category",
    answer=IdeaCategory,
    repeatable=True,
)
IDEA_CATEGORIES_DELETE = Call(
    name="omnidesk.idea_categories.delete",
    about="Delete a category of ideas.",
    source="omnidesk-api, ideas_category",
    method="DELETE",
    path="/api/ideas_category/{category_id}.json",
    path_values=OneIdeaCategory,
    repeatable=True,
)
