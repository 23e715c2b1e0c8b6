"""What an event stream sends for a change: JSON for programs, and parts of pages for browsers; each made once."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi.sse import format_sse_event
from pydantic import BaseModel

from api import attention, lanes, overview
from api.fanout import Change
from api.house import House
from api.live import Ended
from api.texts import Language
from fleet.views import CarrierView, ClockView, ClosureView, Counts, JobView, LiftView, Positions, Reservations

_CARRIERS = "parts/carriers.html"
_json = msgspec.json.Encoder()


class Frames:
    """Writes changes as server-sent events."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._ranks = {id: item.rank for id, item in house.faces.directory.priorities.items()}

    def data(self, change: Change, language: Language) -> bytes:
        """Write a change for programs, in the shapes of the interface."""
        return change.frame(f"data.{language}", lambda item: _event(item, self._data(item, language)))

    def page(self, change: Change, language: Language) -> bytes:
        """Write a change for browsers, with the parts of pages that it changes."""
        return change.frame(f"page.{language}", lambda item: _event(item, self._page(item, language)))

    def _data(self, change: Change, language: Language) -> bytes:
        present = self._house.faces.presenters[language]
        view = change.view
        body: BaseModel
        match view:
            case JobView():
                body = present.job(view)
            case CarrierView():
                body = present.carrier(view)
            case LiftView():
                body = present.lift(view)
            case ClosureView():
                body = present.closure(view)
            case ClockView():
                body = present.clock(self._house.link)
            case Counts():
                body = present.counts(view)
            case Ended() | Positions() | Reservations():
                return _json.encode(view)
            case None:
                return self._link()
        return body.model_dump_json(by_alias=True).encode()

    def _page(self, change: Change, language: Language) -> bytes:
        view = change.view
        pages, link = self._house.faces.pages, self._house.link
        now_ms = link.now_ms
        body: Any
        match view:
            case JobView():
                body = self._job(view, language, now_ms)
            case Counts():
                body = {"html": pages.fragment(language, "parts/jobs.html", "figures", view)}
            case CarrierView():
                body = self._carrier(view, language, now_ms)
            case LiftView():
                body = {"id": view.id, "row": pages.fragment(language, _CARRIERS, "lift", view)}
            case Reservations():
                carriers = (link.live.carriers.get(robot.id) for robot in view.robots)
                body = [(robot.id, self._lanes(robot, language)) for robot in carriers if robot is not None]
            case Positions():
                body = view.moved
            case None:
                return self._link()
            case _:
                body = view
        return _json.encode(body)

    def _job(self, view: JobView, language: Language, now_ms: int) -> dict[str, Any]:
        pages, phrases = self._house.faces.pages, self._house.faces.phrases[language]
        need = attention.look(view, now_ms, self._ranks)
        load, place = phrases.load(view.load), phrases.station(view.destination)
        return {
            "id": view.id,
            "state": view.state,
            "row": pages.fragment(language, "parts/jobs.html", "row", view, now_ms),
            "need": pages.fragment(language, "parts/jobs.html", "need", need, now_ms) if need else "",
            "say": f"{load}, {place}" if need and need.kind != "soon" else "",
        }

    def _carrier(self, view: CarrierView, language: Language, now_ms: int) -> dict[str, Any]:
        pages, phrases, live = self._house.faces.pages, self._house.faces.phrases[language], self._house.link.live
        job = live.jobs.get(view.job or "")
        shown = overview.is_shown(view)
        count = overview.tally(live.carriers.values())
        return {
            "id": view.id,
            "floor": view.floor,
            "x": view.x_m,
            "y": view.y_m,
            "out": view.status in overview.OUT,
            "mover": pages.fragment(language, _CARRIERS, "mover", view, now_ms) if shown else "",
            "row": pages.fragment(language, _CARRIERS, "line", view, job, now_ms) if shown else "",
            "lanes": self._lanes(view, language),
            "floors": {
                id: (count[id, "robot"] + count[id, "porter"], phrases.robots(count[id, "robot"]))
                for id in self._house.faces.directory.floors
            },
        }

    def _lanes(self, view: CarrierView, language: Language) -> dict[str, str]:
        """Write what a carrier has of the lanes, by floor."""
        pages = self._house.faces.pages
        return {floor: pages.fragment(language, _CARRIERS, "lane", view, floor) for floor in lanes.floors(view)}

    def _link(self) -> bytes:
        link = self._house.link
        return _json.encode({"connected": link.connected, "lost_ms": link.lost_ms})


def _event(change: Change, body: bytes) -> bytes:
    return format_sse_event(data_str=body.decode(), event=change.topic, id=change.id)
