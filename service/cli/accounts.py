"""One vendor's account from the environment, for commands that call only that one."""

from __future__ import annotations

from collections.abc import Mapping

from marshmallow import ValidationError

from service import settings
from service.settings import SettingsError
from workers.vendors.transport import Account, account


def load_account(environ: Mapping[str, str], vendor: str) -> Account:
    """The account of `vendor`; no other setting is looked at. Raises `SettingsError` naming what is wrong."""
    prefix = vendor.upper()
    known = settings._Environment().fields
    names = [name for part in ("URL", "EMAIL", "API_KEY") if (name := f"{prefix}_{part}") in known]
    ours = {
        name: value for name, value in environ.items() if name in names or name.removesuffix("_FILE") in names
    }
    schema = settings._Environment(only=names)
    values = schema.drop_blanks(settings.resolve_files(ours))
    if errors := schema.validate(values):
        raise SettingsError(settings._one_line(ValidationError(errors)))
    return account(
        vendor,
        url=values[f"{prefix}_URL"].rstrip("/"),
        email=values.get(f"{prefix}_EMAIL", ""),
        api_key=values[f"{prefix}_API_KEY"],
    )
