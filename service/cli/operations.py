"""`perezvon operations`: what can be called, and what each call takes."""

from __future__ import annotations

import json
from typing import Any

import click
from click.shell_completion import CompletionItem

from service.cli import output
from service.cli.given import Refused
from workers.vendors import tables
from workers.vendors.operation import Operation
from workers.vendors.registry import OPERATIONS


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    del ctx, param
    return [
        CompletionItem(name, help=operation.about)
        for name, operation in OPERATIONS.items()
        if name.startswith(incomplete)
    ]


@click.command()
@click.argument("text", required=False, shell_complete=_complete)
@click.option("--json", "as_json", is_flag=True, help="All that is known of them, as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="As the table of docs/operations.md.")
def operations(text: str | None, as_json: bool, as_markdown: bool) -> None:
    """List the vendors' calls, or those with TEXT in them; a whole name shows that one in full.

    Those that no document has, but that were seen in use, are marked as newer.
    """
    text = text or ""
    exact = OPERATIONS.get(text)
    found = [exact] if exact else [one for one in OPERATIONS.values() if _matches(one, text.lower())]
    if not found:
        near = tables.suggest(text, OPERATIONS)
        raise Refused(f"there is no operation with {text} in it{near}")
    if as_json:
        click.echo(json.dumps([summary(one) for one in found], ensure_ascii=False, indent=2))
    elif as_markdown:
        click.echo(markdown(found), nl=False)
    elif exact:
        click.echo(_whole(exact), nl=False)
    else:
        for one in found:
            mark = "  (newer than the document)" if one.newer else ""
            click.echo(f"{one.name:<46} {one.method:<6} {one.path}{mark}")


def summary(operation: Operation) -> dict[str, Any]:
    """An operation as plain data."""
    return {
        "name": operation.name,
        "about": operation.about,
        "source": operation.source,
        "newer": operation.newer,
        "method": operation.method,
        "path": operation.path,
        "parameters": _rows(operation.path_values),
        "query": _rows(operation.query),
        "fields": _rows(operation.body),
        "at_least_one_of": [list(group) for group in operation.one_of],
        "files": list(operation.files),
        "root": operation.root,
        "multipart_prefix": operation.form,
        "answer_root": operation.answer_root or operation.root,
        "answer": list(tables.received(operation.answer).fields) if operation.answer else [],
        "repeatable": operation.repeatable,
        "lookup": operation.lookup,
        "cost": operation.cost,
        "paged": bool(operation.paged),
    }


def markdown(found: list[Operation]) -> str:
    """A table of operations: what is required, and of what at least one is."""
    lines = ["| operation | call | required |", "|---|---|---|"]
    for one in found:
        needed = [
            f"`{fact.name}`"
            for table in (one.query, one.body)
            for fact in tables.facts(table)
            if fact.required
        ]
        needed += [" or ".join(f"`{name}`" for name in group) for group in one.one_of]
        mark = " (newer)" if one.newer else ""
        lines.append(f"| `{one.name}`{mark} | {one.method} `{one.path}` | {'; '.join(needed)} |")
    return "\n".join(lines) + "\n"


def _rows(table: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": fact.name,
            "type": fact.type,
            "required": fact.required,
            "choices": list(fact.choices),
            "about": fact.about,
        }
        for fact in tables.facts(table)
    ]


def _matches(operation: Operation, text: str) -> bool:
    return any(text in words.lower() for words in (operation.name, operation.path, operation.about))


def _whole(operation: Operation) -> str:
    formatter = click.HelpFormatter(max_width=100)
    formatter.write_text(operation.name)
    output.describe(operation, formatter)
    if operation.answer:
        with formatter.section("Answer"):
            formatter.write_text(", ".join(tables.received(operation.answer).fields))
    facts = [
        ("sent twice", "the same as once" if operation.repeatable else f"does it twice; {operation.lookup}"),
        ("cost", operation.cost),
        ("pages", "yes" if operation.paged else "no"),
        ("source", operation.source),
        ("documented", "no, newer than the document" if operation.newer else "yes"),
    ]
    with formatter.section("Facts"):
        formatter.write_dl(facts)
    return formatter.getvalue()
