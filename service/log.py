"""One line a fact, `key=value`, on standard output; secrets and people never in it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

# Of one value in a line, in characters: more tells nobody anything, and anybody can send it.
LONGEST_VALUE = 2_000
# A traceback's end says what happened.
LONGEST_TRACEBACK = 20_000

# Each is linear: the first by beginning only where a word begins.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# A number with a plus, or a Russian one with its 7 or 8: dates, ids and case numbers do not look like that.
_PHONE = re.compile(
    r"\+\d[\d\s()-]{8,}\d|(?<![\w-])[78][\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?![\w-])"
)
# The last part of a webhook's address is its secret; behind it a rule may put whatever a case holds.
_WEBHOOK = re.compile(r"(/webhooks/\w+(?:/(?:channel|rule))?/)[^\s\"'?]+(?:\?[^\"'\n]*)?")


class Redactor:
    """Takes out of a text what must not be in a log: e-mails, phones, webhook tokens, the given secrets."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self._secrets = sorted((one for one in secrets if one), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = _WEBHOOK.sub(r"\1***", text)
        return _PHONE.sub("[phone]", _EMAIL.sub("[e-mail]", text))


def cut(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Shorten every value of a line to what a person reads: redacting it costs time by its length."""
    for key, value in event.items():
        if value is None or isinstance(value, bool | int | float):
            continue
        text = str(value)
        if key == "exception":
            event[key] = text if len(text) <= LONGEST_TRACEBACK else "… " + text[-LONGEST_TRACEBACK:]
        elif len(text) > LONGEST_VALUE:
            event[key] = f"{text[:LONGEST_VALUE]} … ({len(text)} characters)"
    return event


class _Formatter(structlog.stdlib.ProcessorFormatter):
    def __init__(self, redact: Redactor) -> None:
        super().__init__(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                cut,
                structlog.processors.LogfmtRenderer(
                    key_order=["timestamp", "level", "logger", "event"], drop_missing=True, bool_as_flag=False
                ),
            ],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        )
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


def configure(redact: Redactor) -> None:
    """Send every logger of the process through one handler."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Formatter(redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # They would repeat what we write ourselves, a line for each call and message.
    for name in (
        "urllib3",
        "kombu",
        "amqp",
        "celery.redirected",
        "alembic",
        "celery.app.trace",
        "celery.beat",
        "celery.worker.strategy",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)


def secrets_of(settings: Any) -> list[str | None]:
    """Every secret in the settings, to be taken out of any line."""
    return [
        settings.secret_key,
        settings.admin_password,
        settings.omnidesk.api_key,
        *settings.omnidesk.webhook_tokens,
        settings.cscart.api_key,
        *settings.cscart.webhook_tokens,
        *settings.cscart.webhook_secrets,
        settings.obzvonilka.api_key,
        *(one.token for one in settings.api_tokens),
    ]
