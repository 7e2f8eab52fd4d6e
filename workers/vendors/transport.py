"""Sends operations over HTTP: pooled connections, time-outs, log-in; gives an `Answer` or raises why not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from service.settings import Settings
from workers.vendors import answers, deadline, encoding
from workers.vendors.answers import TITLES, Answer
from workers.vendors.deadline import Adapter
from workers.vendors.errors import Transient, UnknownOutcome, VendorError
from workers.vendors.operation import Files, Operation

# The end of the address of a store whose web server does not rewrite `/api/…`.
WITHOUT_REWRITING = "/api.php"

log = logging.getLogger(__name__)

# A host that does not take the connection in this time is down.
CONNECT_SECONDS = 4.0
# The vendors' own pages call 5 s slow; four times that and we are waiting for nothing.
READ_SECONDS = 20.0
# A call in all, from the first look-up of the host to the last byte of the answer.
TOTAL_SECONDS = 25.0
# What is uploaded takes its own time: a line of a megabit.
UPLOAD_BYTES_A_SECOND = 128 * 1024
# Of an answer, unpacked. The longest that was seen are lists of some hundred kilobytes.
MOST_BYTES = 10 * 1024 * 1024
_PIECE = 64 * 1024


class _Key(AuthBase):
    """Obzvonilka's key in a header, which keeps it out of logs (FIELD-NOTES)."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-API-KEY"] = self._key
        return request


@dataclass(frozen=True)
class Account:
    """Where a vendor's API is and how to log in there."""

    url: str
    auth: AuthBase = field(repr=False)


def account(vendor: str, *, url: str, email: str = "", api_key: str) -> Account:
    """A vendor's account: Obzvonilka's key goes alone, the others' is the password of an e-mail address."""
    if vendor == "obzvonilka":
        return Account(url, _Key(api_key))
    # As bytes: requests would write them in Latin-1 otherwise.
    return Account(url, HTTPBasicAuth(email.encode(), api_key.encode()))


def accounts(settings: Settings) -> dict[str, Account]:
    """The three vendors' accounts by name."""
    omnidesk, cscart, obzvonilka = settings.omnidesk, settings.cscart, settings.obzvonilka
    return {
        "omnidesk": account("omnidesk", url=omnidesk.url, email=omnidesk.email, api_key=omnidesk.api_key),
        "cscart": account("cscart", url=cscart.url, email=cscart.email, api_key=cscart.api_key),
        "obzvonilka": account("obzvonilka", url=obzvonilka.url, api_key=obzvonilka.api_key),
    }


class Transport:
    """Sends operations. Safe to share between threads: each has its own sessions, so its own connections."""

    def __init__(self, known: Mapping[str, Account]) -> None:
        self._accounts = known
        self._local = threading.local()
        self._noisy: set[str] = set()
        """Vendors whose notices have been told of."""

    def send(
        self,
        operation: Operation,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        files: Files | None = None,
    ) -> Answer:
        """Send one call. `body` holds the fields inside the root, `files` the paths of files by field.

        Raises `InvalidInput` before anything is sent, or a `VendorError`.
        """
        given = operation.check(path=path, query=query, body=body, files=files)
        account = self._accounts[operation.vendor]
        session = self._session(operation.vendor)
        with encoding.encode(operation, given) as content:
            call = requests.Request(
                operation.method,
                _address(account.url, given.path, content.query),
                headers=content.headers,
                data=content.data,
                auth=account.auth,
            )
            try:
                request = session.prepare_request(call)
                request.url = _keep_escapes(request.url or "", given.path)
                surroundings = session.merge_environment_settings(request.url, {}, None, None, None)
                upload = int(request.headers.get("Content-Length", 0)) / UPLOAD_BYTES_A_SECOND
                with deadline.within(TOTAL_SECONDS + upload):
                    response = session.send(
                        request,
                        timeout=(CONNECT_SECONDS, READ_SECONDS),
                        # A redirect would turn a POST into a GET, and carry the log-in to another host.
                        allow_redirects=False,
                        # Read bit by bit below: nobody knows yet how long it is.
                        **(surroundings | {"stream": True}),
                    )
                    whole, content_read = _read(response)
            except requests.RequestException as error:
                raise _no_answer(operation, error) from None
        if not whole and 200 <= response.status_code < 300:
            raise _too_long(operation, response.status_code)
        answer = answers.read(
            operation, response.status_code, response.headers, content_read, datetime.now(UTC)
        )
        if answer.noisy and operation.vendor not in self._noisy:
            self._noisy.add(operation.vendor)
            log.warning(
                "%s prints something around its JSON, such as PHP notices: switch display_errors off there",
                TITLES[operation.vendor],
            )
        return answer

    def _session(self, vendor: str) -> requests.Session:
        sessions: dict[str, requests.Session] = self._local.__dict__.setdefault("sessions", {})
        if vendor not in sessions:
            session = requests.Session()
            session.headers["User-Agent"] = "perezvon"
            # A log-in is sent with every call; a cookie would make two workers share a session there.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            # Retrying is the ledger's business: a retry in here would be an attempt that nobody sees.
            session.mount("http://", Adapter(max_retries=0))
            session.mount("https://", Adapter(max_retries=0))
            sessions[vendor] = session
        return sessions[vendor]


def _address(url: str, path: str, query: str) -> str:
    """Where the call goes. A store without rewriting has `api.php`, and the path is its parameter."""
    if not url.endswith(WITHOUT_REWRITING):
        return url + path + query
    # What the store's own rewriting makes of `/api/…` (FIELD-NOTES, CS-Cart).
    return f"{url}?_d={path.removeprefix('/api/')}&ajax_custom=1{query.replace('?', '&', 1)}"


def _keep_escapes(url: str, path: str) -> str:
    """`url` with `path` at its end as it was escaped: requests undoes %2E, which must stay one."""
    parts = urlsplit(url)
    undone = path.replace("%2E", ".")
    if undone == path or not parts.path.endswith(undone):
        return url
    return urlunsplit(parts._replace(path=parts.path.removesuffix(undone) + path))


def _read(response: requests.Response) -> tuple[bool, bytes]:
    """The answer's body, unpacked, and whether that is all of it. Raises `requests.RequestException`."""
    body = bytearray()
    with response:
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > MOST_BYTES:
                return False, bytes(body[:MOST_BYTES])
    return True, bytes(body)


def _too_long(operation: Operation, status: int) -> VendorError:
    title = TITLES[operation.vendor]
    kind = UnknownOutcome if operation.is_write and not operation.repeatable else Transient
    return kind(
        vendor=operation.vendor,
        operation=operation.name,
        status=status,
        sentence=f"{title} answered {operation.name} with more than {MOST_BYTES // 1024 // 1024} MiB,"
        " which was not read to its end.",
        next_action=f"Look at what {title} answers there: an API does not answer so much.",
    )


def _no_answer(operation: Operation, error: requests.RequestException) -> VendorError:
    """Nothing came back. Only a write that was really sent can have been done."""
    title = TITLES[operation.vendor]
    facts: dict[str, Any] = {"vendor": operation.vendor, "operation": operation.name}
    if isinstance(error, requests.ConnectTimeout):
        return Transient(sentence=f"{title} does not take connections.", sent=False, **facts)
    if isinstance(error, requests.ConnectionError) and _never_connected(error):
        return Transient(
            sentence=f"{title} cannot be reached.",
            sent=False,
            next_action=f"If it goes on, check {operation.vendor.upper()}_URL and the network.",
            **facts,
        )
    what = "did not answer in time" if isinstance(error, requests.Timeout) else "cut the connection"
    if operation.is_write and not operation.repeatable:
        return UnknownOutcome(sentence=f"{title} {what}; the call may have been done.", **facts)
    return Transient(sentence=f"{title} {what}.", **facts)


def _never_connected(error: BaseException) -> bool:
    """Was there no connection to send by? urllib3 tells by a NewConnectionError, or the like, inside."""
    seen: list[BaseException] = [error]
    for one in seen:
        if type(one).__name__ in {
            "NewConnectionError",
            "NameResolutionError",
            "ConnectTimeoutError",
            # Refused in the handshake. Other trouble with TLS can come after the call was sent.
            "SSLCertVerificationError",
        }:
            return True
        inner = [
            arg
            for arg in (*one.args, getattr(one, "reason", None), one.__cause__)
            if isinstance(arg, BaseException)
        ]
        seen.extend(arg for arg in inner if arg not in seen)
    return False
