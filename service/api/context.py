"""What the present application holds, with its types."""

from __future__ import annotations

from flask import current_app

from service.ledger.database import Ledger
from service.settings import Settings
from service.wake import Waker


def ledger() -> Ledger:
    found: Ledger = current_app.extensions["ledger"]
    return found


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def waker() -> Waker:
    found: Waker = current_app.extensions["waker"]
    return found
