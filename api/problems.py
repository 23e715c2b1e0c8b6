"""Every refusal in one shape: problem+json (RFC 9457) with all broken rules at once."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.equipment.schemas import AssetOut
from api.texts import N_, Language
from equipment_tracking.views import AssetView
from fleet.requests import Violation

MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: N_("The request cannot be read"),
    401: N_("Nobody is named as acting"),
    403: N_("This role may not do that"),
    404: N_("Not found"),
    405: N_("This address has no such method"),
    409: N_("Not possible in the present state"),
    413: N_("The request is too large"),
    415: N_("Not a form and not JSON"),
    421: N_("Not the address of this service"),
    422: N_("Something in the request is not right"),
    500: N_("An error of our own"),
    503: N_("Not available just now"),
    504: N_("No answer in time"),
    507: N_("The disk is full"),
}
DETAILS = {
    400: N_("The body is not JSON. Check quotes, commas and brackets."),
    401: N_("Pick your name at /who, or send the header Portor-Actor with an id from the staff list."),
    403: N_("Pick a role that may do this, or ask somebody who has it."),
    409: N_("Somebody else was first, or the job has come too far. Look at the job and decide anew."),
    413: N_("Send less at a time."),
    415: N_("Send application/json, or a form."),
    421: N_("The service answers on this machine only, under the name 127.0.0.1."),
    422: N_("Each violation names its field, the rule and the way out. Nothing was changed."),
    404: N_("Nothing is found at this address. Check the id, or look in the list."),
    405: N_("The address exists, but not with this method. See /api/v1/openapi.json."),
    500: N_(
        "The request was not carried out. Try again; if it repeats, tell the technicians the time and the address."
    ),
    503: N_("The dispatcher does not answer. Nothing was changed; try again shortly."),
    504: N_("The dispatcher has not answered. Send the same request again with the same key: it is carried out once."),
    507: N_("Nothing was changed. Free some space on the disk of the service and try again."),
}


class Problem(HTTPException):
    """A request is refused: the HTTP status and every broken rule, in both languages.

    `retry_s` is set when trying again may help; it becomes `Retry-After`. `offers` is equipment that may be had
    instead of what was asked for, the best first.
    """

    def __init__(
        self,
        status: int,
        violations: Sequence[Violation] = (),
        retry_s: int | None = None,
        *,
        offers: Sequence[AssetView] = (),
    ) -> None:
        super().__init__(status, "; ".join(f"{item.rule} ({item.field}): {item.en}" for item in violations))
        self.status = status
        self.violations = tuple(violations)
        self.retry_s = retry_s
        self.offers = tuple(offers)


def refuse(status: int, rule: str, field: str, *, da: str, en: str, retry_s: int | None = None) -> Problem:
    """Make a problem of one broken rule."""
    return Problem(status, (Violation(rule, field, da, en),), retry_s)


class ViolationOut(BaseModel):
    """One broken rule, the field it is about, and what to do."""

    rule: str = Field(examples=["unknown_station"])
    field: str = Field(examples=["to"], description="Name of the field or header; empty when it is about the whole.")
    message: str


class ProblemOut(BaseModel):
    """A refusal (RFC 9457). Nothing was changed."""

    type: str = Field(examples=["/help#problem-422"], description="Address of what this kind of problem means.")
    title: str
    status: int
    detail: str
    violations: list[ViolationOut]
    offers: list[AssetOut] | None = Field(
        default=None, description="Only where equipment was refused: what may be had instead, the best first."
    )

    def written(self) -> str:
        """Write it as JSON; without offers where none were possible."""
        return self.model_dump_json(exclude=None if self.offers else {"offers"})


def problem_body(
    problem: Problem, language: Language, translate: Any, offers: list[AssetOut] | None = None
) -> ProblemOut:
    """Write a problem in one language; `offers` are those of the problem, as they are written in it."""
    messages = [
        ViolationOut(rule=item.rule, field=item.field, message=item.da if language == "da" else item.en)
        for item in problem.violations
    ]
    title = TITLES.get(problem.status) or HTTPStatus(problem.status).phrase
    detail = " ".join(item.message for item in messages) or translate(DETAILS.get(problem.status, title))
    return ProblemOut(
        type=f"/help#problem-{problem.status}",
        title=translate(title),
        status=problem.status,
        detail=detail,
        violations=messages,
        offers=offers,
    )


EXPLAINED = {
    400: "The body is not JSON.",
    401: "No actor: send `Portor-Actor: <staff id>`, or pick a name at /who.",
    403: "The role may not do this, or the request came from another site's page.",
    404: "There is no such thing.",
    405: "No such method here.",
    409: "The present state does not allow it.",
    413: "The body is larger than allowed.",
    415: "The body is of another type.",
    421: "The Host header names another machine.",
    422: "At least one rule is broken; `violations` lists all of them.",
    500: "An error of the service itself.",
    503: "The part that is asked is away or overloaded; `Retry-After` says when to try again.",
    504: "The part that is asked did not answer; repeat with the same key.",
    507: "The disk is full; nothing was changed.",
}
READ_ERRORS = (403, 404, 421, 422, 500, 503)
WRITE_ERRORS = (400, 401, 403, 404, 409, 413, 421, 422, 500, 503, 504, 507)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe these errors for OpenAPI; `DescribedApp` gives each the one shape."""
    return {status: {"description": EXPLAINED[status]} for status in statuses}
