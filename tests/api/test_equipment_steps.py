"""What people do with equipment over HTTP: the way of each step, its refusals, and who may take it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from equipment_tracking.pool.requests import (
    AskTransport,
    ConfirmSuggestion,
    Lend,
    PutDown,
    Reserve,
    SayWhere,
    SetEmergency,
    StartRecall,
    Take,
)
from tests.api.fake_equipment import B1, P1, P2, P3, FakeEquipment, a_small_pool, pump
from tests.api.scenes import MINUTE_MS, START_MS

pytestmark = pytest.mark.anyio
EQUIPMENT = "/api/v1/equipment"
HOUR_MS = 60 * MINUTE_MS
CARLA, DORTE, BO, FATIMA, ERIK = ({"Portor-Actor": name} for name in ("carla", "dorte", "bo", "fatima", "erik"))


@pytest.fixture
def equipment(folder: Path) -> FakeEquipment:
    """Pumps 1 (S0) and 2 (S1) and a bed (S1) are ready, pump 3 (S0) is used."""
    return a_small_pool(FakeEquipment(folder))


async def post(client: httpx.AsyncClient, path: str, who: dict[str, str], **body: Any) -> httpx.Response:
    """A step of somebody."""
    return await client.post(f"{EQUIPMENT}/{path}", json=body or None, headers=who)


def rules(answer: httpx.Response) -> list[str]:
    """The broken rules of a refusal."""
    return [item["rule"] for item in answer.json()["violations"]]


async def test_a_pump_goes_round(client: httpx.AsyncClient) -> None:
    """Taken, put down, cleaned, confirmed: each step is answered with how the pump is now."""
    states = []
    for path, who, body in (
        ("take", CARLA, {"ward": "Ward S0"}),
        ("put-down", CARLA, {"wiped": True}),
        ("to-cleaning", BO, {}),
        ("cleaned", BO, {"method": "wipe_ethanol"}),
        ("confirm", CARLA, {"what": ["checked", "complete"]}),
        ("confirm", FATIMA, {"what": ["charged"]}),
    ):
        answer = await post(client, f"{P1}/{path}", who, **body)
        assert answer.status_code == 200, answer.text
        states.append((answer.json()["asset"]["state"], answer.json()["asset"]["missing"]))
    assert states == [
        ("in_use", []),
        ("used", []),
        ("to_cleaning", []),
        ("cleaned", ["checked", "charged", "complete"]),
        ("cleaned", ["charged"]),
        ("ready", []),
    ]


async def test_technical_service_gives_a_defective_one_back(client: httpx.AsyncClient) -> None:
    """Reported, received, repaired, tested twice, released by name."""
    states = []
    for path, who, body in (
        ("defect", CARLA, {"fault": "no_power", "picture": "img-17"}),
        ("received", FATIMA, {}),
        ("repaired", FATIMA, {"work": "battery"}),
        ("safety-test", FATIMA, {"passed": False}),
        ("safety-test", FATIMA, {"passed": True}),
        ("release", FATIMA, {}),
    ):
        answer = await post(client, f"{P1}/{path}", who, **body)
        assert answer.status_code == 200, answer.text
        states.append(answer.json()["asset"]["state"])
    assert states == ["defective", "received", "repaired", "received", "safety_tested", "used"]
    assert answer.json()["asset"]["released"]["by"] == "fatima"


async def test_quarantine_is_lifted_by_somebody_who_has_looked(client: httpx.AsyncClient) -> None:
    """A clinician may withdraw it, technical service lets it back."""
    withdrawn = await post(client, f"{P1}/quarantine", CARLA, reason="contamination")
    assert (withdrawn.json()["asset"]["state"], withdrawn.json()["asset"]["reason"]) == ("quarantined", "contamination")
    assert (await post(client, f"{P1}/lift-quarantine", CARLA)).status_code == 403
    assert (await post(client, f"{P1}/lift-quarantine", FATIMA)).json()["asset"]["state"] == "used"


async def test_lost_and_found(client: httpx.AsyncClient) -> None:
    """Found ones come back as used."""
    assert (await post(client, f"{P1}/lost", BO)).json()["asset"]["state"] == "lost"
    assert (await post(client, f"{P1}/found", CARLA)).json()["asset"]["state"] == "used"


async def test_somebody_says_where_it_is_and_is_not(client: httpx.AsyncClient) -> None:
    """By the name of the room; who did not find it leaves no place behind."""
    seen = (await post(client, f"{P1}/here", CARLA, place="Stue S0-01")).json()["asset"]
    assert (seen["where"]["rooms"][0]["id"], seen["suggestion"]) == ("S0-01", "in_use")
    gone = (await post(client, f"{P1}/not-here", BO, place="S0-01")).json()["asset"]
    assert gone["where"]["known"] not in {"sure", "either"}
    nowhere = await post(client, f"{P1}/here", CARLA, place="the moon")
    assert (nowhere.status_code, rules(nowhere)) == (422, ["unknown_place"])


async def test_what_a_room_suggests_is_confirmed_or_dismissed(
    client: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """A pump in a patient's room is probably in use; the person who stands there decides."""
    equipment.do(SayWhere(P1, "S0-01", here=True), "carla")
    equipment.do(SayWhere(P2, "S1-01", here=True), "dorte")
    assert (await post(client, f"{P1}/confirm-suggestion", CARLA)).json()["asset"]["state"] == "in_use"
    assert (await post(client, f"{P2}/dismiss-suggestion", DORTE)).json()["asset"]["suggestion"] is None
    assert equipment.asked[-2][3] == ConfirmSuggestion(P1)


async def test_two_people_want_the_last_one_at_the_same_moment(
    client: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """One gets it. The other is refused, is offered the next with all there is to know of it, and takes that."""
    found = (await client.get(EQUIPMENT, params={"near": "S0", "type": "infusion_pump"})).json()["equipment"]
    first, *others = (asset["id"] for asset in found)
    answers = await asyncio.gather(
        post(client, f"{first}/take", CARLA, ward="S0", candidates=others),
        post(client, f"{first}/take", DORTE, ward="S1", candidates=others),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    (offer,) = refused.json()["offers"]
    assert (rules(refused), offer["id"], offer["state"]) == (["not_in_state"], P2, "ready")
    assert offer["where"]["rooms"][0]["name"] == "Clean utility S1"
    second = await post(client, f"{offer['id']}/take", DORTE, ward="S1")
    assert (second.status_code, second.json()["asset"]["holder"]) == (200, "S1")
    assert {equipment.desk.state.items[id].state for id in (P1, P2)} == {"in_use"}


async def test_a_refusal_without_offers_is_like_every_other(client: httpx.AsyncClient) -> None:
    """There is no empty list of offers in it."""
    answer = await post(client, f"{P3}/take", CARLA, ward="S0")
    assert answer.status_code == 409
    assert set(answer.json()) == {"type", "title", "status", "detail", "violations"}


async def test_a_repeated_step_is_carried_out_once(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """With the same key: the same answer, said to be a repetition; with other content it is refused."""
    key = {**CARLA, "Idempotency-Key": "nurse-1"}
    first = await post(client, f"{P1}/reserve", key, ward="S0")
    equipment.now_ms += MINUTE_MS
    again = await post(client, f"{P1}/reserve", key, ward="S0")
    assert (first.json()["repeated"], again.json()["repeated"]) == (False, True)
    assert first.json()["id"] == again.json()["id"]
    assert len(equipment.desk.state.reservations.ids()) == 1
    other = await post(client, f"{P1}/reserve", key, ward="S1")
    assert (other.status_code, rules(other)) == (422, ["key_reused"])


async def test_the_same_key_of_two_people_makes_two_ids(client: httpx.AsyncClient) -> None:
    """What a request makes is named after who asked, too; the second is told that the key is taken."""
    mine = await post(client, f"{P1}/reserve", {**CARLA, "Idempotency-Key": "1"}, ward="S0")
    theirs = await post(client, f"{P2}/reserve", {**DORTE, "Idempotency-Key": "1"}, ward="S1")
    assert (mine.status_code, theirs.status_code, rules(theirs)) == (200, 422, ["key_reused"])


async def test_a_reservation_is_kept_and_let_go(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Until an instant that is asked for; others are refused meanwhile."""
    kept = (await post(client, f"{P1}/reserve", CARLA, ward="S0", until="2026-03-02T11:00:00+01:00")).json()
    assert kept["asset"]["reservation"]["until"] == "2026-03-02T11:00:00+01:00"
    refused = await post(client, f"{P1}/take", DORTE, ward="S1")
    assert (refused.status_code, rules(refused)) == (409, ["reserved"])
    ended = await client.delete(f"{EQUIPMENT}/reservations/{kept['id']}", headers=CARLA)
    assert (ended.status_code, equipment.desk.state.reservations.ids()) == (200, [])
    gone = await client.delete(f"{EQUIPMENT}/reservations/{kept['id']}", headers=CARLA)
    assert (gone.status_code, rules(gone)) == (404, ["unknown_reservation"])


async def test_a_field_is_called_in_the_refusal_as_it_was_sent(client: httpx.AsyncClient) -> None:
    """`until` and `due`, not what they are inside."""
    past = "2026-03-02T09:00:00+01:00"
    kept = await post(client, f"{P1}/reserve", CARLA, ward="S0", until=past)
    lent = await post(client, f"{P1}/lend", CARLA, ward="S0", due=past)
    fields = [answer.json()["violations"][0]["field"] for answer in (kept, lent)]
    assert fields == ["until", "due"]


async def test_a_loan_is_made_and_ends(client: httpx.AsyncClient) -> None:
    """Lent to a ward by its name, given back wiped."""
    lent = (await post(client, f"{P1}/lend", BO, ward="Sengeafsnit S1", due="2026-03-03T10:00:00+01:00")).json()
    assert lent["asset"]["loan"]["ward"] == "S1"
    back = await post(client, f"loans/{lent['id']}/give-back", DORTE, wiped=True)
    assert (back.json()["repeated"], back.status_code) == (False, 200)
    asset = (await client.get(f"{EQUIPMENT}/{P1}")).json()
    assert (asset["state"], asset["wiped"], asset["loan"]) == ("used", True, None)


async def test_one_has_it_brought(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """From the station of the room where it is to the ward's clean store, and it is kept for the ward on the way."""
    answer = await post(client, f"{P2}/bring", CARLA, ward="S0", candidates=[P1])
    asset = answer.json()["asset"]
    assert answer.status_code == 200, answer.text
    assert (asset["transport"]["from"], asset["transport"]["to"]) == ("s1-clean", "s0-clean")
    assert (asset["transport"]["key"], asset["transport"]["job"]) == (answer.json()["id"], None)
    assert asset["reservation"]["ward"] == "S0"
    request = equipment.asked[-1][3]
    assert isinstance(request, AskTransport)
    assert (request.purpose, request.candidates) == ("bring", (P1,))


async def test_one_may_say_from_where_to_where(client: httpx.AsyncClient) -> None:
    """Stations by their names."""
    chosen = {"from": "Beds S0", "to": "Specimen reception"}
    answer = await post(client, f"{P1}/bring", CARLA, ward="S0", due="2026-03-02T12:00:00+01:00", **chosen)
    transport = answer.json()["asset"]["transport"]
    assert (transport["from"], transport["to"]) == ("s0-beds", "lab-desk")


async def test_a_ward_without_a_station_cannot_be_brought_to(client: httpx.AsyncClient) -> None:
    """A ward that is not there names the rule; nothing is ordered."""
    answer = await post(client, f"{P2}/bring", CARLA, ward="S9")
    assert (answer.status_code, rules(answer)) == (422, ["no_station"])


async def test_what_is_brought_twice_with_one_key_is_one_transport(
    client: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """Also when it has been moved since: the first wish stands."""
    key = {**CARLA, "Idempotency-Key": "bring-1"}
    first = await post(client, f"{P2}/bring", key, ward="S0")
    equipment.put(P2, "S1-01")
    again = await post(client, f"{P2}/bring", key, ward="S0")
    assert (again.status_code, again.json()["id"], again.json()["repeated"]) == (200, first.json()["id"], True)


async def test_what_nobody_can_place_is_fetched_from_its_home(
    client: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """Of a new one it is known where it belongs."""
    equipment.register(pump(9, home="S1-utility-clean"))
    equipment.ready("5712345P9")
    answer = await post(client, "5712345P9/bring", CARLA, ward="S0")
    assert answer.json()["asset"]["transport"]["from"] == "s1-clean"


async def test_what_is_not_needed_is_fetched(client: httpx.AsyncClient) -> None:
    """Home, or to the nearest soiled store to be cleaned; a transport that is under way already is said."""
    home = await post(client, f"{P2}/fetch", BO)
    assert home.json()["asset"]["transport"]["to"] == "s0-clean"
    answer = await post(client, f"{P3}/fetch", BO, to_cleaning=True, **{"from": "s0-beds"})
    asset = answer.json()["asset"]
    assert (asset["state"], asset["transport"]["to"]) == ("to_cleaning", "s0-soiled")
    twice = await post(client, f"{P3}/fetch", BO)
    assert (twice.status_code, rules(twice)) == (409, ["on_its_way"])


async def test_a_transport_is_withdrawn(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """And what was kept for the way is free again."""
    key = (await post(client, f"{P2}/bring", CARLA, ward="S0")).json()["id"]
    answer = await post(client, f"transports/{key}/withdraw", CARLA, reason="not_needed")
    assert answer.status_code == 200
    assert equipment.desk.state.items[P2].reservation == ""
    assert (await post(client, f"transports/{key}/withdraw", CARLA)).status_code == 404


async def test_levels_are_the_planners(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Par levels of wards and reserves of places; 0 ends one; nonsense is refused with all that is wrong."""
    par = f"{EQUIPMENT}/levels/par/Ward S0/infusion_pump"
    emergency = f"{EQUIPMENT}/levels/emergency/S0-utility-clean/infusion_pump"
    for path in (par, emergency):
        assert (await client.put(path, json={"count": 2}, headers=ERIK)).status_code == 200
        assert (await client.put(path, json={"count": 2}, headers=CARLA)).status_code == 403
    assert equipment.desk.state.levels.ids() == [
        "emergency:S0-utility-clean/infusion_pump",
        "par:S0/infusion_pump",
    ]
    await client.put(par, json={"count": 0}, headers=ERIK)
    assert len(equipment.desk.state.levels.ids()) == 1
    wrong = await client.put(f"{EQUIPMENT}/levels/par/S9/pianos", json={"count": 1}, headers=ERIK)
    assert set(rules(wrong)) == {"unknown_ward", "unknown_type"}
    assert (await client.put(par, json={"count": 1001}, headers=ERIK)).status_code == 422


async def test_a_batch_is_called_back(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """All that match are quarantined; what is in use follows when it is put down."""
    equipment.do(Take(P1, "S0"), "carla")
    batch = {"reason": "maker_notice_17", "type": "infusion_pump", "serial_from": "SN0001", "serial_to": "SN0002"}
    answer = await post(client, "recalls", FATIMA, **batch)
    assert answer.status_code == 201
    (recall,) = (await client.get(f"{EQUIPMENT}/pool")).json()["recalls"]
    assert (recall["open"], recall["done"], recall["serial_from"], recall["gtin"]) == (1, 1, "SN0001", None)
    equipment.do(PutDown(P1), "carla")
    assert equipment.desk.state.items[P1].state == "quarantined"
    ended = await client.delete(f"{EQUIPMENT}/recalls/{answer.json()['id']}", headers=FATIMA)
    assert ended.status_code == 200
    assert (await client.get(f"{EQUIPMENT}/pool")).json()["recalls"] == []


async def test_a_recall_of_everything_is_refused(client: httpx.AsyncClient) -> None:
    """A batch names something."""
    answer = await post(client, "recalls", FATIMA, reason="maker_notice_17")
    assert answer.status_code == 422


async def test_an_alarm_is_seen(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Its id holds a slash, as a place and a type do."""
    equipment.do(SetEmergency("S0-utility-clean", "infusion_pump", 1), "anna")
    equipment.do(Take(P1, "S0", emergency=True), "carla")
    alarm = "emergency:S0-utility-clean/infusion_pump"
    assert (await post(client, f"alarms/{alarm}/seen", BO)).status_code == 200
    again = await post(client, f"alarms/{alarm}/seen", BO)
    assert (again.status_code, rules(again)) == (404, ["unknown_alarm"])


async def test_it_leaves_the_pool(client: httpx.AsyncClient) -> None:
    """Technical service takes it out of the register; afterwards it is nowhere."""
    assert (await post(client, f"{P3}/retire", CARLA, reason="scrapped")).status_code == 403
    answer = await post(client, f"{P3}/retire", FATIMA, reason="scrapped")
    assert (answer.status_code, answer.json()) == (200, {"id": P3, "repeated": False, "asset": None})
    assert (await client.get(f"{EQUIPMENT}/{P3}")).status_code == 404


async def test_a_step_understands_a_scanned_label(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """A Digital Link, an element string, a tag: what is asked for is the asset."""
    for scanned, path in ((f"https://id.gs1.org/8004/{P1}", "take"), ("c3:00:00:00:00:01", "put-down")):
        body = {"ward": "S0"} if path == "take" else {}
        answer = await post(client, f"{scanned}/{path}", CARLA, **body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["id"] == P1
    assert equipment.desk.state.items[P1].state == "used"


async def test_a_giai_may_hold_a_slash(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """GS1 allows it, so the addresses do."""
    giai = "5712345/A/1"
    equipment.register(replace(pump(8), id=giai))
    equipment.ready(giai)
    assert (await client.get(f"{EQUIPMENT}/{giai}")).json()["id"] == giai
    assert (await post(client, f"{giai}/take", CARLA, ward="S0")).status_code == 200


async def test_an_unknown_asset_comes_with_everything_else_that_is_wrong(client: httpx.AsyncClient) -> None:
    """404, and the ward that is not there either."""
    answer = await post(client, "5712345X1/take", CARLA, ward="S9")
    assert (answer.status_code, set(rules(answer))) == (404, {"unknown_asset", "unknown_ward"})


async def test_a_step_at_the_wrong_time_says_when_it_may_be_taken(client: httpx.AsyncClient) -> None:
    """409 with the states, in the language asked for."""
    danish = {**BO, "Accept-Language": "da"}
    answer = await post(client, f"{P1}/cleaned", danish, method="wipe_ethanol")
    assert (answer.status_code, rules(answer)) == (409, ["not_in_state"])
    assert "brugt eller på vej til rengøring" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "who"),
    [
        ("take", {"ward": "S0"}, ERIK),
        ("put-down", {}, ERIK),
        ("reserve", {"ward": "S0"}, FATIMA),
        ("bring", {"ward": "S0"}, FATIMA),
        ("cleaned", {"method": "wipe_ethanol"}, ERIK),
        ("confirm", {"what": ["checked"]}, ERIK),
        ("received", {}, CARLA),
        ("repaired", {}, BO),
        ("safety-test", {"passed": True}, CARLA),
        ("release", {}, {"Portor-Actor": "anna"}),
        ("lift-quarantine", {}, BO),
        ("retire", {"reason": "scrapped"}, BO),
    ],
)
async def test_roles_are_kept(client: httpx.AsyncClient, path: str, body: dict[str, Any], who: dict[str, str]) -> None:
    """Wards take and put down, hands clean, technical service answers for what it has repaired."""
    answer = await post(client, f"{P1}/{path}", who, **body)
    assert (answer.status_code, rules(answer)) == (403, ["role_not_allowed"])


async def test_a_step_needs_a_name(client: httpx.AsyncClient) -> None:
    """401 for nobody."""
    del client.headers["Portor-Actor"]
    assert (await client.post(f"{EQUIPMENT}/{P1}/take", json={"ward": "S0"})).status_code == 401


async def test_who_acts_stands_in_the_ledger(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Actor, role and key travel with the request."""
    await post(client, f"{P1}/take", {**CARLA, "Idempotency-Key": "k9"}, ward="S0")
    assert equipment.asked[-1] == ("carla", "clinician", "k9", Take(P1, "S0"))
    history = (await client.get(f"{EQUIPMENT}/{P1}")).json()["history"]
    assert history[-1]["actor"] == "carla"


@pytest.mark.parametrize(
    ("path", "body", "rule"),
    [
        ("take", {"ward": "010203-1234"}, "no_patient_identity"),
        ("take", {"ward": "S0\u202e"}, "no_control_characters"),
        ("take", {"ward": "S" * 201}, "too_long"),
        ("take", {"ward": "S0", "candidates": ["x"] * 51}, "too_long"),
        ("take", {"ward": "S0", "patient": "x"}, "unknown_field"),
        ("take", {}, "missing"),
        ("cleaned", {"method": "hr. jensen, stue 3"}, "not_a_code"),
        ("cleaned", {"method": "x" * 61}, "too_long"),
        ("defect", {"fault": "010203-1234"}, "no_patient_identity"),
        ("quarantine", {"reason": "two words"}, "not_a_code"),
        ("confirm", {"what": []}, "malformed"),
        ("confirm", {"what": ["blessed"]}, "unknown_choice"),
        ("lend", {"ward": "S0", "due": "tomorrow"}, "not_a_time"),
        ("lend", {"ward": "S0", "due": "2026-03-03T10:00:00"}, "not_a_time"),
        ("safety-test", {"passed": "perhaps"}, "not_yes_or_no"),
    ],
)
async def test_hostile_and_careless_input_changes_nothing(
    client: httpx.AsyncClient, equipment: FakeEquipment, path: str, body: dict[str, Any], rule: str
) -> None:
    """422 with the rule, and the asset is as it was."""
    before = equipment.desk.state.items[P3], equipment.desk.state.items[P1]
    asset, who = (P3, BO) if path == "cleaned" else (P1, FATIMA if path == "safety-test" else CARLA)
    answer = await client.post(f"{EQUIPMENT}/{asset}/{path}", json=body, headers=who)
    assert answer.status_code == 422
    assert rule in rules(answer)
    assert (equipment.desk.state.items[P3], equipment.desk.state.items[P1]) == before


async def test_a_write_while_the_part_is_away_is_told_to_come_again(
    client: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """503 with when; afterwards the same key carries it out once."""
    equipment.away = True
    key = {**CARLA, "Idempotency-Key": "again"}
    assert (await post(client, f"{P1}/take", key, ward="S0")).status_code == 503
    equipment.away = False
    assert (await post(client, f"{P1}/take", key, ward="S0")).json()["repeated"] is False


async def test_what_stands_in_the_way_of_a_reserved_bed(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """A loan, a reservation and a recall each have their own sentence."""
    equipment.do(Reserve("R1", B1, "S1"), "dorte")
    assert rules(await post(client, f"{B1}/lend", CARLA, ward="S0", due="2026-03-03T10:00:00+01:00")) == ["reserved"]
    equipment.do(Lend("L1", P1, "S1", START_MS + HOUR_MS), "anna")
    assert rules(await post(client, f"{P1}/take", CARLA, ward="S0")) == ["not_in_state"]
    equipment.do(StartRecall("C1", "maker_notice_17", asset_type="bed"), "fatima")
    assert rules(await post(client, f"{B1}/take", DORTE, ward="S1")) == ["not_in_state"]
