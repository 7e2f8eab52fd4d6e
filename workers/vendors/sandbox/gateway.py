"""The way of one vendor call: read, match, faults, work, journal, answer."""

import socket
import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Request, Response, request
from requests.structures import CaseInsensitiveDict

from workers.vendors.sandbox.faults import Fault
from workers.vendors.sandbox.runtime import Sandbox
from workers.vendors.sandbox.vendor import Match, Vendor
from workers.vendors.sandbox.wire import Answer, Call, Upload, json_answer

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
"""Everything comes to the vendor, which refuses what it does not know in its own style."""

HTML_ERROR = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
"""What a proxy in front of a vendor answers for it."""

PROTECTION = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><h1>Attention Required!</h1>"
    b"<p>Cloudflare</p></body></html>"
)
"""What a protection page answers, with 403 or 429 (FIELD-NOTES, CS-Cart)."""

NOTICE_BEFORE = (
    b'<br />\n<b>Warning</b>:  Undefined array key "lang_code" in <b>/var/www/shop/app/functions/fn.php</b> '
    b"on line <b>214</b><br />\n"
)
NOTICE_AFTER = b"\nNotice: Undefined index: {id} [0] in /var/www/shop/app/addons/calls/init.php on line 12\n"
"""What shops print that have `display_errors` on (FIELD-NOTES, CS-Cart)."""

CHUNK = 256 * 1024


class ConnectionCut(ConnectionError):
    """Raised where there is no socket to cut, as in Flask's test client."""


def serve(sandbox: Sandbox, vendor: Vendor) -> Response:
    """Answer the present request as the vendor would."""
    call = read_call(request, f"/{vendor.name}")
    match = vendor.match(call)
    with sandbox.lock:
        plan = sandbox.faults.plan(vendor.name, match.operation)
    time.sleep(plan.delay_before)
    with sandbox.lock:
        answer, done = _work(vendor, call, match, plan.fault)
        if plan.fault and plan.fault.kind == "late":
            sandbox.put_off(lambda: vendor.answer(call, match), plan.fault.seconds)
        sandbox.journal.add(
            vendor=vendor.name,
            operation=match.operation,
            method=call.method,
            path=call.path,
            query=call.journal_query(),
            content_type=call.content_type,
            fields=call.journal_fields(),
            status=None if _cuts(plan.fault) else answer.status,
            done=done,
            fault="+".join(plan.names) or None,
        )
    time.sleep(plan.delay_after)
    if _cuts(plan.fault):
        cut_connection(request.environ)
    response = Response(answer.body, status=answer.status, content_type=answer.content_type)
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def _work(vendor: Vendor, call: Call, match: Match, fault: Fault | None) -> tuple[Answer, bool]:
    """The vendor's answer, or what a fault puts in its place; and whether the work was done all the same."""
    if fault is None or not fault.before:
        answer = vendor.answer(call, match)
        return _spoilt(vendor, fault, answer), answer.status < 300
    return _instead(vendor, fault), False


def _spoilt(vendor: Vendor, fault: Fault | None, answer: Answer) -> Answer:
    """What becomes of the answer to work that was done."""
    if fault is None:
        return answer
    if fault.kind == "notices":
        body = NOTICE_BEFORE + answer.body + NOTICE_AFTER
        return replace(answer, body=body, content_type="text/html; charset=utf-8")
    if fault.kind == "cut":
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    return _instead(vendor, fault)


def _instead(vendor: Vendor, fault: Fault) -> Answer:
    match fault.kind:
        case "error":
            return json_answer(fault.status, {"error": fault.code})
        case "rate_limit":
            return vendor.rate_limited(fault.retry_after)
        case "status":
            return vendor.refusal(fault.status, "fault injected by the sandbox")
        case "html":
            page = PROTECTION if fault.status in (403, 429) else HTML_ERROR
            return Answer(fault.status, page, "text/html; charset=utf-8")
        case _:
            return Answer(502)  # never arrives: the connection is cut


def _cuts(fault: Fault | None) -> bool:
    return fault is not None and fault.kind in ("drop_before", "drop_after", "late")


def cut_connection(environ: dict[str, Any]) -> None:
    """Shut the client's connection down. The server's own write then fails on a closed pipe, which both
    gunicorn and werkzeug take for a client that went away."""
    for name in ("gunicorn.socket", "werkzeug.socket"):
        connection = environ.get(name)
        if isinstance(connection, socket.socket):
            connection.shutdown(socket.SHUT_RDWR)
            return
    raise ConnectionCut("cut by the sandbox")


def read_call(http: Request, mount: str) -> Call:
    """A call out of a Flask request. The path is taken unescaped from the server: WSGI's own has lost the
    difference between a slash and an escaped one."""
    target = urlsplit(http.environ.get("RAW_URI") or http.full_path)
    path = target.path.removeprefix(mount)
    multipart = http.mimetype == "multipart/form-data"
    uploads = tuple(
        Upload.of(name, item.filename or "", item.mimetype, iter(lambda: item.stream.read(CHUNK), b""))  # noqa: B023 - read at once
        for name, item in (http.files.items(multi=True) if multipart else ())
    )
    form = tuple(http.form.items(multi=True)) if multipart else ()
    login = http.authorization
    basic = (login.username or "", login.password or "") if login and login.type == "basic" else None
    return Call(
        method=http.method,
        path=path,
        query_string=target.query,
        headers=CaseInsensitiveDict(http.headers.items()),
        content_type=http.mimetype.lower(),
        body=b"" if multipart else http.get_data(),
        form=form,
        uploads=uploads,
        basic_auth=basic,
        base_url=http.host_url.rstrip("/") + mount,
    )
