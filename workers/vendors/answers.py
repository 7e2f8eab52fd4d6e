"""What an HTTP answer of a vendor means: its data, its quota, or the error that it stands for. No I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from workers.vendors.errors import (
    AccessDenied,
    NotFound,
    Quota,
    RateLimited,
    Rejected,
    Transient,
    UnknownOutcome,
    VendorError,
)
from workers.vendors.operation import Operation
from workers.vendors.replies import keep_repeated

# A vendor that asks for more than this is not believed: a wrong clock there must not stop a shop for days.
LONGEST_RETRY_AFTER = 3600.0
# What is kept of a vendor's own error text.
LONGEST_CODE = 200

TITLES = {"omnidesk": "Omnidesk", "cscart": "CS-Cart", "obzvonilka": "Obzvonilka"}
"""The vendors' names as people write them."""


@dataclass(frozen=True)
class Answer:
    """A good answer: the vendor's JSON as it came (None when the body was empty)."""

    status: int
    data: Any
    quota: Quota


def read_quota(headers: Mapping[str, str]) -> Quota:
    """`api_calls_left` on every answer; the size in `rate_limit_per_minute` since 2024 (FIELD-NOTES)."""
    return Quota(
        _count(headers, "api_calls_left"),
        _count(headers, "rate_limit_per_minute"),
        _count(headers, "retry_after"),
    )


def read(operation: Operation, status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
    """The answer's data. Raises the `VendorError` that the answer stands for."""
    if not 200 <= status < 300:
        error = _error(operation, status, headers, body, now)
        error.quota = read_quota(headers)
        raise error
    if not body.strip():
        # 204 of CS-Cart's DELETE, the bare 200 of Omnidesk's.
        return Answer(status, None, read_quota(headers))
    try:
        data = _parse(operation, body)
    except (ValueError, RecursionError):
        if operation.method == "DELETE" and len(body) < LONGEST_CODE and not body.lstrip().startswith(b"<"):
            # A deletion is answered by its status; what the body says, if anything, is not documented.
            return Answer(status, None, read_quota(headers))
        title = TITLES[operation.vendor]
        facts: dict[str, Any] = {"vendor": operation.vendor, "operation": operation.name, "status": status}
        if operation.is_write:
            raise UnknownOutcome(
                sentence=f"{title} answered {status} with something that is not JSON.", **facts
            ) from None
        raise Transient(
            sentence=f"{title} answered {status} with something that is not JSON.",
            next_action=f"If it goes on, check that {operation.vendor.upper()}_URL is the API's address.",
            **facts,
        ) from None
    return Answer(status, _without(operation.secrets, data), read_quota(headers))


def _parse(operation: Operation, body: bytes) -> Any:
    """The JSON in `body`. Raises `ValueError`."""
    if not operation.repeated_keys:
        return json.loads(body)
    try:
        return json.loads(body, object_pairs_hook=keep_repeated)
    except ValueError:
        # The document shows ratings as a bare 84% (stats_lb_staff): taken for the text "84%".
        quoted = re.sub(rb"(:\s*)(\d+(?:\.\d+)?%)", rb'\1"\2"', body)
        return json.loads(quoted, object_pairs_hook=keep_repeated)


def _without(secrets: tuple[str, ...], data: Any) -> Any:
    """`data` less the fields that nobody may keep, wherever they stand."""
    if secrets and isinstance(data, dict):
        return {name: _without(secrets, value) for name, value in data.items() if name not in secrets}
    return data


def _error(  # noqa: PLR0911 - a table of cases, one return each
    operation: Operation, status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> VendorError:
    vendor, title = operation.vendor, TITLES[operation.vendor]
    code, fields = _words(body)
    facts: dict[str, Any] = {
        "vendor": vendor,
        "operation": operation.name,
        "status": status,
        "code": code,
    }
    said = f": {code}" if code else ""
    retry_after = read_retry_after(headers, now)
    # Older Omnidesk accounts answered 403 here (FIELD-NOTES, limits).
    if status == 429 or (status == 403 and "rate limit" in code.lower()):
        return RateLimited(
            sentence=f"{title} says that the quota is spent.", retry_after=retry_after, **facts
        )
    if status in {401, 403}:
        return AccessDenied(
            sentence=f"{title} refuses access ({status}{said}).",
            next_action=f"Check {vendor.upper()}_API_KEY and the rights of the account that it belongs to.",
            **facts,
        )
    if 300 <= status < 400:
        return AccessDenied(
            sentence=f"{title} answered with a redirect ({status}): the address is not its API's.",
            next_action=f"Put the address that it leads to into {vendor.upper()}_URL (https, no redirect).",
            **facts,
        )
    if operation.repeatable and (status in {408, 425} or status >= 500):
        return Transient(
            sentence=f"{title} is not able to answer now ({status}).", retry_after=retry_after, **facts
        )
    if status in {408, 425} or status >= 500:
        # The work may have been done before the failure; a gateway's 503 does not say whether it was begun.
        return UnknownOutcome(
            sentence=f"{title} failed while it did the work ({status}).", retry_after=retry_after, **facts
        )
    if status in operation.gone or "not_found" in code:
        return NotFound(
            sentence=f"{title} does not know what was asked for ({operation.name}, {status}{said}).",
            next_action="Check whether it was deleted there; if it was, cancel the event.",
            **facts,
        )
    return Rejected(
        sentence=f"{title} refused {operation.name} ({status}{said}).",
        next_action="Correct the data and replay the event, or change the settings and retry it.",
        fields=fields,
        **facts,
    )


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait: `Retry-After` (seconds or a date) or Omnidesk's `retry_after`."""
    text = _header(headers, "retry_after")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER) if seconds == seconds else None  # noqa: PLR0124 - NaN


def _words(body: bytes) -> tuple[str, dict[str, str]]:
    """The vendor's own words: Omnidesk's `error`, CS-Cart's `message`, Obzvonilka's of unknown shape."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return "", {}
    if not isinstance(data, dict):
        return "", {}
    errors = data.get("errors")
    fields = {
        str(name): _without_people(str(words))
        for name, words in (errors.items() if isinstance(errors, dict) else ())
    }
    if isinstance(data.get("error"), dict):
        data = data["error"]
    for key in ("error", "message", "error_code", "code"):
        if isinstance(data.get(key), str):
            return _without_people(data[key]), fields
    return (_without_people(str(errors[0])) if isinstance(errors, list) and errors else ""), fields


def _without_people(text: str) -> str:
    """An error text may quote what was refused; addresses and numbers are taken out of it."""
    text = re.sub(r"[\w.+-]+@[\w.-]+", "…@…", text[:LONGEST_CODE])
    return re.sub(r"\+?\d[\d\s()-]{5,}\d", "…", text)


def _header(headers: Mapping[str, str], name: str) -> str | None:
    """A header that some proxies spell with dashes."""
    for spelling in (name, name.replace("_", "-")):
        for key, value in headers.items():
            if key.lower() == spelling:
                return value.strip()
    return None


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = _header(headers, name)
    return int(text) if text is not None and re.fullmatch(r"\d{1,9}", text) else None
