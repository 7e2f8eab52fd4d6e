"""Who looks at the dashboard: login by name and password, logout."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user, login_user, logout_user

from service.api import access
from service.api.access import Account
from service.api.context import settings
from service.settings import Role

# Guessing a password of eight letters at this pace takes longer than the service will live.
MOST_FAILURES = 5
LOCK_SECONDS = 30.0


class Brake:
    """Counts wrong passwords by address, in this process; after a few of them the address has to wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def is_on(self, address: str) -> bool:
        """Has the address to wait?"""
        with self._lock:
            number, since = self._failures.get(address, (0, 0.0))
            return number >= MOST_FAILURES and self._clock() < since + LOCK_SECONDS

    def failed(self, address: str) -> None:
        """A wrong password came from there."""
        now = self._clock()
        with self._lock:
            # What is over is forgotten, so that this does not grow.
            self._failures = {
                key: kept for key, kept in self._failures.items() if now < kept[1] + LOCK_SECONDS
            }
            self._failures[address] = (self._failures.get(address, (0, now))[0] + 1, now)

    def passed(self, address: str) -> None:
        """The right password came from there."""
        with self._lock:
            self._failures.pop(address, None)


class User(UserMixin):  # type: ignore[misc] # flask-login ships no types
    """Somebody who has logged in."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.name = account.name
        self.role = account.role

    def get_id(self) -> str:
        """Name and a fingerprint of the secret: a changed password or token ends the session."""
        return f"{self.name}:{_fingerprint(self.account)}"

    def may(self, role: Role) -> bool:
        """Is this role, or a higher one, theirs?"""
        return self.account.may(role)


def load(user_id: str) -> User | None:
    """The user of a session; None when their account is no more."""
    for account in access.accounts(settings()):
        user = User(account)
        if hmac.compare_digest(user.get_id().encode(), user_id.encode()):
            return user
    return None


def operator() -> str:
    """The name for the audit of an operator, or a higher one. Raises `Problem` 403."""
    access.check_role(current_user.account, "operator")
    return str(current_user.name)


def page() -> ResponseReturnValue:
    """The login form."""
    if current_user.is_authenticated:
        return redirect(_safe(request.args.get("next")), 303)
    return _form()


def submit() -> ResponseReturnValue:
    """Log in, and go where the user wanted to."""
    brake: Brake = current_app.extensions["brake"]
    address = request.remote_addr or ""
    if brake.is_on(address):
        return _form("Too many wrong passwords from your address. Wait half a minute."), 429
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    account = access.with_secret(access.accounts(settings()), password, name)
    if account is None:
        brake.failed(address)
        return _form("There is no such name and password. Names and passwords differ in case.", name), 401
    brake.passed(address)
    session.clear()
    session.permanent = True
    login_user(User(account))
    return redirect(_safe(request.form.get("next")), 303)


def logout() -> ResponseReturnValue:
    """End the session."""
    logout_user()
    session.clear()
    return redirect(url_for("dashboard.login"), 303)


def _form(complaint: str = "", name: str = "") -> str:
    known = bool(access.accounts(settings()))
    wanted = request.values.get("next", "")
    return render_template("dashboard/login.html", complaint=complaint, name=name, next=wanted, known=known)


def _safe(wanted: str | None) -> str:
    """`wanted` if it is an address of ours; anything else could lead to a page that looks like ours."""
    overview = url_for("dashboard.overview")
    if not wanted or not wanted.startswith("/") or not wanted.isprintable() or "\\" in wanted:
        return overview
    parts = urlsplit(wanted)
    return overview if parts.scheme or parts.netloc or wanted.startswith("//") else wanted


def _fingerprint(account: Account) -> str:
    key = settings().secret_key.encode()
    return hmac.new(key, f"{account.role}:{account.secret}".encode(), hashlib.sha256).hexdigest()[:16]
