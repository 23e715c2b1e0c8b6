"""What every page of equipment is: whole in both languages, useful while tracking is away, with a part to renew."""

from __future__ import annotations

import re

import httpx
import pytest

from api.access import declared
from api.equipment.pages_steps import ELSEWHERE, WAYS
from api.equipment.pages_words import ALARMS, CHECKS, STATES
from api.routes.equipment_page_acts import router as acts
from api.routes.equipment_pages import router as pages
from equipment_tracking.pool.model import AlarmKind, ItemState
from tests.api.equipment_pages.visits import PUMPS
from tests.api.fake_equipment import P1, P2, P3, FakeEquipment

pytestmark = pytest.mark.anyio
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
