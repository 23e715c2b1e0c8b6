"""The small clinic's morning for the twin's tests: more happens in less time."""

from __future__ import annotations

import datetime as dt

from simulation.twin.simulate import Days
from site_models.load import load_site
from site_models.schema import Site

MONDAY = dt.date(2026, 3, 16)


def busy_clinic(times: float = 4.0) -> Site:
    """The small clinic with so many times its demand."""
    site = load_site("clinic_small")
    demand = [each.model_copy(update={"per_day": each.per_day * times}) for each in site.demand]
    return site.model_copy(update={"demand": demand})


def morning(site: Site | None = None, **more: object) -> Days:
    """From midnight to nine."""
    return Days(site=site or busy_clinic(), date=MONDAY, hours=9.0, **more)  # type: ignore[arg-type]  # fields of Days
