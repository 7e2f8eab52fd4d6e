"""What the pages show and do, without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests import scene
from tests.console import OPERATOR, Seed
from tests.dashboard.conftest import Visitor

XSS = "<script>alert(1)</script>"


def test_empty_pages_say_what_will_be_there(admin: Visitor) -> None:
    assert "Nothing has failed" in admin.get("/").text
    assert "No event has come in yet" in admin.get("/events").text
    assert "Nobody has done anything yet" in admin.get("/audit").text


def test_the_overview(admin: Visitor, seed: Seed) -> None:
    scene.furnish(seed)
    shown = admin.get("/").text
    for text in (
        "<b>47</b> of 60 calls left",
        "Paused by a person.",
        "Obzvonilka refused contacts.create (422: phone is invalid).",
        "Correct the data and replay the event",
        "Obzvonilka is paused; resume it to go on.",
        'href="/events?status=dead"',
    ):
        assert text in shown, text
    assert "Синицына" not in shown
    part = admin.get("/", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "<b>47</b>" in part


def test_the_list_shows_no_people(admin: Visitor, seed: Seed) -> None:
    scene.furnish(seed)
    shown = admin.get("/events").text
    assert "Request 28" in shown
    assert "waits its turn" in shown
    assert "Синицына" not in shown
    assert "555-01" not in shown
    part = admin.get("/events", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "Request 28" in part


def test_older_events_by_cursor(admin: Visitor, seed: Seed) -> None:
    for number in range(1, 54):
        seed.event(request_id=number, status="done")
    first = admin.get("/events?status=done").text
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older is not None
    second = admin.get(older[1].replace("&amp;", "&")).text
    assert "Request 53<" in first
    assert "Request 3<" not in first
    assert "Request 3<" in second
    assert 'rel="next"' not in second
    # Older parts stand still.
    assert "hx-trigger" in first
    assert "hx-trigger" not in second


def test_a_searched_text_never_stands_in_an_address(admin: Visitor, seed: Seed) -> None:
    scene.furnish(seed)
    admin.get("/events")
    answer = admin.post("/events/search", q="8 917 555-01-57", status="dead", type="", subject=" ")
    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert set(query) == {"status", "search"}
    assert "917" not in answer.headers["Location"]
    shown = admin.get(answer.headers["Location"]).text
    assert "Request 28" in shown
    assert "Request 27" not in shown
    assert 'value="8 917 555-01-57"' in shown


def test_a_forgotten_search_says_so(admin: Visitor, seed: Seed) -> None:
    seed.event()
    shown = admin.get("/events?search=unknown").text
    assert "This search has been forgotten" in shown
    assert "Request 57" not in shown


def test_only_the_last_searches_are_kept(admin: Visitor) -> None:
    admin.get("/events")
    addresses = [admin.post("/events/search", q=f"text {n}").headers["Location"] for n in range(5)]
    kept = ["forgotten" not in admin.get(address).text for address in addresses]
    assert kept == [False, False, True, True, True]


def test_times_of_the_form_are_kept_as_moments(admin: Visitor, seed: Seed) -> None:
    seed.event()
    admin.get("/events")
    answer = admin.post("/events/search", since="2026-11-22T10:00", until="2026-11-22T13:00:00.000+03:00")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query == {"since": ["2026-11-22T10:00:00.000Z"], "until": ["2026-11-22T10:00:00.000Z"]}
    assert 'value="2026-11-22T10:00"' in admin.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("query", "named"),
    [("status=nope", "nope is not a status"), ("since=never", "since"), ("cursor=7", "cursor")],
)
def test_wrong_filters_are_named(admin: Visitor, query: str, named: str) -> None:
    answer = admin.get(f"/events?{query}")
    assert answer.status_code == 200
    assert named in answer.text
    assert 'role="alert"' in answer.text


def test_one_event(admin: Visitor, seed: Seed) -> None:
    event = scene.refused(seed, 28)
    shown = admin.get(f"/events/{event.id}").text
    for text in (
        "<title>Request 28 · Perezvon</title>",
        "helpdesk.case",
        "contacts.create",
        "422",
        "1.2 s",
        "300-200028",
        "Мария Синицына",
        "+79175550157",
        "Correct the data and replay the event",
        "Retry",
    ):
        assert text in shown, text


@pytest.mark.parametrize(
    ("status", "acts"),
    [
        ("received", {"cancel"}),
        ("running", set()),
        ("waiting", {"retry", "cancel"}),
        ("done", {"replay"}),
        ("dead", {"retry", "cancel", "replay"}),
        ("cancelled", {"replay"}),
        ("rejected", {"replay"}),
    ],
)
def test_only_what_the_state_allows_is_offered(
    admin: Visitor, seed: Seed, status: str, acts: set[str]
) -> None:
    event = seed.event(status=status)
    shown = admin.get(f"/events/{event.id}").text
    assert set(re.findall(rf'"/events/{event.id}/(retry|cancel|replay)"', shown)) == acts


def test_what_senders_sent_is_only_text(admin: Visitor, seed: Seed) -> None:
    new = seed.call_request(57, name=XSS, phone='"><img src=x>')
    event = seed.event(new, status="dead", message=XSS, next_action=XSS)
    seed.step(event, XSS, {"x": XSS})
    seed.link(event.subject, "omnidesk", "case", "7", number=XSS)
    for path in (
        "/",
        "/events",
        f"/events/{event.id}",
        f"/events/{event.id}/replay",
        f"/events/{event.id}/cancel",
        f"/events?subject={XSS}&type={XSS}&source={XSS}",
        f"/events?status={XSS}&since={XSS}",
    ):
        shown = admin.get(path).text
        assert "<script>alert" not in shown, path
        assert "<img src=x" not in shown, path


def test_what_was_sent_to_the_vendors_is_not_shown(admin: Visitor, seed: Seed) -> None:
    event = seed.event(status="done")
    seed.attempt(event, "helpdesk.case", "omnidesk.cases.create", request={"body": {"x": "what was sent"}})
    seed.attempt(event, "store.read", "cscart.call_requests.get", answer={"notes": "what was answered"})
    for path in ("/", f"/events/{event.id}"):
        assert "what was" not in admin.get(path).text


def test_the_raw_body_can_be_had(admin: Visitor, seed: Seed) -> None:
    event = seed.rejected(b"\x00\xff<b>")
    assert "&lt;b&gt;" in admin.get(f"/events/{event.id}").text
    answer = admin.get(f"/events/{event.id}/raw")
    assert answer.data == b"\x00\xff<b>"
    assert answer.mimetype == "application/octet-stream"


def test_an_event_that_is_not_there(admin: Visitor) -> None:
    answer = admin.get("/events/7")
    assert answer.status_code == 404
    assert "There is no event with this id." in answer.text


def test_retry(app: Flask, admin: Visitor, seed: Seed) -> None:
    event = seed.event(status="dead")
    assert admin.post(f"/events/{event.id}/retry").status_code == 303
    assert "worked again at once" in admin.get(f"/events/{event.id}").text
    assert app.extensions["waker"].woken == ["interactive"]
    assert "not dead" not in admin.post(f"/events/{event.id}/retry").text


def test_a_move_that_came_too_late_says_why(admin: Visitor, seed: Seed) -> None:
    event = seed.event(status="done")
    for act in ("retry", "cancel"):
        answer = admin.post(f"/events/{event.id}/{act}")
        assert answer.status_code == 303
        assert "The event is done" in admin.get(answer.headers["Location"]).text
    running = seed.event(request_id=58, status="running")
    answer = admin.post(f"/events/{running.id}/replay")
    assert "wait until it has ended" in admin.get(answer.headers["Location"]).text


def test_cancel_is_asked_about_first(admin: Visitor, seed: Seed) -> None:
    event = seed.event(status="waiting")
    assert "Cancel this event?" in admin.get(f"/events/{event.id}/cancel").text
    admin.post(f"/events/{event.id}/cancel")
    assert "The event was cancelled." in admin.get(f"/events/{event.id}").text


def replayed(admin: Visitor, event_id: str, **changes: Any) -> Any:
    shown = admin.get(f"/events/{event_id}/replay").text
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", shown, re.S)
    assert found is not None
    text = found[1].replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")
    # As browsers send it.
    text = json.dumps(json.loads(text) | changes) if changes else text.replace("\n", "\r\n")
    return admin.post(f"/events/{event_id}/replay", data=text)


def test_replay_as_it_was(logged_in: Callable[[str, str], Visitor], seed: Seed) -> None:
    oleg = logged_in("oleg", OPERATOR)
    event = seed.event(status="done")
    answer = replayed(oleg, event.id)
    assert answer.status_code == 303
    shown = oleg.get(answer.headers["Location"]).text
    assert "This is the new event" in shown
    assert event.id in shown
    audit = oleg.get("/audit").text
    assert "oleg" in audit
    assert "corrected" not in audit


def test_replay_corrected(admin: Visitor, seed: Seed) -> None:
    event = seed.event(status="dead")
    answer = replayed(admin, event.id, phone="+7 495 123-45-67")
    assert "+74951234567" in admin.get(answer.headers["Location"]).text
    assert "corrected" in admin.get("/audit").text


def test_a_rejected_delivery_is_corrected(admin: Visitor, seed: Seed) -> None:
    event = seed.rejected(b'{"name": "Vera",\r\n "request_id": ""}')
    still = replayed(admin, event.id)
    assert still.status_code == 422
    assert "request_id: Must be a number above 0." in still.text
    answer = replayed(admin, event.id, request_id="77")
    assert "Request 77" in admin.get(answer.headers["Location"]).text


@pytest.mark.parametrize("text", ["nonsense", "[1]", "{}"])
def test_a_correction_that_is_wrong_is_given_back(admin: Visitor, seed: Seed, text: str) -> None:
    event = seed.event(status="dead")
    answer = admin.post(f"/events/{event.id}/replay", data=text)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f"\n{text}</textarea>" in answer.text


def test_pause_and_resume(admin: Visitor) -> None:
    admin.post("/vendors/omnidesk/pause")
    assert "Omnidesk is paused" in admin.get("/").text
    assert "Resume" in admin.get("/").text
    admin.post("/vendors/omnidesk/resume")
    assert "Omnidesk is called again" in admin.get("/").text
    assert admin.post("/vendors/zendesk/pause").status_code == 404


def test_an_open_breaker_is_not_green_and_can_be_tried(admin: Visitor, seed: Seed) -> None:
    pacing = {"open": [["omnidesk.cases.create", seed.now + 60_000]]}
    seed.vendor("omnidesk", pacing=pacing)
    text = admin.get("/").text
    assert '<span class="badge failing">failing</span>' in text
    assert "(omnidesk.cases.create)" in text
    assert text.count("Try now") == 1
    admin.post("/vendors/omnidesk/try")
    assert "Omnidesk is tried with the next call" in admin.get("/").text
    admin.post("/vendors/omnidesk/pause")
    admin.post("/vendors/omnidesk/try")
    text = admin.get("/").text
    assert "resume it" in text
    assert "Try now" not in text


def test_a_ledger_that_is_away_is_a_page(app: Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("SELECT 1", {}, type("OperationalError", (Exception,), {})("gone"))

    monkeypatch.setattr(app.extensions["ledger"], "read", away)
    answer = admin.get("/")
    assert answer.status_code == 503
    assert "The ledger is away" in answer.text
    assert answer.headers["X-Frame-Options"] == "DENY"
