"""`perezvon doctor`: can it reach and log in to everything? One line each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import click

from service.cli import settings_shown
from service.cli.accounts import load_account
from service.cli.examination import cscart, obzvonilka, omnidesk, own
from service.cli.examination.finding import Finding, Refused, hint
from service.config import load
from service.config.load import ConfigError
from service.config.model import Config
from service.settings import SettingsError
from workers.vendors.answers import TITLES
from workers.vendors.transport import Transport


@click.command()
@click.option(
    "--url",
    metavar="URL",
    help="This service's address as the vendors reach it: checks that their webhooks point here.",
)
def doctor(url: str | None) -> None:
    """Check the settings, the file, the ledger, Redis and each vendor; say what to do about what is wrong.

    One line each: ok, failed, or a hint. Only reads, so it changes nothing. Exit status 1 if anything failed.
    """
    if url is not None:
        url = url.rstrip("/")
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise click.BadParameter("must be an address that begins with https://", param_hint="--url")
    bad = False
    for finding in _findings(os.environ, url):
        bad = bad or finding.state == "failed"
        click.echo(str(finding))
        sys.stdout.flush()
    if bad:
        sys.exit(1)


def _findings(environ: Mapping[str, str], url: str | None) -> Iterator[Finding]:
    values, _ = settings_shown.values(environ)
    path = values.get("PEREZVON_CONFIG", "")
    yield from own.examine_settings(environ)
    yield from own.examine_config(path)
    yield from own.examine_ledger(environ)
    yield from own.examine_redis(environ)
    if url is not None:
        yield from own.examine_address(url)
    config = _config(path)

    def of_omnidesk(transport: Transport) -> Iterator[Finding]:
        channel, token = values.get("OMNIDESK_CHANNEL"), values.get("OMNIDESK_WEBHOOK_TOKEN")
        yield from omnidesk.examine(transport, channel, token, config, url)
        yield omnidesk.notes(environ)

    def of_cscart(transport: Transport) -> Iterator[Finding]:
        return cscart.examine(
            transport, values.get("CSCART_URL", ""), values.get("CSCART_WEBHOOK_TOKEN"), environ
        )

    def of_obzvonilka(transport: Transport) -> Iterator[Finding]:
        return obzvonilka.examine(transport, values.get("OBZVONILKA_CONTACT_BASE"), config)

    vendors = {"omnidesk": of_omnidesk, "cscart": of_cscart, "obzvonilka": of_obzvonilka}
    # Side by side: one that does not answer must not hold up the others.
    with ThreadPoolExecutor(len(vendors)) as pool:
        for findings in pool.map(lambda vendor: _vendor(environ, vendor, vendors[vendor]), vendors):
            yield from findings


def _vendor(
    environ: Mapping[str, str], vendor: str, examine: Callable[[Transport], Iterator[Finding]]
) -> list[Finding]:
    """What is found at one vendor, up to the first refusal."""
    found: list[Finding] = []
    try:
        transport = Transport({vendor: load_account(environ, vendor)})
        for finding in examine(transport):
            # One by one: what was found before a refusal is kept.
            found.append(finding)
    except SettingsError:
        found.append(hint(TITLES[vendor], f"not asked: see what is said of {vendor.upper()}_… above"))
    except Refused as refused:
        found.append(refused.finding)
    return found


def _config(path: str) -> Config:
    """The file's, or the defaults when it is wrong, which is said elsewhere."""
    try:
        return load.read(Path(path)).config if path else Config()
    except ConfigError:
        return Config()
