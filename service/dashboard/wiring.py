"""Puts the dashboard into the application: its addresses, its login, and what every answer carries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from service.dashboard import audit, event, events, login, overview, refusals, vendors, words
from service.problem import Problem

# Every address of the dashboard, and who answers there.
ADDRESSES: tuple[tuple[str, str, Any, str], ...] = (
    ("GET", "/", overview.page, "overview"),
    ("GET", "/login", login.page, "login"),
    ("POST", "/login", login.submit, "login_submit"),
    ("POST", "/logout", login.logout, "logout"),
    ("GET", "/events", events.page, "events"),
    ("POST", "/events/search", events.search, "search"),
    ("GET", "/events/<event_id>", event.page, "event"),
    ("GET", "/events/<event_id>/raw", event.raw, "raw"),
    ("POST", "/events/<event_id>/retry", event.retry, "retry"),
    ("GET", "/events/<event_id>/cancel", event.confirm_cancel, "confirm_cancel"),
    ("POST", "/events/<event_id>/cancel", event.cancel, "cancel"),
    ("GET", "/events/<event_id>/replay", event.confirm_replay, "confirm_replay"),
    ("POST", "/events/<event_id>/replay", event.replay, "replay"),
    ("POST", "/vendors/<name>/pause", vendors.pause, "pause"),
    ("POST", "/vendors/<name>/resume", vendors.resume, "resume"),
    ("POST", "/vendors/<name>/try", vendors.try_now, "try_now"),
    ("GET", "/audit", audit.page, "audit"),
)

# Nothing from elsewhere, nothing inline. Pico draws the marks of its form fields as data: images.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
# An operator's working day; then the name and the password once more.
SESSION_LIFE = timedelta(hours=12)
_WITHOUT_LOGIN = {"dashboard.login", "dashboard.login_submit", "dashboard.static"}

csrf = CSRFProtect()


def install(app: Flask) -> None:
    """Register the dashboard on the application."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=SESSION_LIFE,
        # A page that polls would keep its session for ever.
        SESSION_REFRESH_EACH_REQUEST=False,
        # Only the dashboard's forms need it: webhooks and the API carry secrets of their own.
        WTF_CSRF_CHECK_DEFAULT=False,
        # A page may stay open for a day; the token lives as long as the session that it is bound to.
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)
    manager = LoginManager(app)
    manager.user_loader(login.load)
    app.extensions["brake"] = login.Brake()
    app.jinja_env.filters |= words.FILTERS
    app.register_blueprint(_blueprint())


def _blueprint() -> Blueprint:
    blueprint = Blueprint(
        "dashboard", __name__, template_folder="templates", static_folder="static", static_url_path="/assets"
    )
    for method, address, view, name in ADDRESSES:
        blueprint.add_url_rule(address, name, view, methods=[method])
    blueprint.before_request(_guard)
    blueprint.after_request(_add_headers)
    blueprint.register_error_handler(HTTPException, refusals.http)
    blueprint.register_error_handler(Problem, refusals.problem)
    blueprint.register_error_handler(DBAPIError, refusals.ledger)
    blueprint.register_error_handler(PoolTimeoutError, refusals.ledger)
    return blueprint


def _guard() -> ResponseReturnValue | None:
    csrf.protect()
    if request.endpoint in _WITHOUT_LOGIN or current_user.is_authenticated:
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    address = url_for("dashboard.login", next=wanted)
    if "HX-Request" in request.headers:
        # A redirect would put the login form into the middle of the page.
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)


def _add_headers(response: Response) -> Response:
    response.headers.extend(HEADERS)
    if request.endpoint != "dashboard.static":
        response.headers["Cache-Control"] = "no-store"
    return response
