"""A real browser on a real server: Chromium, werkzeug, SQLite. Every test also fails on a complaint of the
browser's console: an error, a refused script or style, a page error."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests import ledgers
from tests.console import PASSWORD, Seed, running_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A loaded machine may take its time; a page that works answers in a tenth of this.
PATIENCE = 10_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        missing = "Chromium is not there: apt-get install --no-install-recommends chromium"
        if os.environ.get("CI"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Site:
    """The running dashboard."""

    url: str
    app: Flask
    seed: Seed


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Flask]]:
    folder = tmp_path_factory.mktemp("browser")
    with ledgers.sqlite_ledger(folder) as url, running_app(url, folder) as app:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.port}", app
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site(served: tuple[str, Flask]) -> Site:
    """The dashboard on an empty ledger."""
    url, app = served
    ledgers.empty(app.extensions["ledger"])
    app.extensions["brake"].passed("127.0.0.1")
    return Site(url, app, Seed(app.extensions["ledger"]))


@dataclass
class Complaints:
    """What the browser complained of."""

    found: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.found.append(str(error)))
        page.on(
            "console",
            lambda said: self.found.append(said.text) if said.type in {"error", "warning"} else None,
        )

    def unexpected(self) -> list[str]:
        return [one for one in self.found if not any(text in one for text in self.expected)]


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=site.url,
        viewport={"width": 1280, "height": 800},
        locale="en-GB",
        timezone_id="Asia/Yekaterinburg",
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    """A page of somebody who has not logged in."""
    page = context.new_page()
    complaints.listen(page)
    yield page
    assert complaints.unexpected() == []


@pytest.fixture
def logged_in(page: Page) -> Page:
    """The administrator's page, on the overview."""
    login(page, "admin", PASSWORD)
    page.wait_for_url("**/")
    return page


def login(page: Page, name: str, password: str) -> None:
    """Fill in the login form and send it."""
    page.goto("/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
