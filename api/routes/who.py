"""`/who` and `/language`: until sign-in exists a person picks a name and a role; and the language."""

from __future__ import annotations

import time
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.access import ANYBODY, COOKIE, COOKIE_AGE_S, ROLES, access
from api.addresses import inside
from api.forms import go, read_form
from api.house import LANGUAGE_COOKIE, Visit
from api.problems import refuse
from api.texts import Language

router = APIRouter(include_in_schema=False)
_logger = structlog.get_logger("api.access")
YEAR_S = 365 * 86_400
Next = Annotated[str, Query(alias="next", max_length=500)]


@router.get("/who")
@access(roles=ANYBODY, log="none")
async def who(visit: Visit, after: Next = "/") -> HTMLResponse:
    """Show the staff of the site to pick from, by role."""
    staff = {role: [member for member in visit.directory.site.staff if role in member.roles] for role in ROLES}
    return visit.page("who.html", staff=staff, next=inside(after))


@router.post("/who")
@access(roles=ANYBODY, log="process")
async def pick(visit: Visit, request: Request) -> Response:
    """Act as this person in this role from now on, or as nobody."""
    values = await read_form(request)
    response = go(inside(values.get("next", "/")))
    if not values.get("pick"):
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response
    id, _, role = values["pick"].partition("|")
    member = visit.directory.staff.get(id)
    if member is None or role not in member.roles:
        raise refuse(
            422,
            "unknown_actor",
            "pick",
            da="Vælg en person og en rolle fra listen.",
            en="Choose a person and a role from the list.",
        )
    _logger.info("acting", actor=id, role=role)
    badge = visit.house.badge.write(id, role, time.time())
    response.set_cookie(COOKIE, badge, max_age=COOKIE_AGE_S, httponly=True, samesite="strict")
    return response


@router.get("/language")
@access(roles=ANYBODY, log="none")
async def choose_language(visit: Visit, to: Language, after: Next = "/") -> Response:  # noqa: ARG001  # every route is admitted
    """Show the pages in this language from now on."""
    response = go(inside(after))
    response.set_cookie(LANGUAGE_COOKIE, to, max_age=YEAR_S, httponly=True, samesite="lax")
    return response
