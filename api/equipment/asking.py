"""From what a person sends to what equipment tracking is asked: scanned labels become ids, names of places too."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime

from api.equipment.bodies import BringIn, CarryIn, FetchIn
from api.equipment.carrying import Stations
from api.equipment.schemas import StepOut
from api.house import VisitContext
from api.privacy import holds_cpr
from api.problems import Problem, refuse
from api.times import to_ms
from equipment_tracking.pool.model import Purpose
from equipment_tracking.pool.requests import AskTransport, PoolRequest
from equipment_tracking.queries import GetAsset
from equipment_tracking.views import AssetView, Done


async def look_up(visit: VisitContext, text: str) -> AssetView:
    """Find an asset by GIAI, tag, serial number, or what a scanner read.

    Raises
    ------
    Problem
        404 when nothing is called so; 422 when it looks like a patient's number instead.
    """
    try:
        return await visit.equipment.ask(visit.actor, GetAsset(text), AssetView)
    except Problem as problem:
        if problem.status == 404 and holds_cpr(text):
            raise refuse(
                422,
                "no_patient_identity",
                "id",
                da="Det ligner et CPR-nummer og ikke en mærkat på udstyr. Scan mærkaten på udstyret.",
                en="That looks like a CPR number and not like a label of equipment. Scan the label on the equipment.",
            ) from problem
        raise


async def carry_out(visit: VisitContext, request: PoolRequest, key: str | None) -> StepOut:
    """Ask for a change in the name of the acting person."""
    done = await visit.equipment.ask(visit.acting, request, Done, key or "")
    return visit.present_equipment.done(done)


async def step(visit: VisitContext, text: str, key: str | None, build: Callable[[str], PoolRequest]) -> StepOut:
    """Ask for a change of one asset, given by its id or by what a scanner read.

    An id is asked for as it stands; what is none is looked up first. The refusal of an asset that nobody knows names
    everything else that is wrong as well.
    """
    try:
        return await carry_out(visit, build(text), key)
    except Problem as problem:
        if all(item.rule != "unknown_asset" for item in problem.violations):
            raise
        try:
            found = await look_up(visit, text)
        except Problem as nothing:
            raise (problem if nothing.status == 404 else nothing) from None
        if found.id == text:
            raise
    return await carry_out(visit, build(found.id), key)


def made_id(visit: VisitContext, key: str | None) -> str:
    """The id of what a request makes: the same for the same person and key, else a fresh one."""
    if not key:
        return secrets.token_hex(8)
    return hashlib.sha256(f"{visit.acting.id}\n{key}".encode()).hexdigest()[:16]


async def bring(visit: VisitContext, text: str, body: BringIn, key: str | None) -> StepOut:
    """Have an asset brought to a ward."""
    ward = ward_id(visit, body.ward)
    return await _carry(
        visit,
        text,
        body,
        key,
        "bring",
        lambda stations, _: stations.of_ward(ward),
        ward=ward,
        candidates=tuple(body.candidates),
    )


async def fetch(visit: VisitContext, text: str, body: FetchIn, key: str | None) -> StepOut:
    """Have an asset carried away, home or to be cleaned."""
    if body.to_cleaning:
        return await _carry(visit, text, body, key, "to_cleaning", Stations.for_cleaning)
    return await _carry(visit, text, body, key, "fetch", Stations.near_home)


def ward_id(visit: VisitContext, text: str) -> str:
    """The ward's id; what is no ward stays as it is and is refused by whoever knows."""
    return visit.directory.find_ward(text) or text


def place_id(visit: VisitContext, text: str) -> str:
    """The id of a room, station or ward; what is none stays as it is."""
    return visit.directory.find_place(text) or text


def instant_ms(moment: datetime | None) -> int | None:
    """Milliseconds UTC, or None."""
    return None if moment is None else to_ms(moment)


async def _carry(
    visit: VisitContext,
    text: str,
    body: CarryIn,
    key: str | None,
    purpose: Purpose,
    there: Callable[[Stations, AssetView], str | None],
    *,
    ward: str = "",
    candidates: tuple[str, ...] = (),
) -> StepOut:
    asset = await look_up(visit, text)
    stations = Stations(directory=visit.directory, in_use=await visit.stations_in_use())
    wish = made_id(visit, key)
    known = asset.transport if asset.transport and asset.transport.key == wish else None
    destination = _station(visit, body.destination) or (known.destination if known else there(stations, asset))
    but = destination if purpose == "to_cleaning" else None
    origin = _station(visit, body.origin) or (known.origin if known else stations.near_asset(asset, but))
    if origin is None:
        raise _no_station("from")
    if destination is None:
        raise _no_station("to")
    request = AskTransport(
        key=wish,
        asset=asset.id,
        purpose=purpose,
        origin=origin,
        destination=destination,
        ward=ward,
        due_ms=instant_ms(body.due),
        candidates=candidates,
    )
    return await carry_out(visit, request, key)


def _station(visit: VisitContext, text: str | None) -> str | None:
    return None if text is None else visit.directory.find_station(text) or text


def _no_station(field: str) -> Problem:
    return refuse(
        422,
        "no_station",
        field,
        da="Der er ingen åben afsætningsplads at vælge. Angiv en station.",
        en="There is no station in use to choose. Give a station.",
    )
