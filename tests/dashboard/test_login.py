"""Who gets in, where they land, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from service.dashboard import login
from tests.console import OPERATOR, PASSWORD, VIEWER, Seed
from tests.dashboard.conftest import Visitor

PAGES = ("/", "/events", "/audit", "/events/7", "/events/7/raw", "/events/7/replay")


@pytest.mark.parametrize("path", PAGES)
def test_without_login_every_page_leads_to_it(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=")


def test_a_page_that_polls_is_sent_to_the_login_whole(visitor: Visitor) -> None:
    answer = visitor.get("/events?status=dead", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/events?status%3Ddead"
    assert answer.data == b""


@pytest.mark.parametrize("path", ["/logout", "/events/7/retry", "/vendors/omnidesk/pause", "/events/search"])
def test_nothing_is_done_without_the_form_s_token(admin: Visitor, path: str) -> None:
    answer = admin.client.post(path)
    assert answer.status_code == 400
    assert "out of date" in answer.text


def test_nothing_is_done_without_login(visitor: Visitor, seed: Seed) -> None:
    event = seed.event(status="dead")
    visitor.get("/login")
    assert visitor.post(f"/events/{event.id}/retry").headers["Location"] == "/login"
    assert visitor.get(f"/api/v1/events/{event.id}").status_code == 401


@pytest.mark.parametrize(("name", "password"), [("admin", PASSWORD), ("vera", VIEWER), ("oleg", OPERATOR)])
def test_login_and_logout(visitor: Visitor, name: str, password: str) -> None:
    answer = visitor.login(name, password)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert name in visitor.get("/").text
    assert visitor.post("/logout").headers["Location"] == "/login"
    assert visitor.get("/").status_code == 303


@pytest.mark.parametrize(
    ("name", "password"),
    [("admin", "wrong"), ("admin", VIEWER), ("vera", OPERATOR), ("", ""), ("nobody", PASSWORD)],
)
def test_a_wrong_password(visitor: Visitor, name: str, password: str) -> None:
    answer = visitor.login(name, password)
    assert answer.status_code == 401
    assert "There is no such name and password" in answer.text
    assert visitor.get("/").status_code == 303


def test_guessing_is_slowed(app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setitem(app.extensions, "brake", login.Brake(clock=lambda: now))
    for _ in range(login.MOST_FAILURES):
        visitor.login("admin", "wrong")
    answer = visitor.login("admin", PASSWORD)
    assert answer.status_code == 429
    assert "Wait half a minute" in answer.text
    now += login.LOCK_SECONDS + 1
    assert visitor.login("admin", PASSWORD).status_code == 303


@pytest.mark.parametrize("wanted", ["/events?status=dead", "/audit"])
def test_login_leads_to_the_page_that_was_wanted(visitor: Visitor, wanted: str) -> None:
    assert visitor.login("admin", PASSWORD, next=wanted).headers["Location"] == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "",
    ],
)
def test_login_leads_nowhere_else(visitor: Visitor, wanted: str) -> None:
    assert visitor.login("admin", PASSWORD, next=wanted).headers["Location"] == "/"


def test_a_changed_password_ends_the_session(
    app: Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = replace(app.extensions["settings"], admin_password="another password")
    monkeypatch.setitem(app.extensions, "settings", changed)
    assert admin.get("/").status_code == 303


def test_without_accounts_the_login_says_what_to_set(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = replace(app.extensions["settings"], admin_password=None, api_tokens=())
    monkeypatch.setitem(app.extensions, "settings", none)
    assert "PEREZVON_ADMIN_PASSWORD" in visitor.get("/login").text


@pytest.mark.parametrize("path", ["/", "/login", "/events", "/audit", "/events/7", "/assets/dashboard.css"])
def test_what_every_answer_carries(admin: Visitor, path: str) -> None:
    headers = admin.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert ("no-store" in headers["Cache-Control"]) is not path.startswith("/assets")


def test_a_viewer_sees_no_buttons_and_is_refused(
    logged_in: Callable[[str, str], Visitor], seed: Seed
) -> None:
    event = seed.event(status="dead")
    viewer = logged_in("vera", VIEWER)
    assert "Pause" not in viewer.get("/").text
    assert "Retry" not in viewer.get(f"/events/{event.id}").text
    for path in (f"/events/{event.id}/retry", f"/events/{event.id}/replay", "/vendors/omnidesk/pause"):
        answer = viewer.post(path)
        assert answer.status_code == 403
        assert "This needs the role operator; vera has the role viewer." in answer.text
    assert viewer.get(f"/events/{event.id}/cancel").status_code == 403
