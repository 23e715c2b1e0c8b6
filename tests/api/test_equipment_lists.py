"""The register as a list: imported, all or none, with every fault by its line; exported; and how much it is used."""

from __future__ import annotations

import httpx
import pytest
from msgspec.structs import replace

from equipment_tracking.pool.requests import Lend, PutDown, Take
from tests.api.fake_equipment import P1, P2, FakeEquipment, a_small_pool, pump
from tests.api.scenes import MINUTE_MS, START_MS

pytestmark = pytest.mark.anyio
IMPORT, EXPORT = "/api/v1/equipment/import", "/api/v1/equipment/export"
USE = "/api/v1/equipment/utilisation"
FATIMA = {"Portor-Actor": "fatima", "Content-Type": "text/csv"}
HEADER = "giai,name,type,ward,home,pump,serial\r\n"
TWO = (
    HEADER
    + "5712345P7,Pumpe 7,infusion_pump,S0,S0-utility-clean,syringe,A7\r\n"
    + "5712345P8,Pumpe 8,infusion_pump,S1,S1-utility-clean,syringe,A8\r\n"
)
HOUR_MS = 60 * MINUTE_MS


async def send(
    client: httpx.AsyncClient, text: str | bytes, *, dry_run: bool = False, **headers: str
) -> httpx.Response:
    """Import a list as Fatima, technician."""
    return await client.post(IMPORT, content=text, params={"dry_run": dry_run}, headers={**FATIMA, **headers})


async def test_a_dry_run_says_what_would_be_done(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Added, changed, unchanged; nothing is written."""
    equipment.register(pump(7, serial="A7"))
    plan = (await send(client, TWO, dry_run=True)).json()
    assert (plan["added"], plan["changed"], plan["unchanged"]) == (["5712345P8"], ["5712345P7"], 0)
    assert (plan["violations"], plan["applied"]) == ([], False)
    assert equipment.desk.state.assets.ids() == ["5712345P7"]


async def test_a_list_is_imported_once(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """With an idempotency key, and again: the second time all is there."""
    key = {"Idempotency-Key": "import-1"}
    first, again = await send(client, TWO, **key), await send(client, TWO, **key)
    assert (first.json()["added"], first.json()["applied"]) == (["5712345P7", "5712345P8"], True)
    assert (again.status_code, again.json()["unchanged"]) == (200, 2)
    assert equipment.desk.state.assets.ids() == ["5712345P7", "5712345P8"]


WRONG = (
    HEADER
    + "12,Pumpe,infusion_pump,S9,nowhere,,\r\n"
    + "5712345P7,010203-1234,piano,S0,S0-utility-clean,syringe,A7\r\n"
    + '5712345P8,"Pumpe\u202e",infusion_pump,S0,S0-utility-clean,syringe,A8\r\n'
)


async def test_every_fault_of_a_list_is_told_by_its_line(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Rules of the register and of privacy together, sorted by line and column, in the language asked for."""
    plan = (await send(client, WRONG, dry_run=True)).json()
    told = [(fault["line"], fault["column"], fault["rule"]) for fault in plan["violations"]]
    assert told == sorted(told)
    assert {(line, rule) for line, _, rule in told} >= {
        (2, "giai"),
        (2, "unknown_ward"),
        (2, "unknown_place"),
        (2, "pump_kind_missing"),
        (3, "unknown_type"),
        (3, "no_patient_identity"),
        (4, "no_control_characters"),
    }
    named = next(fault for fault in plan["violations"] if fault["rule"] == "no_patient_identity")
    assert (named["column"], named["field"]) == (2, "name")
    assert named["message"].startswith("Line 3: Looks like a CPR number.")
    refused = await send(client, WRONG, **{"Accept-Language": "da"})
    assert refused.status_code == 422
    assert len(refused.json()["violations"]) == len(told)
    assert "Linje 3: Ligner et CPR-nummer." in refused.json()["detail"]
    assert equipment.desk.state.assets.ids() == []


async def test_a_patient_in_an_otherwise_sound_list_keeps_all_of_it_out(
    client: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """Nothing of it is written."""
    answer = await send(client, TWO.replace("Pumpe 8", "Fru Hansen 010203-1234"))
    assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (422, "no_patient_identity")
    assert equipment.desk.state.assets.ids() == []


async def test_ten_digits_are_a_serial_number(client: httpx.AsyncClient) -> None:
    """Only cells that people write words in are looked at."""
    assert (await send(client, TWO.replace("A8", "0102031234"))).json()["applied"] is True


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"giai,name\xff\n", "encoding"),
        ("", "column_missing"),
        ("name,giai,colour\n", "unknown_column"),
        ('giai,name,type,ward,home\n"open', "cells"),
    ],
)
async def test_what_is_no_list_is_refused(client: httpx.AsyncClient, text: str | bytes, rule: str) -> None:
    """Not UTF-8, without the columns, not CSV: 422 with the line."""
    answer = await send(client, text)
    assert answer.status_code == 422
    assert rule in {item["rule"] for item in answer.json()["violations"]}


async def test_a_list_may_be_larger_than_other_bodies(client: httpx.AsyncClient) -> None:
    """100 KB pass, 6 MB do not; everything else keeps its bound of 64 KB."""
    rows = "".join(f"57123450{n:06d},Seng {n},bed,S1,S1-01,,\r\n" for n in range(2_500))
    large = HEADER.replace("serial", "safe_load_kg") + rows.replace(",,\r\n", ",,250\r\n")
    assert len(large) > 64 * 1024
    assert (await send(client, large, dry_run=True)).status_code == 200
    assert (await send(client, b"x" * (6 * 1024 * 1024))).status_code == 413
    body = {"ward": "S" * 70_000}
    assert (await client.post("/api/v1/equipment/x/take", json=body)).status_code == 413


async def test_only_those_who_keep_the_register_import(client: httpx.AsyncClient) -> None:
    """Clinicians and porters do not."""
    for who in ("carla", "bo", "erik"):
        assert (await send(client, TWO, **{"Portor-Actor": who})).status_code == 403


async def test_an_export_is_read_back_unchanged(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """As a file for a spreadsheet, with its name."""
    equipment.register(pump(1), pump(2))
    answer = await client.get(EXPORT)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="equipment.csv"'
    again = (await send(client, answer.content, dry_run=True)).json()
    assert (again["added"], again["changed"], again["unchanged"]) == ([], [], 2)


async def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(
    client: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """A name that begins as a formula is exported behind an apostrophe, and comes back as it was."""
    formula = '=HYPERLINK("http://evil.example")'
    equipment.register(replace(pump(1), name=formula))
    text = (await client.get(EXPORT)).text
    assert "'=HYPERLINK" in text
    assert ",=" not in text
    assert (await send(client, text, dry_run=True)).json()["unchanged"] == 1


async def test_how_much_equipment_was_used(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """Pump 1 was in use for 30 of the 60 minutes that it has been registered, pump 2 not at all."""
    equipment.now_ms = START_MS - HOUR_MS
    a_small_pool(equipment)
    equipment.do(Take(P1, "S1"), "dorte")
    equipment.now_ms = START_MS - HOUR_MS // 2
    equipment.do(PutDown(P1), "dorte")
    use = (await client.get(USE)).json()
    pumps = next(row for row in use["owned"] if row["type"] == "infusion_pump")
    # Three pumps for an hour each: 1800 of 10,800 seconds.
    assert (pumps["ward"], pumps["in_use_s"], pumps["total_s"], pumps["share"]) == ("S0", 1800, 10_800, 0.1667)
    assert use["used"] == [{"type": "infusion_pump", "ward": "S1", "in_use_s": 1800}]
    assert use["until"] == "2026-03-02T10:42:00+01:00"


async def test_use_is_told_of_a_window(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """The last quarter of an hour: pump 2 was lent all the time; an empty window is refused."""
    equipment.now_ms = START_MS - HOUR_MS
    a_small_pool(equipment)
    equipment.do(Lend("L1", P2, "S0", START_MS + HOUR_MS), "anna")
    since = {"since": "2026-03-02T10:27:00+01:00"}
    use = (await client.get(USE, params=since)).json()
    assert use["used"] == [{"type": "infusion_pump", "ward": "S0", "in_use_s": 900}]
    for window in ({"since": "2026-03-02T12:00:00+01:00"}, {**since, "until": "2026-03-02T10:00:00+01:00"}):
        answer = await client.get(USE, params=window)
        assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (422, "empty_window")


async def test_use_is_told_while_the_part_is_away(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """It stands in the ledger."""
    equipment.away = True
    assert (await client.get(USE)).json()["owned"] == []
