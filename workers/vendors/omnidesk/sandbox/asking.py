"""What a call asks for, once its encoding, root and parameters have passed."""

from dataclasses import dataclass
from typing import Any

from workers.vendors.omnidesk.sandbox.checks import check
from workers.vendors.omnidesk.sandbox.refusal import Refusal, wrong
from workers.vendors.omnidesk.sandbox.spec import Operation
from workers.vendors.sandbox import php
from workers.vendors.sandbox.wire import Call, Json, Upload, parse_json

FORM = "application/x-www-form-urlencoded"
FILE_LIMIT = 25 * 1024 * 1024
FILES_LIMIT = 50 * 1024 * 1024
"""FIELD-NOTES, "Newer than the document": one file and all files together."""


@dataclass(frozen=True)
class Ask:
    """A checked request: path parameters, the body's fields or the query's, files, who asks."""

    operation: Operation
    params: dict[str, str]
    fields: Json
    uploads: tuple[Upload, ...]
    staff_id: int
    base_url: str

    def number(self, name: str) -> int:
        """A path parameter that can only be a number; anything else finds nothing."""
        text = self.params[name]
        return int(text) if text.isdecimal() and len(text) < 19 else -1


def read(operation: Operation, params: dict[str, str], call: Call, staff_id: int, *, lenient: bool) -> Ask:
    """Refuses what the document does not describe: encoding, root, names, types, values.

    `lenient` takes most of it, as PHP vendors do.
    """
    if call.method == "GET":
        fields = check(operation, call.query, "", text=True, lenient=lenient)
        uploads: tuple[Upload, ...] = ()
    else:
        if call.query and not lenient:
            raise wrong(next(iter(call.query)), "unknown parameter")
        fields, uploads = _body(operation, call, lenient)
    return Ask(operation, params, fields, uploads, staff_id, call.base_url)


def _body(operation: Operation, call: Call, lenient: bool) -> tuple[Json, tuple[Upload, ...]]:
    if call.content_type == "multipart/form-data":
        return _multipart(operation, call, lenient)
    if not call.has_body and (operation.root is None or operation.body_optional):
        return {}, ()
    if call.content_type == FORM and lenient:
        given = php.unfold(call.urlencoded())
    elif call.content_type != "application/json" and not lenient:
        raise Refusal(415, "Content-Type must be application/json")
    else:
        given = _json(call.body, lenient)
    if operation.root is None or (not given and operation.body_optional):
        if given and not lenient:
            raise wrong(next(iter(given)), "unknown parameter")
        return {}, ()
    if not operation.root:
        return check(operation, given, "", text=lenient, lenient=lenient), ()
    fields = _root(given, _roots(operation), lenient)
    return check(operation, fields, f"{operation.root}.", text=lenient, lenient=lenient), ()


def _roots(operation: Operation) -> tuple[str, ...]:
    """FIELD-NOTES: one client sends a note under `note`, the document has `message`."""
    notes = operation.name.startswith("omnidesk.notes.")
    return ("message", "note") if notes else (operation.root or "",)


def _json(body: bytes, lenient: bool) -> Json:
    try:
        given = parse_json(body)
    except ValueError:
        raise Refusal(400, "the body is not valid JSON") from None
    if lenient and given == []:
        return {}  # PHP's empty array
    if not isinstance(given, dict):
        raise Refusal(400, "the body must be a JSON object")
    return given


def _root(given: Json, roots: tuple[str, ...], lenient: bool) -> Json:
    for name in given:
        if name not in roots and not lenient:
            raise wrong(name, f"unknown parameter, the root is {roots[0]}")
    value = next((given[root] for root in roots if root in given), None)
    if lenient and value == []:
        return {}
    if not isinstance(value, dict):
        raise wrong(roots[0], "required object is missing")
    return value


def _multipart(operation: Operation, call: Call, lenient: bool) -> tuple[Json, tuple[Upload, ...]]:
    """Form fields `prefix[name]` and files `prefix[attachments][0]`."""
    prefix = operation.multipart
    if prefix is None:
        raise Refusal(415, "Content-Type must be application/json")
    pairs: list[tuple[str, Any]] = [*call.form, *((upload.field, upload) for upload in call.uploads)]
    given = _root(php.unfold(pairs), (prefix,), lenient)
    for name, value in given.items():
        if lenient and name not in operation.parameters:
            continue
        if _is_file(value) != (name == "attachments"):
            raise wrong(f"{prefix}.{name}", "files go into attachments, and nothing else does")
    if max((upload.size for upload in call.uploads), default=0) > FILE_LIMIT:
        raise wrong(f"{prefix}.attachments", "a file must not exceed 25 MB")
    if sum(upload.size for upload in call.uploads) > FILES_LIMIT:
        raise wrong(f"{prefix}.attachments", "the files must not exceed 50 MB together")
    return check(operation, given, f"{prefix}.", text=True, lenient=lenient), call.uploads


def _is_file(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_is_file(item) for item in value.values())
    if isinstance(value, list):
        return any(_is_file(item) for item in value)
    return isinstance(value, Upload)
