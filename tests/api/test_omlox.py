"""Equipment in the shapes of the omlox hub, as another system reads it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx
import pytest
from fastapi import FastAPI
from msgspec.structs import replace

from api.equipment.omlox import trackable_id
from api.equipment.trackables import KEPT_S, Trackables
from equipment_tracking.pool.requests import SayWhere
from equipment_tracking.queries import ListAssets
from tests.api.fake_equipment import B1, P1, P2, P3, FakeEquipment, a_small_pool, bed, pump

pytestmark = pytest.mark.anyio
OMLOX = "/api/v1/omlox/v2"


@pytest.fixture
def equipment(folder: Path) -> FakeEquipment:
    """Three pumps with tags and a bed without; all were seen by somebody."""
    return a_small_pool(FakeEquipment(folder))


async def test_trackables_have_ids_that_anybody_can_make(client: httpx.AsyncClient) -> None:
    """The UUID of the asset's GS1 Digital Link (version 5): the same in every installation and after every restart."""
    ids = (await client.get(f"{OMLOX}/trackables")).json()
    assert ids == [str(uuid5(NAMESPACE_URL, f"https://id.gs1.org/8004/{giai}")) for giai in (B1, P1, P2, P3)]
    one = (await client.get(f"{OMLOX}/trackables/{ids[1]}")).json()
    assert one == {
        "id": ids[1],
        "type": "virtual",
        "name": "Pumpe 1",
        "location_providers": ["C30000000001"],
        "properties": {
            "giai": P1,
            "type": "infusion_pump",
            "state": "ready",
            "ward": "S0",
            "holder": "",
            "known": "sure",
            "rooms": ["S0-utility-clean"],
        },
    }
    assert one in (await client.get(f"{OMLOX}/trackables/summary")).json()


async def test_a_location_is_metres_on_a_floor(client: httpx.AsyncClient) -> None:
    """GeoJSON point, local, with the floor's number and zone, and an instant in UTC."""
    answer = await client.get(f"{OMLOX}/trackables/{trackable_id(P2)}/location")
    location = answer.json()
    zones = {zone["foreign_id"]: zone for zone in (await client.get(f"{OMLOX}/zones/summary")).json()}
    assert answer.status_code == 200
    assert location["position"] == {"type": "Point", "coordinates": [40.3, 6.5]}
    assert (location["crs"], location["floor"], location["source"]) == ("local", 1.0, zones["1"]["id"])
    assert (location["provider_id"], location["provider_type"]) == ("C30000000002", "ibeacon")
    assert location["trackables"] == [str(trackable_id(P2))]
    assert location["timestamp_generated"] == "2026-03-02T09:42:00Z"
    assert location["properties"] == {"known": "sure", "rooms": {"S1-utility-clean": 1.0}}


async def test_what_is_not_located_has_no_location(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """404 and no point; the trackable itself says how little is known."""
    equipment.do(SayWhere(P1, "S0-utility-clean", here=False), "carla")
    id = trackable_id(P1)
    for path in (f"trackables/{id}/location", "providers/C30000000001/location"):
        answer = await client.get(f"{OMLOX}/{path}")
        assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (404, "not_located")
    assert (await client.get(f"{OMLOX}/trackables/{id}")).json()["properties"]["known"] not in {"sure", "either"}


async def test_a_tag_is_a_provider_and_so_is_a_person(client: httpx.AsyncClient, equipment: FakeEquipment) -> None:
    """A tag by its address in capitals; an asset without one by its GIAI, virtual; a name that is no address stays."""
    equipment.register(pump(7, tag="Tag-seven"))
    summary = (await client.get(f"{OMLOX}/providers/summary")).json()
    kinds = {provider["id"]: (provider["type"], provider["properties"]["giai"]) for provider in summary}
    assert kinds[B1] == ("virtual", B1)
    assert kinds["C30000000001"] == ("ibeacon", P1)
    assert kinds["Tag-seven"] == ("ibeacon", "5712345P7")
    assert set(kinds) == set((await client.get(f"{OMLOX}/providers")).json())
    assert (await client.get(f"{OMLOX}/providers/{B1}")).json()["name"] == "Seng 1"
    location = (await client.get(f"{OMLOX}/providers/{B1}/location")).json()
    assert (location["provider_type"], location["floor"]) == ("virtual", 1.0)


async def test_floors_are_zones_and_rooms_are_fences(client: httpx.AsyncClient) -> None:
    """A room's outline as a closed ring, counter-clockwise, in the zone of its floor."""
    zones = (await client.get(f"{OMLOX}/zones/summary")).json()
    fences = (await client.get(f"{OMLOX}/fences/summary")).json()
    assert [zone["id"] for zone in zones] == (await client.get(f"{OMLOX}/zones")).json()
    assert [fence["id"] for fence in fences] == (await client.get(f"{OMLOX}/fences")).json()
    assert [(zone["foreign_id"], zone["floor"], zone["incomplete_configuration"]) for zone in zones] == [
        ("0", 0.0, True),
        ("1", 1.0, True),
    ]
    store = next(fence for fence in fences if fence["foreign_id"] == "0-store")
    assert store["region"] == {
        "type": "Polygon",
        "coordinates": [[[2.0, 1.5], [16.0, 1.5], [16.0, 11.0], [2.0, 11.0], [2.0, 1.5]]],
    }
    assert (store["crs"], store["zone_id"], store["name"]) == ("local", zones[0]["id"], "Goods store")
    assert store["properties"] == {"kind": "central_store", "ward": ""}
    for fence in fences:
        (ring,) = fence["region"]["coordinates"]
        area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))
        assert ring[0] == ring[-1]
        assert area > 0
        assert UUID(fence["id"]).version == 5


async def test_a_point_lies_in_the_fence_of_its_room(client: httpx.AsyncClient) -> None:
    """Fences and locations have the same metres."""
    fences = {fence["foreign_id"]: fence for fence in (await client.get(f"{OMLOX}/fences/summary")).json()}
    location = (await client.get(f"{OMLOX}/trackables/{trackable_id(P1)}/location")).json()
    (ring,) = fences["S0-utility-clean"]["region"]["coordinates"]
    x, y = location["position"]["coordinates"]
    assert min(point[0] for point in ring) <= x <= max(point[0] for point in ring)
    assert min(point[1] for point in ring) <= y <= max(point[1] for point in ring)


@pytest.mark.parametrize("what", ["trackables", "providers"])
async def test_what_is_not_there_is_404(client: httpx.AsyncClient, what: str) -> None:
    """And what is no UUID is said to be none."""
    answer = await client.get(f"{OMLOX}/{what}/{UUID(int=1)}/location")
    assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (404, f"unknown_{what[:-1]}")
    assert (await client.get(f"{OMLOX}/trackables/P1")).status_code == 422


async def test_while_the_part_is_away_only_the_building_is_told(
    client: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """Zones and fences are the site's own."""
    equipment.away = True
    assert (await client.get(f"{OMLOX}/trackables")).status_code == 503
    assert (await client.get(f"{OMLOX}/zones")).status_code == 200
    assert (await client.get(f"{OMLOX}/fences")).status_code == 200


async def test_whoever_polls_costs_the_part_one_list_in_a_while(
    client: httpx.AsyncClient, equipment: FakeEquipment
) -> None:
    """All assets come page by page, and are kept for two seconds."""
    equipment.register(*(replace(bed(1), id=f"57123450{n:06d}") for n in range(600)))
    assert len((await client.get(f"{OMLOX}/trackables")).json()) == 604
    assert (await client.get(f"{OMLOX}/trackables/{trackable_id('57123450000599')}")).status_code == 200
    lists = [asked[3] for asked in equipment.asked if isinstance(asked[3], ListAssets)]
    assert [asked.after for asked in lists] == ["", "57123450000499"]


async def test_what_was_kept_grows_old(app: FastAPI, equipment: FakeEquipment) -> None:
    """After two seconds it is read anew."""
    now_s = [0.0]
    kept = Trackables(app.state.house.equipment, lambda: now_s[0])
    assert len(await kept.all()) == 4
    equipment.register(pump(9))
    now_s[0] = KEPT_S
    assert len(await kept.all()) == 4
    now_s[0] += 0.1
    assert len(await kept.all()) == 5
