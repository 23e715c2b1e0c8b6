"""From what a person sends to what the dispatcher is asked: names become ids, and each wrong one is a violation."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Header
from msgspec.structs import replace

from api.directory import Directory
from api.house import VisitContext
from api.problems import Problem
from api.schemas import JobIn, Words
from api.texts import LANGUAGES
from api.times import to_ms
from fleet.requests import Accepted, CreateJob, FleetRequest, Violation
from fleet.views import HistoryEntry, JobView

IdempotencyKey = Annotated[
    Words | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key makes a repeated request one job. Left out, the request stands alone.",
    ),
]
FIELDS = {"origin": "from", "destination": "to", "due_ms": "due", "ready_ms": "ready", "until_ms": "until"}


async def carry_out(visit: VisitContext, request: FleetRequest, key: str | None) -> tuple[int, Accepted]:
    """Send a request in the name of the acting person.

    Raises
    ------
    Problem
        The dispatcher's refusal, its fields named as the interface names them.
    """
    actor = visit.acting
    try:
        return await visit.link.send(actor.id, actor.role, key or secrets.token_urlsafe(16), request)
    except Problem as problem:
        named = [_for_people(item, request, visit.directory) for item in problem.violations]
        raise Problem(problem.status, named, problem.retry_s) from problem


def read_order(order: JobIn, visit: VisitContext) -> CreateJob:
    """Make the dispatcher's request of an order; a station's name becomes its id, the dispatcher judges the rest."""
    directory = visit.directory
    return CreateJob(
        load=order.load,
        origin=directory.find_station(order.origin) or order.origin,
        destination=directory.find_station(order.destination) or order.destination,
        due_ms=None if order.due is None else to_ms(order.due),
        within_min=order.within_min,
        ready_ms=None if order.ready is None else to_ms(order.ready),
        priority=order.priority,
        mass_kg=order.mass_kg,
        specimen=order.specimen,
        precaution=order.precaution,
        escort=order.escort,
        oxygen=order.oxygen,
        bariatric=order.bariatric,
        note=order.note,
    )


async def find_job(visit: VisitContext, id: str) -> tuple[JobView, tuple[HistoryEntry, ...]]:
    """Return a job as it is now, with its history.

    Raises
    ------
    Problem
        404 when there is no such job.
    """
    found = await visit.records.job(id)
    if found is None:
        raise Problem(
            404,
            (
                Violation(
                    "unknown_job",
                    "id",
                    "Der er ingen opgave med det nummer. Find den i listen over opgaver.",
                    "There is no job with that number. Find it in the list of jobs.",
                ),
            ),
        )
    view, history = found
    newer = visit.link.live.jobs.get(id)
    return (newer if newer is not None and newer.version >= view.version else view), history


def _for_people(item: Violation, request: FleetRequest, directory: Directory) -> Violation:
    """Name the field as the interface does; for a station that does not exist, add those that resemble it."""
    named = replace(item, field=FIELDS.get(item.field, item.field))
    if item.rule != "unknown_station" or not isinstance(request, CreateJob):
        return named
    written = request.destination if named.field == "to" else request.origin
    da, en = (" · ".join(directory.similar_stations(written, language)) for language in LANGUAGES)
    return replace(
        named, da=f"{named.da} Måske: {da}." if da else named.da, en=f"{named.en} Perhaps: {en}." if en else named.en
    )
