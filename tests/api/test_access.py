"""Who may do what, and what a refusal says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import Caller
from tests.console import ADMIN, OPERATOR, PASSWORD, VIEWER, Seed

READS = ("/events", "/vendors", "/quota", "/failures", "/audit")


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("token", [None, "wrong", VIEWER[:-1], PASSWORD])
def test_without_a_known_token_nothing_is_told(app: Flask, path: str, token: str | None) -> None:
    answer = Caller(app.test_client(), token).get(path)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "token" in answer.json["detail"]


@pytest.mark.parametrize("path", READS)
def test_a_viewer_reads(app: Flask, path: str) -> None:
    assert Caller(app.test_client(), VIEWER).get(path).status_code == 200


@pytest.mark.parametrize("act", ["retry", "cancel", "replay"])
def test_a_viewer_acts_on_no_event(app: Flask, seed: Seed, act: str) -> None:
    event = seed.event(status="dead", message="Omnidesk refused it.")
    answer = Caller(app.test_client(), VIEWER).post(f"/events/{event.id}/{act}")
    assert answer.status_code == 403
    assert "needs the role operator; vera has the role viewer" in answer.json["detail"]


@pytest.mark.parametrize("act", ["pause", "resume"])
def test_a_viewer_stops_no_vendor(app: Flask, act: str) -> None:
    assert Caller(app.test_client(), VIEWER).post(f"/vendors/omnidesk/{act}").status_code == 403


@pytest.mark.parametrize("token", [OPERATOR, ADMIN])
def test_operators_and_administrators_act(app: Flask, seed: Seed, token: str) -> None:
    event = seed.event(status="dead")
    assert Caller(app.test_client(), token).post(f"/events/{event.id}/retry").status_code == 200


def test_another_scheme_is_not_a_token(app: Flask) -> None:
    answer: Any = app.test_client().get("/api/v1/vendors", headers={"Authorization": f"Basic {VIEWER}"})
    assert answer.status_code == 401


def test_no_tokens_set_up_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    without = replace(app.extensions["settings"], api_tokens=())
    monkeypatch.setitem(app.extensions, "settings", without)
    answer = Caller(app.test_client(), "anything").get("/vendors")
    assert answer.status_code == 401
    assert "PEREZVON_API_TOKENS" in answer.json["detail"]


def test_the_description_names_the_scheme_and_the_refusals(app: Flask) -> None:
    described: Any = app.test_client().get("/openapi.json").json
    assert described["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    paths = {path for path in described["paths"] if path.startswith("/api/v1")}
    assert paths == {
        "/api/v1/events",
        "/api/v1/events/{event_id}",
        "/api/v1/events/{event_id}/raw",
        "/api/v1/events/{event_id}/retry",
        "/api/v1/events/{event_id}/skip",
        "/api/v1/events/{event_id}/cancel",
        "/api/v1/events/{event_id}/replay",
        "/api/v1/vendors",
        "/api/v1/vendors/{name}/pause",
        "/api/v1/vendors/{name}/resume",
        "/api/v1/vendors/{name}/try",
        "/api/v1/quota",
        "/api/v1/failures",
        "/api/v1/audit",
    }
    retry = described["paths"]["/api/v1/events/{event_id}/retry"]["post"]
    assert retry["security"] == [{"bearer": []}]
    assert {"200", "401", "403", "404", "409"} <= set(retry["responses"])
    refusal = described["components"]["responses"]["CONFLICT"]["content"]
    assert list(refusal) == ["application/problem+json"]
