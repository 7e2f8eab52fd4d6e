"""The environment's variables as a table: form, default, and what to do when one is wrong."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing, post_load, pre_load, validate

from service import redis_url
from service.settings.model import (
    DEFAULT_CONCURRENCY,
    DEFAULT_REDIS,
    ROLES,
    ApiToken,
    CsCart,
    Obzvonilka,
    Omnidesk,
    Settings,
    database_url,
)


def _check_url(*schemes: str) -> Any:
    def check(value: str) -> None:
        parts = urlsplit(value)
        try:
            parts.port  # noqa: B018 - urlsplit checks the port only when it is asked for
        except ValueError:
            raise ValidationError("has a port that is not a number") from None
        if parts.scheme not in schemes or not parts.hostname:
            allowed = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ValidationError(f"must be an address that begins with {allowed}")
        if parts.username or parts.query or parts.fragment:
            raise ValidationError("must not hold a login, a query or a fragment")

    return check


def _check_secret_key(value: str) -> None:
    # Sessions are signed with it: shorter keys can be guessed off line.
    if len(value) < 16:
        raise ValidationError("must have at least 16 characters")


def _check_token(value: str) -> None:
    # It stands in an address: characters that need escaping there would never match.
    if not re.fullmatch(r"[A-Za-z0-9._~-]{8,200}", value):
        raise ValidationError("must be 8 to 200 letters, digits or any of . _ ~ -")


def _check_key(value: str) -> None:
    # It goes into a header. A letter that only looks Latin comes with copying from a text.
    if not value.isascii() or not value.isprintable():
        raise ValidationError("has letters that are not Latin; copy it from the vendor once more")


def _check_whsec(value: str) -> None:
    try:
        decoded = base64.b64decode(value.removeprefix("whsec_") + "==", validate=False)
    except (binascii.Error, ValueError):
        decoded = b""
    if not value.startswith("whsec_") or not decoded:
        raise ValidationError("must be a Standard Webhooks secret: whsec_ and base64")


def _check_redis(value: str) -> None:
    try:
        redis_url.normal(value)
    except ValueError as error:
        raise ValidationError(f"has a mistake: {error}") from None


class _Required(fields.String):
    """A non-empty text without surrounding white space."""

    def __init__(self, what: str, *checks: Any) -> None:
        super().__init__(
            required=True,
            validate=[validate.Length(min=1, error="is empty"), *checks],
            error_messages={"required": f"is not set; give {what}"},
        )


class _Rotated(fields.String):
    """One secret, or two with a space between them that are both valid while one takes the other's place."""

    def __init__(self, check: Any, *, needed: str | None = None) -> None:
        super().__init__(
            required=needed is not None,
            load_default=missing if needed else (),
            error_messages={"required": f"is not set; give {needed}"},
        )
        self._check = check

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = tuple(super()._deserialize(value, attr, data, **kwargs).split())
        if len(found) > 2:
            raise ValidationError("must be one value, or two separated by a space")
        for one in found:
            self._check(one)
        return found


def _check_host(value: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", value):
        raise ValidationError("must be an address or a name to listen on, such as 127.0.0.1 or 0.0.0.0")


def _optional(*checks: Any) -> fields.String:
    return fields.String(load_default=None, validate=list(checks))


def _calls(*, default: int | None = None, most: int | None = None) -> fields.Integer:
    """A number of calls."""
    return fields.Integer(
        load_default=default,
        validate=validate.Range(
            1, most, error="must be at least 1 call" + (f", at most {most}" if most else "")
        ),
        error_messages={"invalid": "must be a number of calls"},
    )


class _ApiTokens(fields.String):
    """`name:role:token`, comma separated."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        found = []
        for number, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
            parts = entry.split(":", 2)
            if len(parts) != 3 or not parts[0]:
                raise ValidationError(f"entry {number} must read name:role:token")
            name, role, token = parts
            if role not in ROLES:
                raise ValidationError(f"entry {number} has a role that is not one of {', '.join(ROLES)}")
            if len(token) < 8:
                raise ValidationError(f"entry {number} has a token of fewer than 8 characters")
            found.append(ApiToken(name, role, token))
        if len({one.name for one in found}) < len(found) or len({one.token for one in found}) < len(found):
            raise ValidationError("has the same name or token twice")
        return tuple(found)


class Environment(Schema):
    class Meta:
        unknown = EXCLUDE

    DATABASE_URL = fields.String(
        load_default=None,
        validate=validate.Regexp(
            r"^(sqlite|postgresql(\+psycopg)?|postgres)://.*",
            error="must begin with sqlite:// or postgresql://",
        ),
    )
    DATABASE_POOL_SIZE = fields.Integer(
        load_default=None,
        validate=validate.Range(2, 100, error="must be 2 to 100 connections"),
        error_messages={"invalid": "must be a number of connections"},
    )
    REDIS_URL = fields.String(
        load_default=None,
        validate=[
            validate.Regexp(
                r"^(redis|rediss|unix)://.+", error="must begin with redis://, rediss:// or unix://"
            ),
            _check_redis,
        ],
    )
    PORT = fields.Integer(
        load_default=8000,
        validate=validate.Range(1, 65535, error="must be a port from 1 to 65535"),
        error_messages={"invalid": "must be a port from 1 to 65535"},
    )
    # All addresses, as a container or a platform needs it; `perezvon up` says 127.0.0.1.
    HOST = fields.String(load_default="0.0.0.0", validate=_check_host)  # noqa: S104
    SECRET_KEY = _Required("a random text of at least 16 characters", _check_secret_key)
    PEREZVON_VAR = fields.String(load_default="var", validate=validate.Length(min=1))
    PEREZVON_CONFIG = fields.String(load_default=None)
    PEREZVON_ADMIN_PASSWORD = _optional(validate.Length(min=8, error="must have at least 8 characters"))
    PEREZVON_API_TOKENS = _ApiTokens(load_default=())

    OMNIDESK_URL = _Required("the help desk's address, https://NAME.omnidesk.ru", _check_url("http", "https"))
    OMNIDESK_EMAIL = _Required("the e-mail of the staff member that the API key belongs to")
    OMNIDESK_API_KEY = _Required("the API key from Omnidesk, Settings, API", _check_key)
    OMNIDESK_CHANNEL = _Required(
        "the custom channel's id, such as cch101",
        # The channel_api_key and never the numeric id (FIELD-NOTES, custom channel).
        validate.Regexp(r"^cch\d+$", error="must be the channel's cch… id, such as cch101"),
    )
    OMNIDESK_WEBHOOK_TOKEN = _Rotated(
        _check_token, needed="the secret in the address that Omnidesk's webhooks call"
    )
    OMNIDESK_QUOTA_WINDOW_SECONDS = fields.Integer(
        load_default=60,
        validate=validate.Range(1, 86400, error="must be 1 to 86400 seconds"),
        error_messages={"invalid": "must be a number of seconds"},
    )
    OMNIDESK_QUOTA_PER_WINDOW = _calls()
    PACING_BULK_SHARE = fields.Integer(
        load_default=10,
        validate=validate.Range(0, 90, error="must be 0 to 90 per cent"),
        error_messages={"invalid": "must be a number of per cent"},
    )
    CSCART_CALLS_PER_MINUTE = _calls()
    CSCART_CONCURRENCY = _calls(default=DEFAULT_CONCURRENCY, most=1000)
    OBZVONILKA_CALLS_PER_MINUTE = _calls()
    OBZVONILKA_CONCURRENCY = _calls(default=DEFAULT_CONCURRENCY, most=1000)

    CSCART_URL = _Required(
        "the store's address (or its api.php, where the web server does not rewrite /api/…)",
        _check_url("http", "https"),
    )
    CSCART_EMAIL = _Required("the e-mail of the store's administrator")
    CSCART_API_KEY = _Required("the API key of the store's administrator", _check_key)
    CSCART_WEBHOOK_TOKEN = _Rotated(_check_token)
    CSCART_WEBHOOK_SECRET = _Rotated(_check_whsec)

    OBZVONILKA_URL = _Required("the dialer's address, https://app.obzvonilka.ru", _check_url("http", "https"))
    OBZVONILKA_API_KEY = _Required("the API key from Obzvonilka, Organisation, API", _check_key)
    OBZVONILKA_CONTACT_BASE = _Required(
        "the number of the contact base",
        validate.Regexp(r"^\d+$", error="must be the contact base's number"),
    )

    @pre_load
    def drop_blanks(self, data: dict[str, str], **_: Any) -> dict[str, str]:
        """A setting that is there but empty counts as missing, as deployment tools leave them.

        The address of a store's `api.php` is copied with `?_d=` at its end as often as without.
        """
        given = {name: value.strip() for name, value in data.items() if value.strip()}
        if "CSCART_URL" in given:
            given["CSCART_URL"] = re.sub(r"/api\.php/?(\?_d=(2\.0/?)?)?$", "/api.php", given["CSCART_URL"])
        return given

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Settings:
        var = Path(data["PEREZVON_VAR"]).absolute()
        if not (data["CSCART_WEBHOOK_TOKEN"] or data["CSCART_WEBHOOK_SECRET"]):
            raise ValidationError(
                "is not set; give the secret in the address that the store's hook calls "
                "(or CSCART_WEBHOOK_SECRET for signed callbacks)",
                "CSCART_WEBHOOK_TOKEN",
            )
        return Settings(
            database_url=database_url(data["DATABASE_URL"], var),
            database_pool_size=data["DATABASE_POOL_SIZE"],
            redis_url=redis_url.normal(data["REDIS_URL"] or DEFAULT_REDIS),
            host=data["HOST"],
            port=data["PORT"],
            secret_key=data["SECRET_KEY"],
            var=var,
            admin_password=data["PEREZVON_ADMIN_PASSWORD"],
            api_tokens=data["PEREZVON_API_TOKENS"],
            bulk_share=data["PACING_BULK_SHARE"],
            omnidesk=Omnidesk(
                url=data["OMNIDESK_URL"].rstrip("/"),
                email=data["OMNIDESK_EMAIL"],
                api_key=data["OMNIDESK_API_KEY"],
                channel=data["OMNIDESK_CHANNEL"],
                webhook_tokens=data["OMNIDESK_WEBHOOK_TOKEN"],
                quota_window_seconds=data["OMNIDESK_QUOTA_WINDOW_SECONDS"],
                quota_per_window=data["OMNIDESK_QUOTA_PER_WINDOW"],
            ),
            cscart=CsCart(
                url=data["CSCART_URL"].rstrip("/"),
                email=data["CSCART_EMAIL"],
                api_key=data["CSCART_API_KEY"],
                webhook_tokens=data["CSCART_WEBHOOK_TOKEN"],
                webhook_secrets=data["CSCART_WEBHOOK_SECRET"],
                calls_per_minute=data["CSCART_CALLS_PER_MINUTE"],
                concurrency=data["CSCART_CONCURRENCY"],
            ),
            obzvonilka=Obzvonilka(
                url=data["OBZVONILKA_URL"].rstrip("/"),
                api_key=data["OBZVONILKA_API_KEY"],
                contact_base=data["OBZVONILKA_CONTACT_BASE"],
                calls_per_minute=data["OBZVONILKA_CALLS_PER_MINUTE"],
                concurrency=data["OBZVONILKA_CONCURRENCY"],
            ),
        )
