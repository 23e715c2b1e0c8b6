"""A planner asks “what if?” in a real browser over the real service: scenario, run, comparison, permanent address."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Visitor, visiting
from tests.browser.test_quality import MOST_BYTES, RULES, SMALLEST_PX
from tests.support.service import RunningService

RUN_MS = 600_000
"""How long an experiment may take on a busy machine, the first one loading its engine."""
PLANNER = "Erik Dam"
EXPERIMENTS = "/api/v1/planning/experiments"
SMALL = """(smallest) =>
    [...document.querySelectorAll("button, .button, input:not([type=hidden]), select, summary")]
    .map((item) => [item.outerHTML.slice(0, 90), (item.closest("label.choice") ?? item).getBoundingClientRect()])
    .filter(([, box]) => box.height > 0 && box.height < smallest - 0.5)
    .map(([html, box]) => `${html}: ${box.height}`)"""


@pytest.fixture
def planner(chromium: Browser, live_service: RunningService) -> Iterator[Visitor]:
    """Erik, planner, at his desk."""
    with visiting(chromium, live_service) as somebody:
        somebody.act_as(PLANNER)
        yield somebody


def simulate(page: Page, doctors: str, days: str = "7") -> None:
    """Turn the dial of the doctors, shorten the run, and press."""
    page.get_by_label(re.compile("^Læge: 08–18")).fill(doctors)
    page.get_by_label(re.compile("^Kørsler$")).fill("4")
    page.get_by_text("Længde og startværdi").click()
    page.get_by_label(re.compile("^Simulerede døgn")).fill(days)
    page.get_by_role("button", name="Simulér", exact=True).click()


@pytest.fixture(scope="module")
def result(chromium: Browser, live_service: RunningService) -> str:
    """The address of a finished comparison, made by the form."""
    with visiting(chromium, live_service) as person:
        person.act_as(PLANNER)
        page = person.open("/planning")
        page.get_by_role("link", name="Ny simulering").click()
        simulate(page, "2")
        page.wait_for_url("**/planning/experiments/*")
        expect(page.get_by_role("heading", name="Hvad ændringen gør")).to_be_visible(timeout=RUN_MS)
        return page.url.removeprefix(live_service.address)


def test_a_scenario_is_made_run_and_compared(planner: Visitor, result: str) -> None:
    """The page opened itself when it was done; fewer doctors, longer waits, in words."""
    page = planner.open(result)
    row = page.locator("#difference tr", has_text="Tid til læge")
    expect(row.locator(".state")).to_have_text(re.compile("værre"))
    expect(page.locator("#bottleneck")).to_contain_text("Ventetid på læge udgør")
    page.get_by_role("link", name="Som i dag").click()
    expect(page.get_by_role("heading", name="Hovedtal: Som i dag")).to_be_visible()
    page.get_by_label("Ressource").select_option(label="Røntgenrum")
    expect(page.locator("#week")).to_contain_text("I brug hen over ugen: Røntgenrum")
    page.locator("#week summary").first.click()
    expect(page.locator("#week table").first).to_be_visible()


def test_the_permanent_address_opens_in_a_fresh_browser(
    chromium: Browser, live_service: RunningService, result: str
) -> None:
    """Without a name, in the other language, the same figures."""
    with (
        visiting(chromium, live_service, language="da") as mine,
        visiting(chromium, live_service, language="en") as other,
    ):
        here = mine.open(result).locator("#difference .by-how b").all_inner_texts()
        there = other.open(result).locator("#difference .by-how b").all_inner_texts()
        expect(other.page.get_by_role("heading", name="What the change does")).to_be_visible()
    assert [text.replace(",", ".") for text in here] == there
    assert there


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(planner: Visitor) -> None:
    """All at once; put right, it runs."""
    page = planner.open("/planning/new?flow=visits")
    page.get_by_label(re.compile("^Hvileplads: normerede senge")).fill("60")
    simulate(page, "mange")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("2 ting")
    expect(page.get_by_label(re.compile("^Hvileplads: normerede senge"))).to_have_value("60")
    expect(page.get_by_label(re.compile("^Læge: 08–18"))).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label(re.compile("^Simulerede døgn"))).to_have_value("7")
    planner.complaints = [text for text in planner.complaints if "422" not in text]


def test_any_other_figure_is_found_and_kept(planner: Visitor) -> None:
    """The search keeps the dials; what is changed stays in the form."""
    page = planner.open("/planning/new?flow=visits")
    page.get_by_label(re.compile("^Læge: 08–18")).fill("2")
    page.get_by_role("searchbox").fill("rengøring")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_label(re.compile("^Hvileplads: rengøring")).fill("30 min")
    page.get_by_role("searchbox").fill("røntgen")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_label(re.compile("^Røntgenrum: antal"))).to_be_visible()
    expect(page.get_by_label(re.compile("^Hvileplads: rengøring"))).to_have_value("30 min")
    expect(page.get_by_label(re.compile("^Læge: 08–18"))).to_have_value("2")


def test_an_experiment_is_paused_and_gone_on_with_without_scripts(
    chromium: Browser, live_service: RunningService
) -> None:
    """Buttons and reloading are enough; what was done is kept."""
    with visiting(chromium, live_service, PHONE, java_script_enabled=False) as person:
        person.act_as(PLANNER)
        page = person.open("/planning/new?flow=visits&scenario=busy_day")
        page.get_by_text("Længde og startværdi").click()
        page.get_by_label(re.compile("^Kørsler$")).fill("400")
        page.get_by_role("button", name="Simulér", exact=True).click()
        page.get_by_role("button", name="Sæt på pause").click()
        id = page.url.rpartition("/")[2]
        for _ in range(RUN_MS // 500):
            if live_service.http.get(f"{EXPERIMENTS}/{id}").json()["state"] == "stopped":
                break
            page.wait_for_timeout(500)
        page.reload()
        expect(page.get_by_text("på pause", exact=True)).to_be_visible()
        page.get_by_role("button", name="Fortsæt").click()
        expect(page.get_by_role("button", name="Sæt på pause")).to_be_visible()
        page.get_by_role("button", name="Sæt på pause").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(PHONE, "da"), (PHONE, "en"), (DESK, "da"), (DESK, "en")])
def test_axe_finds_nothing_on_any_page_of_planning(
    chromium: Browser, live_service: RunningService, result: str, width: int, language: str, scheme: str
) -> None:
    """WCAG 2.1 A and AA with everything unfolded, nothing wider than the screen, 48 px on a phone."""
    pages = (
        "/planning",
        "/planning/flows/visits",
        "/planning/new?flow=visits&scenario=busy_day",
        "/planning/new?flow=visits&do=search&q=a&how=precision",
        result,
        f"{result}?scenario=basis&resource=bed",
    )
    with visiting(chromium, live_service, width, language, color_scheme=scheme) as person:
        person.act_as(PLANNER)
        for path in pages:
            page = person.open(path)
            page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true })")
            found = Axe().run(page, options=RULES).response["violations"]
            assert [f"{path}: {item['id']}: {item['nodes'][0]['html']}" for item in found] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            if width == PHONE:
                assert page.evaluate(SMALL, SMALLEST_PX) == [], path


def test_a_page_of_planning_is_small_on_the_wire(planner: Visitor, result: str) -> None:
    """Under 60 KB with its style and scripts, when nothing is kept from before."""
    for path in ("/planning", "/planning/new?flow=visits", "/planning/flows/visits", result):
        sizes: list[float] = []
        session = planner.page.context.new_cdp_session(planner.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.loadingFinished", lambda event, into=sizes: into.append(event["encodedDataLength"]))
        planner.open(path)
        planner.page.wait_for_timeout(500)
        session.detach()
        assert len(sizes) >= 2  # the page and its style at least
        assert sum(sizes) < MOST_BYTES, path


def test_a_result_prints_without_what_one_presses(planner: Visitor, result: str) -> None:
    """Figures and charts stay, the bar and the buttons go."""
    page = planner.open(result)
    page.emulate_media(media="print")
    expect(page.locator("header.bar")).to_be_hidden()
    expect(page.get_by_role("link", name="CSV")).to_be_hidden()
    expect(page.locator("#headline")).to_be_visible()
    expect(page.locator("#week .chart").first).to_be_visible()
