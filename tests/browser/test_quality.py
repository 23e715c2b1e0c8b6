"""What every page must be: accessible, small, in bounds, at phone and desktop width, in light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.conftest import DESK, PHONE, visiting
from tests.browser.test_dispatching import order
from tests.support.service import RunningService

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
PAGES = ("/", "/jobs/new", "/map", "/wall", "/who", "/help", "/accessibility", "/clock", "/nowhere")
MOST_BYTES = 60 * 1024
SMALLEST_PX = 48


@pytest.fixture(scope="module")
def job(live_service: RunningService) -> str:
    """A job that stands on the pages."""
    return order(live_service, "patient", "s0-beds", "imaging-desk", within_min=200)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(PHONE, "da"), (DESK, "en")])
def test_axe_finds_nothing_on_any_page(
    chromium: Browser, live_service: RunningService, job: str, width: int, language: str, scheme: str
) -> None:
    """WCAG 2.1 A and AA, and nothing wider than the screen."""
    with visiting(chromium, live_service, width, language, color_scheme=scheme) as person:
        person.act_as("Anna Holm")
        for path in (*PAGES, f"/jobs/{job}", "/map?carrier=R01"):
            page = person.open(path)
            found = Axe().run(page, options=RULES).response["violations"]
            told = [f"{path}: {item['id']}: {item['nodes'][0]['html']}" for item in found]
            assert told == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        person.complaints = [text for text in person.complaints if "404" not in text]  # /nowhere


@pytest.mark.parametrize("path", ["/", "/jobs/new", "/map", "/wall", "/jobs/{job}"])
def test_a_page_is_small_on_the_wire(chromium: Browser, live_service: RunningService, job: str, path: str) -> None:
    """Under 60 KB with its style and scripts, when nothing is kept from before."""
    with visiting(chromium, live_service) as person:
        person.act_as("Anna Holm")
        sizes: list[float] = []
        session = person.page.context.new_cdp_session(person.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        person.open(path.format(job=job))
        person.page.wait_for_timeout(500)
        assert len(sizes) >= 2  # the page and its style at least
        assert sum(sizes) < MOST_BYTES


def test_what_is_pressed_on_a_phone_is_large_enough(chromium: Browser, live_service: RunningService, job: str) -> None:
    """48 px for buttons, fields and their like."""
    script = """(smallest) =>
        [...document.querySelectorAll("button, .button, input:not([type=hidden]), select")]
        .map((item) => [item.outerHTML.slice(0, 90), (item.closest("label.choice") ?? item).getBoundingClientRect()])
        .filter(([, box]) => box.height > 0 && box.height < smallest - 0.5)
        .map(([html, box]) => `${html}: ${box.height}`)"""
    with visiting(chromium, live_service, PHONE) as person:
        person.act_as("Anna Holm")
        for path in ("/", "/jobs/new", "/map", f"/jobs/{job}", "/who"):
            assert person.open(path).evaluate(script, SMALLEST_PX) == [], path


def test_who_wants_less_motion_sees_none(chromium: Browser, live_service: RunningService) -> None:
    """Carriers jump instead of gliding."""
    with visiting(chromium, live_service, reduced_motion="reduce") as person:
        page = person.open("/map?floor=0")
        moving = page.evaluate("getComputedStyle(document.querySelector('.mover')).transitionDuration")
        assert moving == "0s"
