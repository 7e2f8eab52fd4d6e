"""`perezvon subscribe`: have a vendor call this service."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click
from sqlalchemy.exc import SQLAlchemyError

from service import settings
from service.cli.accounts import load_account
from service.cli.call import Failed
from service.cli.examination import own
from service.cli.given import Refused
from service.ledger import marks
from service.ledger.database import Ledger
from service.settings import SettingsError
from workers.vendors.cscart.hooks import NEW_CALL_REQUEST, ZAPIER_HOOKS_CREATE
from workers.vendors.errors import AccessDenied, NotFound, UnknownOutcome, VendorError
from workers.vendors.replies import NoRecord
from workers.vendors.transport import Transport

T = TypeVar("T")

WEBHOOK = "/webhooks/cscart"
# What stands for the secret in what is printed.
HIDDEN = "<CSCART_WEBHOOK_TOKEN>"


@click.group()
def subscribe() -> None:
    """Register this service's address at a vendor."""


@subscribe.command()
@click.argument("url")
@click.option("--again", is_flag=True, help="Also when the ledger says that there is such a hook.")
def cscart(url: str, again: bool) -> None:
    """Have the store call URL for each new call request.

    URL is this service's address as the store reaches it, https://perezvon.example; the webhook's path and
    the token of CSCART_WEBHOOK_TOKEN are put behind it. A store cannot list its hooks, so the ledger keeps
    what was made: a second run makes no second hook.
    """
    try:
        address, shown = hook_address(url, _token(os.environ))
        account = load_account(os.environ, "cscart")
    except SettingsError as error:
        raise Refused(str(error)) from None
    transport = Transport({"cscart": account})
    hooks = Hooks(os.environ, account.url, address)
    if (made := hooks.made()) is not None and not again:
        _say_made(made, shown)
        return
    if address.startswith("http:"):
        click.echo(f"warning: {shown} is not https, so the token and the customers go openly", err=True)
    # Before the call: one whose answer is lost may have made the hook.
    hooks.keep({"hook_id": None})
    try:
        reply = ZAPIER_HOOKS_CREATE.through(
            transport.send, body={"hook_url": address, "trigger_name": NEW_CALL_REQUEST}
        )
        hook_id = reply.record.get("hook_id")
    except VendorError as error:
        if not isinstance(error, UnknownOutcome):
            hooks.keep(made or {})
        # The vendor's own words may quote the address that they are about.
        raise Failed(_sentence(error).replace(address.rpartition("/")[2], HIDDEN)) from None
    except NoRecord:
        hook_id = None
    hooks.keep({"hook_id": hook_id, "sure": True})
    click.echo(f"subscribed{f' (hook {hook_id})' if hook_id else ''}: the store calls {shown}")


class Hooks:
    """What the ledger knows of the hook of one store and one address; without a ledger nothing, said once."""

    def __init__(self, environ: Mapping[str, str], store: str, address: str) -> None:
        self._environ = environ
        # Of the address, which has the secret at its end, only this is kept.
        self._name = f"cscart.hook.{hashlib.sha256(f'{store} {address}'.encode()).hexdigest()[:32]}"
        self._told = False

    def made(self) -> dict[str, Any] | None:
        """What is known of the hook; None when there is none."""
        return self._with(lambda ledger: _read(ledger, self._name)) or None

    def keep(self, known: dict[str, Any]) -> None:
        """Remember it; nothing for one that was not made."""
        self._with(lambda ledger: _write(ledger, self._name, known))

    def _with(self, act: Callable[[Ledger], T]) -> T | None:
        try:
            ledger = own.open_ledger(self._environ)
            try:
                return act(ledger)
            finally:
                ledger.close()
        except (SettingsError, SQLAlchemyError, OSError):
            if not self._told:
                click.echo(
                    "warning: the ledger could not be asked, so a second run would make a second hook",
                    err=True,
                )
            self._told = True
            return None


def _read(ledger: Ledger, name: str) -> dict[str, Any] | None:
    with ledger.read() as session:
        return marks.read(session, name)


def _write(ledger: Ledger, name: str, known: dict[str, Any]) -> None:
    with ledger.write() as session:
        marks.write(session, name, known)


def _say_made(made: Mapping[str, Any], shown: str) -> None:
    number = f" (hook {made['hook_id']})" if made.get("hook_id") else ""
    if made.get("sure"):
        click.echo(
            f"already subscribed{number}: the store calls {shown}; nothing was sent. "
            "If the hook was deleted in the store, run this with --again."
        )
        return
    raise Failed(
        f"An earlier run was not answered and may have made the hook to {shown}. Make a request in the shop: "
        "if it arrives at once, the hook is there; if it does not, run this with --again."
    )


def hook_address(url: str, token: str | None) -> tuple[str, str]:
    """The address for the store, and how it is shown. Raises `Refused`.

    `url` is the service's address, or the webhook's with or without the token at its end.
    """
    parts = urlsplit(url)
    try:
        parts.port  # noqa: B018 - urlsplit checks the port only when it is asked for
    except ValueError:
        raise Refused("URL has a port that is not a number") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refused("URL must be an address that begins with https:// (or http://)")
    if parts.username or parts.query or parts.fragment:
        raise Refused("URL must not hold a login, a query or a fragment")
    base, found, given = url.rstrip("/").partition(WEBHOOK)
    given = given.strip("/")
    if "/webhooks" in base:
        raise Refused(f"URL must be this service's address alone; {WEBHOOK} and the token are put behind it")
    if found and given:
        # The whole webhook's address: its token must be the one that the service will know.
        if token is None or not hmac.compare_digest(given.encode(), token.encode()):
            raise Refused("URL ends with a token that is not CSCART_WEBHOOK_TOKEN; leave it out of the URL")
    elif token is None:
        raise Refused(
            "CSCART_WEBHOOK_TOKEN is not set; give the secret in the address that the store's hook calls "
            "(the store's own hook is not signed, so CSCART_WEBHOOK_SECRET cannot take its place)"
        )
    return f"{base}{WEBHOOK}/{token}", f"{base}{WEBHOOK}/{HIDDEN}"


def _token(environ: Mapping[str, str]) -> str | None:
    """CSCART_WEBHOOK_TOKEN, checked; None without one. Raises `SettingsError`."""
    name = "CSCART_WEBHOOK_TOKEN"
    return settings.load_some(environ, {name}.__contains__).get(name)


def _sentence(error: VendorError) -> str:
    """What happened and what to do: here a refusal mostly means the add-on."""
    match error:
        case NotFound():
            action = "Enable the add-on Zapier (bundled since 4.15.1) in the store: Add-ons, Manage add-ons."
        case AccessDenied(status=403):
            action = (
                "Give the administrator's user group the privilege of the add-on Zapier; HTTPS may be needed."
            )
        case UnknownOutcome():
            action = (
                "The hook may be there: make a request in the shop. If it does not arrive at once, run this "
                "with --again; a second hook doubles the calls."
            )
        case _:
            action = error.next_action
    return f"{error.sentence.rstrip('.')}. {action}".strip()
