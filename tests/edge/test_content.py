"""The ways in which a body may be packed, each read; what cannot be unpacked is refused and kept."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.console import VIEWER, running_app
from tests.ledgers import sqlite_ledger

HOOK = "/webhooks/cscart/cscart-hook"
CHANNEL = "/webhooks/omnidesk/channel/omnidesk-hook"
RULE = "/webhooks/omnidesk/rule/omnidesk-hook"
SECRET = "whsec_c2VjcmV0IG9mIHRoZSBzdG9yZSAxMjM="
LIMIT = 1024 * 1024


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    with (
        tempfile.TemporaryDirectory() as folder,
        sqlite_ledger(Path(folder)) as url,
        running_app(url, Path(folder), CSCART_WEBHOOK_SECRET=SECRET) as made,
    ):
        made.testing = False
        yield made


def row(request_id: int) -> bytes:
    return json.dumps({"request_id": request_id, "name": "Анна", "phone": "89175550001"}).encode()


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def post(app: Flask, body: bytes, path: str = HOOK, **headers: str) -> Any:
    return app.test_client().post(
        path, data=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def kept(app: Flask, answer: Any) -> dict[str, Any]:
    """The event that an answer names."""
    found = app.test_client().get(
        f"/api/v1/events/{answer.get_json(force=True)['event_id']}",
        headers={"Authorization": f"Bearer {VIEWER}"},
    )
    event: dict[str, Any] = found.get_json()
    return event


PACKED = [
    ("identity", lambda body: body),
    ("utf-8", lambda body: body),
    ("UTF-8, identity", lambda body: body),
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("utf-8, gzip", gzip.compress),
    ("GZIP", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:]) + b"\0\0"),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    # A proxy has unpacked it and left the header.
    ("gzip", lambda body: body),
    ("deflate", lambda body: body),
]


@pytest.mark.parametrize(("number", "packing"), list(enumerate(PACKED)))
def test_a_packed_body_is_read(app: Flask, number: int, packing: Any) -> None:
    encoding, pack = packing
    answer = post(app, pack(row(number + 1)), Content_Encoding=encoding)
    assert answer.status_code == 202, answer.get_data()
    assert kept(app, answer)["subject"].endswith(f"/call_request/{number + 1}")


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("br", b"\x0b\x02\x80{}\x03", 415),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}")), 415),
        ("gzip, deflate", gzip.compress(b"{}"), 415),
        ("gzip", gzip.compress(row(100))[:-9], 400),
        ("gzip", b"\x1f\x8b nonsense", 400),
        ("gzip", gzip.compress(b"{}") * 40, 400),
        ("deflate", b"\xff\xfe\xfd", 400),
        ("gzip", gzip.compress(b"[" * (LIMIT + 1)), 413),
        ("gzip", gzip.compress(b"x" * LIMIT) + gzip.compress(b"x"), 413),
        ("gzip", gzip.compress(b"\0" * (300 * LIMIT), 9), 413),
        ("deflate", raw_deflate(b" " * (100 * LIMIT)), 413),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_unpacked_is_refused_and_kept(
    app: Flask, encoding: str, body: bytes, status: int
) -> None:
    for path in (HOOK, CHANNEL, RULE):
        answer = post(app, body, path, Content_Encoding=encoding)
        assert answer.status_code == status
        assert kept(app, answer)["status"] == "rejected"


def form(*parts: bytes, boundary: bytes = b"xx") -> bytes:
    return b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


def part(name: str, value: str, more: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}'.encode()


MULTIPART = {"Content_Type": "multipart/form-data; boundary=xx"}


def test_a_multipart_form_is_read_and_its_files_are_left_out(app: Flask) -> None:
    body = form(
        part("type", "message_new"),
        part("object[case_id]", "2001"),
        part("object[message_id]", "9100"),
        part("object[content]", "Добрый день; 5 + 5 = 10 & 100%"),
        part("object[attachments][0][file]", "x" * 1000, '; filename="a.txt"'),
    )
    answer = post(app, body, CHANNEL, **MULTIPART)
    assert answer.status_code == 200, answer.get_data()
    event = kept(app, answer)
    assert event["data"]["case_id"] == "2001"
    assert event["data"]["content"] == "Добрый день; 5 + 5 = 10 & 100%"
    assert not event["data"]["attachments"]


def test_a_multipart_label_on_another_body_is_not_believed(app: Flask) -> None:
    assert post(app, row(200), **MULTIPART).status_code == 202
    assert post(app, row(201), Content_Type="multipart/form-data").status_code == 202


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (form(part("a", "1"))[:-6], 400),
        (form(*(part(f"a{number}", "1") for number in range(1001))), 413),
        (b"--xx\r\nnonsense\r\n--xx--\r\n", 400),
    ],
)
def test_a_multipart_form_that_cannot_be_read_is_refused_and_kept(
    app: Flask, body: bytes, status: int
) -> None:
    answer = post(app, body, CHANNEL, **MULTIPART)
    assert answer.status_code == status
    assert kept(app, answer)["status"] == "rejected"


@pytest.mark.parametrize("which", ["what was sent", "what was packed on the way"])
def test_a_signature_holds_over_the_bytes_sent_or_unpacked(app: Flask, which: str) -> None:
    sent = gzip.compress(row(300))
    signed = {"what was sent": sent, "what was packed on the way": row(300)}[which]
    headers = signature(signed) | {"Content_Encoding": "gzip"}
    assert post(app, sent, "/webhooks/cscart", **headers).status_code == 202
    assert post(app, gzip.compress(row(301)), "/webhooks/cscart", **headers).status_code == 401


def test_a_signed_body_in_another_character_set_is_authentic(app: Flask) -> None:
    body = '{"request_id": 303, "name": "Анна"}'.encode("windows-1251")
    assert post(app, body, "/webhooks/cscart", **signature(body)).status_code != 401
    broken = gzip.compress(row(304))[:-9]
    answer = post(app, broken, "/webhooks/cscart", Content_Encoding="gzip", **signature(broken))
    assert answer.status_code == 400
    assert kept(app, answer)["status"] == "rejected"


def signature(body: bytes) -> dict[str, str]:
    """The headers of the specification, over bytes."""
    moment = str(int(time.time()))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, f"msg_1.{moment}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook_id": "msg_1",
        "webhook_timestamp": moment,
        "webhook_signature": f"v1,{base64.b64encode(digest).decode()}",
    }


@pytest.mark.parametrize("path", [HOOK, CHANNEL, RULE])
def test_a_trailing_slash_is_the_same_address(app: Flask, path: str) -> None:
    plain = post(app, row(400), path)
    assert plain.status_code in {200, 202, 400, 422}
    assert post(app, row(400), f"{path}/").status_code == plain.status_code
    assert post(app, row(401), "/webhooks/cscart/").status_code == 401
