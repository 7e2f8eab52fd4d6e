"""The environment's settings for a person: each with where it came from, secrets hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import fields, missing

from service import settings
from service.config.in_force import DEFAULT, Row
from service.settings import SettingsError

_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD")
# A log-in inside an address.
_PASSWORD = re.compile(r"(://[^:/@]*):[^@]*@|(?<=password=)[^&]*", re.IGNORECASE)


def rows(environ: Mapping[str, str]) -> tuple[list[Row], list[str]]:
    """Every setting in force, and what is wrong with them, a sentence each."""
    given, unreadable = values(environ)
    schema = settings.Environment()
    errors = schema.validate(given)
    # A setting whose file cannot be read is not also told to be missing.
    said = {name: f"{name} {' and '.join(texts)}" for name, texts in errors.items()} | unreadable
    wrong = [said[name] for name in sorted(said)]
    if not {"CSCART_WEBHOOK_TOKEN", "CSCART_WEBHOOK_SECRET"} & {*given, *unreadable}:
        wrong.append(
            "CSCART_WEBHOOK_TOKEN is not set; give it, or CSCART_WEBHOOK_SECRET for signed callbacks"
        )
    found = []
    for name, known in schema.fields.items():
        if name in given:
            found.append(Row(name, _shown(name, given[name]), _source(name, environ)))
        else:
            found.append(Row(name, _default(name, known, given), "not set" if known.required else DEFAULT))
    return found, wrong


def values(environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The settings that are there, right or wrong; and by name why a file of one cannot be read."""
    found, unreadable = {}, {}
    for name in settings.Environment().fields:
        ours = {key: environ[key] for key in (name, f"{name}_FILE") if key in environ}
        try:
            text = settings.resolve_files(ours).get(name, "").strip()
        except SettingsError as error:
            unreadable[name] = str(error)
        else:
            if text:
                found[name] = text
    return found, unreadable


def _source(name: str, environ: Mapping[str, str]) -> str:
    path = environ.get(f"{name}_FILE", "").strip()
    return f"{name}_FILE ({path})" if path else "environment"


def _shown(name: str, value: str) -> str:
    if _SECRET.search(name):
        return f"(hidden, {len(value)} characters)"
    return _PASSWORD.sub(lambda found: f"{found[1]}:(hidden)@" if found[1] else "(hidden)", value)


def _default(name: str, known: fields.Field[Any], given: Mapping[str, str]) -> Any:
    if name == "DATABASE_URL":
        var = Path(given.get("PEREZVON_VAR", "var")).absolute()
        return settings.database_url(None, var)
    if name == "REDIS_URL":
        return settings.DEFAULT_REDIS
    return None if known.load_default in {missing, ()} else known.load_default
