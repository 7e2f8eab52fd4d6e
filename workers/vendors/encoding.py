"""The wire's form of a checked call: query, JSON or multipart, and the headers that label it."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import qs_codec
from requests_toolbelt import MultipartEncoder

from workers.vendors.operation import Input, InvalidInput, Operation

JSON = {"Content-Type": "application/json"}
# Every curl line of Omnidesk's document labels its call as JSON, also those without a body
# (omnidesk-api, Аутентификация; trash and its like send an empty text).
ALWAYS_LABELLED = frozenset({"omnidesk"})

# `status[]=open&status[]=closed`, `custom_fields[cf_25][]=data` (omnidesk-api, cases.json GET).
_QUERY = qs_codec.EncodeOptions(list_format=qs_codec.ListFormat.BRACKETS)


@dataclass(frozen=True)
class Content:
    """What a request carries besides its method and path. `query` begins with its question mark."""

    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    data: Any = None


@contextmanager
def encode(operation: Operation, given: Input) -> Iterator[Content]:
    """The content of a call. Its files are open, and read bit by bit, until the context ends."""
    query = "?" + qs_codec.encode(given.query, _QUERY) if given.query else ""
    with ExitStack() as opened:
        if given.files or (operation.always_form and given.body):
            form = MultipartEncoder(fields=_parts(operation, given, opened))
            yield Content(query, {"Content-Type": form.content_type}, form)
        elif given.body:
            inside = {operation.root: given.body} if operation.root else given.body
            # Plain ASCII: letters stand as escapes, which no charset in between can spoil.
            yield Content(query, JSON, json.dumps(inside, allow_nan=False).encode())
        else:
            yield Content(query, JSON if operation.vendor in ALWAYS_LABELLED else {})


def _parts(operation: Operation, given: Input, opened: ExitStack) -> list[tuple[str, Any]]:
    """`case[content]`, `case[custom_fields][cf_44]`, `case[labels][0]`, `case[attachments][0]`."""
    parts: list[tuple[str, Any]] = []
    for name, paths in given.files.items():
        for number, path in enumerate(paths):
            try:
                content = opened.enter_context(path.open("rb"))
            except OSError as error:
                problem = f"cannot read the file {path}: {error.strerror}"
                raise InvalidInput(f"{operation.name}: {name} {problem}", {name: problem}) from None
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            parts.append((f"{operation.form}[{name}][{number}]", (path.name, content, kind)))
    parts.extend(_flat(operation.form, given.body))
    return parts


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{prefix}[{name}]", inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _flat(f"{prefix}[{number}]", inner)
    elif isinstance(value, bool):
        # The words that the document uses in addresses; a form has no booleans.
        yield prefix, "true" if value else "false"
    else:
        yield prefix, str(value)
