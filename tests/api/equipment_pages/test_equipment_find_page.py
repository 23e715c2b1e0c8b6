"""Looking for equipment without JavaScript: what is offered, taken and brought, and refusals that say what next."""

from __future__ import annotations

import re

import httpx
import pytest

from equipment_tracking.pool.requests import AskTransport, SayWhere, Take
from equipment_tracking.queries import Find
from tests.api.equipment_pages.visits import PUMPS, act_as, fields, last_change, text_of
from tests.api.fake_equipment import P1, P2, FakeEquipment
from tests.api.scenes import MINUTE_MS, START_MS

pytestmark = pytest.mark.anyio


async def test_what_one_may_look_for_is_offered_first(browser: httpx.AsyncClient) -> None:
    """One press a type; where one stands is remembered, at first from the ward that one works in."""
    await act_as(browser, "carla|clinician")
    page = (await browser.get("/find")).text
    assert 'href="/find?type=infusion_pump&amp;from=S0"' in page
    assert '<option value="S0" selected>' in page
    await browser.get("/find?from=S1")
    assert '<option value="S1" selected>' in (await browser.get("/find")).text


async def test_the_nearest_ready_one_comes_first_and_says_how_surely_it_is_there(
    browser: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """Place before name, how long on foot, how long ago; the used one is not among them."""
    equipment.now_ms += 2 * MINUTE_MS
    page = (await browser.get(PUMPS)).text
    offers = re.findall(r'<li class="card offer (\w+)" id="offer-(\w+)"', page)
    assert offers == [("sure", P1), ("sure", P2)]
    said = await text_of(browser, PUMPS)
    assert "klar til brug under 1 min. til fods Stueetagen · Rent skyllerum S0 Pumpe 1" in said
    assert "sikker placering" in said
    assert "Sengeafsnit S0 har 1 af 3 klar" in said
    assert "Bestil opfyldning" in said


async def test_what_was_seen_long_ago_is_no_place(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Only where it was last, and how far the next is that is surely somewhere."""
    dispatcher_ms = START_MS
    equipment.now_ms = dispatcher_ms - 60 * MINUTE_MS
    equipment.put(P1, "S0-01")
    equipment.now_ms = dispatcher_ms
    equipment.put(P2, "S1-01")
    said = await text_of(browser, PUMPS)
    assert "ikke set i 60 min. Sidst set: Stue S0-01, Stueetagen" in said
    assert re.search(r"nærmeste med sikker placering: (under 1|\d) min\.", said)
    assert "Jeg har fundet den" in said


async def test_what_is_written_is_understood(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """A type by its name, a kind of pump, a name; a number or a scanned label leads to the asset itself."""
    for written, kind, pump_kind in (
        ("infusionspumpe", "infusion_pump", None),
        ("Infusion pump", "infusion_pump", None),
        ("blære", "bladder_scanner", None),
        ("Volumenpumpe", "infusion_pump", "volumetric"),
    ):
        await browser.get("/find", params={"q": written, "from": "S0"})
        asked = next(body for _, _, _, body in reversed(equipment.asked) if isinstance(body, Find))
        assert (asked.asset_type, asked.pump, asked.text) == (kind, pump_kind, ""), written
    for written in (P2, "SN0002", f"(8004){P2}", f"]d28004{P2}", f"https://id.gs1.org/8004/{P2}"):
        found = await browser.get("/find", params={"q": written, "from": "S0"})
        assert (found.status_code, found.headers["location"]) == (303, f"/equipment/{P2}"), written
    assert "Seng 1" in await text_of(browser, "/find?q=Seng+1&from=S0")


async def test_wishes_narrow_the_search(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Weight with a comma, children, MR, one kind of pump, also used ones, a room of the ward."""
    query = "/find?type=infusion_pump&from=S0&room=S0-02&kg=120,5&child=1&mr=1&pump=syringe&used=1"
    page = (await browser.get(query)).text
    asked = next(body for _, _, _, body in reversed(equipment.asked) if isinstance(body, Find))
    assert (asked.near, asked.carries_kg, asked.paediatric, asked.mr_conditional, asked.pump) == (
        "S0-02",
        120.5,
        True,
        True,
        "syringe",
    )
    assert "used" in asked.states
    assert "Søg uden de andre ønsker" in page


async def test_nothing_found_says_what_one_can_do(browser: httpx.AsyncClient) -> None:
    """Used ones, the map, a refill; for a name that nobody knows the types."""
    said = await text_of(browser, "/find?type=ventilator&from=S0")
    for way in ("Ingen ledig lige nu: respirator", "Se brugte, der kan rengøres", "Bestil opfyldning til afsnittet"):
        assert way in said
    assert "Intet hedder “xyz”" in await text_of(browser, "/find?q=xyz&from=S0")


async def test_one_takes_it_with_one_press(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Into use in one's ward; the page of the asset says so and where to fetch it."""
    page = (await browser.get(PUMPS)).text
    sent = fields(page, f"/equipment/{P1}/take")
    assert sent["candidates"] == P2
    answer = await browser.post(f"/equipment/{P1}/take", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/equipment/{P1}?done=take")
    assert last_change(equipment) == Take(P1, "S0", candidates=(P2,))
    said = await text_of(browser, answer.headers["location"])
    assert "Den er jeres: Pumpe 1 er nu i brug på Sengeafsnit S0." in said
    assert "Stueetagen · Rent skyllerum S0" in said


async def test_whoever_comes_second_is_told_and_offered_the_next(
    browser: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """409 with the cards of the next, the first of which can be taken at once."""
    sent = fields((await browser.get(PUMPS)).text, f"/equipment/{P1}/take")
    equipment.do(Take(P1, "S1"))
    refused = await browser.post(f"/equipment/{P1}/take", data=sent)
    assert refused.status_code == 409
    assert "En anden kom først. Her er de næste:" in refused.text
    assert "Pumpe 1 er nu i brug på Sengeafsnit S1." in refused.text
    assert re.findall(r'id="offer-(\w+)"', refused.text) == [P2]
    again = await browser.post(f"/equipment/{P2}/take", data=fields(refused.text, f"/equipment/{P2}/take"))
    assert again.headers["location"] == f"/equipment/{P2}?done=take"
    assert equipment.desk.state.items[P2].holder == "S0"


async def test_another_refusal_is_told_as_it_is(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Nobody was first: the reason itself, and the search as it was."""
    sent = fields((await browser.get(PUMPS)).text, f"/equipment/{P1}/take")
    refused = await browser.post(f"/equipment/{P1}/take", data=sent | {"ward": "nowhere"})
    assert refused.status_code == 422
    assert "En anden kom først" not in refused.text
    assert "Afdelingen “nowhere” findes ikke" in refused.text
    equipment.away = True
    assert (await browser.post(f"/equipment/{P1}/take", data=sent)).status_code == 503


async def test_a_colleague_of_the_same_ward_is_second_too(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Who took it is said, and the next is offered: two people never go for one pump."""
    sent = fields((await browser.get(PUMPS)).text, f"/equipment/{P1}/take")
    equipment.do(Take(P1, "S0"), "carla")
    refused = await browser.post(f"/equipment/{P1}/take", data=sent)
    assert refused.status_code == 409
    assert "Carla Friis fra samme afsnit tog den kl. 10:42." in refused.text
    assert re.findall(r'id="offer-(\w+)"', refused.text) == [P2]


async def test_the_same_press_twice_takes_it_once(browser: httpx.AsyncClient) -> None:
    """The form carries its key."""
    sent = fields((await browser.get(PUMPS)).text, f"/equipment/{P1}/take")
    for _ in range(2):
        assert (await browser.post(f"/equipment/{P1}/take", data=sent)).status_code == 303
    assert (await browser.get(f"/equipment/{P1}")).text.count("Taget i brug på Sengeafsnit S0.") == 1


async def test_one_has_it_brought(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """A transport from the station nearest to it to the ward's clean store; it is kept for the ward on its way."""
    sent = fields((await browser.get(PUMPS)).text, f"/equipment/{P2}/bring")
    answer = await browser.post(f"/equipment/{P2}/bring", data=sent)
    wish = last_change(equipment)
    assert isinstance(wish, AskTransport)
    assert (wish.asset, wish.purpose, wish.origin, wish.destination, wish.ward) == (
        P2,
        "bring",
        "s1-clean",
        "s0-clean",
        "S0",
    )
    said = await text_of(browser, answer.headers["location"])
    assert "Bestilt: den bliver bragt til Sengeafsnit S0." in said
    assert "På vej til Sengeafsnit S0, Rent depot S0" in said


async def test_it_is_not_here_and_nobody_else_is_sent_there(
    browser: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """The search goes on from where it was."""
    sent = fields((await browser.get(PUMPS)).text, f"/equipment/{P1}/not-here")
    answer = await browser.post(f"/equipment/{P1}/not-here", data=sent)
    assert last_change(equipment) == SayWhere(P1, "S0-utility-clean", here=False)
    assert answer.headers["location"].startswith("/find?type=infusion_pump&from=S0")
    page = (await browser.get(answer.headers["location"])).text
    assert "Tak. Det er noteret, at den ikke er der" in page
    assert re.findall(r'id="offer-(\w+)"', page)[0] == P2


async def test_without_a_name_a_press_leads_to_the_names(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """And back to the search."""
    page = (await browser.get(PUMPS)).text
    browser.cookies.delete("portor_actor")
    pressed = await browser.post(
        f"/equipment/{P1}/take",
        data=fields(page, f"/equipment/{P1}/take"),
        headers={"Referer": "http://127.0.0.1:8600/find"},
    )
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/who?next=/find")
    assert equipment.desk.state.items[P1].state == "ready"
