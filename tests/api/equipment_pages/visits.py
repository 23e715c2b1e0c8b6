"""What a person does on the pages of equipment, and what is read from them."""

from __future__ import annotations

import re
from html import unescape

import httpx

from tests.api.fake_equipment import FakeEquipment

PUMPS = "/find?type=infusion_pump&from=S0"
"""The search for the nearest ready pump, from ward S0."""


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
