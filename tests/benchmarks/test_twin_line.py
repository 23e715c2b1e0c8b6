"""The twin's benchmark says what came of the hours and how long they took."""

from __future__ import annotations

from api.day.start import full_opening
from benchmarks.twin.__main__ import measure
from simulation.twin.simulate import Days, simulate
from site_models.load import load_site

SITE = load_site("clinic_small")
TIMED = ("cpu_s", "times_real_time")


def test_the_line_has_the_figures_and_the_ledger_of_the_run() -> None:
    """Eight hours of the clinic: all that was ordered is told, and the ledger is that of the same run elsewhere."""
    line = measure(SITE, 8.0, 3)
    run = simulate(Days(site=SITE, date=full_opening(SITE), hours=8.0), 3)
    assert (line["ledger"], line["rows"]) == (run.ledger, run.rows)
    assert sum(line["ended"].values()) == line["jobs"] == len(run.jobs) > 0
    assert all(line[name] > 0 for name in TIMED)
