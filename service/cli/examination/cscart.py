"""The store: log-in, privileges, the add-on, and whether its hook has ever called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from service.cli.examination import own
from service.cli.examination.finding import Finding, ask, hint, notices, ok
from service.ledger.clock import now_ms
from service.ledger.tables import Event
from service.settings import SettingsError
from workers.vendors.cscart import operations as cscart
from workers.vendors.transport import Transport

# FIELD-NOTES, CS-Cart.
REFUSALS = {
    401: "Check CSCART_EMAIL and CSCART_API_KEY: the administrator's page has a tab API access.",
    403: "Give the administrator's user group view_call_requests; the store may also want https.",
    404: "Enable the add-on Call requests (Add-ons, Manage add-ons); if it is, check CSCART_URL: where the "
    "web server does not rewrite /api/…, it is https://SHOP/api.php.",
}
# The store's own hook labels its JSON so (FIELD-NOTES, Store callback); what was found in the list is not.
HOOK_LABEL = "application/x-www-form-urlencoded"


def examine(
    transport: Transport, url: str, token: str | None, environ: Mapping[str, str]
) -> Iterator[Finding]:
    """`token` None: the store's own hook, which does not sign, has no way in."""
    reply = ask(
        "CS-Cart",
        lambda: cscart.CALL_REQUESTS_LIST.through(transport.send, query={"page": 1, "items_per_page": 1}),
        REFUSALS,
    )
    by = " (by api.php, without rewriting)" if "/api.php" in url else ""
    yield ok("CS-Cart", f"the address answers{by}, the key is accepted")
    yield from notices("CS-Cart answers", reply.answer)
    total = "" if reply.total is None else f" ({reply.total} call requests)"
    yield ok("CS-Cart call requests", f"the add-on is enabled, view_call_requests is there{total}")
    yield hint(
        "CS-Cart privileges", "only a write would show manage_call_requests: see that the group has it"
    )
    yield _hook(token, environ)


def _hook(token: str | None, environ: Mapping[str, str]) -> Finding:
    """Hooks cannot be listed: that one has come is what can be known."""
    if token is None:
        said = "CSCART_WEBHOOK_TOKEN is not set: only signed callbacks and reconciliation bring requests"
        return hint("CS-Cart hook", said)
    try:
        last = _last_call(environ)
    except (SettingsError, SQLAlchemyError, OSError):
        return hint("CS-Cart hook", "whether it has called is not known: the ledger could not be asked")
    if last is None:
        return hint("CS-Cart hook", "has not called yet; `perezvon subscribe cscart URL` registers it")
    return ok("CS-Cart hook", f"called {_ago(now_ms() - last)} ago")


def _last_call(environ: Mapping[str, str]) -> int | None:
    """When the newest callback of the store's own hook came, in ms. Raises if the ledger cannot tell."""
    ledger = own.open_ledger(environ)
    try:
        with ledger.read() as session:
            return session.scalar(
                select(func.max(Event.received_at)).where(
                    Event.source == "cscart", Event.content_type.startswith(HOOK_LABEL)
                )
            )
    finally:
        ledger.close()


def _ago(milliseconds: int) -> str:
    minutes = max(milliseconds, 0) // 60_000
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 60 // 24} days"
