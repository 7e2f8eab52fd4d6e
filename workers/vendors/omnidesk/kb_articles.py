"""Omnidesk: articles of the knowledge base.

Texts are one text, or one a language keyed by the language's id.
"""

from __future__ import annotations

from typing import Annotated, Literal, Required, TypeAlias, TypedDict

from workers.vendors import received as got
from workers.vendors.checks import at_least
from workers.vendors.fields import Id, Text, Translated
from workers.vendors.omnidesk.common import Language, Paged
from workers.vendors.operation import Call

Access: TypeAlias = Literal["public", "staff_only"]


class OneKbArticle(TypedDict):
    article_id: Id


class NewKbArticle(TypedDict, total=False):
    article_title: Required[Translated]
    article_content: Required[Translated]
    article_tags: Annotated[Translated, "words joined by commas"]
    section_id: Required[Id]
    access_type: Annotated[Access, "public without it"]


class KbArticleList(Paged, total=False):
    search: Annotated[Text, at_least(3)]
    section_id: Id
    language_id: Language


class KbArticleQuery(TypedDict, total=False):
    language_id: Language


class KbArticleChanges(TypedDict, total=False):
    article_title: Translated
    article_content: Translated
    article_tags: Annotated[Translated, "words joined by commas"]
    section_id: Id
    access_type: Access


class KbArticle(TypedDict, total=False):
    article_id: got.Id
    section_id: got.Id
    article_title: got.Translated
    article_content: got.Translated
    article_tags: got.Translated
    access_type: got.Text
    active: got.Flag
    created_at: got.Moment
    updated_at: got.Moment


KB_ARTICLES_CREATE = Call(
    name="omnidesk.kb_articles.create",
    about="Create an article.",
    source="omnidesk-api, kb_article",
    method="POST",
    path="/api/kb_article.json",
    body=NewKbArticle,
    root="kb_article",
    answer=KbArticle,
    repeatable=False,
    lookup="kb_articles.list by the title",
)
KB_ARTICLES_LIST = Call(
    name="omnidesk.kb_articles.list",
    about="The articles.",
    source="omnidesk-api, kb_article",
    method="GET",
    path="/api/kb_article.json",
    query=KbArticleList,
    root="kb_article",
    answer=KbArticle,
    paged="omnidesk",
    repeatable=True,
)
KB_ARTICLES_GET = Call(
    name="omnidesk.kb_articles.get",
    about="One article.",
    source="omnidesk-api, kb_article",
    method="GET",
    path="/api/kb_article/{article_id}.json",
    path_values=OneKbArticle,
    query=KbArticleQuery,
    root="kb_article",
    answer=KbArticle,
    repeatable=True,
)
KB_ARTICLES_UPDATE = Call(
    name="omnidesk.kb_articles.update",
    about="Change an article.",
    source="omnidesk-api, kb_article",
    method="PUT",
    path="/api/kb_article/{article_id}.json",
    path_values=OneKbArticle,
    body=KbArticleChanges,
    root="kb_article",
    answer=KbArticle,
    repeatable=True,
)
KB_ARTICLES_DISABLE = Call(
    name="omnidesk.kb_articles.disable",
    about="Switch an article off.",
    source="omnidesk-api, kb_article",
    method="PUT",
    path="/api/kb_article/{article_id}/disable.json",
    path_values=OneKbArticle,
    root="kb_article",
    answer=KbArticle,
    repeatable=True,
)
KB_ARTICLES_ENABLE = Call(
    name="omnidesk.kb_articles.enable",
    about="Switch an article on.",
    source="omnidesk-api, kb_article",
    method="PUT",
    path="/api/kb_article/{article_id}/enable.json",
    path_values=OneKbArticle,
    root="kb_article",
    answer=KbArticle,
    repeatable=True,
)
KB_ARTICLES_MOVE_UP = Call(
    name="omnidesk.kb_articles.move_up",
    about="Move an article a place up.",
    source="omnidesk-api, kb_article",
    method="PUT",
    path="/api/kb_article/{article_id}/moveup.json",
    path_values=OneKbArticle,
    root="kb_article",
    answer=KbArticle,
    # Twice is two places.
    repeatable=False,
    lookup="kb_articles.list for the order",
)
KB_ARTICLES_MOVE_DOWN = Call(
    name="omnidesk.kb_articles.move_down",
    about="Move an article a place down.",
    source="omnidesk-api, kb_article",
    method="PUT",
    path="/api/kb_article/{article_id}/movedown.json",
    path_values=OneKbArticle,
    root="kb_article",
    answer=KbArticle,
    # Twice is two places.
    repeatable=False,
    lookup="kb_articles.list for the order",
)
KB_ARTICLES_DELETE = Call(
    name="omnidesk.kb_articles.delete",
    about="Delete an article.",
    source="omnidesk-api, kb_article",
    method="DELETE",
    path="/api/kb_article/{article_id}.json",
    path_values=OneKbArticle,
    repeatable=True,
)
