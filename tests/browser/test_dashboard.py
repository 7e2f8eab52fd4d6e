"""What operators do with the dashboard, in a real browser, under its strict content policy."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests import scene
from tests.browser.conftest import Complaints, Site, login
from tests.console import PASSWORD

# Longer than the pages wait before they ask again.
POLL = 6_000


def test_login_logout_and_a_wrong_password(page: Page, complaints: Complaints) -> None:
    complaints.expected = ("401",)
    page.goto("/events?status=dead")
    expect(page).to_have_title("Log in · Perezvon")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no such name and password")
    expect(page.get_by_label("Password")).to_be_focused()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/events\?status=dead$"))
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_title("Log in · Perezvon")
    page.goto("/")
    expect(page).to_have_title("Log in · Perezvon")


def test_the_overview_leads_everywhere(logged_in: Page, site: Site) -> None:
    scene.furnish(site.seed)
    logged_in.reload()
    expect(logged_in.get_by_role("heading", name="Omnidesk")).to_be_visible()
    expect(logged_in.get_by_text("47 of 60 calls left")).to_be_visible()
    expect(logged_in.get_by_role("meter", name="Omnidesk: 47 of 60 calls left")).to_be_visible()
    logged_in.get_by_role("link", name="3 dead").click()
    expect(logged_in).to_have_url(re.compile(r"/events\?status=dead$"))
    expect(logged_in.locator("tbody tr")).to_have_count(3)


def test_filters_and_search(logged_in: Page, site: Site) -> None:
    scene.furnish(site.seed)
    logged_in.goto("/events")
    logged_in.get_by_label("What happened").select_option("Staff reply")
    logged_in.get_by_role("button", name="Show").click()
    expect(logged_in).to_have_url(re.compile("type=omnidesk.message_new"))
    expect(logged_in.locator("tbody tr")).to_have_count(8)
    logged_in.get_by_role("button", name="Clear").click()
    logged_in.get_by_label("Search").fill("8 917 555-01-57")
    logged_in.get_by_label("Status").select_option("dead")
    logged_in.keyboard.press("Enter")
    expect(logged_in.locator("tbody tr")).to_have_count(1)
    expect(logged_in.get_by_label("Search")).to_have_value("8 917 555-01-57")
    assert "917" not in logged_in.url
    # The list of a search can be come back to.
    logged_in.get_by_role("link", name="Request 28").click()
    expect(logged_in.get_by_role("heading", name="Request 28")).to_be_visible()
    logged_in.go_back()
    expect(logged_in.locator("tbody tr")).to_have_count(1)


def test_times_are_the_reader_s_own(logged_in: Page, site: Site) -> None:
    site.seed.now = 1_795_341_600_000  # 2026-11-22T10:00:00Z, 15:00 in Yekaterinburg
    event = site.seed.event(age=0)
    logged_in.goto("/events")
    received = logged_in.locator("tbody time").first
    expect(received).to_have_text("22 Nov 2026, 15:00:00")
    expect(received).to_have_attribute("datetime", "2026-11-22T10:00:00.000Z")
    logged_in.get_by_label("From", exact=True).fill("2026-11-22T15:00")
    logged_in.get_by_label("To", exact=True).fill("2026-11-22T15:01")
    logged_in.get_by_role("button", name="Show").click()
    expect(logged_in).to_have_url(re.compile("since=2026-11-22T10:00:00.000Z"))
    expect(logged_in.get_by_label("From", exact=True)).to_have_value("2026-11-22T15:00")
    expect(logged_in.locator(f"#event-{event.id}")).to_be_visible()


def test_the_list_is_kept_fresh(logged_in: Page, site: Site) -> None:
    logged_in.clock.install()
    logged_in.goto("/events")
    expect(logged_in.get_by_text("No event has come in yet")).to_be_visible()
    site.seed.event(request_id=91)
    logged_in.clock.fast_forward(POLL)
    expect(logged_in.get_by_role("link", name="Request 91")).to_be_visible()
    # The times of what came by itself are the reader's own too.
    expect(logged_in.locator("tbody time").first).not_to_contain_text("UTC")


def test_one_event_retried(logged_in: Page, site: Site) -> None:
    event = scene.refused(site.seed, 28)
    logged_in.goto(f"/events/{event.id}")
    expect(logged_in).to_have_title("Request 28 · Perezvon")
    expect(logged_in.get_by_text("Correct the data and replay the event").first).to_be_visible()
    expect(logged_in.get_by_role("row", name=re.compile("cases.create"))).to_contain_text("201")
    logged_in.get_by_text("What was sent").click()
    expect(logged_in.locator("pre")).to_contain_text('"request_id": "28"')
    logged_in.get_by_role("button", name="Retry").click()
    expect(logged_in.get_by_role("status")).to_contain_text("worked again at once")
    expect(logged_in.locator("h1 .badge")).to_have_text("waiting")
    expect(logged_in.locator(".steps li")).to_have_count(1)


def test_an_open_event_is_followed_to_its_end(logged_in: Page, site: Site) -> None:
    event = site.seed.event(status="running")
    logged_in.clock.install()
    logged_in.goto(f"/events/{event.id}")
    logged_in.get_by_text("What was sent").click()
    with site.seed.ledger.write() as session:
        found = session.get(type(event), event.seq)
        assert found is not None
        found.status, found.ended_at = "done", site.seed.now
    logged_in.clock.fast_forward(POLL)
    expect(logged_in.locator("h1 .badge")).to_have_text("done")
    # What the reader had opened stays open.
    expect(logged_in.locator("pre")).to_be_visible()


def test_cancel_asks_first(logged_in: Page, site: Site) -> None:
    event = site.seed.event(status="waiting", reason="backoff")
    logged_in.goto(f"/events/{event.id}")
    logged_in.get_by_role("button", name="Cancel…").click()
    logged_in.get_by_role("button", name="Keep it").click()
    expect(logged_in.locator("h1 .badge")).to_have_text("waiting")
    logged_in.get_by_role("button", name="Cancel…").click()
    logged_in.get_by_role("button", name="Cancel the event").click()
    expect(logged_in.locator("h1 .badge")).to_have_text("cancelled")


def test_a_rejected_delivery_is_corrected_and_replayed(
    logged_in: Page, site: Site, complaints: Complaints
) -> None:
    complaints.expected = ("422",)
    event = site.seed.rejected(b'{"name": "Vera", "request_id": ""}')
    logged_in.goto(f"/events/{event.id}")
    logged_in.get_by_role("button", name="Replay…").click()
    logged_in.get_by_role("button", name="Replay", exact=True).click()
    expect(logged_in.get_by_role("alert")).to_contain_text("request_id: Must be a number above 0.")
    logged_in.get_by_role("textbox").fill('{"name": "Vera", "request_id": "77"}')
    logged_in.get_by_role("button", name="Replay", exact=True).click()
    expect(logged_in.get_by_role("heading", name="Request 77")).to_be_visible()
    expect(logged_in.get_by_role("link", name=event.id)).to_be_visible()


def test_pause_and_resume(logged_in: Page) -> None:
    card = logged_in.locator("#vendor-obzvonilka")
    card.get_by_role("button", name="Pause Obzvonilka").click()
    expect(card.locator("header .badge")).to_have_text("paused")
    expect(card).to_contain_text("admin")
    card.get_by_role("button", name="Resume Obzvonilka").click()
    expect(card.locator("header .badge")).to_have_text("running")
    logged_in.get_by_role("link", name="Audit").click()
    expect(logged_in.locator("tbody tr")).to_have_count(2)


def test_a_service_that_is_gone_is_told(logged_in: Page, complaints: Complaints) -> None:
    complaints.expected = ("503",)
    logged_in.clock.install()
    logged_in.reload()
    stale = logged_in.get_by_text("The service does not answer")
    expect(stale).to_be_hidden()
    logged_in.route("**/", lambda route: route.fulfill(status=503, body="away"))
    logged_in.clock.fast_forward(POLL)
    expect(stale).to_be_visible()
    expect(logged_in.get_by_role("heading", name="Omnidesk")).to_be_visible()
    logged_in.unroute("**/")
    logged_in.clock.fast_forward(POLL)
    expect(stale).to_be_hidden()


def test_a_phone_is_not_scrolled_sideways(browser: Browser, site: Site) -> None:
    found = scene.furnish(site.seed)
    context = browser.new_context(base_url=site.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    login(page, "admin", PASSWORD)
    page.wait_for_url("**/")
    dead = found["dead"].id
    for path in ("/", "/events", f"/events/{dead}", f"/events/{dead}/replay", "/audit"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    context.close()


def test_everything_can_be_done_without_a_script(browser: Browser, site: Site) -> None:
    event = site.seed.event(status="dead")
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    login(page, "admin", PASSWORD)
    page.goto("/events")
    page.get_by_label("Search").fill("Синицына")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Request 57").click()
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_role("button", name="Cancel the event").click()
    expect(page.locator("h1 .badge")).to_have_text("cancelled")
    assert event.id in page.url
    context.close()


def test_the_browser_refuses_what_is_not_ours(logged_in: Page, complaints: Complaints) -> None:
    """The other tests' "no complaints" means something: a refused script is one."""
    logged_in.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'alert(1)'}))"
    )
    logged_in.evaluate("document.body.setAttribute('style', 'color: red')")
    refused = [one for one in complaints.found if "Content Security Policy" in one]
    assert len(refused) == 2
    complaints.found.clear()
