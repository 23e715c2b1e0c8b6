"""What the buttons of the equipment pages send: each is carried out and leads on, or back to its page with why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from fastapi import APIRouter, Path, Request, Response

from api.access import access
from api.addresses import inside
from api.equipment import pages_find as find
from api.equipment.asking import bring as have_brought
from api.equipment.asking import fetch as have_fetched
from api.equipment.asking import look_up, made_id
from api.equipment.bodies import BringIn, FetchIn
from api.equipment.pages_say import is_beaten
from api.equipment.pages_steps import CLEANING, FIELD, SERVICE, WAYS, Step, candidates
from api.forms import fill, go, read_form
from api.house import Visit, VisitContext
from api.problems import Problem, refuse
from api.routes.equipment import AssetId
from api.routes.equipment_pages import asset_address, show_asset, show_find, show_pool, show_ward
from equipment_tracking.pool import requests as ask
from equipment_tracking.views import AssetView, Done

router = APIRouter(include_in_schema=False)
Act = Callable[[AssetView, dict[str, str]], Awaitable[None]]


def _serve(step: Step) -> None:
    """Give a step of the table its address."""

    @router.post("/equipment/{id:path}/" + step.id, name=f"equipment {step.id}")
    @access(roles=step.roles, log="ledger")
    async def take_step(visit: Visit, request: Request, asset_id: AssetId) -> Response:
        values = {**dict(step.fixed), **await read_form(request)}

        async def act(asset: AssetView, fields: dict[str, str]) -> None:
            done = await visit.equipment.ask(visit.acting, step.build(asset, fields), Done, fields["key"])
            if done.repeated and step.core == "take":
                await _check_first(visit, asset)

        return await _on_asset(visit, asset_id, values, step.id, act)


for _step in WAYS:
    _serve(_step)


@router.post("/equipment/{id:path}/here")
@access(roles=CLEANING, log="ledger")
async def here(visit: Visit, request: Request, asset_id: AssetId) -> Response:
    """Somebody has found it in a room."""

    async def act(asset: AssetView, values: dict[str, str]) -> None:
        seen = ask.SayWhere(asset.id, _room(visit, values), here=True)
        await visit.equipment.ask(visit.acting, seen, Done, values["key"])

    return await _on_asset(visit, asset_id, await read_form(request), "here", act)


@router.post("/equipment/{id:path}/not-here")
@access(roles=CLEANING, log="ledger")
async def not_here(visit: Visit, request: Request, asset_id: AssetId) -> Response:
    """Somebody has looked for it in a room, in vain."""

    async def act(asset: AssetView, values: dict[str, str]) -> None:
        seen = ask.SayWhere(asset.id, _room(visit, values), here=False)
        await visit.equipment.ask(visit.acting, seen, Done, values["key"])

    return await _on_asset(visit, asset_id, await read_form(request), "not-here", act)


@router.post("/equipment/{id:path}/bring")
@access(roles=FIELD, log="ledger")
async def bring(visit: Visit, request: Request, asset_id: AssetId) -> Response:
    """Have it brought to a ward."""

    async def carry(asset: AssetView, values: dict[str, str]) -> None:
        body = fill(BringIn, {"ward": values.get("ward", ""), "candidates": candidates(values)})
        await have_brought(visit, asset.id, body, values["key"])

    return await _on_asset(visit, asset_id, await read_form(request), "bring", carry)


@router.post("/equipment/{id:path}/carried")
@access(roles=FIELD, log="ledger")
async def carried(visit: Visit, request: Request, asset_id: AssetId) -> Response:
    """Have it carried away to be cleaned."""

    async def carry(asset: AssetView, values: dict[str, str]) -> None:
        await have_fetched(visit, asset.id, FetchIn(to_cleaning=True), values["key"])

    return await _on_asset(visit, asset_id, await read_form(request), "carried", carry)


async def _check_first(visit: VisitContext, asset: AssetView) -> None:
    """Make sure that what a ward has already was taken by this person: a colleague who was first has it.

    Raises
    ------
    Problem
        409 when somebody else of the ward took it.
    """
    history = await visit.equipment_records.history(asset.id)
    taken = next((entry for entry in reversed(history) if entry.kind == "asset.taken"), None)
    if taken is None or taken.actor == visit.acting.id:
        return
    person, time = visit.phrases.actor(taken.actor), visit.phrases.clock(taken.at_ms, visit.link.now_ms)
    raise refuse(
        409,
        "taken_by_colleague",
        "asset",
        da=f"{person} fra samme afsnit tog den kl. {time}.",
        en=f"{person} of the same ward took it at {time}.",
    )


async def _on_asset(visit: VisitContext, asset_id: str, values: dict[str, str], done: str, act: Act) -> Response:
    """Carry a step out; the page that it came from shows a refusal, with what may be had instead."""
    back = urlsplit(inside(values.get("back", ""), asset_address(asset_id)))
    key = values.get("key", "")
    asset: AssetView | None = None
    try:
        asset = await look_up(visit, asset_id)
        now_ms = str(visit.link.now_ms)
        await act(asset, {**values, "key": key, "made": made_id(visit, key), "now_ms": now_ms})
    except Problem as problem:
        if back.path == "/find":
            asset = await look_up(visit, asset.id) if asset and is_beaten(problem) else asset
            return await show_find(visit, find.Wanted.of(dict(parse_qsl(back.query))), problem, asset)
        if asset is None:
            raise
        return await _refused(visit, back.path, asset, problem, values)
    address = asset_address(asset.id) if done in LEADS_ON else back.geturl()
    return go(f"{address}{'&' if '?' in address else '?'}done={done}")


async def _refused(
    visit: VisitContext, path: str, asset: AssetView, problem: Problem, values: dict[str, str]
) -> Response:
    if path.startswith("/equipment/wards/"):
        return await show_ward(visit, unquote(path.rpartition("/")[2]), problem.violations, problem.status)
    if path == "/equipment/pool":
        return await show_pool(visit, problem.violations, problem.status)
    return await show_asset(visit, asset.id, problem.violations, problem.status, values)


LEADS_ON = ("take", "take-emergency", "reserve", "lend", "bring")
"""What leads to the page of the asset, wherever the button stood."""


def _room(visit: VisitContext, values: dict[str, str]) -> str:
    """The room of the form: chosen, or written.

    Raises
    ------
    Problem
        422 when nothing of the site is called so.
    """
    written = values.get("other", "")
    if not written:
        return values.get("place", "")
    room = visit.directory.find_place(written)
    if room is None:
        raise refuse(
            422,
            "unknown_place",
            "other",
            da=f"Der er ikke ét rum, der hedder “{written}”. Skriv det, som det står på døren.",
            en=f"There is no one room called “{written}”. Write it as it stands on the door.",
        )
    return room


@router.post("/equipment/alarms/seen")
@access(roles=CLEANING, log="ledger")
async def see_alarm(visit: Visit, request: Request) -> Response:
    """Somebody has seen an alarm."""
    values = await read_form(request)
    back = inside(values.get("back", ""), "/equipment/pool")
    return await _on_overview(visit, back, values, "seen", ask.SeeAlarm(values.get("alarm", "")))


@router.post("/equipment/wards/{ward}/par")
@access(roles=("dispatcher", "planner"), log="ledger")
async def set_par(visit: Visit, request: Request, ward: Annotated[str, Path(max_length=64)]) -> Response:
    """Set how many ready ones of a type a ward shall have."""
    values = await read_form(request)
    count = values.get("count", "")
    level = ask.SetPar(ward, values.get("type", ""), int(count) if count.isdecimal() and len(count) < 5 else -1)
    return await _on_overview(visit, f"/equipment/wards/{quote(ward, safe='')}", values, "level", level)


@router.post("/equipment/recalls")
@access(roles=SERVICE, log="ledger")
async def start_recall(visit: Visit, request: Request) -> Response:
    """Call back a batch."""
    values = await read_form(request)
    recall = ask.StartRecall(
        values.get("key", ""),
        values.get("reason", ""),
        asset_type=values.get("type", ""),
        gtin=values.get("gtin", ""),
        serial_from=values.get("serial_from", ""),
        serial_to=values.get("serial_to", ""),
    )
    return await _on_overview(visit, "/equipment/pool", values, "recall", recall)


@router.post("/equipment/recalls/end")
@access(roles=SERVICE, log="ledger")
async def end_recall(visit: Visit, request: Request) -> Response:
    """A batch needs no more watching."""
    values = await read_form(request)
    recall = ask.EndRecall(values.get("recall", ""))
    return await _on_overview(visit, "/equipment/pool", values, "recall-ended", recall)


async def _on_overview(
    visit: VisitContext, back: str, values: dict[str, str], done: str, body: ask.PoolRequest
) -> Response:
    """Carry out what stands on the page of the pool or of a ward, and go back there."""
    path = urlsplit(back).path
    try:
        await visit.equipment.ask(visit.acting, body, Done, values.get("key", ""))
    except Problem as problem:
        if path.startswith("/equipment/wards/"):
            return await show_ward(visit, unquote(path.rpartition("/")[2]), problem.violations, problem.status)
        return await show_pool(visit, problem.violations, problem.status)
    return go(f"{path}?done={done}")
