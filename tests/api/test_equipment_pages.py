"""The pages of equipment as a person without JavaScript uses them: links, forms, and refusals that say what next."""

from __future__ import annotations

import itertools
import math
import re
from html import unescape
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from api.access import declared
from api.equipment.pages_history import HISTORY
from api.equipment.pages_map import arrange
from api.equipment.pages_steps import ELSEWHERE, WAYS
from api.equipment.pages_voice import Equipped
from api.equipment.pages_words import ALARMS, CHECKS, STATES
from api.routes.equipment_page_acts import router as acts
from api.routes.equipment_pages import router as pages
from api.texts import LANGUAGES
from equipment_tracking.pool.facts.reading import FACTS
from equipment_tracking.pool.model import AlarmKind, ItemState
from equipment_tracking.pool.requests import (
    AskTransport,
    Confirm,
    Lend,
    PutDown,
    Quarantine,
    ReportDefect,
    ReportLost,
    Reserve,
    SayWhere,
    SetEmergency,
    SetPar,
    StartRecall,
    Take,
)
from equipment_tracking.queries import Find
from equipment_tracking.register.catalogue import Label
from equipment_tracking.views import AssetView, Dot, WhereView
from tests.api.conftest import clinic
from tests.api.fake_equipment import B1, P1, P2, P3, FakeEquipment, a_small_pool, bed, pump
from tests.api.scenes import MINUTE_MS, START_MS

pytestmark = pytest.mark.anyio
PUMPS = "/find?type=infusion_pump&from=S0"
PAGES = (
    "/find",
    PUMPS,
    "/find?type=ventilator&from=S0",
    "/find?q=Pumpe&from=S1-01",
    f"/equipment/{P1}",
    f"/equipment/{P3}?all=true",
    "/equipment",
    "/equipment?floor=1&q=pumpe",
    f"/equipment?asset={P2}",
    "/equipment/wards/S0",
    "/equipment/wards/lab",
    "/equipment/pool",
)


@pytest.fixture
def equipment(folder: Path) -> FakeEquipment:
    """Pumps 1 (in S0) and 2 (in S1) and a bed (in S1) are ready, pump 3 (in S0) is used; S0 should have 3 pumps."""
    pool = a_small_pool(FakeEquipment(folder))
    pool.do(SetPar("S0", "infusion_pump", 3))
    return pool


def last_change(equipment: FakeEquipment) -> object:
    """What was asked for last that is no question."""
    return next(body for _, _, key, body in reversed(equipment.asked) if key)


def fields(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the first form that goes there."""
    form = page[page.index(f'action="{action}"') :]
    found = re.findall(r'name="(\w+)" value="([^"]*)"', form[: form.index("</form>")])
    return {name: unescape(value) for name, value in found}


async def act_as(browser: httpx.AsyncClient, who: str) -> None:
    """Somebody else sits down: `carla|clinician`."""
    await browser.post("/who", data={"pick": who, "next": "/"})


async def text_of(browser: httpx.AsyncClient, path: str) -> str:
    """What a page says, without its markup."""
    page = await browser.get(path, follow_redirects=True)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text[page.text.index("<main") :])).split())


# --- all pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_whole(browser: httpx.AsyncClient, path: str, language: str) -> None:
    """200, a title, one main and one heading of the first rank, nothing inline, every id once, nothing unfilled."""
    page = await browser.get(path, headers={"Accept-Language": language})
    assert page.status_code == 200
    assert page.text.count("<main") == 1
    assert page.text.count("<h1") == 1
    assert re.search(r"<title>\S.*Portør</title>", page.text)
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son[a-z]+=", page.text)
    ids = re.findall(r'\sid="([^"]+)"', page.text)
    assert sorted(set(ids)) == sorted(ids)
    assert not re.search(r"\{\w+\}|%\(\w+\)s|None", page.text[page.text.index("<main") :])


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_renders_while_tracking_is_away(
    browser: httpx.AsyncClient, equipment: FakeEquipment, path: str
) -> None:
    """503 with what to do meanwhile; nothing of the page breaks."""
    equipment.away = True
    page = await browser.get(path)
    assert page.status_code == 503
    assert "Udstyrssporingen svarer ikke lige nu" in page.text
    assert "<main" in page.text


@pytest.mark.parametrize(
    "path", [PUMPS, f"/equipment/{P1}", "/equipment?floor=0", "/equipment/wards/S0", "/equipment/pool"]
)
async def test_a_part_holds_the_same_as_its_page(browser: httpx.AsyncClient, path: str) -> None:
    """What a page fetches anew every few seconds is its own changing part, much smaller than the page."""
    whole, part = (
        (await browser.get(path)).text,
        (await browser.get(path, params={**httpx.URL(path).params, "part": 1})).text,
    )
    section = re.search(r'data-renew="([^"]+)"', whole)
    assert section is not None
    assert "<nav" not in part.replace('<nav class="floors"', "")
    for id in section[1].split():
        assert f'id="{id}"' in part, id


def test_every_step_of_an_asset_stands_on_the_page_for_its_role() -> None:
    """Each has an address that declares the same roles as its button."""
    served = {route.path.rpartition("/")[2]: declared(route.endpoint) for route in acts.routes}  # type: ignore[attr-defined]  # routes of endpoints
    for step in WAYS:
        rule = served[step.id]
        assert rule is not None
        assert rule.roles == step.roles
    assert all(declared(route.endpoint) is not None for route in pages.routes)  # type: ignore[attr-defined]  # likewise
    assert set(ELSEWHERE) <= served.keys()


def test_every_state_alarm_and_check_has_a_word() -> None:
    """State is shape, word and colour."""
    assert set(STATES) == set(ItemState.__args__)  # type: ignore[attr-defined]  # a Literal
    assert set(ALARMS) == set(AlarmKind.__args__)  # type: ignore[attr-defined]  # likewise
    assert set(CHECKS) == {"checked", "charged", "complete"}


# --- find -------------------------------------------------------------------------------------------------------------


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


# --- one asset --------------------------------------------------------------------------------------------------------


async def test_an_asset_goes_round_by_the_buttons_of_its_page(
    browser: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """Taken, put down, cleaned, confirmed: each page has the next step as its filled button."""
    await act_as(browser, "carla|clinician")
    for step, more in (
        ("take", {"ward": "S0"}),
        ("put-down", {}),
        ("to-cleaning", {}),
        ("cleaned", {"method": "wipe_alcohol"}),
        ("confirm", {"checked": "true", "charged": "true", "complete": "true"}),
    ):
        page = (await browser.get(f"/equipment/{P1}")).text
        sent = fields(page, f"/equipment/{P1}/{step}") | more
        answer = await browser.post(f"/equipment/{P1}/{step}", data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/equipment/{P1}?done={step}"), step
    assert last_change(equipment) == Confirm(P1, ("checked", "charged", "complete"))
    said = await text_of(browser, answer.headers["location"])
    assert "Noteret. Pumpe 1: klar til brug." in said


async def test_the_history_tells_who_did_what_in_words(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """The newest first; movements only when asked for."""
    equipment.do(Take(P1, "S0"), "carla")
    equipment.do(PutDown(P1, wiped=True), "carla")
    equipment.do(ReportDefect(P1, "no_power"), "bo")
    page = await text_of(browser, f"/equipment/{P1}")
    log = page[page.index("Hvad er der sket") :]
    said = ["Fejl meldt: Tænder ikke. Bo Lund", "Ikke længere i brug. Carla Friis", "Taget i brug på Sengeafsnit S0."]
    assert [log.index(line) for line in said] == sorted(log.index(line) for line in said)
    assert "Rengjort: Aftørret med ethanol 70-85 %. Bo Lund" in log
    assert "Set i Rent skyllerum S0." not in log
    assert "Set i Rent skyllerum S0." in await text_of(browser, f"/equipment/{P1}?all=true")


def test_one_of_two_rooms_is_said_as_such() -> None:
    """Both are named, the likelier first; a corridor by the room beside it; nothing is invented."""
    e = Equipped(clinic().phrases["da"], START_MS)
    either = WhereView(known="either", rooms=("S0-02", "S0-01"), floor="0", seen_ms=START_MS - 3 * MINUTE_MS)
    assert (e.place(either), e.seen(either)) == ("Stueetagen · Stue S0-02 eller Stue S0-01", "set for 3 min. siden")
    corridor = WhereView(known="sure", rooms=("S0-corridor",), floor="0", x_m=44.0, y_m=6.5)
    assert e.place(corridor) == "Stueetagen · gang S0 ved Rent skyllerum S0"
    assert e.visited(corridor) == ""
    assert (e.place(WhereView()), e.seen(WhereView())) == ("Placering ukendt", "aldrig set")


def test_a_name_says_what_it_is_in_the_readers_language() -> None:
    """A name that begins with its type is shown with the type in either language; one that is none gets it in front."""
    label = Label("Kørestol", "Wheelchair")
    chair = AssetView("5712345C7", "Kørestol 0007", "wheelchair", label, "S0", "S0-01", "ready", START_MS, WhereView())
    danish, english = (Equipped(clinic().phrases[language], START_MS) for language in LANGUAGES)
    assert (danish.name(chair), english.name(chair)) == ("Kørestol 0007", "Wheelchair 0007")
    assert english.name(replace(chair, name="Blå 3")) == "Wheelchair Blå 3"
    assert english.name(replace(chair, name="")) == "Wheelchair 45C7"


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


def test_every_event_of_an_asset_has_a_sentence() -> None:
    """All that the ledger holds about assets, loans, reservations, transports and alarms."""
    about_something_else = {"level.set", "recall.started", "recall.ended"}
    assert sorted(FACTS.keys() - HISTORY.keys() - about_something_else) == []


async def test_technical_service_has_its_own_steps(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """A nurse sees none of them; received, repaired, tested and released by name."""
    equipment.do(ReportDefect(P1, "battery"), "carla")
    assert f"/equipment/{P1}/received" not in (await browser.get(f"/equipment/{P1}")).text
    await act_as(browser, "fatima|technician")
    for step, more in (
        ("received", {}),
        ("repaired", {"work": "battery_replaced"}),
        ("test-passed", {}),
        ("release", {}),
    ):
        page = (await browser.get(f"/equipment/{P1}")).text
        assert "Batteriet holder ikke" in page or step != "received"
        answer = await browser.post(f"/equipment/{P1}/{step}", data=fields(page, f"/equipment/{P1}/{step}") | more)
        assert answer.status_code == 303, step
    said = await text_of(browser, f"/equipment/{P1}")
    assert "Frigivet af Fatima Yilmaz" in said
    assert "skal rengøres" in said


async def test_a_role_that_may_not_is_told_so(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """403, and nothing has changed."""
    equipment.do(ReportDefect(P1, "battery"), "carla")
    refused = await browser.post(f"/equipment/{P1}/received", data={})
    assert (refused.status_code, "Det må: technician" in refused.text) == (403, True)
    assert equipment.desk.state.items[P1].state == "defective"


async def test_a_wrong_step_comes_back_on_its_page_with_the_reason(
    browser: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """Nothing chosen, or a state that does not allow it."""
    nothing = await browser.post(f"/equipment/{P3}/cleaned", data={"method": ""})
    assert nothing.status_code == 422
    assert "skal være en kode" in nothing.text
    wrong = await browser.post(f"/equipment/{P3}/confirm", data={"checked": "true"})
    assert wrong.status_code == 409
    assert "er brugt" in wrong.text
    assert equipment.desk.state.items[P3].state == "used"


async def test_what_keeps_one_from_having_it_is_said(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Reserved, lent, recalled, overdue, emergency reserve, lost: each in words, with the way on."""
    equipment.register(pump(4, service_due_ms=START_MS - MINUTE_MS), pump(5), pump(6, serial="SN9000"), pump(7), bed(2))
    equipment.ready("5712345P5", "5712345P6", "5712345P7", "5712345B2")
    equipment.put("5712345P7", "S0-utility-clean")
    equipment.do(Reserve("r1", P1, "S1"), "dorte")
    equipment.do(Lend("l1", P2, "S1", START_MS + 30 * MINUTE_MS), "dorte")
    equipment.do(StartRecall("rc", "recall", serial_from="SN9000", serial_to="SN9000", asset_type="infusion_pump"))
    equipment.do(ReportLost("5712345P5"))
    equipment.do(SetEmergency("S0-utility-clean", "infusion_pump", 1))
    for asset, words in (
        (P1, "Reserveret til Sengeafsnit S1 indtil"),
        (P2, "Udlånt til Sengeafsnit S1 indtil"),
        ("5712345P4", "Tag en anden, og meld den til teknisk service."),
        ("5712345P5", "bortkommet"),
        ("5712345P6", "Tilbagekaldt: rc"),
        ("5712345P7", "Den er akutreserve her."),
    ):
        assert words in await text_of(browser, f"/equipment/{asset}"), asset


async def test_the_emergency_reserve_is_taken_only_by_saying_so(
    browser: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """Behind one more press, and an alarm is raised."""
    equipment.do(SetEmergency("S0-utility-clean", "infusion_pump", 1))
    page = (await browser.get(f"/equipment/{P1}")).text
    assert f'action="/equipment/{P1}/take"' not in page
    await browser.post(f"/equipment/{P1}/take-emergency", data={"ward": "S0", "key": "e1"})
    assert last_change(equipment) == Take(P1, "S0", emergency=True)
    assert "akutreserve taget" in await text_of(browser, "/equipment/pool")


async def test_it_is_found_in_a_room_that_one_writes(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """By its name on the door; a room that does not exist is said so, and what was written stays."""
    wrong = await browser.post(f"/equipment/{P1}/here", data={"other": "Stue 99"})
    assert wrong.status_code == 422
    assert "Der er ikke ét rum, der hedder “Stue 99”" in wrong.text
    assert 'value="Stue 99"' in wrong.text
    await browser.post(f"/equipment/{P1}/here", data={"other": "stue s1-02"})
    assert last_change(equipment) == SayWhere(P1, "S1-02", here=True)


async def test_a_suggestion_is_a_question(browser: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """From the soiled room it is perhaps used: yes or no, and the state follows the answer."""
    equipment.put(P1, "S0-utility-soiled")
    assert "Efter rummet at dømme er det måske brugt. Passer det?" in await text_of(browser, f"/equipment/{P1}")
    await browser.post(f"/equipment/{P1}/confirm-suggestion", data={"key": "s1"})
    assert equipment.desk.state.items[P1].state == "used"


async def test_a_scanned_address_leads_to_the_asset(browser: httpx.AsyncClient) -> None:
    """The address of a label is the asset's own; a number that nobody knows is 404 with the way on."""
    answer = await browser.get("/equipment/(8004)" + P1)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/equipment/{P1}")
    refused = await browser.get(f"/equipment/{P1}/take")  # the page of a refused form, read anew or in another language
    assert (refused.status_code, refused.headers["location"]) == (303, f"/equipment/{P1}")
    unknown = await browser.get("/equipment/5799999X1")
    assert (unknown.status_code, "er ikke registreret" in unknown.text) == (404, True)


# --- map, ward, pool --------------------------------------------------------------------------------------------------


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
