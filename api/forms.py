"""Reads the forms of the pages: empty fields are left out, and what is wrong comes back as violations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from api.addresses import SEE_OTHER
from api.errors import violations_of
from api.problems import Problem, refuse
from api.times import next_time_of_day, to_datetime

B = TypeVar("B", bound=BaseModel)


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form; of a repeated field the last."""
    form = await request.form(max_files=0, max_fields=60)
    return {name: value.strip() for name, value in form.items() if isinstance(value, str)}


def fill(body: type[B], values: Mapping[str, Any]) -> B:
    """Make a body of form fields.

    Raises
    ------
    Problem
        422 with everything that is wrong.
    """
    try:
        return body.model_validate({name: value for name, value in values.items() if value not in ("", None)})
    except ValidationError as error:
        raise Problem(422, violations_of(error.errors())) from error


def read_time(text: str, field: str, now_ms: int, zone: ZoneInfo) -> dt.datetime:
    """Read a time of day, as the next instant at which the clock on the wall shows it.

    Raises
    ------
    Problem
        422 for the field when it is none.
    """
    try:
        return to_datetime(next_time_of_day(text, now_ms, zone), zone)
    except ValueError as wrong:
        raise refuse(
            422,
            "not_a_time",
            field,
            da="Skriv klokkeslættet med timer og minutter: 10:45.",
            en="Write the time with hours and minutes: 10:45.",
        ) from wrong


def go(address: str) -> RedirectResponse:
    """Send the browser on after a form was carried out."""
    return RedirectResponse(address, SEE_OTHER)
