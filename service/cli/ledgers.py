"""The ledger of DATABASE_URL, for commands that look at it or act on it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service import settings
from service.ledger.database import Ledger
from service.settings import SettingsError


def with_ledger(act: Callable[[Session], Any], *, write: bool = False) -> Any:
    """What `act` gives. The dispatcher looks every second: nobody has to be woken from here."""
    try:
        ledger = Ledger(settings.load_ledger_url(os.environ))
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    try:
        with ledger.write() if write else ledger.read() as session:
            return act(session)
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"DATABASE_URL: the ledger cannot be read ({type(error).__name__}); is it there, and migrated?"
        ) from None
    finally:
        ledger.close()
