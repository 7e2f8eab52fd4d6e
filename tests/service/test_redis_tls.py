"""Redis over TLS: what is verified, in whichever spelling, by both libraries that connect to it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from service import settings
from service.redis_url import broker_url
from service.settings import SettingsError
from service.wake import Waker
from tests.servers import run_redis
from tests.stack import environment

GOOD = environment(Path("/nowhere"), "http://127.0.0.1:9")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for localhost that signs itself, and its key beside it."""
    made = tmp_path_factory.mktemp("tls") / "ca.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", made.with_suffix(".key"), "-out", made, "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    return made


@pytest.fixture(scope="module")
def port(certificate: Path) -> Iterator[int]:
    """Where a Redis answers behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    with run_redis() as url, socket.create_server(("127.0.0.1", 0)) as listener:
        target = url.removeprefix("unix://")
        threading.Thread(target=_accept, args=(listener, context, target), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, context: ssl.SSLContext, target: str) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, context, target), daemon=True).start()


def _serve(client: socket.socket, context: ssl.SSLContext, target: str) -> None:
    with (
        contextlib.suppress(OSError),
        client,
        context.wrap_socket(client, server_side=True) as near,
        socket.socket(socket.AF_UNIX) as far,
    ):
        far.connect(target)
        # Our clients ask and wait: one answer for each question.
        while asked := near.recv(65536):
            far.sendall(asked)
            near.sendall(far.recv(65536))


def loaded(url: str) -> str:
    return settings.load(GOOD | {"REDIS_URL": url}).redis_url


def celery_reaches(url: str) -> bool:
    with Celery(broker=broker_url(url), set_as_current=False) as app, app.connection() as connection:
        try:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=5)
            channel: Any = connection.default_channel
            return bool(channel.client.ping())
        except (OperationalError, OSError):
            return False


@pytest.mark.parametrize(
    ("host", "query", "reached"),
    [
        ("localhost", "", False),
        ("localhost", "?ssl_ca_certs={ca}", True),
        ("localhost", "?ssl_ca_certs={ca}&ssl_cert_reqs=required", True),
        ("localhost", "?ssl_ca_certs={ca}&ssl_cert_reqs=CERT_REQUIRED", True),
        ("localhost", "?ssl_cert_reqs=CERT_REQUIRED", False),
        # Another host's certificate.
        ("127.0.0.1", "?ssl_ca_certs={ca}", False),
        ("127.0.0.1", "?ssl_cert_reqs=CERT_NONE", True),
        ("127.0.0.1", "?ssl_cert_reqs=none&socket_timeout=3&db=0", True),
    ],
)
def test_both_libraries_verify_the_same(
    certificate: Path, port: int, host: str, query: str, reached: bool
) -> None:
    url = loaded(f"rediss://{host}:{port}{query.format(ca=certificate)}")
    assert Waker(url).is_up() is reached
    assert celery_reaches(url) is reached


@pytest.mark.parametrize(
    ("given", "celerys"),
    [
        ("redis://h:1/2", "redis://h:1/2"),
        ("redis://:word@h:1?db=3&health_check_interval=5", "redis://:word@h:1/3"),
        ("unix:///run/redis.sock?db=4", "redis+socket:///run/redis.sock?virtual_host=4"),
        ("rediss://h:1/0", "rediss://h:1/0?ssl_cert_reqs=required"),
    ],
)
def test_celery_gets_what_it_understands(given: str, celerys: str) -> None:
    assert broker_url(loaded(given)) == celerys


def test_a_check_that_there_is_not_is_named() -> None:
    with pytest.raises(SettingsError, match="REDIS_URL has a mistake: ssl_cert_reqs must be none"):
        loaded("rediss://h:1?ssl_cert_reqs=maybe")
