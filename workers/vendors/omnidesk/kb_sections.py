"""Omnidesk: sections of the knowledge base.

Texts are one text, or one a language keyed by the language's id.
"""

from __future__ import annotations

from typing import Required, TypedDict

from workers.vendors import received as got
from workers.vendors.fields import Id, Translated
from workers.vendors.omnidesk.common import Language, Paged
from workers.vendors.operation import Call


class OneKbSection(TypedDict):
    section_id: Id


class NewKbSection(TypedDict, total=False):
    section_title: Required[Translated]
    section_description: Translated
    category_id: Required[Id]


class KbSectionList(Paged, total=False):
    category_id: Required[Id]
    language_id: Language


class KbSectionQuery(TypedDict, total=False):
    language_id: Language


class KbSectionChanges(TypedDict, total=False):
    # Called string in this table, and described and sampled as one text a language like in the others.
    section_title: Translated
    section_description: Translated
    category_id: Id


class KbSection(TypedDict, total=False):
    section_id: got.Id
    category_id: got.Id
    section_title: got.Translated
    section_description: got.Translated
    active: got.Flag
    created_at: got.Moment
    updated_at: got.Moment


KB_SECTIONS_CREATE = Call(
    name="omnidesk.kb_sections.create",
    about="Create a section.",
    source="omnidesk-api, kb_section",
    method="POST",
    path="/api/kb_section.json",
    body=NewKbSection,
    root="kb_section",
    answer=KbSection,
    repeatable=False,
    lookup="kb_sections.list by the title",
)
KB_SECTIONS_LIST = Call(
    name="omnidesk.kb_sections.list",
    about="The sections of a category.",
    source="omnidesk-api, kb_section",
    method="GET",
    path="/api/kb_section.json",
    query=KbSectionList,
    root="kb_section",
    answer=KbSection,
    paged="omnidesk",
    repeatable=True,
)
KB_SECTIONS_GET = Call(
    name="omnidesk.kb_sections.get",
    about="One section.",
    source="omnidesk-api, kb_section",
    method="GET",
    path="/api/kb_section/{section_id}.json",
    path_values=OneKbSection,
    query=KbSectionQuery,
    root="kb_section",
    answer=KbSection,
    repeatable=True,
)
KB_SECTIONS_UPDATE = Call(
    name="omnidesk.kb_sections.update",
    about="Change a section.",
    source="omnidesk-api, kb_section",
    method="PUT",
    path="/api/kb_section/{section_id}.json",
    path_values=OneKbSection,
    body=KbSectionChanges,
    root="kb_section",
    answer=KbSection,
    repeatable=True,
)
KB_SECTIONS_DISABLE = Call(
    name="omnidesk.kb_sections.disable",
    about="Switch a section off.",
    source="omnidesk-api, kb_section",
    method="PUT",
    path="/api/kb_section/{section_id}/disable.json",
    path_values=OneKbSection,
    root="kb_section",
    answer=KbSection,
    repeatable=True,
)
KB_SECTIONS_ENABLE = Call(
    name="omnidesk.kb_sections.enable",
    about="Switch a section on.",
    source="omnidesk-api, kb_section",
    method="PUT",
    path="/api/kb_section/{section_id}/enable.json",
    path_values=OneKbSection,
    root="kb_section",
    answer=KbSection,
    repeatable=True,
)
KB_SECTIONS_MOVE_UP = Call(
    name="omnidesk.kb_sections.move_up",
    about="Move a section a place up.",
    source="omnidesk-api, kb_section",
    method="PUT",
    path="/api/kb_section/{section_id}/moveup.json",
    path_values=OneKbSection,
    root="kb_section",
    answer=KbSection,
    # Twice is two places.
    repeatable=False,
    lookup="kb_sections.list for the order",
)
KB_SECTIONS_MOVE_DOWN = Call(
    name="omnidesk.kb_sections.move_down",
    about="Move a section a place down.",
    source="omnidesk-api, kb_section",
    method="PUT",
    path="/api/kb_section/{section_id}/movedown.json",
    path_values=OneKbSection,
    root="kb_section",
    answer=KbSection,
    # Twice is two places.
    repeatable=False,
    lookup="kb_sections.list for the order",
)
KB_SECTIONS_DELETE = Call(
    name="omnidesk.kb_sections.delete",
    about="Delete a section.",
    source="omnidesk-api, kb_section",
    method="DELETE",
    path="/api/kb_section/{section_id}.json",
    path_values=OneKbSection,
    repeatable=True,
)
