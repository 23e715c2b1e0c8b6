"""Checks a site against every rule beyond its schema, and says what to do about each violation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from site_models.checks.bays import check_bays
from site_models.checks.carriers import check_carriers
from site_models.checks.reach import check_reach
from site_models.checks.references import check_references
from site_models.checks.report import Report
from site_models.checks.separation import check_separation
from site_models.checks.shapes import check_shapes
from site_models.checks.survey import Survey
from site_models.checks.traffic import check_traffic
from site_models.errors import SiteError, SiteErrors, in_order
from site_models.load import load_with_positions
from site_models.positions import Positions
from site_models.schema import Site

__all__ = ["SiteError", "check", "check_report"]


def check(site: Site, positions: Positions | None = None) -> list[SiteError]:
    """Every violation, in the order of the files; without `positions` they stand at the site as a whole."""
    survey, report = Survey(site), Report(site.site.id, positions)
    for rules in (
        check_references,
        check_shapes,
        check_reach,
        check_bays,
        check_carriers,
        check_traffic,
        check_separation,
    ):
        rules(survey, report)
    return _said_once(in_order(report.errors))


def _said_once(errors: list[SiteError]) -> list[SiteError]:
    """One error a rule and place: what is wrong in a plan is wrong on each of its floors, yet one mistake."""
    alike: dict[tuple[str, str, int, int], list[SiteError]] = {}
    for error in errors:
        alike.setdefault((error.rule, error.file, error.line, error.column), []).append(error)
    said = []
    for (*_, line, _), same in alike.items():
        more = f" (and {len(same) - 1} more like it)" if line and len(same) > 1 else ""
        said.extend([replace(same[0], message=same[0].message + more)] if line else same)
    return said


def check_report(site: str | Path) -> list[SiteError]:
    """Every violation of a site given by folder or name; those of the schema alone when it cannot be loaded."""
    try:
        loaded = load_with_positions(site)
    except SiteErrors as refused:
        return refused.errors
    return check(loaded.site, loaded.positions)
