"""What the running service knows of its surroundings, as plain frozen data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from service.config.model import Config

Role = Literal["viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "operator", "admin")
DEFAULT_REDIS = "redis://127.0.0.1:6379/0"


# Calls at once to a vendor that reports no quota: more than one machine's worker makes, so that a usual shop
# never meets it, and few enough for a web server.
DEFAULT_CONCURRENCY = 32


class SettingsError(Exception):
    """A setting is missing or malformed; the text is one line for a person."""


@dataclass(frozen=True)
class ApiToken:
    """One caller of the operators' API: its name (shown in the audit), role and secret."""

    name: str
    role: Role
    token: str = field(repr=False)


@dataclass(frozen=True)
class Omnidesk:
    url: str
    email: str
    api_key: str = field(repr=False)
    channel: str
    # Two while one takes the other's place; so are the store's.
    webhook_tokens: tuple[str, ...] = field(repr=False)
    quota_window_seconds: int
    quota_per_window: int | None


@dataclass(frozen=True)
class CsCart:
    url: str
    email: str
    api_key: str = field(repr=False)
    webhook_tokens: tuple[str, ...] = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    calls_per_minute: int | None = None
    concurrency: int = DEFAULT_CONCURRENCY


@dataclass(frozen=True)
class Obzvonilka:
    url: str
    api_key: str = field(repr=False)
    contact_base: str
    calls_per_minute: int | None = None
    concurrency: int = DEFAULT_CONCURRENCY


@dataclass(frozen=True)
class Settings:
    """What the running service knows of its surroundings. Times are in seconds."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    host: str
    port: int
    secret_key: str = field(repr=False)
    var: Path
    admin_password: str | None = field(repr=False)
    api_tokens: tuple[ApiToken, ...] = field(repr=False)
    # Of each window of a quota at least this part (in per cent) is bulk's, when bulk waits for it.
    bulk_share: int
    omnidesk: Omnidesk
    cscart: CsCart
    obzvonilka: Obzvonilka
    config: Config = field(default_factory=Config)
    # Connections to PostgreSQL of one process of the web, and of a worker with all its processes.
    database_pool_size: int | None = None


def database_url(given: str | None, var: Path) -> str:
    """The ledger's address for SQLAlchemy: psycopg 3 for PostgreSQL, a file under `var` without one."""
    if not given:
        path = str(var / "perezvon.sqlite")
        # A question mark would end the path: SQLite's own form of an address spells it in another way.
        return f"sqlite:///file:{quote(path)}?uri=true" if "?" in path else f"sqlite:///{path}"
    return _of_one_host(re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", given))


def _of_one_host(address: str) -> str:
    """`address` with several hosts in it (`//user@one:5432,two:5433/base`) as SQLAlchemy spells that."""
    parts = re.fullmatch(r"(postgresql[^:]*://)([^/?]*@)?([^/?@]*,[^/?@]*)(/[^?]*)?(?:\?(.*))?", address)
    if not parts:
        return address
    scheme, login, hosts, base, query = parts.groups()
    # A host may be an IPv6 address in brackets.
    pairs = [re.match(r"(\[[^]]*\]|[^:]*):?(\d*)", one) for one in hosts.split(",")]
    names = ",".join(pair[1].strip("[]") for pair in pairs if pair)
    ports = ",".join(pair[2] or "5432" for pair in pairs if pair)
    more = f"&{query}" if query else ""
    return f"{scheme}{login or ''}{base or '/'}?host={names}&port={ports}{more}"
