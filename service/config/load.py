"""Reads perezvon.toml: the whole of it checked, every mistake at once, each with its line and what to do."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields

from service.config import positions, syntax
from service.config.fields import UNKNOWN, Located
from service.config.model import Config
from service.config.schema import ConfigSchema
from service.config.words import nearest


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong: where, at which key (None: the file as a whole), and what to do."""

    file: str
    line: int | None
    key: str | None
    text: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.key} {self.text}" if self.key else f"{where}: {self.text}"


class ConfigError(Exception):
    """The file cannot be used; `mistakes` has all that is wrong, in the order of the file."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Loaded:
    """A good file: what it says, and where each key stands."""

    file: str
    config: Config
    given: Mapping[str, Any] = field(repr=False)
    places: Mapping[positions.Path, positions.Place] = field(repr=False)


def read(path: Path) -> Loaded:
    """The file at `path`. Raises `ConfigError`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError([Mistake(str(path), None, None, "is not UTF-8; save it as UTF-8")]) from None
    except OSError as error:
        said = (error.strerror or type(error).__name__).lower()
        raise ConfigError([Mistake(str(path), None, None, f"cannot be read ({said})")]) from None
    return parse(text, str(path))


def parse(text: str, file: str) -> Loaded:
    """The configuration in `text`; `file` is what messages call it. Raises `ConfigError`."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_not_toml(file, text, error)]) from None
    except RecursionError:
        raise ConfigError([Mistake(file, None, None, "is nested too deeply to be read")]) from None
    places = positions.find(text)
    schema = ConfigSchema()
    try:
        config: Config = schema.load(given)
    except ValidationError as error:
        found = [_located(file, places, path, message) for path, message in _flat(error.messages, schema, ())]
        raise ConfigError(sorted(found, key=lambda one: one.line or 0)) from None
    return Loaded(file, config, given, places)


def key_name(path: positions.Path) -> str:
    """A path as one writes it: `stores.2.labels[0]`, parts that need quotes quoted."""
    name = ""
    for part in path:
        if isinstance(part, int):
            name += f"[{part}]"
        else:
            plain = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
            name += f".{plain}" if name else plain
    return name


def _not_toml(file: str, text: str, error: tomllib.TOMLDecodeError) -> Mistake:
    """tomllib's words, which end in "(at line 3, column 5)" or "(at end of document)"."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL)
    if not match:
        return Mistake(file, None, None, f"is not TOML: {error}")
    line = int(match[2]) if match[2] else text.rstrip("\n").count("\n") + 1
    where = f"at column {match[3]}" if match[2] else "at the end of the file"
    known = {name for _, table in _tables(ConfigSchema(), ()) for name in table.fields}
    what_to_do = syntax.hint(text.split("\n")[line - 1], match[1], known)
    return Mistake(file, line, None, f"is not TOML: {match[1]}, {where}{what_to_do}")


def _flat(
    messages: Any, known: Schema | fields.Field[Any] | None, path: positions.Path
) -> Iterator[tuple[positions.Path, str]]:
    """marshmallow's tree of messages, with the schema beside it for the right names."""
    if isinstance(known, fields.Nested):
        known = known.schema
    if not isinstance(messages, Mapping):
        yield from ((path, message) for message in messages)
        return
    for name, below in messages.items():
        if name == "_schema":
            yield from ((path, message) for message in below)
            continue
        inner: Schema | fields.Field[Any] | None = None
        if isinstance(known, Schema):
            if name not in known.fields:
                yield (*path, name), UNKNOWN + _instead(name, known)
                continue
            inner = known.fields[name]
        elif isinstance(known, fields.Dict):
            inner = known.value_field
        yield from _flat(below, inner, (*path, name))


def _instead(name: str, known: Schema) -> str:
    """The nearest right key here, or the table that the name belongs to, or the keys that there are."""
    if near := nearest(name, known.fields):
        return near
    homes = [where for where, table in _tables(ConfigSchema(), ()) if name in table.fields]
    if homes:
        return f"; it belongs into [{homes[0]}]" if homes[0] else "; it belongs to the top of the file"
    return f"; there are {', '.join(known.fields)}"


def _tables(schema: Schema, path: positions.Path) -> Iterator[tuple[str, Schema]]:
    """Every table of the file by its header."""
    yield key_name(path), schema
    for name, one in schema.fields.items():
        inner = one.value_field if isinstance(one, fields.Dict) else one
        if isinstance(inner, fields.Nested):
            part = (name,) if inner is one else (name, "1" if name == "stores" else "ru")
            yield from _tables(inner.schema, (*path, *part))


def _located(
    file: str, places: dict[positions.Path, positions.Place], path: positions.Path, message: str
) -> Mistake:
    place = positions.nearest(places, path)
    line, text = place.line, message.rstrip(".")
    if isinstance(message, Located):
        text = f"{message.rstrip('.')} (line {message.line} of the template)"
        if place.text_line is not None and path in places:
            line = place.text_line + message.line - 1
    return Mistake(file, line, key_name(path), text)
