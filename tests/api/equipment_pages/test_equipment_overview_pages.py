"""The map, the wards and the pool of equipment without JavaScript."""

from __future__ import annotations

import itertools
import math
import re

import httpx
import pytest

from api.equipment.pages_map import arrange
from equipment_tracking.pool.requests import Quarantine, SetPar
from equipment_tracking.views import Dot
from tests.api.conftest import clinic
from tests.api.equipment_pages.visits import act_as, fields, last_change, text_of
from tests.api.fake_equipment import B1, P1, P2, P3, FakeEquipment, pump
from tests.api.scenes import MINUTE_MS, START_MS

pytestmark = pytest.mark.anyio


async def test_the_map_draws_only_what_is_surely_there_and_lists_the_same(
    browser: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """Every dot stands in the list; what nobody has seen is counted and not drawn."""
    equipment.register(pump(8))
    page = (await browser.get("/equipment?floor=0")).text
    drawn = re.findall(r'<use class="dot (\w+)" id="dot-(\w+)"', page)
    assert sorted(drawn) == [("ready", P1), ("soiled", P3)]
    listed = page[page.index('id="list"') :]
    assert all(f'href="/equipment/{id}"' in listed for _, id in drawn)
    assert "1 har ingen placering, der er sikker nok til kortet." in await text_of(browser, "/equipment?floor=0")


def test_no_dot_hides_another() -> None:
    """Those of one room stand in rows within it, a dot's width apart, smaller when they are many."""
    left, right, low, high = 45.2, 51.2, 4.0, 8.0  # room S0-01: 6 m by 4 m beside the corridor at x = 44
    for count in (1, 7, 90):
        here = [Dot(f"a{k}", f"A {k}", "bed", "ready", "sure", 46.0, 5.0, ("S0-01",), START_MS) for k in range(count)]
        spots = arrange(clinic().directory, here, 0.8)
        assert len({(spot.x, spot.y) for spot in spots}) == count
        apart = [math.dist((a.x, a.y), (b.x, b.y)) for a, b in itertools.combinations(spots, 2)]
        assert all(distance >= spots[0].size - 0.02 for distance in apart)  # centimetres are rounded
        for spot in spots:
            assert left - 0.02 <= spot.x <= right - spot.size + 0.02
            assert low - 0.02 <= -spot.y - spot.size <= high - spot.size + 0.02


async def test_the_map_is_searched_and_says_what_is_elsewhere(browser: httpx.AsyncClient) -> None:
    """What matches on this floor is drawn; the rest is told of with its floor."""
    page = (await browser.get("/equipment?floor=0&q=SN0002")).text
    assert 'class="dot ready' not in page
    assert "1. sal · Rent skyllerum S1" in page
    shown = (await browser.get(f"/equipment?asset={P2}")).text
    assert 'class="dot ready chosen"' in shown


async def test_a_ward_sees_its_levels_and_orders_what_is_missing(
    browser: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """Figures beside each bar; one press has the next brought, and it counts as on its way."""
    said = await text_of(browser, "/equipment/wards/S0")
    assert "Infusionspumpe 1 af 3" in said
    assert "2 mangler" in said
    page = (await browser.get("/equipment/wards/S0")).text
    answer = await browser.post(f"/equipment/{P2}/bring", data=fields(page, f"/equipment/{P2}/bring"))
    assert answer.status_code == 303
    assert "+ 1 på vej" in await text_of(browser, "/equipment/wards/S0")


async def test_a_par_level_is_set_by_who_may(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """A dispatcher or planner; a number that is none is refused on the page."""
    answer = await browser.post("/equipment/wards/S1/par", data={"type": "bed", "count": "2", "key": "p1"})
    assert last_change(equipment) == SetPar("S1", "bed", 2)
    assert "Den faste beholdning er fastsat." in await text_of(browser, answer.headers["location"])
    wrong = await browser.post("/equipment/wards/S1/par", data={"type": "bed", "count": "mange", "key": "p2"})
    assert (wrong.status_code, "Antallet skal ligge mellem" in wrong.text) == (422, True)
    await act_as(browser, "carla|clinician")
    assert (await browser.post("/equipment/wards/S1/par", data={"type": "bed", "count": "2"})).status_code == 403


async def test_the_pool_shows_what_needs_a_person_first(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Alarms before counts; a seen one says by whom; silent gateways are named."""
    equipment.register(pump(9, service_due_ms=START_MS - MINUTE_MS))
    equipment.do(Quarantine(P3, "contamination"))
    page = (await browser.get("/equipment/pool")).text
    assert page.index("service overskredet") < page.index('id="types"')
    said = await text_of(browser, "/equipment/pool")
    assert "2 / 5 klar, af alle" in said or "3 / 5 klar, af alle" in said
    assert "ac233fc00002 aldrig hørt" in said
    await browser.post("/equipment/alarms/seen", data=fields(page, "/equipment/alarms/seen"))
    assert "set af Anna Holm" in await text_of(browser, "/equipment/pool")


async def test_a_batch_is_called_back_and_ended_by_technical_service(
    browser: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """What is ready is quarantined at once; an empty batch is refused with every broken rule."""
    await act_as(browser, "fatima|technician")
    wrong = await browser.post("/equipment/recalls", data={"reason": "recall", "gtin": "123", "key": "r0"})
    assert (wrong.status_code, "intet GTIN" in wrong.text) == (422, True)
    batch = {"reason": "recall", "type": "infusion_pump", "serial_from": "SN0001", "serial_to": "SN0001", "key": "r1"}
    await browser.post("/equipment/recalls", data=batch)
    assert equipment.desk.state.items[P1].state == "quarantined"
    page = (await browser.get("/equipment/pool")).text
    assert "1 trukket tilbage, 0 mangler endnu" in page
    await browser.post("/equipment/recalls/end", data=fields(page, "/equipment/recalls/end"))
    assert "Intet er tilbagekaldt." in await text_of(browser, "/equipment/pool")


async def test_a_ward_that_does_not_exist_is_a_page(browser: httpx.AsyncClient) -> None:
    """404 with a way on; the choice of wards leads to one's own."""
    assert (await browser.get("/equipment/wards/nowhere")).status_code == 404
    await act_as(browser, "dorte|clinician")
    assert (await browser.get("/equipment/wards")).headers["location"] == "/equipment/wards/S1"


async def test_what_people_write_is_never_markup(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Names of assets and searches are shown as they were written."""
    equipment.register(pump(10))
    for path in ("/find?q=<script>alert(1)</script>&from=S0", "/equipment?q=<script>alert(1)</script>"):
        assert "<script>alert" not in (await browser.get(path)).text
    back = await browser.post(f"/equipment/{B1}/here", data={"place": "S1-01", "back": "https://evil.example/"})
    assert back.headers["location"].startswith(f"/equipment/{B1}?")
