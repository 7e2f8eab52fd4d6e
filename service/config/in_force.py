"""What a configuration says, key by key, and where each value came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from service.config import hours
from service.config.load import Loaded, key_name
from service.config.model import Config, Store, Templates
from service.config.positions import Path

DEFAULT = "default"


@dataclass(frozen=True)
class Row:
    """One value in force; `value` None when there is none."""

    key: str
    value: Any
    source: str


def rows(config: Config, loaded: Loaded | None) -> list[Row]:
    """Every value of `config`, which came from the file `loaded`, if there is one."""
    return [Row(key_name(path), value, _source(path, value, loaded)) for path, value in _leaves(config)]


def _source(path: Path, value: Any, loaded: Loaded | None) -> str:
    if loaded:
        if place := loaded.places.get(path):
            return f"{loaded.file}:{place.line}"
        if path[0] == "stores" and (place := loaded.places.get(("default_store", *path[2:]))):
            return f"{loaded.file}:{place.line} (default_store)"
        if path[:2] == ("statuses", "localised"):
            # A label counts in lower case, however the file writes it.
            for given, place in loaded.places.items():
                if given[:2] == path[:2] and str(given[-1]).strip().lower() == path[-1]:
                    return f"{loaded.file}:{place.line}"
    if value is None and path[-1] in {"channel", "contact_base"}:
        return "OMNIDESK_CHANNEL" if path[-1] == "channel" else "OBZVONILKA_CONTACT_BASE"
    return DEFAULT


def _leaves(config: Config) -> Iterator[tuple[Path, Any]]:
    for one in fields(config.flows):
        yield ("flows", one.name), getattr(config.flows, one.name)
    for one in fields(config.statuses):
        yield from _table(("statuses", one.name), getattr(config.statuses, one.name))
    yield from _table(("labels",), config.labels)
    yield from _table(("staff",), config.staff)
    yield ("sent_via_rule",), config.sent_via_rule
    yield from _store(("default_store",), config.default_store)
    for company_id, store in config.stores.items():
        yield from _store(("stores", company_id), store)
    yield from _templates(("templates",), config.templates)
    for name, retry in (("transient", config.retry_transient), ("unknown", config.retry_unknown)):
        for one in fields(retry):
            yield ("retry", name, one.name), getattr(retry, one.name)
    for one in fields(config.retention):
        yield ("retention", one.name), getattr(config.retention, one.name)


def _table(path: Path, table: Mapping[Any, Any]) -> Iterator[tuple[Path, Any]]:
    for name, value in table.items():
        yield (*path, str(name)), value


def _store(path: Path, store: Store) -> Iterator[tuple[Path, Any]]:
    yield (*path, "channel"), store.channel
    yield (*path, "group_id"), store.group_id
    yield (*path, "labels"), list(store.labels)
    yield (*path, "contact_base"), store.contact_base
    yield (*path, "language"), store.language
    yield (*path, "staff_language"), store.staff_language
    opening = store.working_hours
    yield (*path, "working_hours"), hours.write(opening) if opening else None
    if opening:
        yield (*path, "timezone"), opening.timezone
    yield from _templates((*path, "templates"), store.templates)


def _templates(path: Path, by_language: Mapping[str, Templates]) -> Iterator[tuple[Path, Any]]:
    for language, found in by_language.items():
        yield from _table((*path, language), found.texts)
