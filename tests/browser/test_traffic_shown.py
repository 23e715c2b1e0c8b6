"""Two hundred robots on one floor: everything follows the stream, and the page is not fetched again for it."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from fleet.views import CarrierView, Positions, Reason, Reservation, Reservations
from tests.api.conftest import build
from tests.api.fake_dispatcher import FakeDispatcher
from tests.api.fake_equipment import FakeEquipment
from tests.api.scenes import START_MS, a_carrier
from tests.browser.conftest import WAIT_MS, Visitor

ROBOTS = 200
WAITS = Reason("waiting_for_traffic", {"robot": "C002", "place": "E1"})


class Crowd:
    """The pages of the clinic over a dispatcher that a test moves by hand, served from a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.dispatcher = FakeDispatcher()
        for number in range(1, ROBOTS + 1):
            view = a_carrier(f"C{number:03d}", status="busy", y_m=float(number % 5))
            self.dispatcher.carriers[view.id] = _at(view, number * 0.2)
        self._equipment = FakeEquipment(folder)
        application = build(self.dispatcher, folder, self._equipment)
        self._server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="error"))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._server.serve(),))

    def __enter__(self) -> Crowd:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._loop.close()
        self._equipment.close()

    def say(self, topic: str, body: Any) -> None:
        """Publish an update, from the thread that serves."""
        self._loop.call_soon_threadsafe(self.dispatcher.publish, topic, body)

    def drive(self, x_m: float) -> None:
        """Everybody drives so far on, each with some metres released and more planned."""
        carriers = self.dispatcher.carriers
        for id, view in carriers.items():
            carriers[id] = _at(view, view.x_m + x_m)
        views = list(carriers.values())
        self.say("positions", Positions(START_MS, tuple((v.id, v.floor, v.x_m, v.y_m) for v in views)))
        lanes = tuple(Reservation(v.id, v.route, v.released, v.reserved, ()) for v in views)
        self.say("reservations", Reservations(lanes))


def _at(view: CarrierView, x_m: float) -> CarrierView:
    x_m = round(x_m % 50, 2)
    route = tuple(("0", x_m + ahead, view.y_m) for ahead in (0.0, 3.0, 9.0))
    return replace(view, x_m=x_m, route=route, released=2, reserved=3)


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[Crowd]:
    """The clinic, full of robots."""
    with Crowd(tmp_path) as crowd:
        yield crowd


@contextmanager
def watching(chromium: Browser, crowd: Crowd, width: int, **settings: Any) -> Iterator[Page]:
    """Somebody looks at the ground floor, live."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale="da", **settings)
    try:
        visitor = Visitor(context, crowd.address)
        page = visitor.open("/map?floor=0")
        expect(page.locator("#live-text")).to_have_text("Live")
        yield page
        assert visitor.complaints == []
    finally:
        context.close()


def _fetched(page: Page) -> list[str]:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if request.resource_type == "fetch" else None)
    return fetched


def _places(page: Page, ids: Sequence[str]) -> list[str]:
    return [page.locator(f"#at-{id}").evaluate("it => it.style.transform") for id in ids]


def test_two_hundred_robots_move_and_nothing_is_fetched(chromium: Browser, crowd: Crowd) -> None:
    """Ten frames of everybody's place and lanes: all are where they were last said to be, from the stream alone."""
    with watching(chromium, crowd, width=1400) as page:
        fetched = _fetched(page)
        expect(page.locator("#movers > a")).to_have_count(ROBOTS)
        for _ in range(10):
            crowd.drive(0.7)
        last = crowd.dispatcher.carriers["C200"]
        ids = ("C001", "C100", "C200")
        expected = [f"translate({v.x_m:g}px, {0 - v.y_m:g}px)" for v in (crowd.dispatcher.carriers[id] for id in ids)]
        page.wait_for_function(
            "([id, x]) => document.getElementById(id).dataset.x == x", arg=["at-C200", last.x_m], timeout=WAIT_MS
        )
        assert _places(page, ids) == expected
        band = page.locator("#lane-C200 .released")
        expect(band).to_have_attribute("d", f"M{last.x_m:g} {0 - last.y_m:g}L{last.x_m + 3:g} {0 - last.y_m:g}")
        assert fetched == []


def test_a_wait_is_seen_when_it_begins_and_gone_when_it_ends(chromium: Browser, crowd: Crowd) -> None:
    """The line and the ring follow the other robot; the sentence stands in the list and is reached by the keyboard."""
    with watching(chromium, crowd, width=360, color_scheme="dark") as page:
        fetched = _fetched(page)
        waiting = replace(crowd.dispatcher.carriers["C001"], reason=WAITS)
        crowd.dispatcher.carriers["C001"] = waiting
        crowd.say("carrier", waiting)
        ring = page.locator("#waits circle")
        expect(ring).to_have_count(1)
        expect(page.locator("#carrier-C001")).to_contain_text("Venter på C002 ved elevator E1.")
        mover = page.locator("#at-C001")
        mover.focus()
        expect(mover).to_be_focused()
        expect(mover).to_have_attribute("aria-label", "C001 venter på C002 ved elevator E1.")
        crowd.say("positions", Positions(START_MS, (("C002", "0", 33.0, 2.0),)))
        expect(ring).to_have_attribute("cx", "33")
        end = page.locator("#waits path").get_attribute("d") or ""
        assert math.isclose(float(end.partition("L")[2].split()[0]), 33.0)
        crowd.say("carrier", replace(waiting, reason=None))
        expect(ring).to_have_count(0)
        crowd.say("carrier", replace(waiting, reason=None, floor="1"))
        expect(mover).to_have_count(0)
        expect(page.locator("#carriers-count")).to_have_text(str(ROBOTS - 1))
        assert fetched == []
