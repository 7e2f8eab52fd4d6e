"""The dialer: log-in, and the contact bases that requests are put into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.cli.examination.finding import Finding, ask, failed, ok
from service.config.model import Config
from workers.vendors.obzvonilka import operations as obzvonilka
from workers.vendors.transport import Transport

_KEY = "Put the key from Obzvonilka, Settings, Organisation, API for developers into OBZVONILKA_API_KEY."
# Which of them a wrong key gives is not public (FIELD-NOTES, Obzvonilka).
REFUSALS = {
    401: _KEY,
    403: f"{_KEY} Or the key may not do this: ask for a key with access to the contact bases.",
    404: "Check OBZVONILKA_URL: https://app.obzvonilka.ru, unless your account has an address of its own.",
}


def examine(transport: Transport, base: str | None, config: Config) -> Iterator[Finding]:
    """`base` None: the setting is not there, which is said elsewhere."""
    reply = ask("Obzvonilka", lambda: obzvonilka.CONTACT_BASES_LIST.through(transport.send), REFUSALS)
    yield ok("Obzvonilka", "the address answers, the key is accepted")
    known: dict[str, dict[str, Any]] = {str(one.get("id")): dict(one) for one in reply.records}
    wanted = {"OBZVONILKA_CONTACT_BASE": base} if base else {}
    if config.default_store.contact_base:
        wanted["default_store.contact_base"] = config.default_store.contact_base
    for name, store in config.stores.items():
        if store.contact_base:
            wanted[f"stores.{name}.contact_base"] = store.contact_base
    for key, number in wanted.items():
        yield _base(key, number, known)


def _base(key: str, number: str, known: dict[str, dict[str, Any]]) -> Finding:
    what = f"Obzvonilka base {number}"
    found = known.get(number)
    if found is None:
        there = ", ".join(f"{one} {base.get('name') or ''}".strip() for one, base in known.items()) or "none"
        return failed(what, f"{key}: there is no such contact base; there: {there}")
    if found.get("deleted") is True:
        return failed(what, f"{key}: the contact base is deleted; restore it, or name another one")
    return ok(what, f"{key}: the contact base {found.get('name') or ''} is there")
