"""Every setting, read from the environment once and checked before anything starts.

A setting may also be given as ``NAME_FILE``, the path of a file that holds the value (the way secrets are
mounted). `load` raises `SettingsError`, whose text is one line that names the setting and says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from marshmallow import ValidationError

from service.config import load as config_file
from service.config.load import ConfigError
from service.config.model import Config
from service.settings.environment import Environment
from service.settings.model import (
    DEFAULT_REDIS,
    ROLES,
    ApiToken,
    CsCart,
    Obzvonilka,
    Omnidesk,
    Role,
    Settings,
    SettingsError,
    database_url,
)

__all__ = [
    "DEFAULT_REDIS",
    "ROLES",
    "ApiToken",
    "CsCart",
    "Environment",
    "Obzvonilka",
    "Omnidesk",
    "Role",
    "Settings",
    "SettingsError",
    "database_url",
    "load",
    "load_ledger_url",
    "load_some",
    "resolve_files",
]


def resolve_files(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with every `NAME_FILE` of ours replaced by `NAME` and what stands in the file.

    Raises `SettingsError` when a file cannot be read, or when both forms are given.
    """
    resolved = dict(environ)
    for name in Environment().fields:
        path = environ.get(f"{name}_FILE", "").strip()
        if not path:
            continue
        if environ.get(name, "").strip():
            raise SettingsError(f"{name} and {name}_FILE are both set; keep one")
        try:
            resolved[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = type(error).__name__
            raise SettingsError(f"{name}_FILE names a file that cannot be read: {reason}") from None
    return resolved


def load(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`. Raises `SettingsError` naming every setting that is wrong, in one line."""
    resolved = resolve_files(environ)
    try:
        settings: Settings = Environment().load(resolved)
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None
    return replace(settings, config=_config(resolved.get("PEREZVON_CONFIG", "").strip()))


def _config(path: str) -> Config:
    """What the file that PEREZVON_CONFIG names says. No other file is looked for: one that happens to lie in
    the folder where a process was started must not change what it does (docs/adr/0012)."""
    if not path:
        return Config()
    try:
        return config_file.read(Path(path)).config
    except ConfigError as error:
        first, *more = error.mistakes
        rest = f" (and {len(more)} more; `perezvon config check` shows them all)" if more else ""
        raise SettingsError(" ".join(f"PEREZVON_CONFIG: {first}{rest}".split())) from None


def load_some(environ: Mapping[str, str], wanted: Callable[[str], bool]) -> dict[str, str]:
    """Only the settings whose names are `wanted`, checked, for commands that need no others.

    Those that are not needed may be missing in the answer. Raises `SettingsError`.
    """
    names = {name for name in Environment().fields if wanted(name)}
    ours = {name: text for name, text in environ.items() if name.removesuffix("_FILE") in names}
    schema = Environment(only=names)
    values: dict[str, str] = schema.drop_blanks(resolve_files(ours))
    if errors := schema.validate(values):
        raise SettingsError(_one_line(ValidationError(errors)))
    return values


def load_ledger_url(environ: Mapping[str, str]) -> str:
    """Only the ledger's address. Raises `SettingsError`."""
    values = load_some(environ, {"DATABASE_URL", "PEREZVON_VAR"}.__contains__)
    return database_url(values.get("DATABASE_URL"), Path(values.get("PEREZVON_VAR", "var")).absolute())


def _one_line(error: ValidationError) -> str:
    messages = cast(dict[str, list[str]], error.messages)
    return "; ".join(f"{name} {' and '.join(texts)}" for name, texts in sorted(messages.items()))
