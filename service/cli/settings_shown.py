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
    try:
        resolved = settings.resolve_files(environ)
    except SettingsError as error:
        return [], [str(error)]
    schema = settings._Environment()
    given = schema.drop_blanks(dict(resolved))
    errors = schema.validate(resolved)
    # Of a setting that is not there only the name is known.
    wrong = [f"{name} {' and '.join(texts)}" for name, texts in sorted(errors.items())]
    if not {"CSCART_WEBHOOK_TOKEN", "CSCART_WEBHOOK_SECRET"} & set(given):
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
