"""What all routes share, and the visit: who asks, in which language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from api.access import Actor, Badge, admit
from api.directory import Directory
from api.equipment.link import EquipmentLink
from api.equipment.present import EquipmentPresenter
from api.equipment.records import EquipmentRecords
from api.equipment.trackables import Trackables
from api.faces import Faces
from api.link import Link
from api.phrases import Phrases
from api.planning.desk import PlanningDesk
from api.present import Presenter
from api.records import Records
from api.settings import ApiSettings
from api.texts import Language, choose_language
from api.times import to_datetime

LANGUAGE_COOKIE = "portor_language"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that lives as long as the process."""

    settings: ApiSettings
    faces: Faces
    link: Link
    equipment: EquipmentLink
    trackables: Trackables
    records: Records
    equipment_records: EquipmentRecords
    planning: PlanningDesk
    badge: Badge
    gateway_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitContext:
    """One request: who asks, in which language, with what the routes share."""

    request: Request
    house: House
    language: Language
    actor: Actor | None

    @property
    def link(self) -> Link:
        """The dispatcher."""
        return self.house.link

    @property
    def equipment(self) -> EquipmentLink:
        """The equipment process."""
        return self.house.equipment

    @property
    def equipment_records(self) -> EquipmentRecords:
        """What the ledger says of equipment."""
        return self.house.equipment_records

    @property
    def planning(self) -> PlanningDesk:
        """The flows and the experiments."""
        return self.house.planning

    @property
    def directory(self) -> Directory:
        """The names of the site."""
        return self.house.faces.directory

    @property
    def records(self) -> Records:
        """The committed rows."""
        return self.house.records

    @property
    def phrases(self) -> Phrases:
        """How things are said in the visitor's language."""
        return self.house.faces.phrases[self.language]

    @property
    def present(self) -> Presenter:
        """How things are written in the visitor's language."""
        return self.house.faces.presenters[self.language]

    @property
    def present_equipment(self) -> EquipmentPresenter:
        """How equipment is written in the visitor's language."""
        return EquipmentPresenter(self.phrases)

    async def stations_in_use(self) -> frozenset[str]:
        """Return the stations that may be ordered from and to today, by site time."""
        day = to_datetime(self.link.now_ms, self.directory.zone).date()
        return await anyio.to_thread.run_sync(self.directory.stations_on, day)

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Render a page for this visitor."""
        body = self.house.faces.pages.render(
            self.language, template, request=self.request, link=self.link, actor=self.actor, **values
        )
        return HTMLResponse(body, status, {"Content-Language": self.language, "Vary": "Accept-Language, Cookie"})

    @property
    def acting(self) -> Actor:
        """Who acts, on a route that declares roles: `admit` has made sure that there is somebody."""
        if self.actor is None:
            raise RuntimeError("A route that acts must declare its roles.")
        return self.actor


def language_of(request: Request) -> Language:
    """Return the language of a request: what was picked, else what the browser asks for, else Danish."""
    return choose_language(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))


async def visit(request: Request) -> VisitContext:
    """Admit a request by what its route declares. Raises `Problem` 401 or 403."""
    house: House = request.app.state.house
    actor = admit(request, house.faces.directory, house.badge)
    request.state.actor = actor
    return VisitContext(request=request, house=house, language=language_of(request), actor=actor)


Visit = Annotated[VisitContext, Depends(visit)]
