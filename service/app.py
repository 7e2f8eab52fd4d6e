"""The web process: wires the rooms together, nothing else."""

from __future__ import annotations

import os

from flask import Flask

from service import errors, health, log, settings, wake
from service.api import events, reports, vendors
from service.api.description import DescribedApi
from service.dashboard import wiring as dashboard
from service.edge.framing import LARGEST_BODY
from service.intake.receive import Intake
from service.ledger.database import Ledger
from service.ledger.postgresql import Limits
from service.settings import Settings
from service.webhooks import cscart, omnidesk

# Senders wait for five seconds: they are answered before, whatever the database does.
STATEMENT_SECONDS = 3
# Of each process: its threads, and the probes.
CONNECTIONS = 10


def create_app(given: Settings | None = None) -> Flask:
    """The WSGI application; without settings they come from the environment. Raises `SettingsError`."""
    config = given or settings.load(os.environ)
    log.configure(log.Redactor(log.secrets_of(config)))
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        API_TITLE="Perezvon",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    ledger = Ledger(config.database_url, _limits(config))
    waker = wake.Waker(config.redis_url)
    app.extensions |= {
        "settings": config,
        "ledger": ledger,
        "waker": waker,
        "intake": Intake(ledger, waker),
    }
    api = DescribedApi(app)
    for room in (cscart, omnidesk, events, vendors, reports):
        api.register_blueprint(room.blueprint)
    app.register_blueprint(health.blueprint)
    dashboard.install(app)
    errors.install(app)
    return app


def _limits(config: Settings) -> Limits:
    return Limits(statement=STATEMENT_SECONDS, connections=config.database_pool_size or CONNECTIONS)
