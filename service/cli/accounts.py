"""One vendor's account from the environment, for commands that call only that one."""

from __future__ import annotations

from collections.abc import Mapping

from service import settings
from workers.vendors.transport import Account, account


def load_account(environ: Mapping[str, str], vendor: str) -> Account:
    """The account of `vendor`; no other setting is looked at. Raises `SettingsError` naming what is wrong."""
    prefix = vendor.upper()
    values = settings.load_some(
        environ, {f"{prefix}_{part}" for part in ("URL", "EMAIL", "API_KEY")}.__contains__
    )
    return account(
        vendor,
        url=values[f"{prefix}_URL"].rstrip("/"),
        email=values.get(f"{prefix}_EMAIL", ""),
        api_key=values[f"{prefix}_API_KEY"],
    )
