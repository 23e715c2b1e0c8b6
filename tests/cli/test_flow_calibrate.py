"""`portor flow calibrate` as a planner runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.in_process import portor_here
from tests.support.portor import ROOT, portor, refused

VISITS = ROOT / "tests" / "data" / "ed_sem_malmo" / "visits.csv"
COLUMNS = (
    *("--arrival", "arrival_at_hospital", "--class", "triage=priority", "--class", "ambulance"),
    *("--duration", "length_of_stay=arrival_at_hospital..exit_ed"),
)


def test_a_log_becomes_a_flow_in_order_and_a_report(tmp_path: Path) -> None:
    """Five weeks of published visits: the flow passes its check, the report says what was fitted and what not."""
    made = tmp_path / "made"
    run = portor("flow", "calibrate", str(VISITS), *COLUMNS, "--replications", "5", "--out", str(made))
    assert run.returncode == 0, run.stdout + run.stderr
    assert sorted(file.name for file in made.iterdir()) == ["visits.report.json", "visits.report.md", "visits.yaml"]
    assert "patients fitted" in run.stdout
    checked = portor("flow", "check", str(made / "visits.yaml"))
    assert checked.returncode == 0, checked.stdout
    report = json.loads((made / "visits.report.json").read_text(encoding="utf-8"))
    fitted = report["fit"]
    # 4,922 visits in 35 days; 26 of these days are fitted.
    assert fitted["n"] + report["validation"]["n"] == 4922
    assert fitted["arrivals"]["days"] == 26
    assert 130 < fitted["arrivals"]["per_day"] < 150
    assert fitted["durations"][0]["by"] == "triage"
    text = (made / "visits.yaml").read_text(encoding="utf-8")
    assert f"source: fitted from visits.csv, n={fitted['n']}" in text
    assert "lognormal" in text
    assert "# Calibration from visits.csv" in (made / "visits.report.md").read_text(encoding="utf-8")


def test_bad_rows_are_listed_by_line_and_nothing_is_written(tmp_path: Path) -> None:
    """Two rows of the log are spoiled; with --skip-bad-rows they are left out and counted."""
    lines = VISITS.read_text(encoding="utf-8").splitlines()
    lines[9] = lines[9].replace("2017-", "2017-99-", 1)
    lines[99] = "3,False"
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join(lines), encoding="utf-8")
    made = tmp_path / "made"
    run = portor_here("flow", "calibrate", str(bad), *COLUMNS, "--out", str(made))
    assert "2 errors" in refused(run)
    assert [line.split(": ")[0] for line in run.stdout.splitlines()] == [f"{bad}:10", f"{bad}:100"]
    assert not made.exists()
    again = portor_here(
        "flow", "calibrate", str(bad), *COLUMNS, "--skip-bad-rows", "--replications", "2", "--out", str(made)
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert "2 bad rows of the log were left out" in (made / "bad.report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--arrival", "when"], "1 error"),
        ([*COLUMNS, "--duration", "stay"], "has no `=`"),
        ([*COLUMNS, "--duration", "stay=..exit_ed"], "names no columns"),
        ([*COLUMNS, "--duration", "my stay=exit_ed"], "no id"),
        ([*COLUMNS, "--class", "triage=ambulance"], "same id"),
        ([*COLUMNS, "--dates", "ddd"], "ymd, dmy or mdy"),
        ([*COLUMNS, "--timezone", "Europe/Nowhere"], "no time zone"),
        ([*COLUMNS, "--criterion", "best"], "aic or bic"),
        ([*COLUMNS, "--name", "å å"], "no id"),
        ([*COLUMNS, "--encoding", "klingon"], "--encoding"),
        ([*COLUMNS, "--by", "length_of_stay=colour"], "no class 'colour'"),
        ([*COLUMNS, "--fit-share", "0.9"], "--fit-share"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments: list[str], said: str, tmp_path: Path) -> None:
    """Each says what to do, and nothing is written."""
    run = portor_here("flow", "calibrate", str(VISITS), *arguments, "--out", str(tmp_path / "made"))
    assert said in " ".join(refused(run).split())
    assert not (tmp_path / "made").exists()


def test_files_that_are_no_logs_are_refused(tmp_path: Path) -> None:
    """One that is not there; one of bytes."""
    assert "is no file" in refused(portor_here("flow", "calibrate", str(tmp_path / "none.csv"), *COLUMNS))
    noise = tmp_path / "noise.csv"
    noise.write_bytes(bytes(range(256)) * 50)
    assert "--encoding" in refused(portor_here("flow", "calibrate", str(noise), *COLUMNS))
