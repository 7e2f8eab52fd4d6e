"""Answers as they are in the wild: errors with a good status, PHP notices around JSON, pages of others."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.vendors.recorder import Recorder
from workers.vendors.answers import Answer, read
from workers.vendors.cscart.operations import (
    CALL_REQUESTS_DELETE,
    CALL_REQUESTS_GET,
    CALL_REQUESTS_LIST,
    CALL_REQUESTS_UPDATE,
)
from workers.vendors.errors import (
    AccessDenied,
    NotFound,
    RateLimited,
    Rejected,
    ThingDenied,
    Transient,
    UnknownOutcome,
    VendorError,
)
from workers.vendors.obzvonilka.operations import CONTACTS_CREATE, CONTACTS_FIND_BY_EXTERNAL, USERS_LIST
from workers.vendors.omnidesk.operations import (
    CASES_CREATE,
    CASES_GET,
    CASES_LIST,
    CASES_TRASH,
    CASES_UPDATE,
    NOTES_CREATE,
)
from workers.vendors.operation import Operation
from workers.vendors.transport import Transport, account

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HTML = {"Content-Type": "text/html; charset=utf-8"}
BEFORE = (
    '<br />\n<b>Warning</b>:  Undefined array key "x" in <b>/var/www/[1]/{a}.php</b> on line <b>3</b><br />\n'
)
PLAIN = "\nNotice: Undefined index: {id} [0] in /var/www/shop/init.php on line 12\n"
XDEBUG = "<font size='1'><table class='xdebug-error'><tr><th>( ! ) Notice: x</th></tr></table></font>\n"
DUMP = 'array(1) {\n  ["case"]=>\n  array(1) {\n  [0]=>\n  int(1)\n}\n}\n'
CASE = '{"case": {"case_id": 5, "subject": "see [1] and {x}"}}'


def answered(operation: Operation, body: bytes | str | Any, status: int = 200, headers: Any = None) -> Answer:
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return read(operation, status, headers or {}, raw, NOW)


@pytest.mark.parametrize(
    ("operation", "body", "kind", "code"),
    [
        (CASES_TRASH, {"error": "case_not_found"}, NotFound, "case_not_found"),
        (CASES_UPDATE, {"error": "case_not_found", "case_id": 5}, NotFound, "case_not_found"),
        (CASES_UPDATE, {"case": [], "error": "case_not_found"}, NotFound, "case_not_found"),
        (CASES_UPDATE, {"case": {"error": "case_not_found"}}, NotFound, "case_not_found"),
        (CASES_GET, {"error": {"code": "case_not_found", "message": "…"}}, NotFound, "case_not_found"),
        (CASES_GET, [{"error": "case_not_found"}], NotFound, "case_not_found"),
        (CASES_CREATE, {"error": "wrong_email"}, Rejected, "wrong_email"),
        (CASES_CREATE, {"errors": ["phone_already_exist"]}, Rejected, "phone_already_exist"),
        (CASES_CREATE, {"status": "error", "message": "bad subject"}, Rejected, "bad subject"),
        (CASES_CREATE, {"success": False, "message": "bad subject"}, Rejected, "bad subject"),
        (CASES_CREATE, {"error": "internal_error"}, UnknownOutcome, "internal_error"),
        (CASES_LIST, {"error": "rate limit exceeded"}, RateLimited, "rate limit exceeded"),
        (CASES_LIST, {"total_count": 0, "error": "internal_error"}, Transient, "internal_error"),
        (NOTES_CREATE, {"error": "case_not_found", "message": "no case"}, NotFound, "case_not_found"),
        (CASES_GET, {"error": "incorrect_api_key"}, AccessDenied, "incorrect_api_key"),
        (CASES_GET, {"error": "staff_not_active"}, AccessDenied, "staff_not_active"),
        (CALL_REQUESTS_GET, {"message": "Not Found", "status": 404}, NotFound, "Not Found"),
        (CALL_REQUESTS_LIST, {"message": "Forbidden", "status": 403}, AccessDenied, "Forbidden"),
        (CALL_REQUESTS_UPDATE, {"message": "Bad Request: x", "status": 400}, Rejected, "Bad Request: x"),
        (CALL_REQUESTS_DELETE, {"error": "refused"}, Rejected, "refused"),
        (CONTACTS_CREATE, {"errors": {"name": ["is short"]}}, Rejected, ""),
        (CONTACTS_FIND_BY_EXTERNAL, {"status": "error", "message": "Not found"}, NotFound, "Not found"),
        (USERS_LIST, {"error": "Too many requests"}, RateLimited, "Too many requests"),
    ],
)
def test_an_error_with_a_good_status_is_that_error(
    operation: Operation, body: Any, kind: type[VendorError], code: str
) -> None:
    with pytest.raises(VendorError) as caught:
        answered(operation, body)
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert (code or "is short") in caught.value.sentence


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        (CASES_GET, {"case": {"case_id": 5}, "error": "deprecated"}),
        (CASES_CREATE, {"case": {"case_id": 5}, "errors": ["labels ignored"]}),
        (CASES_LIST, {"0": {"case": {"case_id": 5}}, "total_count": 1, "error": "slow"}),
        (CASES_LIST, {"case": [], "error": "slow"}),
        (CASES_UPDATE, {"case_success_id": [], "error": "case_not_found"}),
        (CASES_GET, {"case": {"case_id": 5, "status": "error"}, "error": ""}),
        (CASES_TRASH, {"error": None}),
        (CASES_TRASH, {"error": 0, "errors": []}),
        (CASES_TRASH, {"status": "ok", "message": "done"}),
        (CALL_REQUESTS_GET, {"request_id": "5", "status": "error", "error": "x"}),
        (CALL_REQUESTS_UPDATE, {"request_id": 5, "error": "x"}),
        (CALL_REQUESTS_LIST, {"call_requests": [], "params": {}, "error": "x"}),
        (CONTACTS_CREATE, {"id": 5, "errors": {"www": "ignored"}}),
        (CONTACTS_CREATE, {"contact": {"id": 5}, "error": "x"}),
    ],
)
def test_a_good_answer_may_have_an_error_beside_it(operation: Operation, body: Any) -> None:
    assert answered(operation, body).data == body


@pytest.mark.parametrize(
    "body",
    [
        BEFORE + CASE,
        CASE + PLAIN,
        BEFORE + CASE + PLAIN,
        PLAIN + CASE + BEFORE,
        "\ufeff" + CASE,
        "\ufeff\ufeff" + CASE,
        XDEBUG + CASE,
        DUMP + CASE,
        "[25-Nov-2026 10:00:00 UTC] PHP Warning:  x in y on line 3\n" + CASE,
        "Deprecated: x in /y.php on line 3" + CASE,
        CASE + "<script>var a = {'case': [1]}</script>",
        BEFORE * 40 + CASE,
        "Предупреждение в кодировке\n".encode("cp1251") + CASE.encode(),
    ],
)
def test_json_with_notices_around_it_is_read(body: str | bytes) -> None:
    answer = answered(CASES_GET, body, headers=HTML)
    assert answer.data == json.loads(CASE)
    assert answer.noisy


def test_what_the_notices_stand_around_is_an_error_too() -> None:
    with pytest.raises(NotFound, match="case_not_found"):
        answered(CASES_GET, BEFORE + '{"error": "case_not_found"}', 404, HTML)
    with pytest.raises(NotFound, match="case_not_found"):
        answered(CASES_GET, BEFORE + '{"error": "case_not_found"}', 200, HTML)
    assert answered(CASES_LIST, BEFORE + '""', headers=HTML).data == ""
    assert not answered(CASES_GET, CASE).noisy


@pytest.mark.parametrize(
    "body",
    [
        BEFORE,
        PLAIN,
        CASE[:-1],
        BEFORE + CASE[:-4],
        '{"0": {"case": {"case_id": 1}}, "1": {"case": {"case_id": 2,',
        BEFORE + '{"0":\n{"case": {"case_id": 1}},\n"1":\n{"case"',
        BEFORE + '{"case": {"subject": "a\n[1]\n',
        '<!DOCTYPE html><script type="application/ld+json">{"case": {"case_id": 1}}</script>',
        "[" * 100_000,
        BEFORE + '{"a":' * 100_000,
        BEFORE + '{"case": {"subject": "\udce9"}}',
    ],
)
def test_what_is_not_whole_is_not_read(body: str) -> None:
    raw = body.encode("utf-8", "surrogateescape")
    with pytest.raises(Transient, match="not JSON"):
        answered(CASES_GET, raw)
    with pytest.raises(UnknownOutcome, match="not JSON"):
        answered(CASES_UPDATE, raw)


@pytest.mark.parametrize(
    "piece", ['\n["', '>{"', "\n{}", "\n[]=>", ">{ ", '\n{"a":1}', "on line 1[", " ", "<"]
)
def test_a_long_answer_takes_no_longer_than_its_length(piece: str) -> None:
    """Twice as long must not take four times as long; here a square would take minutes."""
    for tail in ("", "x", CASE):
        try:
            answered(CASES_GET, "x" + piece * 200_000 + tail)
        except VendorError:
            continue


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (403, HTML, "<html><title>Just a moment...</title></html>", "protection page"),
        (403, HTML, "<!DOCTYPE html><html>Forbidden</html>", "protection page"),
        (403, {}, "error code: 1020", "protection page"),
        (403, {"cf-mitigated": "challenge"}, "", "protection page"),
        (503, HTML, "<html>nginx</html>", "web page in front"),
        (200, HTML, "<html>shop</html>", "web page"),
        (200, HTML, "<html>DDoS-Guard</html>", "protection page"),
    ],
)
@pytest.mark.parametrize(
    ("operation", "kind"), [(CALL_REQUESTS_GET, Transient), (CASES_CREATE, UnknownOutcome)]
)
def test_a_page_in_front_of_the_vendor_says_nothing_of_our_key(
    status: int, headers: Any, body: str, said: str, operation: Operation, kind: type[VendorError]
) -> None:
    with pytest.raises(VendorError) as caught:
        answered(operation, body, status, headers)
    assert type(caught.value) is kind
    assert said in caught.value.sentence
    assert "API_KEY" not in caught.value.next_action


def test_a_proxys_429_is_not_the_vendors_quota() -> None:
    with pytest.raises(RateLimited, match="in front of Omnidesk"):
        answered(CASES_GET, "<html>Too Many Requests</html>", 429, HTML)


@pytest.mark.parametrize(
    ("operation", "body", "kind"),
    [
        (CALL_REQUESTS_GET, '{"message": "Forbidden", "status": 403}', ThingDenied),
        (CALL_REQUESTS_GET, BEFORE + '{"message": "Forbidden", "status": 403}', ThingDenied),
        (CALL_REQUESTS_GET, "", ThingDenied),
        (CASES_GET, '{"error": "staff_has_not_access"}', ThingDenied),
        (CASES_GET, '{"error": "staff_not_active"}', AccessDenied),
        (CASES_CREATE, '{"error": "staff_has_not_access"}', AccessDenied),
        (CALL_REQUESTS_LIST, '{"message": "Forbidden", "status": 403}', AccessDenied),
        (CONTACTS_CREATE, "", AccessDenied),
        (CONTACTS_FIND_BY_EXTERNAL, "", AccessDenied),
        (USERS_LIST, "<html>no</html>", AccessDenied),
    ],
)
def test_the_vendors_own_403_is(operation: Operation, body: str, kind: type[VendorError]) -> None:
    with pytest.raises(VendorError) as caught:
        answered(operation, body, 403, HTML)
    assert type(caught.value) is kind
    assert "API_KEY" in caught.value.next_action


def test_notices_are_told_of_once(recorder: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    recorder.body = (BEFORE + '{"case": {"case_id": 5}}').encode()
    transport = Transport({"omnidesk": account("omnidesk", url=recorder.url, email="a@b.ru", api_key="k")})
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            transport.send(CASES_GET, path={"case_id": 5})
    (told,) = [one.getMessage() for one in caplog.records if "display_errors" in one.getMessage()]
    assert "Omnidesk" in told
    assert "var/www" not in told
