"""The words that tables of what we send are written with: a type for the editor and its check, in one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, TypeAlias

from workers.vendors.checks import (
    CodeField,
    FlagField,
    MomentField,
    PatternField,
    QueryFlagField,
    TextField,
    WholeField,
)
from workers.vendors.compound import CustomFieldsField, IdsField, TranslatedField

# A case is named by its id or by its number; the address takes both (FIELD-NOTES, newer than the document).
CASE = r"[0-9]{1,18}(-[0-9]{1,18})?"

Text: TypeAlias = Annotated[str, TextField]
Email: TypeAlias = Annotated[str, partial(PatternField, r"[^@\s]+@[^@\s]+", "an e-mail address")]
Flag: TypeAlias = Annotated[bool, FlagField]
QueryFlag: TypeAlias = Annotated[bool, QueryFlagField]
Id: TypeAlias = Annotated[int | str, WholeField]
Moment: TypeAlias = Annotated[int | str | datetime, MomentField]
Translated: TypeAlias = Annotated[str | dict[str, str], TranslatedField]
CustomFields: TypeAlias = Annotated[dict[str, Any], CustomFieldsField]
IdsText: TypeAlias = Annotated[
    str, partial(PatternField, r"\s*[0-9]+(\s*,\s*[0-9]+)*\s*", "ids joined by commas")
]
Channel: TypeAlias = Annotated[
    str, partial(PatternField, r"cch[0-9]+", "a custom channel's id, such as cch101")
]
CaseId: TypeAlias = Annotated[int | str, partial(IdsField, CASE)]
CaseIds: TypeAlias = Annotated[int | str | Sequence[int | str], partial(IdsField, CASE, several=True)]
Code: TypeAlias = Annotated[int | str, CodeField]
