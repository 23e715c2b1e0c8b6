"""Turns every failure into the one problem shape: as JSON for programs, as a page for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Scope

from api.access import Actor
from api.addresses import SEE_OTHER, inside
from api.equipment.present import EquipmentPresenter
from api.house import House, language_of
from api.problems import MEDIA_TYPE, Problem, problem_body
from fleet.requests import Violation

API_PREFIX = "/api/"
UNNAMED = 401
_logger = structlog.get_logger("api.errors")

_MESSAGES: dict[str, tuple[str, str, str]] = {
    "missing": ("missing", "Mangler. Udfyld feltet.", "Missing. Fill in the field."),
    "extra_forbidden": (
        "unknown_field",
        "Dette felt kendes ikke. Fjern det, eller ret navnet.",
        "This field is not known. Remove it or correct its name.",
    ),
    "no_patient_identity": (
        "no_patient_identity",
        "Ligner et CPR-nummer. Skriv aldrig, hvem patienten er: skriv afsnit og stue eller plads.",
        "Looks like a CPR number. Never write who the patient is: write ward and room or bed.",
    ),
    "no_control_characters": (
        "no_control_characters",
        "Indeholder usynlige styretegn. Skriv teksten igen med almindelige tegn.",
        "Holds invisible control characters. Write the text again with ordinary letters.",
    ),
    "string_too_short": ("too_short", "Er tom. Skriv mindst ét tegn.", "Is empty. Write at least one letter."),
    "string_too_long": ("too_long", "Højst {max_length} tegn.", "At most {max_length} characters."),
    "too_long": ("too_long", "Højst {max_length} ad gangen.", "At most {max_length} at a time."),
    "string_type": ("not_text", "Skal være tekst.", "Must be text."),
    "greater_than": ("out_of_range", "Skal være over {gt}.", "Must be above {gt}."),
    "greater_than_equal": ("out_of_range", "Skal være mindst {ge}.", "Must be at least {ge}."),
    "less_than_equal": ("out_of_range", "Må højst være {le}.", "Must be at most {le}."),
    "finite_number": ("not_a_number", "Skal være et tal.", "Must be a number."),
    "literal_error": ("unknown_choice", "Vælg en af: {expected}.", "Choose one of: {expected}."),
}
_BY_PREFIX: tuple[tuple[str, tuple[str, str, str]], ...] = (
    (
        "timezone",
        (
            "not_a_time",
            "Skriv tidspunktet som ISO 8601 med tidszone: 2026-03-01T10:45:00+01:00.",
            "Write the time as ISO 8601 with its zone: 2026-03-01T10:45:00+01:00.",
        ),
    ),
    (
        "datetime",
        (
            "not_a_time",
            "Skriv tidspunktet som ISO 8601 med tidszone: 2026-03-01T10:45:00+01:00.",
            "Write the time as ISO 8601 with its zone: 2026-03-01T10:45:00+01:00.",
        ),
    ),
    ("float", ("not_a_number", "Skal være et tal.", "Must be a number.")),
    ("int", ("not_a_number", "Skal være et helt tal.", "Must be a whole number.")),
    ("bool", ("not_yes_or_no", "Skal være true eller false.", "Must be true or false.")),
)
_OTHER = (
    "malformed",
    "Har ikke den rette form. Se /api/v1/openapi.json.",
    "Has not the right form. See /api/v1/openapi.json.",
)


def violations_of(errors: Sequence[Any]) -> list[Violation]:
    """Translate pydantic's errors to violations, each with the field's own name."""
    found = []
    for error in errors:
        kind: str = error["type"]
        by_prefix = next((message for prefix, message in _BY_PREFIX if kind.startswith(prefix)), _OTHER)
        rule, da, en = _MESSAGES.get(kind, by_prefix)
        figures = {name: str(value) for name, value in (error.get("ctx") or {}).items()}
        location = [str(part) for part in error["loc"]]
        if location and location[0] in ("body", "query", "path", "header", "cookie"):
            location = location[1:]
        found.append(Violation(rule, ".".join(location), _fill(da, figures), _fill(en, figures)))
    return found


def as_problem(error: RequestValidationError) -> Problem:
    """Make a problem of what pydantic found: 400 when the body is not JSON at all, else 422."""
    errors = error.errors()
    if any(item["type"] == "json_invalid" for item in errors):
        return Problem(
            400,
            (Violation("not_json", "", "Indholdet er ikke gyldig JSON.", "The body is not valid JSON."),),
        )
    return Problem(422, violations_of(errors))


def answer(house: House, problem: Problem, request: Request) -> Response:
    """Answer with a problem: as a page to a person's browser, as problem+json to everybody else."""
    language = language_of(request)
    phrases = house.faces.phrases[language]
    offers = EquipmentPresenter(phrases).assets(problem.offers)
    body = problem_body(problem, language, phrases.say, offers)
    headers = {"Retry-After": str(problem.retry_s or 5)} if problem.retry_s or problem.status == 503 else {}
    if request.url.path.startswith(API_PREFIX) or "text/html" not in request.headers.get("accept", ""):
        headers["Content-Language"] = language
        return Response(body.written(), problem.status, headers, MEDIA_TYPE)
    if problem.status == UNNAMED:
        return RedirectResponse(f"/who?next={quote(_where(request))}", SEE_OTHER)
    actor: Actor | None = getattr(request.state, "actor", None)
    page = house.faces.pages.render(language, "error.html", request=request, link=house.link, actor=actor, problem=body)
    return HTMLResponse(page, problem.status, headers)


def install(app: FastAPI, house: House) -> None:
    """Let every failure of the routes be answered in the one shape."""

    async def on_problem(request: Request, error: Exception) -> Response:
        return answer(house, error if isinstance(error, Problem) else Problem(500), request)

    async def on_http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        response = answer(house, Problem(status), request)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response

    async def on_validation(request: Request, error: Exception) -> Response:
        return answer(house, as_problem(error) if isinstance(error, RequestValidationError) else Problem(500), request)

    async def on_crash(request: Request, error: Exception) -> Response:
        _logger.error("a route failed", path=request.url.path, exc_info=error)
        return answer(house, Problem(500), request)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(Exception, on_crash)


def answer_at_gate(house: House, problem: Problem, scope: Scope) -> ASGIApp:
    """Answer a request that the gate refuses."""
    return answer(house, problem, Request(scope))


def _where(request: Request) -> str:
    """Return the page on which a person was: the one asked for, or for a form the one that it stood on."""
    if request.method == "GET":
        return request.url.path
    return inside(urlsplit(request.headers.get("referer", "/")).path or "/")


def _fill(text: str, figures: dict[str, str]) -> str:
    for name, value in figures.items():
        text = text.replace("{" + name + "}", value)
    return text
