"""What an event stream sends for a change: JSON for programs, and parts of pages for browsers; each made once."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi.sse import format_sse_event
from pydantic import BaseModel

from api import attention
from api.fanout import Change
from api.house import House
from api.live import Ended
from api.texts import Language
from fleet.views import CarrierView, ClockView, ClosureView, Counts, JobView, LiftView, Positions

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
            case Ended() | Positions():
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
                stale = self._house.faces.phrases[language].stale(view, now_ms)
                body = {
                    "id": view.id,
                    "floor": view.floor,
                    "x": view.x_m,
                    "y": view.y_m,
                    "job": view.job,
                    "stale": stale,
                    "trouble": view.status == "trouble",
                    "resting": view.status in ("idle", "charging"),
                }
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

    def _link(self) -> bytes:
        link = self._house.link
        return _json.encode({"connected": link.connected, "lost_ms": link.lost_ms})


def _event(change: Change, body: bytes) -> bytes:
    return format_sse_event(data_str=body.decode(), event=change.topic, id=change.id)
