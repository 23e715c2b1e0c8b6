"""What came of re-training, as lines for people."""

from __future__ import annotations

from equipment_tracking.calibration.judging import Figures
from equipment_tracking.calibration.retrain import Report

MOST_LINES = 10
"""Gateways that are named with their change; the report itself names all."""


def lines(report: Report) -> list[str]:
    """The report in sentences: readings, what changed, how well labels are found."""
    counted = ", ".join(f"{count} {source}" for source, count in report.rows.items())
    found = [f"Readings: {counted}; {report.outside} labels lay outside the site and were left out."]
    found += [
        f"Tags of {source} labels are {abs(louder_db):.1f} dB {'louder' if louder_db > 0 else 'quieter'} than the "
        "survey's; this is taken off."
        for source, louder_db in report.louder_db.items()
    ]
    for state, names in (("new", report.new), ("silent", report.silent), ("moved", report.moved)):
        if names:
            found.append(f"{len(names)} gateways are {state}: {', '.join(names)}.")
    changed = [row for row in report.gateways if row.differ_db is not None and row.change_db is not None]
    for row in changed[:MOST_LINES]:
        moved = f", its centre {row.moved_m:g} m away" if row.state == "moved" and row.moved_m is not None else ""
        found.append(
            f"{row.gateway}: {row.change_db:+.1f} dB ({row.differ_db:.1f} dB regardless of sign){moved}; "
            f"{row.rows_before} readings before, {row.rows_after} now."
        )
    if len(changed) > MOST_LINES:
        found.append(f"{len(changed) - MOST_LINES} more gateways have changed less.")
    if report.before:
        found.append(f"With the survey alone: {_told(report.before)}.")
    if report.after:
        found.append(f"Now: {_told(report.after)}.")
    return found


def _told(figures: Figures) -> str:
    rooms = "" if figures.room_accuracy is None else f", right room {figures.room_accuracy:.1%}"
    return (
        f"median {figures.median_m:.2f} m, p95 {figures.p95_m:.2f} m, mean {figures.mean_m:.2f} m{rooms} "
        f"({figures.n} answers about what was left out)"
    )
