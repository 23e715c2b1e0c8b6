"""`/find` and `/equipment`: the nearest ready thing, one asset, the map, a ward and the whole pool."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import HTMLResponse

from api.access import ANYBODY, access
from api.equipment import pages_find as find
from api.equipment import pages_map, pages_places
from api.equipment import pages_words as words
from api.equipment.asking import look_up
from api.equipment.pages_history import days
from api.equipment.pages_pool import MOST_ALARMS, by_urgency, names_of, pool_values, together
from api.equipment.pages_say import beaten_by, done_sentence, is_beaten
from api.equipment.pages_steps import BY_ID, LOANS_H, steps_of
from api.equipment.pages_voice import Equipped
from api.forms import go
from api.house import Visit, VisitContext
from api.problems import Problem, ViolationOut
from api.routes.equipment import AssetId
from api.routes.job_pages import said
from api.routes.who import YEAR_S
from equipment_tracking.queries import GetFloor, GetLocator, GetPool, GetWard, ListAssets
from equipment_tracking.register.catalogue import Label
from equipment_tracking.views import Assets, AssetView, Catalogued, FloorMap, LocatorView, PoolView, WardView
from fleet.requests import Violation

router = APIRouter(include_in_schema=False)
Word = Annotated[str, Query(max_length=100)]
LINES, ALL_LINES = 25, 500
ELSEWHERE = 8
SERVER_ERROR = 500
STEPS = (*BY_ID, "bring", "carried", "here", "not-here")
"""What follows an asset in the address of a form: a page that came back from there is read anew as the asset's."""


@router.get("/find")
@access(roles=ANYBODY, log="none")
async def find_page(visit: Visit) -> Response:
    """Find the nearest of what is wanted; a scanned number leads to its asset."""
    wanted = find.Wanted.of(visit.request.query_params)
    page = await show_find(visit, wanted)
    if wanted.place and find.near(visit.directory, wanted.place):
        page.set_cookie(find.FROM_COOKIE, wanted.place, max_age=YEAR_S, httponly=True, samesite="lax")
    return page


async def show_find(
    visit: VisitContext, wanted: find.Wanted, refused: Problem | None = None, refused_asset: AssetView | None = None
) -> Response:
    """Show what is found, with what was refused: somebody else was first, and these are the next."""
    directory, e = visit.directory, voice(visit)
    wanted = replace(wanted, place=find.place_of(visit, wanted))
    away = refused if refused and refused.status >= SERVER_ERROR else None
    types: tuple[Catalogued, ...] = ()
    answer: find.Answer | None = None
    try:
        types = await find.types_of(visit)
        wanted = find.resolve(wanted, types)
        if wanted.q and not wanted.kind and (asset := await find.scanned(visit, wanted.q)):
            return go(asset_address(asset.id))
        if wanted.asked and wanted.place:
            answer = await find.search(visit, wanted)
    except Problem as problem:
        away = problem
    status = (refused or away or Problem(200)).status
    shown = len(answer.offers) if answer and wanted.more else find.SHOWN
    return _page(
        visit,
        "equipment/find.html",
        status,
        e=e,
        wanted=wanted,
        types=types,
        chosen=next((item for item in types if item.id == wanted.kind), None),
        answer=answer,
        shown=shown,
        ward=pages_places.ward_of(directory, wanted.place),
        wards=pages_places.wards_by_floor(directory, visit.language),
        rooms=pages_places.rooms_of(directory, visit.language, [pages_places.ward_of(directory, wanted.place)]),
        refused=said(visit, refused.violations) if refused else [],
        beaten=is_beaten(refused),
        who=beaten_by(e, refused_asset) if refused_asset and is_beaten(refused) else "",
        away=said(visit, away.violations) if away else [],
        pumps=words.PUMPS,
    )


@router.get("/equipment")
@access(roles=ANYBODY, log="none")
async def map_page(
    visit: Visit,
    floor: Word = "",
    kind: Annotated[str, Query(alias="type", max_length=64)] = "",
    q: Word = "",
    asset: Word = "",
) -> HTMLResponse:
    """Show a floor with what is surely on it, and the list of the same."""
    directory, e = visit.directory, voice(visit)
    chosen: AssetView | None = None
    view: FloorMap | None = None
    types: tuple[Catalogued, ...] = ()
    elsewhere: tuple[AssetView, ...] = ()
    away: list[ViolationOut] = []
    try:
        types = await find.types_of(visit)
        e = voice(visit, {item.id: item.name for item in types})
        if asset:
            chosen = await look_up(visit, asset)
        if floor not in directory.floors:
            floor = (e.floor_of(chosen.where) if chosen else "") or _home_floor(visit)
        view = await visit.equipment.ask(visit.actor, GetFloor(floor, kind or None, q), FloorMap)
        if q:
            listed = await visit.equipment.ask(visit.actor, ListAssets(kind or None, text=q, limit=50), Assets)
            here = {dot.id for dot in view.dots}
            elsewhere = tuple(item for item in listed.assets if item.id not in here)[:ELSEWHERE]
    except Problem as problem:
        away = said(visit, problem.violations)
        floor = floor if floor in directory.floors else _home_floor(visit)
    drawing = visit.house.faces.drawings.floor(floor, visit.language)
    dots = view.dots if view else ()
    size = pages_map.size_m(len(dots), drawing.icon_m)
    rooms, left_out = pages_map.by_room(e, dots)
    return _page(
        visit,
        "equipment/map.html",
        503 if away and view is None else 200,
        e=e,
        floor=floor,
        drawing=drawing,
        view=view,
        types=types,
        kind=kind,
        q=q,
        chosen=chosen,
        spots=pages_map.arrange(directory, dots, size),
        rooms=rooms,
        left_out=left_out,
        elsewhere=elsewhere,
        away=away,
        shape=pages_map.shape,
        keep=urlencode({name: value for name, value in (("type", kind), ("q", q)) if value}),
    )


@router.get("/equipment/pool")
@access(roles=ANYBODY, log="none")
async def pool_page(visit: Visit) -> HTMLResponse:
    """Show the whole pool: what needs a person first, then counts, levels, loans, recalls and the gateways."""
    return await show_pool(visit)


async def show_pool(visit: VisitContext, problems: Sequence[Violation] = (), status: int = 200) -> HTMLResponse:
    """Show the pool, with what was refused."""
    view: PoolView | None = None
    locator: LocatorView | None = None
    names: dict[str, str] = {}
    away: list[ViolationOut] = []
    e = voice(visit)
    try:
        view = await visit.equipment.ask(visit.actor, GetPool(), PoolView)
        e = voice(visit, {row.type: row.name for row in view.types})
        locator = await visit.equipment.ask(visit.actor, GetLocator(), LocatorView)
        told = [alarm.asset for alarm in by_urgency(view.alarms)[:MOST_ALARMS]] + [
            loan.asset for loan in view.loans[:30]
        ]
        names = await names_of(visit, e, told)
    except Problem as problem:
        away = said(visit, problem.violations)
    return _page(
        visit,
        "equipment/pool.html",
        503 if away and view is None else status,
        e=e,
        view=view,
        locator=locator,
        names=names,
        away=away,
        problems=said(visit, problems),
        reasons=words.QUARANTINES,
        **pool_values(e, view, locator),
    )


@router.get("/equipment/wards")
@access(roles=ANYBODY, log="none")
async def choose_ward(visit: Visit, ward: Word = "") -> Response:
    """Go to a ward: the one chosen, else the person's own or the one last looked from, else the first."""
    place = ward or find.place_of(visit, find.Wanted())
    known = pages_places.ward_of(visit.directory, place)
    first = pages_places.wards_by_floor(visit.directory, visit.language)
    return go(f"/equipment/wards/{quote(known or first[0][1][0].id, safe='')}")


@router.get("/equipment/wards/{ward}")
@access(roles=ANYBODY, log="none")
async def ward_page(visit: Visit, ward: Annotated[str, Path(max_length=64)]) -> HTMLResponse:
    """Show a ward: what it has against its levels, what is to be brought, borrowed and lent."""
    return await show_ward(visit, ward)


async def show_ward(
    visit: VisitContext, ward: str, problems: Sequence[Violation] = (), status: int = 200
) -> HTMLResponse:
    """Show a ward, with what was refused. Raises `Problem` 404 for a ward that the site does not have."""
    view: WardView | None = None
    types: tuple[Catalogued, ...] = ()
    names: dict[str, str] = {}
    away: list[ViolationOut] = []
    e = voice(visit)
    try:
        types = await find.types_of(visit)
        e = voice(visit, {item.id: item.name for item in types})
        view = await visit.equipment.ask(visit.actor, GetWard(ward), WardView)
        told = [alarm.asset for alarm in view.alarms] + [loan.asset for loan in view.borrowed]
        names = await names_of(visit, e, [*told, *(item.asset for item in view.reserved)])
    except Problem as problem:
        if problem.status < SERVER_ERROR:
            raise
        away = said(visit, problem.violations)
    return _page(
        visit,
        "equipment/ward.html",
        503 if away else status,
        e=e,
        ward=ward,
        view=view,
        types=types,
        names=names,
        picked=together(view.picks) if view else [],
        urgent=by_urgency(view.alarms) if view else [],
        away=away,
        problems=said(visit, problems),
        wards=pages_places.wards_by_floor(visit.directory, visit.language),
    )


@router.get("/equipment/{id:path}")
@access(roles=ANYBODY, log="none")
async def asset_page(
    visit: Visit, asset_id: AssetId, everything: Annotated[bool, Query(alias="all")] = False
) -> Response:
    """Show an asset; an address that holds what a scanner read, or one of its steps, leads to the asset's own."""
    asset, _, step = asset_id.rpartition("/")
    if asset and step in STEPS:
        return go(asset_address(asset))
    return await show_asset(visit, asset_id, everything=everything)


async def show_asset(
    visit: VisitContext,
    asset_id: str,
    problems: Sequence[Violation] = (),
    status: int = 200,
    values: Mapping[str, str] | None = None,
    *,
    everything: bool = False,
) -> Response:
    """Show an asset with its next steps and its history, and with what was refused. Raises `Problem` 404."""
    asset = await look_up(visit, asset_id)
    if asset.id != asset_id and not problems:
        return go(asset_address(asset.id))
    e, directory = voice(visit), visit.directory
    history = await visit.equipment_records.history(asset.id)
    steps, withdrawals = steps_of(asset, visit.actor)
    place = find.place_of(visit, find.Wanted())
    ward = pages_places.ward_of(directory, place)
    here = pages_places.ward_of(directory, asset.where.rooms[0]) if asset.where.rooms else ""
    return _page(
        visit,
        "equipment/asset.html",
        status,
        e=e,
        asset=asset,
        steps=steps,
        withdrawals=withdrawals,
        ward=ward,
        wards=pages_places.wards_by_floor(directory, visit.language),
        rooms=pages_places.rooms_of(directory, visit.language, [here, ward]),
        history=days(e, history, ALL_LINES if everything else LINES, moves=everything),
        everything=everything,
        problems=said(visit, problems),
        values=dict(values or {}),
        methods=words.METHODS,
        faults=words.FAULTS,
        reasons=words.QUARANTINES,
        works=words.WORKS,
        checks=words.CHECKS,
        loans_h=LOANS_H,
    )


def voice(visit: VisitContext, kinds: Mapping[str, Label] | None = None) -> Equipped:
    """How equipment is spoken of to this visitor, now; `kinds` names the types of the catalogue."""
    return Equipped(visit.phrases, visit.link.now_ms, kinds or {})


def asset_address(id: str) -> str:
    """The page of an asset."""
    return f"/equipment/{quote(id, safe='')}"


def _page(visit: VisitContext, template: str, status: int, **values: Any) -> HTMLResponse:
    asked = visit.request.method == "GET"
    part = asked and visit.request.query_params.get("part") == "1"
    return visit.page(
        template,
        status,
        layout="equipment/part.html" if part else "base.html",
        key=secrets.token_urlsafe(9),
        renewed=asked,
        done_sentence=done_sentence(visit, values.get("asset")),
        **values,
    )


def _home_floor(visit: VisitContext) -> str:
    """The floor on which the person stands, else the lowest."""
    place = find.place_of(visit, find.Wanted())
    rooms = visit.directory.layout.rooms
    of_ward = (room.floor for room in rooms.values() if room.ward == place)
    return rooms[place].floor if place in rooms else next(of_ward, next(iter(visit.directory.floors)))
