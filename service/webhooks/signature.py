"""Checks a signature of the Standard Webhooks specification over bytes: a body need not be text."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from werkzeug.datastructures import Headers

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"


def verifies(secret: str, headers: Headers, body: bytes, now: float) -> bool:
    """True when one of the signatures is of this body, made with `secret` near `now` (Unix seconds)."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    sent_id, moment, signatures = (headers.get(name, "") for name in names)
    if not sent_id or not re.fullmatch(r"[0-9]{1,12}", moment) or abs(int(moment) - now) > TOLERANCE_SECONDS:
        return False
    signed = f"{sent_id}.{moment}.".encode("utf-8", "replace") + body
    # Padding that a secret leaves out; what is too much does no harm.
    key = base64.b64decode(secret.removeprefix(_PREFIX) + "==")
    expected = hmac.new(key, signed, hashlib.sha256).digest()
    return any(hmac.compare_digest(expected, given) for given in map(_bytes, signatures.split()))


def _bytes(signature: str) -> bytes:
    version, _, text = signature.partition(",")
    try:
        return base64.b64decode(text) if version == "v1" else b""
    except (binascii.Error, ValueError):
        return b""
