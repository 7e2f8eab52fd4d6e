"""Checks of values with parts: lists, objects, ids joined by commas. A wrong part is named by its place."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from workers.vendors.checks import Given


class ListField(Given):
    """A list, each of whose entries is checked."""

    def __init__(self, inner: Given, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = inner
        self.expects = f"a list, each entry {inner.expects}"

    def read(self, value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise ValidationError("must be a list")
        found, wrong = [], {}
        for number, entry in enumerate(value):
            try:
                found.append(self.inner.deserialize(entry))
            except ValidationError as error:
                wrong[number] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return found


class EitherField(Given):
    """One value, or a list of such."""

    def __init__(self, one: Given, several: ListField, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.one, self.several = one, several
        self.expects = f"{one.expects}, or a list of such"

    def read(self, value: Any) -> Any:
        kind = self.several if isinstance(value, list | tuple) else self.one
        return kind.deserialize(value)


class CustomFieldsField(Given):
    """`{"cf_25": "text", "cf_30": true}`: the document calls it an array and samples it as an object."""

    expects = "an object of cf_NUMBER fields, each a text, number or flag"

    def __init__(self, *, lists: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lists = lists

    def read(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise self.wrong()
        wrong: dict[str, list[str]] = {}
        for name, content in value.items():
            if not re.fullmatch(r"cf_[0-9]{1,12}", str(name)):
                wrong[str(name)] = ["is not a custom field's name, such as cf_25"]
            elif not (self._plain(content) or self._list(content)):
                wrong[str(name)] = ["must be a text, number or flag"]
        if wrong:
            raise ValidationError(wrong)
        return dict(value)

    def _list(self, content: Any) -> bool:
        return self.lists and isinstance(content, list) and all(self._plain(entry) for entry in content)

    @staticmethod
    def _plain(content: Any) -> bool:
        return isinstance(content, str | int) or (isinstance(content, float) and math.isfinite(content))


class TranslatedField(Given):
    """A text, or one text a language: `{"1": "Название", "2": "Title"}`, keyed by the language's id.

    The document calls the second form an array; its samples are objects (kb_category, POST).
    """

    expects = "a text, or an object of texts by language id"

    def read(self, value: Any) -> Any:
        if isinstance(value, str):
            if self.required and not value.strip():
                raise ValidationError("must not be empty")
            return value
        if not isinstance(value, Mapping) or not value:
            raise self.wrong()
        wrong: dict[str, list[str]] = {}
        for language, text in value.items():
            if not re.fullmatch(r"[0-9]{1,9}", str(language)):
                wrong[str(language)] = ["is not a language's id"]
            elif not isinstance(text, str):
                wrong[str(language)] = ["must be a text"]
        if wrong:
            raise ValidationError(wrong)
        return {str(language): text for language, text in value.items()}


class IdsField(Given):
    """One id, or, with `several`, a list of them or one string with commas, which is what is sent."""

    def __init__(self, one: str, *, several: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.one, self.several = one, several
        self.expects = "an id, or ids joined by commas" if several else "one id"

    def read(self, value: Any) -> str:
        if self.several:
            entries = value if isinstance(value, list | tuple) else str(value).split(",")
        else:
            entries = [value]
        texts = [str(entry) for entry in entries]
        if isinstance(value, bool) or not texts or not all(re.fullmatch(self.one, text) for text in texts):
            raise self.wrong()
        return ",".join(texts)
