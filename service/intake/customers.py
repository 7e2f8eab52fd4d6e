"""The help desk's name for a customer: one user there for all that one person asks of one store.

It comes back with every staff reply, and stands in addresses of the help desk's API: a phone or an e-mail
must not be read from it. So it holds a digest of them. That is no secret (whoever has the number can make the
same digest); it keeps people out of logs and addresses, and it stays the same for ever, which a keyed one
would not once the key is changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from service.intake import references

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_HEX = 20
"""80 bits: two of a million customers have the same with a chance of one in a million million."""


def custom_id(subject: str, phone: str, row: Mapping[str, Any]) -> str:
    """Omnidesk's `user_custom_id` for who asked: the store and the phone, else the e-mail, else the request.

    `phone` is a valid number or empty, `row` a parsed one; an address that is none names nobody.
    """
    company_id, _ = references.split(subject) or ("", "")
    if phone:
        return _digested(company_id, f"phone:{phone}")
    if address := email(row):
        return _digested(company_id, f"email:{address.lower()}")
    return references.user_custom_id(subject)


def email(row: Mapping[str, Any]) -> str:
    """The row's e-mail address as it was typed; "" when it cannot be one."""
    text = str(row.get("email") or "")
    local, _, domain = text.partition("@")
    return text if _EMAIL.fullmatch(text) and "." in domain.strip(".") and local else ""


def _digested(company_id: str, who: str) -> str:
    # The store is in the digest too: the same person in two stores cannot be put together by comparing.
    hashed = hashlib.sha256(f"{company_id}:{who}".encode()).hexdigest()
    return f"cscart:{company_id}:customer:{hashed[:_HEX]}"
