"""This machine: settings, perezvon.toml, the ledger, Redis, and this service's own address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import redis
import requests
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from service import redis_url, settings
from service.cli import settings_shown, up
from service.cli.examination.finding import Finding, failed, hint, ok
from service.config import load
from service.config.load import ConfigError
from service.ledger import migrate
from service.ledger.database import Ledger, sqlite_file
from service.ledger.migrate import Standing
from service.settings import SettingsError

# An answer that takes longer is none for a person who waits.
SECONDS = 5.0


def examine_settings(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Every setting that is wrong, a line each."""
    rows, wrong = settings_shown.rows(environ)
    for one in wrong:
        if one.startswith("SECRET_KEY is not set") and _embedded(environ):
            yield hint("settings", "SECRET_KEY is not set: `perezvon up` makes one, anything else needs it")
        else:
            yield failed("settings", one)
    if not wrong:
        yield ok("settings", f"{sum(row.source not in {'default', 'not set'} for row in rows)} are set")


def examine_config(path: str) -> Iterator[Finding]:
    """The file that PEREZVON_CONFIG names."""
    if not path:
        yield ok("perezvon.toml", "none (PEREZVON_CONFIG is not set): the defaults hold")
        return
    try:
        load.read(Path(path))
    except ConfigError as error:
        for mistake in error.mistakes:
            yield failed("perezvon.toml", str(mistake))
    else:
        yield ok("perezvon.toml", f"{path} has no mistake")


def open_ledger(environ: Mapping[str, str]) -> Ledger:
    """The ledger. Raises `SettingsError`, or `FileNotFoundError` instead of making a new SQLite file."""
    url = settings.load_ledger_url(environ)
    address = make_url(url)
    if (file := sqlite_file(address)) and not file.exists():
        raise FileNotFoundError(str(file))
    return Ledger(url)


def examine_ledger(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Is it there, and in this version's form?"""
    try:
        ledger = open_ledger(environ)
    except SettingsError:
        yield failed("ledger", "not looked at: DATABASE_URL is wrong")
        return
    except FileNotFoundError as error:
        yield failed(
            "ledger", f"{error} is not there yet; run `perezvon migrate` (`perezvon up` does it too)"
        )
        return
    shown = ledger.url.render_as_string(hide_password=True)
    try:
        current = migrate.current(ledger)
    except (SQLAlchemyError, OSError) as error:
        said = f"{shown} cannot be opened ({type(error).__name__}); check DATABASE_URL and that it runs"
        yield failed("ledger", said)
        return
    finally:
        ledger.close()
    wanted, standing = migrate.head(), migrate.standing(current)
    if standing is Standing.BEHIND:
        yield failed("ledger", f"{shown} is at {current or 'nothing'}, not {wanted}; run `perezvon migrate`")
    elif standing is Standing.AHEAD:
        yield ok("ledger", f"{shown}, at {current}: a newer release's, which this one ({wanted}) works with")
    else:
        yield ok("ledger", f"{shown}, at {wanted}")


def examine_redis(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Does it answer?"""
    embedded = _embedded(environ)
    var = Path(environ.get("PEREZVON_VAR", "").strip() or "var").absolute()
    try:
        resolved = settings.resolve_files(environ)
        url = (
            f"unix://{up._socket(var)}?db=0" if embedded else redis_url.normal(resolved["REDIS_URL"].strip())
        )
        with redis.Redis.from_url(
            url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=None
        ) as client:
            client.ping()
    except SettingsError:
        yield failed("Redis", "not asked: REDIS_URL_FILE cannot be read")
    except (redis.RedisError, ValueError, OSError) as error:
        if embedded:
            yield hint("Redis", "REDIS_URL is not set: `perezvon up` brings its own, which does not run now")
        else:
            yield failed(
                "Redis", f"does not answer ({type(error).__name__}); check REDIS_URL and that it runs"
            )
    else:
        yield ok("Redis", "answers" + (" (that of `perezvon up`)" if embedded else ""))


def examine_address(url: str) -> Iterator[Finding]:
    """Does this service answer at the address that the vendors are given?"""
    try:
        answer = requests.get(f"{url}/healthz", timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        # The way from here may be closed while the vendors' is open.
        yield hint("own address", f"{url} does not answer from this machine ({type(error).__name__})")
        return
    if answer.ok:
        yield ok("own address", f"{url} answers")
    else:
        yield failed("own address", f"{url}/healthz answers {answer.status_code}: is it this service's?")


def _embedded(environ: Mapping[str, str]) -> bool:
    """As `perezvon up` decides it."""
    return not (environ.get("REDIS_URL", "").strip() or environ.get("REDIS_URL_FILE", "").strip())
