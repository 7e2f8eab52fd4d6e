"""The help desk: log-in, quota, custom channels and their webhooks, and what perezvon.toml names there."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from service.cli.examination import own
from service.cli.examination.finding import Finding, ask, failed, hint, notices, ok
from service.config.model import Config
from service.ledger import record
from service.ledger.tables import Attempt
from service.settings import SettingsError
from workers.vendors.omnidesk import operations as omnidesk
from workers.vendors.omnidesk.notes import NOTE_ROOT, NOTES_CREATE
from workers.vendors.operation import Call
from workers.vendors.replies import Reply
from workers.vendors.transport import Transport

WEBHOOK = "/webhooks/omnidesk/channel/"
# What stands for the secret in what is printed.
HIDDEN = "<OMNIDESK_WEBHOOK_TOKEN>"

# FIELD-NOTES, Omnidesk API, errors: 401 bad key, 403 bad staff e-mail, 404 unknown subdomain.
REFUSALS = {
    401: "Put the key from Omnidesk, Settings, API into OMNIDESK_API_KEY; check that the API is on there.",
    403: "Check OMNIDESK_EMAIL: it must be an active staff member with full access, the key's own.",
    404: "Check OMNIDESK_URL: https://NAME.omnidesk.ru with the account's own name.",
}


def examine(
    transport: Transport, channel: str | None, token: str | None, config: Config, url: str | None
) -> Iterator[Finding]:
    """`channel` and `token` None: those settings are not there, which is said elsewhere."""
    reply = ask("Omnidesk", lambda: omnidesk.CUSTOM_CHANNELS_LIST.through(transport.send), REFUSALS)
    yield ok("Omnidesk", "the address answers, the key is accepted")
    yield from notices("Omnidesk answers", reply.answer)
    ask("Omnidesk cases", lambda: _first_case(transport), REFUSALS)
    yield ok("Omnidesk cases", "may be read")
    yield _quota(reply)
    wanted = {"OMNIDESK_CHANNEL": channel} if channel else {}
    wanted |= {
        f"stores.{name}.channel": store.channel for name, store in config.stores.items() if store.channel
    }
    if config.default_store.channel:
        wanted["default_store.channel"] = config.default_store.channel
    for key, name in wanted.items():
        yield from _channel(key, name, [dict(one) for one in reply.records], token, url)
    yield from _named(transport, config)


def notes(environ: Mapping[str, str]) -> Finding:
    """Which JSON root an account reads notes under is not public: the last one that was written tells."""
    what = "Omnidesk notes"
    try:
        ledger = own.open_ledger(environ)
        try:
            with ledger.read() as session:
                last = session.execute(
                    select(Attempt.outcome, Attempt.message)
                    .where(Attempt.operation == NOTES_CREATE.name, Attempt.ended_at.is_not(None))
                    .order_by(Attempt.id.desc())
                    .limit(1)
                ).first()
        finally:
            ledger.close()
    except (SettingsError, SQLAlchemyError, OSError):
        return hint(what, "whether they are taken is not known: the ledger could not be asked")
    if last is None:
        return hint(what, f"none has been written yet; they go under the JSON root {NOTE_ROOT}")
    if last.outcome == record.OK:
        return ok(what, f"the last one was taken under the JSON root {NOTE_ROOT}")
    other = "note" if NOTE_ROOT == "message" else "message"
    return hint(
        what,
        f"the last one was not taken ({last.message}); if the root is the reason, NOTE_ROOT in "
        f"workers/vendors/omnidesk/notes.py is {NOTE_ROOT}, and {other} is what the other clients send",
    )


def _first_case(transport: Transport) -> object:
    return omnidesk.CASES_LIST.through(transport.send, query={"page": 1, "limit": 1})


def _quota(reply: Reply[Any]) -> Finding:
    quota = reply.answer.quota
    if quota.left is None:
        return hint(
            "Omnidesk quota", "the answer does not tell it; set OMNIDESK_QUOTA_PER_WINDOW if you know it"
        )
    of = f" of {quota.limit}" if quota.limit else ""
    return ok("Omnidesk quota", f"{quota.left}{of} calls left in this window")


def _channel(
    key: str, name: str, known: list[dict[str, Any]], token: str | None, url: str | None
) -> Iterator[Finding]:
    what = f"Omnidesk {name}"
    found = next((one for one in known if one.get("channel_api_key") == name), None)
    if found is None:
        there = ", ".join(str(one.get("channel_api_key")) for one in known) or "none"
        yield failed(
            what, f"{key}: there is no custom channel with this key (there: {there}); make one in "
            "Omnidesk, Settings, Channels, or give the channel_api_key of the right one"
        )  # fmt: skip
    elif found.get("active") is False:
        yield failed(what, f"{key}: the custom channel is switched off; switch it on in Omnidesk")
    else:
        yield ok(what, f"{key}: the custom channel {found.get('title') or ''} is there")
        yield _webhook(f"{what} webhook", found, token, url)


def _webhook(what: str, channel: dict[str, Any], token: str | None, url: str | None) -> Finding:
    """Do the staff's replies come here? The token at the address's end is compared and never shown."""
    expected = f"{url or 'https://HOST'}{WEBHOOK}{HIDDEN}"
    action = f"put {expected} into the channel's webhook address in Omnidesk"
    address = channel.get("webhook_url")
    if address is None:
        return hint(what, f"Omnidesk does not tell it; {action}")
    address = str(address).strip()
    base, path, given = address.partition(WEBHOOK)
    base = base.rstrip("/")
    problem = ""
    if not address:
        problem = "none is set, so staff replies do not come"
    elif not path:
        problem = f"it is an address at {_host(address)} without {WEBHOOK}"
    elif token is not None and not hmac.compare_digest(given.strip("/").encode(), token.encode()):
        problem = "its token is not OMNIDESK_WEBHOOK_TOKEN"
    elif url is not None and base.lower() != url.lower():
        problem = f"it points at {base} and not at {url}"
    if problem:
        return failed(what, f"{problem}; {action}")
    if url is None:
        return hint(what, f"it points at {base}; give --url to check that this is this service's address")
    return ok(what, f"it points at {url}")


# Where perezvon.toml names them.
KEYS = {"groups": "group_id", "labels": "labels", "staff": "[staff]"}


def _named(transport: Transport, config: Config) -> Iterator[Finding]:
    """Are the groups, labels and staff members of perezvon.toml there? Asked only when any is named."""
    stores = [config.default_store, *config.stores.values()]
    groups = {store.group_id for store in stores if store.group_id}
    labels = {label for store in stores for label in store.labels} | set(config.labels)
    named: tuple[tuple[str, Iterable[int], Call[Any, Any, Any, Any], str], ...] = (
        ("groups", groups, omnidesk.GROUPS_LIST, "group_id"),
        ("labels", labels, omnidesk.LABELS_LIST, "label_id"),
        ("staff", config.staff, omnidesk.STAFF_LIST, "staff_id"),
    )
    for name, wanted, operation, field in named:
        if not wanted:
            continue
        what = f"Omnidesk {name}"
        there = ask(what, _ids(transport, operation, field), REFUSALS)
        if missing := [str(one) for one in sorted(wanted) if str(one) not in there]:
            has = ", ".join(sorted(there)) or "none"
            yield failed(
                what,
                f"perezvon.toml names {', '.join(missing)}, which Omnidesk does not have; "
                f"correct {KEYS[name]} there (it has {has})",
            )
        else:
            yield ok(what, "those of perezvon.toml are there")


def _ids(transport: Transport, operation: Call[Any, Any, Any, Any], field: str) -> Callable[[], set[str]]:
    return lambda: {str(one.get(field)) for one in operation.every(transport.send)}


def _host(address: str) -> str:
    return urlsplit(address).hostname or "an unknown host"
