"""A dispatcher's morning in a real browser, over the real service."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import WAIT_MS, Visitor, visiting
from tests.support.service import RunningService

expect.set_options(timeout=WAIT_MS)


def order(service: RunningService, load: str, origin: str, destination: str, within_min: float = 60) -> str:
    """Order a transport as a program does."""
    body = {"load": load, "from": origin, "to": destination, "within_min": within_min}
    answer = service.order(body, key=f"{load}-{origin}-{destination}-{within_min}")
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["id"])


def test_a_transport_is_ordered_seen_moving_and_delivered(visitor: Visitor) -> None:
    """From the key `n` to the word "afleveret", without reloading anything."""
    page = visitor.open("/")
    page.keyboard.press("n")
    page.wait_for_url("**/jobs/new")
    page.get_by_label("Hvad").select_option("mail")
    page.get_by_label("Fra", exact=True).fill("Lagerets udlevering")
    page.get_by_label("Til", exact=True).fill("Sengeafsnit S1, Rent depot S1")
    page.get_by_role("button", name="Bestil").click()
    expect(page.get_by_role("status").filter(has_text="er bestilt")).to_be_visible()
    now = page.locator("#now")
    expect(now.locator(".carrier.robot, .carrier.porter").first).to_be_visible()
    expect(now.get_by_text(re.compile("undervejs"))).to_be_visible()
    expect(now.get_by_text("afleveret", exact=True)).to_be_visible()
    expect(page.locator("#history")).to_contain_text("Bestilt.")
    expect(page.locator("#history")).to_contain_text(re.compile("Hentet af"))


def test_a_carrier_is_seen_to_move_on_the_map(visitor: Visitor, live_service: RunningService) -> None:
    """Its shape changes place while one looks, and the list under the map says what it does."""
    page = visitor.open("/map?floor=0")
    expect(page.locator("#live-text")).to_have_text("Live")
    page.evaluate("window.first = {}")
    order(live_service, "linen", "store-out", "s0-clean")
    moved = page.wait_for_function(
        "() => [...document.querySelectorAll('.mover.robot')]"
        ".find((it) => (window.first[it.id] ??= it.style.transform) !== it.style.transform)?.id"
    ).json_value()
    expect(page.locator("#" + str(moved).replace("at-", "carrier-"))).to_be_visible()


def test_the_board_changes_without_reloading(visitor: Visitor, live_service: RunningService) -> None:
    """A new row appears, is found by searching, and leaves when it is cancelled."""
    page = visitor.open("/")
    expect(page.locator("#live-text")).to_have_text("Live")
    page.evaluate("window.here = true")
    id = order(live_service, "waste", "s0-soiled", "soiled-in", within_min=300)
    row = page.locator(f"#job-{id}")
    expect(row).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("findes slet ikke")
    expect(row).to_be_hidden()
    page.keyboard.press("Escape")
    expect(row).to_be_visible()
    headers = {"Portor-Actor": "anna"}
    assert live_service.http.post(f"/api/v1/jobs/{id}/cancel", headers=headers).is_success
    expect(row).to_have_count(0)
    assert page.evaluate("window.here") is True


def test_a_job_is_cancelled_with_two_presses(visitor: Visitor, live_service: RunningService) -> None:
    """The second confirms; the history names who did it."""
    id = order(live_service, "bed", "s1-beds", "s0-beds", within_min=240)
    page = visitor.open(f"/jobs/{id}")
    page.get_by_text("Annullér opgaven", exact=True).click()
    page.get_by_role("button", name="Ja, annullér opgaven").click()
    expect(page.get_by_role("status").filter(has_text="annulleret")).to_be_visible()
    expect(page.locator("#history")).to_contain_text("Anna Holm")
    expect(page.locator("#now .state").first).to_have_text(re.compile("annulleret"))


def test_the_language_is_switched_on_the_spot(visitor: Visitor) -> None:
    """The same page in English, and English from then on."""
    page = visitor.open("/map?floor=1")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name=re.compile("First floor"))).to_be_visible()
    assert page.url.endswith("/map?floor=1")
    expect(visitor.open("/").get_by_role("heading", name=re.compile("Needs action"))).to_be_visible()


def test_everything_works_without_javascript(chromium: Browser, live_service: RunningService) -> None:
    """Pick a name, order, find it on the board, cancel it: forms and links alone."""
    with visiting(chromium, live_service, java_script_enabled=False) as person:
        person.act_as("Gert Bach")
        page = person.open("/jobs/new")
        page.get_by_label("Hvad").select_option("equipment")
        page.get_by_label("Fra", exact=True).fill("Rent depot S1")
        page.get_by_label("Til", exact=True).fill("s0-clean")
        page.get_by_role("button", name="Bestil").click()
        id = page.url.partition("/jobs/")[2].partition("?")[0]
        assert person.open("/?q=udstyr").locator(f"#job-{id}").is_visible()
        person.open(f"/jobs/{id}")
        page.get_by_text("Annullér opgaven", exact=True).click()
        page.get_by_role("button", name="Ja, annullér opgaven").click()
        assert page.get_by_role("status").filter(has_text="annulleret").is_visible()
