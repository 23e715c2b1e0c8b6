"""Finding equipment over HTTP, and looking at assets, wards, floors and the pool."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.settings import ApiSettings
from equipment_tracking.pool.requests import AskTransport, Lend, SayWhere, SetEmergency, SetPar, Take
from tests.api.conftest import clinic, running
from tests.api.fake_dispatcher import FakeDispatcher
from tests.api.fake_equipment import B1, P1, P2, P3, FakeEquipment, a_small_pool, bed, pump
from tests.api.scenes import MINUTE_MS, START_MS

pytestmark = pytest.mark.anyio
EQUIPMENT = "/api/v1/equipment"
HOUR_MS = 60 * MINUTE_MS


@pytest.fixture
def equipment(folder: Path) -> FakeEquipment:
    """Pumps 1 (S0) and 2 (S1) and a bed (S1) are ready, pump 3 (S0) is used."""
    return a_small_pool(FakeEquipment(folder))


def ids(answer: httpx.Response) -> list[str]:
    """The assets of a list, in its order."""
    assert answer.status_code == 200, answer.text
    return [asset["id"] for asset in answer.json()["equipment"]]


async def test_the_nearest_ready_one_comes_first(client: httpx.AsyncClient) -> None:
    """From ward S0 the pump of the same floor, then the one upstairs; what is used is not offered."""
    answer = await client.get(EQUIPMENT, params={"near": "S0", "type": "infusion_pump"})
    assert ids(answer) == [P1, P2]
    first, second = answer.json()["equipment"]
    assert first["where"]["known"] == "sure"
    assert first["where"]["rooms"] == [{"id": "S0-utility-clean", "name": "Clean utility S0", "share": 1.0}]
    assert first["walk_s"] < second["walk_s"]
    assert (answer.json()["total"], answer.json()["next_cursor"]) == (2, None)


@pytest.mark.parametrize(
    "near", ["S1", "Sengeafsnit S1", "ward s1", "S1-03", "Room S1-03", "s1-clean", "Rent depot S1"]
)
async def test_one_may_say_where_one_is_as_people_say_it(client: httpx.AsyncClient, near: str) -> None:
    """A room, a station or a ward, by id or by its name in either language: upstairs is nearer from all of them."""
    assert ids(await client.get(EQUIPMENT, params={"near": near, "type": "infusion_pump"})) == [P2, P1]


async def test_a_place_that_is_not_there_is_refused(client: httpx.AsyncClient) -> None:
    """422 that names the field."""
    answer = await client.get(EQUIPMENT, params={"near": "6.112"})
    (violation,) = answer.json()["violations"]
    assert (answer.status_code, violation["rule"], violation["field"]) == (422, "unknown_place", "near")


async def test_a_search_asks_for_what_matters(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """State, owner, load, traits and words: each narrows the search."""
    equipment.register(bed(2, safe_load_kg=400.0), pump(4, pump="syringe", paediatric=True, mr_conditional=True))
    equipment.ready("5712345B2", "5712345P4")
    near = {"near": "S0"}
    found = {
        name: ids(await client.get(EQUIPMENT, params={**near, **wish}))
        for name, wish in {
            "used": {"state": "used"},
            "owner by name": {"ward": "Sengeafsnit S1"},
            "heavy": {"type": "bed", "carries_kg": 300},
            "syringe": {"pump": "syringe"},
            "child": {"paediatric": True},
            "MR": {"mr_conditional": True},
            "words": {"text": "PUMPE sn0002"},
        }.items()
    }
    assert found == {
        "used": [P3],
        "owner by name": [B1, "5712345B2"],
        "heavy": ["5712345B2"],
        "syringe": ["5712345P4"],
        "child": ["5712345P4"],
        "MR": ["5712345P4"],
        "words": [P2],
    }


async def test_without_a_place_equipment_is_listed_page_by_page(client: httpx.AsyncClient) -> None:
    """In order of ids, all states, with a cursor; the total counts all."""
    first = await client.get(EQUIPMENT, params={"limit": 3})
    assert ids(first) == [B1, P1, P2]
    rest = await client.get(EQUIPMENT, params={"limit": 3, "cursor": first.json()["next_cursor"]})
    assert ids(rest) == [P3]
    assert (rest.json()["next_cursor"], rest.json()["total"]) == (None, 4)
    assert ids(await client.get(EQUIPMENT, params={"at": "S1"})) == [B1, P2]
    assert ids(await client.get(EQUIPMENT, params={"state": ["used", "in_use"], "text": "SN0003"})) == [P3]


async def test_what_only_a_search_can_do_is_said(client: httpx.AsyncClient) -> None:
    """A list by id does not weigh loads; the refusal says to give a place."""
    answer = await client.get(EQUIPMENT, params={"carries_kg": 200})
    assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (422, "near_missing")


async def test_where_nobody_is_sure_there_is_no_dot(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """After somebody has looked in vain, the place, floor and coordinates are gone."""
    equipment.do(SayWhere(P1, "S0-utility-clean", here=False), "carla")
    where = (await client.get(f"{EQUIPMENT}/{P1}")).json()["where"]
    assert where["known"] not in {"sure", "either"}
    assert (where["floor"], where["x_m"], where["y_m"]) == (None, None, None)


@pytest.mark.parametrize(
    "scanned",
    [P1, f"8004{P1}", f"]d28004{P1}", f"(8004){P1}", f"https://id.gs1.org/8004/{P1}", "C3:00:00:00:00:01", "SN0001"],
)
async def test_an_asset_is_found_by_what_a_scanner_reads(client: httpx.AsyncClient, scanned: str) -> None:
    """The bare GIAI, an element string, a Digital Link, its tag, its serial number."""
    answer = await client.get(f"{EQUIPMENT}/{scanned}")
    assert (answer.status_code, answer.json()["id"]) == (200, P1)


async def test_an_asset_shows_everything(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """State and since when, cleaning, loan, and the instants in the site's own offset."""
    equipment.do(Lend("L1", P1, "S1", START_MS + HOUR_MS), "anna")
    asset = (await client.get(f"{EQUIPMENT}/{P1}", headers={"Accept-Language": "da"})).json()
    assert (asset["type_name"], asset["state"], asset["holder"]) == ("Infusionspumpe", "in_use", "S1")
    assert asset["loan"] == {
        "id": "L1",
        "asset": P1,
        "ward": "S1",
        "since": "2026-03-02T10:42:00+01:00",
        "due": "2026-03-02T11:42:00+01:00",
        "by": "anna",
        "reminders": 0,
        "overdue": False,
    }
    assert (asset["reservation"], asset["gtin"], asset["serial"]) == (None, None, "SN0001")


async def test_an_asset_tells_its_history(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """From the ledger: who did what, as codes and as a sentence, the oldest first."""
    equipment.do(Take(P1, "S1"), "dorte")
    history = (await client.get(f"{EQUIPMENT}/{P1}")).json()["history"]
    kinds = [row["kind"] for row in history]
    assert kinds[:3] == ["asset.registered", "asset.cleaned", "asset.confirmed"]
    assert (history[-1]["kind"], history[-1]["actor"], history[-1]["args"]["ward"]) == ("asset.taken", "dorte", "S1")
    assert history[-1]["text"] == "Taken into use at Ward S1."


@pytest.mark.parametrize(
    ("scanned", "status", "rule"),
    [
        ("5712345X9", 404, "unknown_asset"),
        ("010203-1234", 422, "no_patient_identity"),
        ("P1\u202e", 422, "malformed"),
        ("x" * 201, 422, "too_long"),
    ],
)
async def test_what_is_no_asset_is_refused(client: httpx.AsyncClient, scanned: str, status: int, rule: str) -> None:
    """Unknown; a patient's wristband that was scanned by mistake; what holds invisible characters; what is too long."""
    answer = await client.get(f"{EQUIPMENT}/{scanned}")
    assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (status, rule)
    assert "0203" not in answer.text


async def test_the_types_are_named_in_ones_language(client: httpx.AsyncClient) -> None:
    """In the order of the catalogue, with what must be confirmed of each."""
    types = (await client.get(f"{EQUIPMENT}/types")).json()["types"]
    assert types[0] == {"id": "infusion_pump", "name": "Infusion pump", "checks": ["checked", "charged", "complete"]}


async def test_a_ward_sees_what_it_is_short_of(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Par 3, one ready here: two are missing, and the pick list says which to bring."""
    equipment.do(SetPar("S0", "infusion_pump", 3), "anna")
    ward = (await client.get(f"{EQUIPMENT}/wards/Ward S0")).json()
    (level,) = ward["levels"]
    assert (level["par"], level["ready"], level["missing"], level["type_name"]) == (3, 1, 2, "Infusion pump")
    assert {asset["id"] for asset in ward["here"]} == {P1, P3}
    assert [asset["id"] for asset in ward["away"]] == [P2]
    assert {pick["asset"] and pick["asset"]["id"] for pick in ward["picks"]} == {P2, None}
    unknown = await client.get(f"{EQUIPMENT}/wards/S9")
    assert (unknown.status_code, unknown.json()["violations"][0]["rule"]) == (404, "unknown_ward")


async def test_the_pool_at_a_glance(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Counts by type and state, reserves, loans and alarms."""
    equipment.do(Lend("L1", P2, "S0", START_MS + HOUR_MS), "anna")
    equipment.do(SetEmergency("S0-utility-clean", "infusion_pump", 1), "anna")
    pool = (await client.get(f"{EQUIPMENT}/pool")).json()
    counts = {count["type"]: (count["by_state"], count["free"]) for count in pool["types"]}
    # Pump 1 is held back for emergencies, pump 2 lent, pump 3 used: none is free.
    assert counts == {"infusion_pump": ({"in_use": 1, "ready": 1, "used": 1}, 0), "bed": ({"ready": 1}, 1)}
    assert [(level["place"], level["count"], level["there"]) for level in pool["emergency"]] == [
        ("S0-utility-clean", 1, 1)
    ]
    assert [loan["asset"] for loan in pool["loans"]] == [P2]
    assert pool["at"] == "2026-03-02T10:42:00+01:00"


async def test_what_a_person_should_see_to(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Somebody opened the emergency reserve: that is an alarm."""
    equipment.do(SetEmergency("S0-utility-clean", "infusion_pump", 1), "anna")
    equipment.do(Take(P1, "S0", emergency=True), "carla")
    (alarm,) = (await client.get(f"{EQUIPMENT}/alarms")).json()["alarms"]
    assert (alarm["id"], alarm["what"], alarm["ward"]) == (
        "emergency:S0-utility-clean/infusion_pump",
        "emergency",
        "S0",
    )
    assert alarm["seen_by"] is None


async def test_a_floor_shows_what_is_on_it(client: httpx.AsyncClient) -> None:
    """Dots in metres where one is sure; another floor's are not among them."""
    floor = (await client.get(f"{EQUIPMENT}/floors/1")).json()
    assert [(dot["id"], dot["known"], dot["rooms"]) for dot in floor["equipment"]] == [
        (B1, "sure", ["S1-01"]),
        (P2, "sure", ["S1-utility-clean"]),
    ]
    narrowed = await client.get(f"{EQUIPMENT}/floors/1", params={"type": "bed", "text": "seng"})
    assert [dot["id"] for dot in narrowed.json()["equipment"]] == [B1]
    assert (await client.get(f"{EQUIPMENT}/floors/99")).status_code == 404


async def test_the_health_of_gateways_is_told(client: httpx.AsyncClient) -> None:
    """When each was heard, where it seems to hang, and what is refused."""
    health = (await client.get(f"{EQUIPMENT}/locator")).json()
    assert (health["running"], health["reason"], health["refused"]) == (True, None, {"unknown_gateway": 4})
    first, second = health["gateways"]
    assert (first["last_heard"], first["skew_ms"], first["room"]) == ("2026-03-02T10:41:59+01:00", 120, "S0-01")
    assert (second["last_heard"], second["silent"], second["room"], second["refused"]) == (
        None,
        True,
        None,
        {"late": 2},
    )


async def test_a_transport_shows_its_job_once_there_is_one(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Until the dispatcher has taken it there is none."""
    equipment.do(AskTransport("T1", P2, "bring", "s1-clean", "s0-clean", ward="S0"), "anna")
    transport = (await client.get(f"{EQUIPMENT}/{P2}")).json()["transport"]
    assert (transport["from"], transport["to"], transport["job"]) == ("s1-clean", "s0-clean", None)


@pytest.mark.parametrize(
    "path", ["", "?near=S0", "/types", "/pool", "/alarms", "/wards/S0", "/floors/0", "/locator", f"/{P1}"]
)
async def test_while_the_part_is_away_one_is_told_so(
    client: httpx.AsyncClient, equipment: FakeEquipment, path: str
) -> None:
    """503 in both languages, with when to try again; the transports go on."""
    equipment.away = True
    answer = await client.get(f"{EQUIPMENT}{path}")
    assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (503, "equipment_away")
    assert answer.headers["retry-after"] == "2"
    assert "Udstyrssporingen" in (await client.get(f"{EQUIPMENT}{path}", headers={"Accept-Language": "da"})).text
    assert (await client.get("/api/v1/jobs")).status_code == 200


async def test_a_service_whose_part_has_never_started_serves_the_rest(folder: Path, dispatcher: FakeDispatcher) -> None:
    """It opens a connection of its own and nobody answers."""
    settings = ApiSettings(data=folder, site="clinic_small", database_url="")
    async with running(create_app(settings, faces=clinic(), bus=dispatcher)) as client:
        assert (await client.get(f"{EQUIPMENT}/types")).status_code == 503
        assert (await client.get("/api/v1/carriers")).status_code == 200
