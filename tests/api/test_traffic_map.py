"""The map shows what each robot has of the lanes, and for a waiting robot whom it waits for and where."""

from __future__ import annotations

import asyncio
import json
import re

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.fanout import Change
from api.frames import Frames
from api.lanes import bands, floors
from fleet.views import CarrierView, LiftView, Reason, Reservation, Reservations
from tests.api.conftest import clinic, running
from tests.api.fake_dispatcher import FakeDispatcher
from tests.api.scenes import a_carrier, a_job

pytestmark = pytest.mark.anyio
WAITS = Reason("waiting_for_traffic", {"robot": "C02", "place": "E1"})
ROUTE = (("0", 20.0, 0.0), ("0", 14.0, 0.0), ("0", 8.0, 2.0), ("1", 8.0, 2.0), ("1", 12.0, 2.0))


@pytest.fixture
def dispatcher() -> FakeDispatcher:
    """C01 waits for C02 at lift E1, with a way to the first floor planned and the corridor released."""
    dispatcher = FakeDispatcher()
    dispatcher.put_carrier(
        a_carrier("C01", status="busy", x_m=20, y_m=3, job="J00001", route=ROUTE, released=2, reserved=4, reason=WAITS)
    )
    dispatcher.put_carrier(a_carrier("C02", status="busy", x_m=8, y_m=2))
    dispatcher.put_carrier(a_carrier("C03", status="trouble", x_m=30, blocks=(("0", 30.0, 0.0), ("0", 36.0, 0.0))))
    dispatcher.put(a_job("J00001", state="under_way", mode="robot", carrier="C01", reason=WAITS))
    return dispatcher


def mover(page: str, id: str) -> str:
    """The carrier as it stands on the map."""
    return page[page.index(f'id="at-{id}"') :].partition("</a>")[0]


async def test_a_waiting_robot_says_for_whom_and_where(browser: httpx.AsyncClient) -> None:
    """On the map by name and title, in the list under it and on the card of the chosen one, in words."""
    page = (await browser.get("/map?floor=0&carrier=C01")).text
    sentence = "C01 venter på C02 ved elevator E1."
    assert f'aria-label="{sentence}"' in mover(page, "C01")
    assert f"<title>{sentence}</title>" in mover(page, "C01")
    row = page[page.index('id="carrier-C01"') :].partition("</tr>")[0]
    assert ("venter</span>" in row, "Venter på C02 ved elevator E1." in row) == (True, True)
    assert "<p>Venter på C02 ved elevator E1.</p>" in page
    english = (await browser.get("/map?floor=0", headers={"Accept-Language": "en"})).text
    assert "C01 waits for C02 at lift E1." in mover(english, "C01")


async def test_a_line_leads_to_the_robot_that_is_waited_for(browser: httpx.AsyncClient) -> None:
    """From the one to a ring around the other; no line leaves the floor."""
    waits = re.compile(r'<g id="waits">(.*?)</g>')
    page = (await browser.get("/map?floor=0")).text
    assert waits.findall(page) == ['<path d="M20 -3L8 -2"></path><circle cx="8" cy="-2" r=".9em"></circle>']
    assert waits.findall((await browser.get("/map?floor=1")).text) == [""]


async def test_who_waits_or_is_stuck_is_reached_by_tab_and_the_rest_through_the_list(
    browser: httpx.AsyncClient,
) -> None:
    """Each is a link that chooses the carrier; a hundred stops of Tab would hide the few that matter."""
    page = (await browser.get("/map?floor=0")).text
    skipped = [id for id in ("C01", "C02", "C03") if 'tabindex="-1"' in mover(page, id)]
    assert skipped == ["C02"]
    assert 'href="/map?floor=0&amp;carrier=C01"' in mover(page, "C01")


async def test_what_is_released_is_a_band_and_what_is_planned_a_lighter_one(browser: httpx.AsyncClient) -> None:
    """Two points of the corridor are the robot's own; the third and the first of the next floor are planned."""
    ground, first = [(await browser.get(f"/map?floor={floor}")).text for floor in "01"]
    assert '<path class="released" d="M20 0L14 0"></path>' in ground
    assert '<path class="reserved" d="M14 0L8 -2"></path>' in ground
    assert '<path class="reserved" d="M8 -2h0"></path>' in first
    assert 'class="released"' not in first[first.index('id="lanes"') :].partition("</g>")[0]


async def test_where_a_broken_robot_may_stand_is_hatched(browser: httpx.AsyncClient) -> None:
    """Nobody comes there until a person has put it back."""
    page = (await browser.get("/map?floor=0")).text
    lane = page[page.index('id="lane-C03"') :].partition("</g>")[0]
    assert re.findall(r'<circle class="closed" cx="([\d.]+)"', lane) == ["30", "36"]


async def test_the_board_and_the_job_say_what_the_robot_waits_for(browser: httpx.AsyncClient) -> None:
    """Under the way of the job, and as a notice on its page."""
    board = (await browser.get("/")).text
    row = board[board.index('id="job-J00001"') :].partition("</tr>")[0]
    assert "Venter på C02 ved elevator E1." in row
    page = (await browser.get("/jobs/J00001")).text
    assert re.search(r'class="notice soon".*?Venter på C02 ved elevator E1\.', page)


@pytest.mark.parametrize(
    ("name", "danish", "english"),
    [
        ("E1", "elevator E1", "lift E1"),
        ("0-main", "gang 0-main", "corridor 0-main"),
        ("c:0-main:1850", "gang 0-main", "corridor 0-main"),
        ("lobby:E1@0", "elevator E1", "lift E1"),
        ("S0-door", "dør S0-door", "door S0-door"),
        ("cart-bay-01", "parkeringsplads cart-bay-01", "bay cart-bay-01"),
        ("room:0-lab", "Laboratorium", "Laboratory"),
        ("s1-clean", "Sengeafsnit S1, Rent depot S1", "Ward S1, Clean store S1"),
        ("elsewhere", "elsewhere", "elsewhere"),
    ],
)
def test_a_place_is_named_as_people_know_it(name: str, danish: str, english: str) -> None:
    """Corridors, lifts, doors and bays with their kind, rooms and stations by their names."""
    phrases = clinic().phrases
    assert (phrases["da"].spot(name), phrases["en"].spot(name)) == (danish, english)


async def test_a_change_comes_as_the_parts_of_the_page_that_it_changes(
    app: FastAPI, dispatcher: FakeDispatcher
) -> None:
    """A carrier as its shape, its row and its lanes; lanes alone when only they change; a lift as its line."""
    async with running(app):
        house = app.state.house
        frames = Frames(house)

        def said(topic: str, view: CarrierView | Reservations | LiftView) -> object:
            block = frames.page(Change(1, 9, topic, view), "da").decode()
            return json.loads(block.partition("data: ")[2].partition("\n")[0])

        carrier = said("carrier", dispatcher.carriers["C01"])
        assert isinstance(carrier, dict)
        assert 'data-waits="C02"' in carrier["mover"]
        assert 'id="carrier-C01"' in carrier["row"]
        assert sorted(carrier["lanes"]) == ["0", "1"]
        assert carrier["floors"] == {"0": [3, "3 robotter"], "1": [0, "0 robotter"]}

        onward = Reservation("C01", ROUTE[1:], 3, 3, ())
        dispatcher.publish("reservations", Reservations((onward,)))
        await asyncio.sleep(0.05)
        assert house.link.live.carriers["C01"] == replace(
            dispatcher.carriers["C01"], route=ROUTE[1:], released=3, reserved=3
        )
        lanes = said("reservations", Reservations((onward,)))
        assert isinstance(lanes, list)
        assert [id for id, _ in lanes] == ["C01"]
        assert 'class="released" d="M14 0L8 -2"' in lanes[0][1]["0"]
        lift = said("lift", LiftView("E1", "held", "0", "C02", ("C01",)))
        assert isinstance(lift, dict)
        assert ("C02" in lift["row"], "1 venter" in lift["row"]) == (True, True)


@given(
    route=st.lists(st.tuples(st.sampled_from("012"), st.integers(0, 90), st.integers(0, 90)), max_size=12),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_bands_cover_the_route_once_on_each_floor(
    route: list[tuple[str, int, int]], shares: tuple[float, float]
) -> None:
    """Every point of a drive is drawn on its own floor, and released and planned meet in one point at most."""
    reserved = round(len(route) * max(shares))
    view = a_carrier(
        "C01",
        floor="3",
        route=tuple((floor, float(x), float(y)) for floor, x, y in route),
        reserved=reserved,
        released=round(reserved * min(shares)),
    )
    for floor in "012":
        drawn = bands(view, floor)
        here = [point for point in route if point[0] == floor]
        assert bool(drawn.route) == bool(here) == (floor in floors(view))
        assert _points(drawn.route) == len(here)
        own = sum(point[0] == floor for point in route[: view.released])
        rest = sum(point[0] == floor for point in route[max(view.released - 1, 0) : view.reserved])
        assert (_points(drawn.released), _points(drawn.reserved)) == (own, rest)


def _points(path: str) -> int:
    return len(re.findall(r"[ML]", path))
