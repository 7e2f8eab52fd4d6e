"""What is written on the command line, as the parts of a call. Raises `Refused`, which names the mistake."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import click
import qs_codec

from workers.vendors import tables
from workers.vendors.operation import Operation


class Refused(click.ClickException):
    """The call was not sent: its input, or a setting, is wrong. One line on stderr, exit status 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(" ".join(self.message.split()), file=file, err=True)


def path_values(operation: Operation, words: Sequence[str]) -> dict[str, str]:
    """`case_id=5` as the values of the path's parameters."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise Refused(f"{operation.name}: {word!r} does not read name=value")
        if name not in operation.parameters:
            raise Refused(
                f"{operation.name}: {name} is not a parameter of its path{_elsewhere(operation, name)}"
            )
        if name in found:
            raise Refused(f"{operation.name}: {name} is given twice")
        found[name] = value
    return found


def query(operation: Operation, words: Sequence[str]) -> dict[str, Any]:
    """`status=open`, `status[]=open`, `custom_fields[cf_25][]=data`, as nested values."""
    pairs = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise Refused(f"{operation.name}: --query {word!r} does not read name=value")
        pairs.append(f"{quote(name, safe='[]')}={quote(value, safe='')}")
    options = qs_codec.DecodeOptions(list_limit=len(pairs) + 1000, parameter_limit=len(pairs) + 1)
    found: dict[str, Any] = qs_codec.decode("&".join(pairs), options) if pairs else {}
    lists = {fact.name for fact in tables.facts(operation.query) if fact.many}
    # One label is a list of one: there is no other way to send it.
    return {
        name: [value] if name in lists and isinstance(value, str) else value for name, value in found.items()
    }


def fields(operation: Operation, given: str | None) -> dict[str, Any]:
    """The JSON object given with --json, in words, in a file (`@path`) or on stdin (`-`)."""
    if given is None:
        return {}
    text = _text(operation, given)
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{operation.name}: --json is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refused(f"{operation.name}: --json must be an object of fields, such as {{}}")
    known = {fact.name for fact in tables.facts(operation.body)}
    if (
        set(found) == {operation.root}
        and operation.root not in known
        and isinstance(found[operation.root], dict)
    ):
        raise Refused(
            f"{operation.name}: {operation.root} is put around the fields anyway; give what stands inside it"
        )
    if found and not known:
        raise Refused(f"{operation.name}: it takes no fields, so {', '.join(found)} cannot be given")
    return found


def files(operation: Operation, words: Sequence[str]) -> dict[str, list[Path]]:
    """`attachments=PATH`, as often as there are files."""
    found: dict[str, list[Path]] = {}
    for word in words:
        name, equals, path = word.partition("=")
        if not equals or not name or not path:
            raise Refused(f"{operation.name}: --file {word!r} does not read FIELD=PATH")
        found.setdefault(name.removesuffix("[]"), []).append(Path(path))
    return found


def _text(operation: Operation, given: str) -> str:
    try:
        if given == "-":
            return sys.stdin.read()
        return Path(given[1:]).read_text(encoding="utf-8-sig") if given.startswith("@") else given
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{operation.name}: --json {given} cannot be read ({type(error).__name__})") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _elsewhere(operation: Operation, name: str) -> str:
    """Where a name belongs that is not the path's."""
    plain = name.partition("[")[0]
    places: Mapping[str, Any] = {"--query": operation.query, "--json": operation.body}
    for option, table in places.items():
        if plain in {fact.name for fact in tables.facts(table)}:
            example = f"--query {name}=…" if option == "--query" else f"--json '{{\"{name}\": …}}'"
            return f"; give it as {example}"
    return tables.suggest(name, operation.parameters)
