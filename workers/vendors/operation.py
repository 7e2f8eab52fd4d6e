"""An operation: one documented call of a vendor, as data.

What is sent is checked against the operation's tables before anything leaves the machine; `InvalidInput`
names the field. What comes back is kept as the vendor sent it, unknown fields included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypedDict, cast
from urllib.parse import quote

from marshmallow import ValidationError
from typing_extensions import TypeVar

from workers.vendors import files as uploads
from workers.vendors import paging, tables
from workers.vendors.checks import MISSING
from workers.vendors.replies import Reply

if TYPE_CHECKING:
    from workers.vendors.answers import Answer

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Files = Mapping[str, Sequence[Path]]
Cost = Literal["read", "write", "light"]

# In a path these name no thing that access could be given to: the base of contacts stands in the settings, a
# code is what is looked for in it.
_NO_THING = {"base_id", "external_code"}


class InvalidInput(ValueError):
    """A field or parameter that the operation does not take, or not like this.

    The text names each of them and never repeats a value; `problems` has the sentences by name.
    """

    def __init__(self, text: str, problems: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.problems = dict(problems or {})


class Nothing(TypedDict):
    """The table without fields."""


@dataclass(frozen=True)
class Input:
    """A checked call: the path filled in and escaped, query and fields in the wire's form."""

    path: str
    query: dict[str, Any]
    body: dict[str, Any]
    files: Files


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call. `name` is the documented one, its first part is the vendor.

    `about` says what it does, `source` where that is written. `path_values`, `query` and `body` are the
    tables (TypedDicts) of what is sent, `answer` of a record that comes back; an operation without a table
    is not checked. `one_of`: of each group at least one field. `body_optional`: fields may be left out
    altogether, and the body is then empty. `files`: fields that take files.

    `root` is the key that the body's fields stand under, in what is sent and, unless `answer_root` names
    another, in what comes back. `form` is the prefix of the fields when the body is multipart
    (`contact[name]`); without it only JSON is sent.

    `repeatable`: sent twice it does what it does once. `lookup` says, for the others, how to find out whether
    a call whose answer was lost has been done. `gone`: statuses that mean that the thing is not there.
    `off`: what is to be mended when a call that names no thing is answered 404.
    `light`: free of the quota. `paged`: whose way of paging a list follows. `secrets`: fields of the answer
    that are dropped before anybody sees them. `repeated_keys`: the answer repeats keys of one object.
    `newer`: not in the vendor's document, but seen in use.
    """

    name: str
    about: str = ""
    source: str = ""
    method: Method
    path: str
    path_values: Any = None
    query: Any = None
    body: Any = None
    one_of: tuple[tuple[str, ...], ...] = ()
    body_optional: bool = False
    files: tuple[str, ...] = ()
    root: str = ""
    form: str = ""
    always_form: bool = False
    answer: Any = None
    answer_root: str = ""
    repeatable: bool
    lookup: str = ""
    gone: frozenset[int] = frozenset({404})
    off: str = ""
    light: bool = False
    paged: Literal["", "omnidesk", "cscart"] = ""
    secrets: tuple[str, ...] = ()
    newer: bool = False
    repeated_keys: bool = False

    @property
    def vendor(self) -> str:
        return self.name.partition(".")[0]

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def cost(self) -> Cost:
        """What the call takes from the quota: a write takes two calls since 2024 (FIELD-NOTES, limits)."""
        if self.light:
            return "light"
        return "write" if self.is_write else "read"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the path's parameters, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def names_thing(self) -> bool:
        """Does the path name one thing of many, such as a case?"""
        return any(name not in _NO_THING for name in self.parameters)

    def fill(self, values: Mapping[str, Any]) -> str:
        """The path with `values` in it, escaped. Raises `InvalidInput`."""
        path, problems = self._fill(values)
        self._refuse(problems)
        return path

    def check(
        self,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        files: Files | None = None,
    ) -> Input:
        """The call as it goes over the wire. Raises `InvalidInput` naming everything that is wrong."""
        filled, problems = self._fill(path or {})
        asked, wrong = self._load(self.query, query or {})
        problems |= wrong
        fields, wrong = self._load(self.body, body or {})
        problems |= wrong | self._absent(body or {}, files or {})
        problems |= uploads.problems(files or {}, self.files)
        self._refuse(problems)
        return Input(filled, asked, fields, files or {})

    def _fill(self, values: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        known = self.parameters
        problems = {
            name: f"is not a parameter here{tables.suggest(name, known)}"
            for name in values
            if name not in known
        }
        for name in known:
            if str("" if values.get(name) is None else values[name]).strip() == "":
                problems[name] = MISSING
        if problems:
            return "", problems
        loaded, problems = self._load(self.path_values, values)
        # A comma joins the ids of a bulk call and must stay one; a dot before `.json` would cut the name
        # there (FIELD-NOTES, Obzvonilka).
        escaped = {name: quote(str(value), safe=",").replace(".", "%2E") for name, value in loaded.items()}
        return ("" if problems else self.path.format_map(escaped)), problems

    def _load(self, table: Any, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """The values in the wire's form and in the given order, and what is wrong with them by field."""
        if table is None:
            return dict(values), {}
        schema = tables.sent(table)
        try:
            loaded = schema.load(dict(values))
        except ValidationError as error:
            return {}, tables.sentences(error.messages, schema.fields)
        return {name: loaded[name] for name in values}, {}

    def _absent(self, body: Mapping[str, Any], files: Files) -> dict[str, str]:
        """What has to be there besides the fields that are required on their own."""
        problems = {}
        for group in self.one_of:
            if all(body.get(name) in (None, "", [], {}) for name in group):
                problems[" or ".join(group)] = MISSING
        takes_fields = self.body not in (None, Nothing)
        if takes_fields and not (body or files or self.body_optional or problems):
            known = tables.sent(self.body).fields
            if not any(field.required for field in known.values()):
                problems["fields"] = f"are missing; give at least one of {', '.join(known)}"
        for name in self.files:
            if name in body:
                problems[name] = "takes files, not a value"
        return problems

    def _refuse(self, problems: Mapping[str, str]) -> None:
        if problems:
            said = "; ".join(f"{name} {text}" for name, text in problems.items())
            raise InvalidInput(f"{self.name}: {said}", problems)


class Send(Protocol):
    """Whoever sends operations: `Transport.send`, or a flow's durable way of doing it.

    One that carries files takes `files` too, as `Transport.send` does; none other is handed any.
    """

    def __call__(
        self,
        operation: Operation,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer: ...


PathT = TypeVar("PathT", default=Nothing)
QueryT = TypeVar("QueryT", default=Nothing)
BodyT = TypeVar("BodyT", default=Nothing)
RecordT = TypeVar("RecordT", default=dict[str, Any])

# A parameter's default where the type cannot say it: the tables check at run time what is missing.
_LEFT_OUT: Any = None
_NO_FIELDS: Any = Nothing
_UNTYPED: Any = None


@dataclass(frozen=True, kw_only=True)
class Call(Operation, Generic[PathT, QueryT, BodyT, RecordT]):
    """An operation whose tables an editor and mypy know: what is sent wrongly is seen where it is written."""

    path_values: type[PathT] = _NO_FIELDS
    query: type[QueryT] = _NO_FIELDS
    body: type[BodyT] = _NO_FIELDS
    answer: type[RecordT] = _UNTYPED

    def through(
        self,
        send: Send,
        *,
        path: PathT = _LEFT_OUT,
        query: QueryT = _LEFT_OUT,
        body: BodyT = _LEFT_OUT,
        files: Mapping[str, Iterable[Path]] | None = None,
    ) -> Reply[RecordT]:
        """Send it. Raises `InvalidInput` before anything is sent, or a `VendorError`."""
        given: dict[str, Any] = {"path": path, "query": query, "body": body}
        if files:
            given["files"] = {name: list(paths) for name, paths in files.items()}
        return Reply(self, send(self, **{name: value for name, value in given.items() if value is not None}))

    def every(self, send: Send, *, path: PathT = _LEFT_OUT, query: QueryT = _LEFT_OUT) -> Iterator[RecordT]:
        """Every record of a list, a page asked for at a time; see `paging`, also for what it raises."""
        given: dict[str, Any] = {"path": path, "query": query}
        return cast(Iterator[RecordT], paging.every(self, send, **given))
