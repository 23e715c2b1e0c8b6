"""A nurse looks for a pump, on the phone and at the desk, in a real browser over the real service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, WAIT_MS, Visitor, visiting
from tests.browser.test_quality import MOST_BYTES, RULES, SMALLEST_PX
from tests.support.service import RunningService

expect.set_options(timeout=WAIT_MS)
EQUIPMENT = "/api/v1/equipment"
NUMBERS = count(1)
PAGES = (
    "/find",
    "/find?type=infusion_pump&from=S0",
    "/find?type=incubator&from=S0",
    "/find?q=findes+slet+ikke&from=S0",
    "/equipment?floor=0",
    "/equipment?floor=0&q=pumpe",
    "/equipment/wards/S0",
    "/equipment/pool",
)


class Pumps:
    """Pumps of one name, registered, cleaned, confirmed and seen in a ward, as programs do it."""

    def __init__(self, service: RunningService, name: str, *rooms: str) -> None:
        self.service = service
        self.name = f"{name} {next(NUMBERS)}"
        self.ids = [f"5799990T{next(NUMBERS)}" for _ in rooms]
        rows = [f"{id},{self.name} nr. {id[8:]},infusion_pump,S0,S0-utility-clean,volumetric" for id in self.ids]
        listed = "\r\n".join(["giai,name,type,ward,home,pump", *rows, ""])
        answer = service.http.post(
            f"{EQUIPMENT}/import",
            content=listed.encode(),
            headers={"Portor-Actor": "fatima", "Content-Type": "text/csv"},
        )
        assert answer.is_success, answer.text
        for id, room in zip(self.ids, rooms, strict=True):
            self.step(id, "cleaned", method="wipe_alcohol")
            self.step(id, "confirm", what=["checked", "charged", "complete"])
            self.step(id, "here", place=room)

    def step(self, id: str, step: str, **body: object) -> None:
        """Bo does something with one of them."""
        answer = self.service.http.post(f"{EQUIPMENT}/{id}/{step}", json=body, headers={"Portor-Actor": "bo"})
        assert answer.is_success, answer.text

    def state(self, id: str) -> str:
        """In which state one of them is."""
        return str(self.service.http.get(f"{EQUIPMENT}/{id}").json()["state"])


@pytest.fixture
def nurse(chromium: Browser, live_service: RunningService) -> Iterator[Visitor]:
    """Carla, clinician of ward S0, with her phone."""
    with visiting(chromium, live_service, PHONE) as somebody:
        somebody.act_as("Carla Friis")
        yield somebody


def look_for(person: Visitor, what: str) -> Page:
    """Write what one looks for, as a person or a scanner does, from ward S0."""
    page = person.open("/find")
    page.locator("select[name=from]").select_option("S0")
    page.get_by_label("Hvad leder du efter?").fill(what)
    page.get_by_label("Hvad leder du efter?").press("Enter")
    return page


def test_a_pump_is_found_taken_and_in_use(nurse: Visitor, live_service: RunningService) -> None:
    """Where it is stands before what it is called; one press, and it is hers."""
    pumps = Pumps(live_service, "Prøvepumpe", "S0-02")
    page = look_for(nurse, pumps.name)
    card = page.locator(f"#offer-{pumps.ids[0]}")
    expect(card.get_by_role("heading")).to_contain_text("Stue S0-02")
    expect(card).to_contain_text("klar til brug")
    card.get_by_role("button", name="Jeg tager den").click()
    expect(page.get_by_role("status").filter(has_text="er nu i brug på Sengeafsnit S0")).to_be_visible()
    expect(page.locator("#now .state").first).to_have_text(re.compile("i brug"))
    expect(page.locator("#log")).to_contain_text("Taget i brug på Sengeafsnit S0.")
    assert pumps.state(pumps.ids[0]) == "in_use"


@pytest.mark.parametrize("scripts", [True, False])
def test_whoever_comes_second_is_offered_the_next(
    chromium: Browser, live_service: RunningService, scripts: bool
) -> None:
    """Both see the same card; the second is told in words and takes the other pump, with scripts and without."""
    pumps = Pumps(live_service, "Delepumpe", "S0-02", "S1-02")
    near, far = pumps.ids
    with (
        visiting(chromium, live_service, PHONE, java_script_enabled=scripts) as carla,
        visiting(chromium, live_service, PHONE, java_script_enabled=scripts) as dorte,
    ):
        carla.act_as("Carla Friis")
        dorte.act_as("Dorte Krogh")
        first, second = look_for(carla, pumps.name), look_for(dorte, pumps.name)
        second.wait_for_selector(f"#offer-{near}")
        first.locator(f"#offer-{near}").get_by_role("button", name="Jeg tager den").click()
        expect(first.locator("#now")).to_contain_text("i brug")
        with second.expect_response(lambda answer: answer.request.method == "POST") as answered:
            second.locator(f"#offer-{near}").get_by_role("button", name="Jeg tager den").click()
        assert answered.value.status == 409
        expect(second.get_by_role("alert")).to_contain_text("En anden kom først. Her er de næste:")
        expect(second.locator(f"#offer-{near}").get_by_role("button", name="Jeg tager den")).to_have_count(0)
        second.locator(f"#offer-{far}").get_by_role("button", name="Jeg tager den").click()
        expect(second.get_by_role("status").filter(has_text="er nu i brug")).to_be_visible()
        dorte.complaints = [text for text in dorte.complaints if "409" not in text]
    assert [pumps.state(id) for id in pumps.ids] == ["in_use", "in_use"]


def test_it_is_not_here(nurse: Visitor, live_service: RunningService) -> None:
    """One press on the way: the next search sends nobody there."""
    pumps = Pumps(live_service, "Savnepumpe", "S0-04")
    page = look_for(nurse, pumps.name)
    page.locator(f"#offer-{pumps.ids[0]}").get_by_role("button", name="Den er her ikke").click()
    expect(page.get_by_role("status").filter(has_text="den ikke er der")).to_be_visible()
    expect(page.locator(f"#offer-{pumps.ids[0]}")).not_to_contain_text("sikker placering")


def test_one_is_brought_by_a_job_of_the_fleet(nurse: Visitor, live_service: RunningService) -> None:
    """Its page leads to the job, which leads to who carries it."""
    pumps = Pumps(live_service, "Bringepumpe", "S1-02")
    page = look_for(nurse, pumps.name)
    page.locator(f"#offer-{pumps.ids[0]}").get_by_role("button", name="Få den bragt").click()
    expect(page.get_by_role("status").filter(has_text="bliver bragt til Sengeafsnit S0")).to_be_visible()
    page.get_by_role("link", name=re.compile("opgave ")).click()
    expect(page.locator("#now")).to_contain_text("Rent depot S0")


def test_what_a_scanner_types_leads_to_the_asset(nurse: Visitor, live_service: RunningService) -> None:
    """A GS1 element string in the field and the key Enter."""
    pumps = Pumps(live_service, "Scanpumpe", "S0-01")
    page = look_for(nurse, f"(8004){pumps.ids[0]}")
    page.wait_for_url(f"**/equipment/{pumps.ids[0]}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Scanpumpe")


CAMERA = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["data_matrix", "qr_code"]; }
  async detect() { return [{ rawValue: window.label }]; }
};
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 300, 150);
  return canvas.captureStream(5);
};
"""


def test_the_camera_reads_the_label_where_the_browser_can(nurse: Visitor, live_service: RunningService) -> None:
    """The button is there only then; what is read leads to the asset."""
    pumps = Pumps(live_service, "Kamerapumpe", "S0-01")
    page = nurse.open("/find")
    expect(page.get_by_role("button", name="Scan")).to_have_count(0)
    page.add_init_script(CAMERA + f"window.label = '(8004){pumps.ids[0]}';")
    nurse.open("/find")
    page.get_by_role("button", name="Scan").click()
    page.wait_for_url(f"**/equipment/{pumps.ids[0]}")


def test_the_list_beside_the_map_changes_and_keeps_ones_place(visitor: Visitor, live_service: RunningService) -> None:
    """Without reloading; what has the focus keeps it."""
    pumps = Pumps(live_service, "Flyttepumpe", "S0-03", "S0-05")
    stays, moves = pumps.ids
    page = visitor.open(f"/equipment?floor=0&q={pumps.name}")
    page.evaluate("window.here = true")
    expect(page.locator(f"#dot-{moves}")).to_have_count(1)
    link = page.locator(f'#list a[href="/equipment/{stays}"]')
    link.focus()
    pumps.step(moves, "here", place="S1-01")
    expect(page.locator(f"#dot-{moves}")).to_have_count(0)
    expect(page.locator("#list")).to_contain_text("Andre steder")
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"/equipment/{stays}"
    assert page.evaluate("window.here") is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("width", "language", "name"), [(PHONE, "da", "Carla Friis"), (PHONE, "en", "Fatima"), (DESK, "en", "Anna Holm")]
)
def test_axe_finds_nothing_on_any_page_of_equipment(
    chromium: Browser, live_service: RunningService, width: int, language: str, name: str, scheme: str
) -> None:
    """WCAG 2.1 A and AA with everything unfolded, nothing wider than the screen, 48 px on a phone."""
    pumps = Pumps(live_service, "Øksepumpe", "S0-03")
    small = """(smallest) =>
        [...document.querySelectorAll("button, .button, input:not([type=hidden]), select, summary")]
        .map((item) => [item.outerHTML.slice(0, 90), (item.closest("label.choice") ?? item).getBoundingClientRect()])
        .filter(([, box]) => box.height > 0 && box.height < smallest - 0.5)
        .map(([html, box]) => `${html}: ${box.height}`)"""
    with visiting(chromium, live_service, width, language, color_scheme=scheme) as person:
        person.act_as(name)
        for path in (*PAGES, f"/equipment/{pumps.ids[0]}?all=true"):
            page = person.open(path)
            page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true })")
            found = Axe().run(page, options=RULES).response["violations"]
            assert [f"{path}: {item['id']}: {item['nodes'][0]['html']}" for item in found] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            if width == PHONE:
                assert page.evaluate(small, SMALLEST_PX) == [], path


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_equipment_is_small_on_the_wire(chromium: Browser, live_service: RunningService, path: str) -> None:
    """Under 60 KB with its style and scripts, when nothing is kept from before."""
    with visiting(chromium, live_service) as person:
        sizes: list[float] = []
        session = person.page.context.new_cdp_session(person.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        person.open(path)
        person.page.wait_for_timeout(500)
        assert len(sizes) >= 2  # the page and its style at least
        assert sum(sizes) < MOST_BYTES
