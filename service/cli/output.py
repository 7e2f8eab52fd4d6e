"""Operations and answers as text."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from workers.vendors import tables
from workers.vendors.operation import Operation
from workers.vendors.replies import Repeated


def dumps(data: Any) -> str:
    """JSON as the vendor sent it, indented; keys that repeat do so here too."""
    if isinstance(data, Repeated):
        rows = (f"{json.dumps(key, ensure_ascii=False)}: {dumps(value)}" for key, value in data.pairs)
        return "{\n" + ",\n".join(_indented(row) for row in rows) + "\n}"
    return json.dumps(data, ensure_ascii=False, indent=2)


def print_json(data: Any) -> None:
    """To stdout in UTF-8 whatever the terminal's own; nothing at all for an empty answer."""
    if data is None:
        return
    # Half of a surrogate pair has no UTF-8: it stays the escape that it came as.
    text = dumps(data).encode("utf-8", "backslashreplace") + b"\n"
    stream = sys.stdout.buffer
    stream.write(text)
    stream.flush()


def describe(operation: Operation, formatter: click.HelpFormatter) -> None:
    """What an operation is and takes, from its tables."""
    with formatter.indentation():
        formatter.write_paragraph()
        formatter.write_text(operation.about)
        formatter.write_paragraph()
        formatter.write_text(f"{operation.method} {operation.path}")
        formatter.write_text(f"Sent as: {encoding(operation)}.")
        if operation.newer:
            formatter.write_text("Newer than the vendor's document: seen in use, and not promised.")
        for group in operation.one_of:
            formatter.write_text(f"At least one of: {', '.join(group)}.")
    for title, table in sections(operation):
        with formatter.section(title):
            formatter.write_dl([(fact.name, row(fact)) for fact in tables.facts(table)])
    if operation.files:
        with formatter.section("Files (--file FIELD=PATH, repeatable)"):
            formatter.write_dl([(name, "25 MB a file, 50 MB together") for name in operation.files])


def encoding(operation: Operation) -> str:
    """The form of the body, in words."""
    if operation.always_form:
        return f"multipart form, {operation.form}[FIELD]"
    if not tables.facts(operation.body):
        return "no body"
    inside = f'JSON, {{"{operation.root}": {{FIELDS}}}}' if operation.root else "JSON, {FIELDS}"
    return f"{inside}; with files a multipart form, {operation.form}[FIELD]" if operation.files else inside


def sections(operation: Operation) -> list[tuple[str, Any]]:
    """The tables of what is sent that have rows, with their titles."""
    named = [
        ("Path (NAME=VALUE)", operation.path_values),
        ("Query (--query NAME=VALUE, repeatable)", operation.query),
        ("Fields (--json)", operation.body),
    ]
    return [(title, table) for title, table in named if tables.facts(table)]


def row(fact: tables.Fact) -> str:
    """Type, necessity and meaning of a field in one line."""
    words = [fact.type, "required" if fact.required else "", fact.about]
    return "; ".join(word for word in words if word)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
