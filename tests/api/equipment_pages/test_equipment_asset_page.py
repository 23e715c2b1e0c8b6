"""The page of one asset without JavaScript: its steps, its history, and what keeps one from having it."""

from __future__ import annotations

import httpx
import pytest
from msgspec.structs import replace

from api.equipment.pages_history import HISTORY
from api.equipment.pages_voice import Equipped
from api.texts import LANGUAGES
from equipment_tracking.pool.facts.reading import FACTS
from equipment_tracking.pool.requests import (
    Confirm,
    Lend,
    PutDown,
    ReportDefect,
    ReportLost,
    Reserve,
    SayWhere,
    SetEmergency,
    StartRecall,
    Take,
)
from equipment_tracking.register.catalogue import Label
from equipment_tracking.views import AssetView, WhereView
from tests.api.conftest import clinic
from tests.api.equipment_pages.visits import act_as, fields, last_change, text_of
from tests.api.fake_equipment import P1, P2, P3, FakeEquipment, bed, pump
from tests.api.scenes import MINUTE_MS, START_MS

pytestmark = pytest.mark.anyio


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
