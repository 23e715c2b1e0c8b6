"""`/help`, `/accessibility` and `/clock`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.access import ANYBODY, access
from api.house import Visit, VisitContext
from api.overview import done_sentence
from api.problems import DETAILS, TITLES
from api.routes.job_pages import said
from api.texts import N_
from fleet.requests import Violation

router = APIRouter(include_in_schema=False)
GLOSSARY = (
    (N_("Job"), N_("one load from one place to another by a deadline")),
    (N_("Leg"), N_("one carrier's part of a job")),
    (N_("Load"), N_("what is carried; a patient is never called a load")),
    (N_("Carrier"), N_("who carries: a robot, a porter or the tube")),
    (N_("Capsule"), N_("the container in the tube")),
    (N_("Requester"), N_("who ordered the job")),
    (N_("Station"), N_("where loads are handed over")),
    (N_("Slack"), N_("time left between the expected arrival and the deadline")),
    (N_("Hand-over"), N_("the moment from which another answers for the load")),
)


@router.get("/help")
@access(roles=ANYBODY, log="none")
async def help_page(visit: Visit) -> HTMLResponse:
    """Show keys, shapes, words and what refusals mean."""
    problems = [(status, title, DETAILS.get(status, title)) for status, title in sorted(TITLES.items())]
    return visit.page("help.html", glossary=GLOSSARY, problems=problems)


@router.get("/accessibility")
@access(roles=ANYBODY, log="none")
async def accessibility(visit: Visit) -> HTMLResponse:
    """Show the accessibility statement."""
    return visit.page("accessibility.html")


@router.get("/clock")
@access(roles=ANYBODY, log="none")
async def clock_page(visit: Visit) -> HTMLResponse:
    """Show site time and its pace."""
    return show_clock(visit)


def show_clock(visit: VisitContext, problems: Sequence[Violation] = (), status: int = 200) -> HTMLResponse:
    """Show the clock, with what was refused."""
    return visit.page(
        "clock.html",
        status,
        key=secrets.token_urlsafe(9),
        problems=said(visit, problems),
        done_sentence=done_sentence(visit),
    )
