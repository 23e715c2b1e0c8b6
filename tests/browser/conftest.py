"""A real service and a real browser for the tests of the pages; the service is started once for all of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.service import RunningService

PHONE, DESK = 360, 1400
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PACE = "20"
"""Site time runs so many times as fast, so that a robot is seen to move without waiting for it."""
WAIT_MS = 60_000
"""How long a page may take to show something on a busy machine."""


@pytest.fixture(scope="package")
def live_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The small clinic at ten in the morning of a Monday, faster than real time."""
    folder = tmp_path_factory.mktemp("service") / "data"
    start = ("--start", "2026-03-02T10:00:00+01:00", "--factor", PACE)
    with RunningService(folder, *start) as service:
        yield service


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's chromium when it is there, else Playwright's own.

    A module at a time: while Playwright is open its event loop runs, and tests of coroutines cannot.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """A person in front of a page; whatever goes wrong in the page's console is an error of the test."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.address = address
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def open(self, path: str) -> Page:
        """Open a page."""
        self.page.goto(self.address + path)
        return self.page

    def act_as(self, name: str) -> None:
        """Pick a name from the list."""
        self.open("/who").get_by_role("button", name=name).first.click()
        self.page.wait_for_url(self.address + "/")


@contextmanager
def visiting(
    chromium: Browser, service: RunningService, width: int = DESK, language: str = "da", **settings: Any
) -> Iterator[Visitor]:
    """Sit down in front of a screen of this width."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, **settings)
    try:
        visitor = Visitor(context, service.address)
        yield visitor
        assert visitor.complaints == []
    finally:
        context.close()


@pytest.fixture
def visitor(chromium: Browser, live_service: RunningService) -> Iterator[Visitor]:
    """Anna, dispatcher, at her desk."""
    with visiting(chromium, live_service) as somebody:
        somebody.act_as("Anna Holm")
        yield somebody
