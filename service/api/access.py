"""Who calls, and what they may do: viewers read, operators act, administrators do everything.

The same names and roles hold for the API (bearer tokens) and the dashboard (name and password).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Response, g, request
from flask_smorest import Blueprint
from werkzeug.exceptions import UnprocessableEntity

from service.api.context import settings
from service.api.refusals import not_valid
from service.ledger.life import MoveRefused
from service.problem import Problem
from service.settings import ROLES, Role, Settings

ADMIN = "admin"
"""The dashboard's name for whoever knows PEREZVON_ADMIN_PASSWORD."""


@dataclass(frozen=True)
class Account:
    """Somebody with a name for the audit, a role and a secret."""

    name: str
    role: Role
    secret: str = field(repr=False)

    def may(self, role: Role) -> bool:
        """Is this role, or a higher one, the account's?"""
        return ROLES.index(self.role) >= ROLES.index(role)


def token_accounts(settings: Settings) -> list[Account]:
    """The callers of the API."""
    return [Account(one.name, one.role, one.token) for one in settings.api_tokens]


def accounts(settings: Settings) -> list[Account]:
    """Everybody who can log in to the dashboard."""
    admin = [Account(ADMIN, "admin", settings.admin_password)] if settings.admin_password else []
    return admin + token_accounts(settings)


def with_secret(known: list[Account], secret: str, name: str | None = None) -> Account | None:
    """The account that the secret (and the name, where one is given) belongs to.

    Every account is compared, so that the time says nothing about which of them was near.
    """
    found = None
    for one in known:
        same = hmac.compare_digest(one.secret.encode(), secret.encode())
        if name is not None:
            same &= hmac.compare_digest(one.name.encode(), name.encode())
        if same:
            found = one
    return found


def check_role(account: Account, role: Role) -> None:
    """Raises `Problem` 403 that says which role is needed."""
    if not account.may(role):
        raise Problem(403, f"This needs the role {role}; {account.name} has the role {account.role}.")


def caller() -> Account:
    """The caller of the present request, after `SecuredBlueprint.needs`."""
    found: Account = g.caller
    return found


class SecuredBlueprint(Blueprint):  # type: ignore[misc] # flask-smorest ships no types
    """A part of the API behind bearer tokens; a move that the event's state forbids is a 409."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register_error_handler(MoveRefused, lambda error: Problem(409, str(error)).response())
        self.register_error_handler(UnprocessableEntity, _wrong_query)
        self.after_request(_keep_nowhere)

    def needs(self, role: Role) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Let only callers with this role, or a higher one, through to the view."""

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                g.caller = _authenticate()
                check_role(caller(), role)
                return view(*args, **kwargs)

            guarded = self.alt_response(401, "UNAUTHORIZED")(guarded)
            guarded = self.alt_response(403, "FORBIDDEN")(guarded)
            documented: Callable[..., Any] = self.doc(security=[{"bearer": []}], **{"x-role": role})(guarded)
            return documented

        return decorate


def _wrong_query(error: UnprocessableEntity) -> Response:
    # webargs puts what marshmallow found here, under the part of the request that it was found in.
    messages: dict[str, Any] = getattr(error, "data", {}).get("messages", {})
    return not_valid(messages.get("query", messages)).response()


def _keep_nowhere(response: Response) -> Response:
    # Names and phones: not for any cache on the way.
    response.headers["Cache-Control"] = "no-store"
    return response


def _authenticate() -> Account:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    known = token_accounts(settings())
    if not known:
        raise Problem(401, "No API tokens are set up here: set PEREZVON_API_TOKENS (name:role:token).")
    if scheme.lower() != "bearer" or not given.strip():
        raise Problem(401, "Send Authorization: Bearer and an API token.")
    account = with_secret(known, given.strip())
    if account is None:
        raise Problem(401, "This API token is not known here.")
    return account
