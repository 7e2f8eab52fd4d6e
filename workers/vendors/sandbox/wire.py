"""A vendor call as it came over the wire, and the answer to it, free of any web framework."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from workers.vendors.sandbox import php

Json = dict[str, Any]

CREDENTIAL_PARAMETERS = frozenset({"api_key"})
"""Obzvonilka takes its key as a parameter too; the journal must not keep it."""

JOURNAL_TEXT_LIMIT = 2000
"""A body that cannot be decoded is journalled as text, cut here: the journal is for reading."""


DEEPEST_JSON = 100
"""PHP's own limit is 512; nobody sends more than a few."""


@dataclass(frozen=True)
class Upload:
    """A file of a multipart body: enough to tell that it arrived whole."""

    field: str
    filename: str
    content_type: str
    size: int
    sha256: str

    @classmethod
    def of(cls, field_name: str, filename: str, content_type: str, chunks: Any) -> "Upload":
        """Read a stream in pieces, so that a large file never stands in memory."""
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
        return cls(field_name, filename, content_type, size, digest.hexdigest())

    def description(self) -> Json:
        return {
            "filename": self.filename,
            "content_type": self.content_type,
            "size": self.size,
            "sha256": self.sha256,
        }


@dataclass(frozen=True)
class Call:
    """One request to a vendor. `path` is as sent: still escaped, without the vendor's mount point."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    content_type: str
    """The bare media type, in lower case."""
    body: bytes = b""
    form: tuple[tuple[str, str], ...] = ()
    uploads: tuple[Upload, ...] = ()
    basic_auth: tuple[str, str] | None = None
    base_url: str = ""

    @cached_property
    def query_pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query_string, keep_blank_values=True)

    @cached_property
    def query(self) -> Json:
        """The query with PHP brackets unfolded."""
        return php.unfold(self.query_pairs)

    def urlencoded(self) -> list[tuple[str, str]]:
        """The pairs of a form-urlencoded body."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    @property
    def has_body(self) -> bool:
        return bool(self.body.strip() or self.form or self.uploads)

    def journal_query(self) -> Json:
        return php.unfold([(k, v) for k, v in self.query_pairs if k not in CREDENTIAL_PARAMETERS])

    def journal_fields(self) -> Any:
        """The body decoded as far as it can be, credentials left out."""
        if self.form or self.uploads:
            pairs: list[tuple[str, Any]] = [(k, v) for k, v in self.form if k not in CREDENTIAL_PARAMETERS]
            return php.unfold(pairs + [(upload.field, upload.description()) for upload in self.uploads])
        if not self.body.strip():
            return None
        try:
            return parse_json(self.body)
        except ValueError:
            return self.body.decode("utf-8", "replace")[:JOURNAL_TEXT_LIMIT]


def without_slash(call: Call) -> Call:
    """The call without slashes at the end of its path."""
    return replace(call, path=call.path.rstrip("/"))


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def with_headers(self, extra: Mapping[str, str]) -> "Answer":
        return Answer(self.status, self.body, self.content_type, {**self.headers, **extra})


def parse_json(body: bytes) -> Any:
    """JSON, or a ValueError; also for what is nested so deeply that it could not be written again."""
    try:
        value = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    layer, depth = [value], 0
    while layer:
        depth += 1
        if depth > DEEPEST_JSON:
            raise ValueError("nested too deeply")
        layer = [item for node in layer for item in _inside(node)]
    return value


def _inside(node: Any) -> list[Any]:
    items = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [item for item in items if isinstance(item, dict | list)]


def json_default(value: object) -> str:
    """Moments leave as RFC 2822, the way Omnidesk writes them."""
    if isinstance(value, datetime):
        return format_datetime(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=json_default)


def json_answer(status: int, value: object) -> Answer:
    """A caller's lone surrogate (`"\\ud800"`) is JSON, but cannot be written as UTF-8 again."""
    return Answer(status, to_json(value).encode("utf-8", "replace"))
