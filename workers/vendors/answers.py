"""What an HTTP answer of a vendor means: its data, its quota, or the error that it stands for. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from workers.vendors import noise, pages, words
from workers.vendors.errors import (
    AccessDenied,
    NotFound,
    Quota,
    RateLimited,
    Rejected,
    ThingDenied,
    Transient,
    UnknownOutcome,
    VendorError,
)
from workers.vendors.operation import Operation
from workers.vendors.replies import keep_repeated
from workers.vendors.words import LONGEST_CODE, Words, is_quota

# A vendor that asks for more than this is not believed: a wrong clock there must not stop a shop for days.
LONGEST_RETRY_AFTER = 3600.0
# One that is not able to answer is asked again after this at the latest: maintenance pages name an hour, and
# are gone after a minute.
LONGEST_PAUSE = 60.0

# With these it is we who are refused, whatever was asked for.
_OF_ACCOUNT = {"staff_not_active", "incorrect_user_email"}

TITLES = {"omnidesk": "Omnidesk", "cscart": "CS-Cart", "obzvonilka": "Obzvonilka"}
"""The vendors' names as people write them."""


@dataclass(frozen=True)
class Answer:
    """A good answer: the vendor's JSON as it came (None when the body was empty)."""

    status: int
    data: Any
    quota: Quota
    noisy: bool = False
    """Something stood around the JSON, such as PHP notices."""


@dataclass(frozen=True)
class Http:
    """What an answer is read from, besides its status; `now` for a date to wait until."""

    headers: Mapping[str, str]
    body: bytes
    now: datetime


def read_quota(headers: Mapping[str, str]) -> Quota:
    """`api_calls_left` on every answer; the size in `rate_limit_per_minute` since 2024 (FIELD-NOTES)."""
    return Quota(
        _count(headers, "api_calls_left"),
        _count(headers, "rate_limit_per_minute"),
        _count(headers, "retry_after"),
    )


def read(operation: Operation, status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
    """The answer's data. Raises the `VendorError` that the answer stands for."""
    try:
        return _read(operation, status, Http(headers, body, now))
    except VendorError as error:
        error.quota = read_quota(headers)
        raise


def _read(operation: Operation, status: int, http: Http) -> Answer:
    good = 200 <= status < 300
    quota = read_quota(http.headers)
    if good and not http.body.removeprefix(noise.MARK).strip():
        # 204 of CS-Cart's DELETE, the bare 200 of Omnidesk's.
        return Answer(status, None, quota)
    try:
        data, noisy = _parse(operation, http.body)
    except (ValueError, RecursionError):
        if not good:
            raise _error(operation, status, http, Words(), status) from None
        if operation.method == "DELETE" and len(http.body) < LONGEST_CODE and b"<" not in http.body:
            # A deletion is answered by its status; what the body says, if anything, is not documented.
            return Answer(status, None, quota)
        raise _no_json(operation, status, http) from None
    if not good:
        raise _error(operation, status, http, words.read(data), status)
    if words.refused(operation, data):
        said = words.read(data)
        raise _error(operation, status, http, said, words.meaning(said))
    return Answer(status, _without(operation.secrets, data), quota, noisy)


def _no_json(operation: Operation, status: int, http: Http) -> VendorError:
    """A good status, and nothing that can be read: a page, or an answer that broke off."""
    title = TITLES[operation.vendor]
    facts: dict[str, Any] = {"vendor": operation.vendor, "operation": operation.name, "status": status}
    page = pages.what(http.headers, http.body)
    kind = {"": "", pages.PAGE: "a web page, ", pages.PROTECTION: "a protection page, "}[page]
    sentence = f"{title} answered {status} with {kind}something that is not JSON."
    action = f"If it goes on, check that {operation.vendor.upper()}_URL is the API's address"
    if page:
        action += ", and that nothing in front of it (Cloudflare, a firewall) keeps this server's address out"
    if operation.is_write:
        return UnknownOutcome(sentence=sentence, next_action=f"{action}.", **facts)
    return Transient(sentence=sentence, next_action=f"{action}.", **facts)


def _parse(operation: Operation, body: bytes) -> tuple[Any, bool]:
    """The JSON in `body`, and whether something stood around it. Raises `ValueError`."""
    if not operation.repeated_keys:
        return noise.read(body)
    try:
        return noise.read(body, keep_repeated)
    except ValueError:
        # The document shows ratings as a bare 84% (stats_lb_staff): taken for the text "84%".
        quoted = re.sub(rb"(:\s*)(\d+(?:\.\d+)?%)", rb'\1"\2"', body)
        return noise.read(quoted, keep_repeated)


def _without(secrets: tuple[str, ...], data: Any) -> Any:
    """`data` less the fields that nobody may keep, wherever they stand."""
    if secrets and isinstance(data, dict):
        return {name: _without(secrets, value) for name, value in data.items() if name not in secrets}
    return data


def _error(  # noqa: PLR0911 - a table of cases, one return each
    operation: Operation, status: int, http: Http, said: Words, meant: int
) -> VendorError:
    """The error that an answer of `status` stands for; `meant` is the status that its words stand for."""
    vendor, title = operation.vendor, TITLES[operation.vendor]
    facts: dict[str, Any] = {
        "vendor": vendor,
        "operation": operation.name,
        "status": status,
        "code": said.code,
    }
    words = f": {said.said}" if said.said else ""
    page = "" if said.said else pages.what(http.headers, http.body)
    retry_after = read_retry_after(http.headers, http.now)
    pause = retry_after if retry_after is None else min(retry_after, LONGEST_PAUSE)
    # Older Omnidesk accounts answered 403 here (FIELD-NOTES, limits).
    if meant == 429 or (400 <= meant < 500 and is_quota(said)):
        sentence = f"{title} says that the quota is spent{words}."
        if page:
            sentence = f"A web page in front of {title} says that calls come too fast ({status})."
        return RateLimited(sentence=sentence, retry_after=retry_after, **facts)
    if meant == 403 and pages.stands_in_the_way(operation, page):
        return _protection(operation, pause, facts)
    if meant == 403 and operation.names_thing and said.code not in _OF_ACCOUNT:
        return ThingDenied(
            sentence=f"{title} refuses access to what {operation.name} is about ({status}{words}).",
            next_action=f"Give the account of {vendor.upper()}_API_KEY the right to it there, and retry the"
            " event; or cancel it.",
            **facts,
        )
    if meant in {401, 403}:
        return AccessDenied(
            sentence=f"{title} refuses access ({status}{words}).",
            next_action=f"Check {vendor.upper()}_API_KEY and the rights of the account that it belongs to.",
            **facts,
        )
    if 300 <= meant < 400:
        return AccessDenied(
            sentence=f"{title} answered with a redirect ({status}): the address is not its API's.",
            next_action=f"Put the address that it leads to into {vendor.upper()}_URL (https, no redirect).",
            **facts,
        )
    if meant == 404 and operation.off:
        return AccessDenied(
            sentence=f"{title} does not know {operation.name} at all ({status}{words}): it is switched off"
            " there, or the address is not its API's.",
            next_action=operation.off,
            **facts,
        )
    if meant in {408, 425} or meant >= 500:
        if page:
            words = ": a web page in front of it answers"
        if operation.repeatable:
            return Transient(
                sentence=f"{title} is not able to answer now ({status}{words}).",
                retry_after=pause,
                **facts,
            )
        # The work may have been done before the failure; a gateway's 503 does not say whether it was begun.
        return UnknownOutcome(
            sentence=f"{title} failed while it did the work ({status}{words}).",
            retry_after=pause,
            **facts,
        )
    if meant in operation.gone or "not_found" in said.code:
        return NotFound(
            sentence=f"{title} does not know what was asked for ({operation.name}, {status}{words}).",
            next_action="Check whether it was deleted there; if it was, cancel the event.",
            **facts,
        )
    return Rejected(
        sentence=f"{title} refused {operation.name} ({status}{words}).",
        next_action="Correct the data and replay the event, or change the settings and retry it.",
        fields=said.fields,
        **facts,
    )


def _protection(operation: Operation, retry_after: float | None, facts: dict[str, Any]) -> VendorError:
    """A firewall or Cloudflare stood in the way. Most look at what goes in, some at what comes out."""
    title = TITLES[operation.vendor]
    kind = Transient if operation.repeatable else UnknownOutcome
    return kind(
        sentence=f"A protection page in front of {title} answered instead of it ({facts['status']}).",
        next_action=f"Let this server's address through there (Cloudflare, the hosting's firewall); "
        f"{title} itself has not said that the key is wrong.",
        retry_after=retry_after,
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
