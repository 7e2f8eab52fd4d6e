"""From a table of fields, written as a TypedDict, to the marshmallow schema that checks it.

The TypedDict is what an editor and mypy know; its annotations carry the fields that check at run time
(`checks` for what is sent, `received` for what comes back). So a field is written down once.
"""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import UnionType
from typing import Annotated, Any, Literal, NotRequired, Required, get_args, get_origin, get_type_hints

from marshmallow import INCLUDE, RAISE, Schema, validate

from workers.vendors.checks import ChoiceField, Given, TextField
from workers.vendors.compound import EitherField, ListField
from workers.vendors.received import Received

UNKNOWN = "is not a field here"

# Cyrillic letters that look like Latin ones: the document spells company_users with the first of them.
LOOK_ALIKES = str.maketrans("сСаАеЕоОрРхХуУкКмМтТвВнН", "cCaAeEoOpPxXyYkKmMtTbBhH")


class _Sent(Schema):
    """What we send: a field that no document names is a mistake of ours."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": UNKNOWN, "type": "must be an object"}  # noqa: RUF012 - as marshmallow declares it


class _Received(Schema):
    """What we get: fields that no document names are kept."""

    class Meta:
        unknown = INCLUDE


@dataclass(frozen=True)
class Fact:
    """One row of a table of fields, for people."""

    name: str
    type: str
    required: bool
    about: str
    choices: tuple[str, ...]
    many: bool


@cache
def sent(table: type) -> Schema:
    """The schema of what we send in the fields of `table`."""
    return _Sent.from_dict(dict(_fields(table, Given)), name=table.__name__)()


@cache
def received(table: type) -> Schema:
    """The schema of a record that a vendor sends."""
    return _Received.from_dict(dict(_fields(table, Received)), name=table.__name__)()


def facts(table: type | None) -> list[Fact]:
    """The rows of a table of what we send, in its order; none where there is no table."""
    if table is None:
        return []
    return [
        Fact(
            name=name,
            type=_type(field),
            required=field.required,
            about=field.metadata.get("about", ""),
            choices=tuple(_choices(field)),
            many=isinstance(field, ListField),
        )
        for name, field in sent(table).fields.items()
    ]


def suggest(name: str, known: Iterable[str]) -> str:
    """` Did you mean …?` for a name that is close to a known one, or nothing."""
    known = list(known)
    latin = name.translate(LOOK_ALIKES)
    if latin != name and latin in known:
        return f"; write {latin} with Latin letters"
    near = difflib.get_close_matches(latin, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def sentences(messages: Any, known: Iterable[str], where: str = "") -> dict[str, str]:
    """marshmallow's tree of messages as one sentence a field, `cart_products.0.price` being the name."""
    if not isinstance(messages, Mapping):
        return {where: " and ".join(str(one).rstrip(".") for one in messages)}
    known = list(known)
    found: dict[str, str] = {}
    for name, below in messages.items():
        path = f"{where}.{name}" if where else str(name)
        for place, text in sentences(below, (), path).items():
            near = suggest(str(name), known) if text == UNKNOWN and not where else ""
            found[place] = text + near
    return found


def _fields(table: type, kind: type) -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(table, include_extras=True)
    optional = typing.cast(Any, table).__total__ is False
    for name, hint in hints.items():
        required = not optional
        if get_origin(hint) in {Required, NotRequired}:
            required = get_origin(hint) is Required
            (hint,) = get_args(hint)  # noqa: PLW2901 - unwrapped
        # A vendor may leave out what its document shows.
        yield name, _field(hint, kind, required=required and kind is Given)


def _field(hint: Any, kind: type, **options: Any) -> Any:  # noqa: PLR0911 - a case for each form of a hint
    """The field of one annotation."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        base, extras = parts[0], parts[1:]
        about = next((extra for extra in extras if isinstance(extra, str)), "")
        checks = [extra for extra in extras if isinstance(extra, validate.Validator)]
        makers = [extra for extra in extras if isinstance(extra, partial | type)]
        options = options | {"metadata": {"about": about}, "validate": checks}
        return makers[0](**options) if makers else _field(base, kind, **options)
    if kind is Received and isinstance(hint, type) and typing.is_typeddict(hint):
        return _RecordValue(hint, **options)
    if kind is Received:
        return Received(**options)
    if origin is Literal:
        return ChoiceField(*parts, **options)
    if origin is list:
        return ListField(_field(parts[0], kind), **options)
    if origin is UnionType or origin is typing.Union:
        one, several = (_field(part, kind) for part in parts)
        return EitherField(one, several, **options)
    if typing.is_typeddict(hint):
        return _ObjectField(hint, **options)
    if hint is str:
        return TextField(**options)
    raise TypeError(f"no field for {hint!r}")


class _ObjectField(Given):
    """An object with a table of its own."""

    expects = "an object"

    def __init__(self, table: type, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.table = table

    def read(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise self.wrong()
        loaded = sent(self.table).load(value)
        return {name: loaded[name] for name in value}


class _RecordValue(Received):
    """A record inside a record."""

    def __init__(self, table: type, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.table = table

    def read(self, value: Any) -> Any:
        return received(self.table).load(value) if isinstance(value, dict) else value


def _type(field: Any) -> str:
    return str(field.expects)


def _choices(field: Any) -> Iterator[str]:
    if isinstance(field, ChoiceField):
        yield from field.choices
    elif isinstance(field, EitherField):
        yield from _choices(field.one)
    elif isinstance(field, ListField):
        yield from _choices(field.inner)
