"""`portor flow run` and its like as a planner runs them: on the small clinic, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from api.cli import flow_asked as asked
from api.cli.app import app
from api.cli.flow import read_flows
from api.cli.say import CommandFailed
from simulation.experiment.request import Request, Scenario
from tests.support.in_process import portor_here
from tests.support.portor import ROOT, portor, refused

CLINIC = ("clinic_small", "visits")


def _said(*arguments: str, out: Path) -> str:
    """What a command prints."""
    ran = CliRunner().invoke(app, ["flow", *arguments, "--out", str(out), "--workers", "1"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def _flow(*arguments: str, out: Path) -> dict[str, Any]:
    """The result of a command as JSON."""
    found: dict[str, Any] = json.loads(_said(*arguments, "--json", out=out))
    return found


def test_a_run_is_a_table_and_then_a_known_answer(tmp_path: Path) -> None:
    """The first run prints a figure an output and where it is kept; the second reads the answer from there."""
    first = _said("run", *CLINIC, out=tmp_path)
    assert "to_doctor (min)" in first
    assert "10 replications" in first
    folder = Path(first.strip().splitlines()[-1].rsplit(": ", 1)[1])
    assert (folder / "result.json").is_file()
    assert "answered before" in _said("run", *CLINIC, out=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [folder.name]


def test_the_digest_is_the_same_with_one_worker_and_two_and_replays(tmp_path: Path) -> None:
    """Real patients in one process and in two: the same digest; and `replay` finds every figure again."""
    arguments = (
        "flow",
        "run",
        *CLINIC,
        "--days",
        "280",
        "--replications",
        "40",
        "--precision",
        "to_doctor=0.09",
        "--json",
    )
    one = portor(*arguments, "--workers", "1", "--out", str(tmp_path / "one"))
    two = portor(*arguments, "--workers", "2", "--out", str(tmp_path / "two"))
    assert (one.returncode, two.returncode) == (0, 0), one.stderr + two.stderr
    alone, both = json.loads(one.stdout), json.loads(two.stdout)
    assert alone["sha256"] == both["sha256"]
    assert alone["reached"]
    assert alone["replications"] > 40
    replayed = portor_here("flow", "replay", str(tmp_path / "two" / both["id"]), "--workers", "1")
    assert replayed.returncode == 0, replayed.stderr
    assert f"the same to the last bit: {both['sha256']}" in replayed.stdout


def test_both_engines_give_the_same_figures(tmp_path: Path) -> None:
    """The reference and the compiled engine differ in their name alone; a replay notices another digest."""
    one, other = (
        _flow("run", *CLINIC, "--engine", engine, "--replications", "3", out=tmp_path)
        for engine in ("compiled", "reference")
    )
    assert (one["engine"], other["engine"]) == ("compiled", "reference")
    assert one["sha256"] == other["sha256"]
    result = tmp_path / one["id"] / "result.json"
    result.write_text(result.read_text().replace(one["sha256"], "0" * 64))
    with pytest.raises(CommandFailed, match="The figures differ"):
        _said("replay", one["id"], out=tmp_path)


def test_one_bed_more_is_compared_patient_by_patient(tmp_path: Path) -> None:
    """With a second place to rest visits are shorter; the half-width is narrower by the factor that is reported."""
    file = tmp_path / "scarce.yaml"
    file.write_text((ROOT / "site_models/clinic_small/flows.yaml").read_text().replace("staffed: 4", "staffed: 1"))
    more = ("--set", "resources.bed.staffed=+1", "--replications", "20")
    found = _flow("compare", str(file), "visits", *more, out=tmp_path / "experiments")
    visit = next(one for one in found["differences"] if one["output"] == "visit_p90")
    assert visit["difference"] < 0
    assert visit["clear"]
    assert visit["half_width"] < visit["unpaired_half_width"]
    assert visit["narrower"] == pytest.approx(visit["unpaired_half_width"] / visit["half_width"])
    seen = next(one for one in found["differences"] if one["output"] == "to_doctor")
    assert (seen["difference"], seen["half_width"]) == (0.0, 0.0), "a bed changes nothing before the doctor"


def test_scenarios_are_declared_or_typed(tmp_path: Path) -> None:
    """A declared scenario and one that is typed stand beside the flow as declared."""
    arguments = (
        "--scenario",
        "busy_day",
        "--set",
        "resources.doctor.shifts.0.count=+1; arrivals.patients.per_day=*1.3",
    )
    said = _said("compare", *CLINIC, *arguments, out=tmp_path)
    assert "busy_day, less the first" in said
    assert "arrivals.patients.per_day=*1.3, less the first" in said


def test_the_smallest_number_of_doctors_is_found(tmp_path: Path) -> None:
    """The targets of the clinic ask for three doctors and one desk; with one doctor less a target is missed."""
    dials = ("--dial", "resources.doctor.shifts.0.count=1:6:3", "--dial", "resources.desk.shifts.0.count=1:3")
    sizing = _flow("size", *CLINIC, *dials, out=tmp_path)["sizing"]
    assert sizing["answer"]["capacities"] == [3, 1]
    assert sizing["neighbours"][0]["point"]["verdict"] == "missed"
    assert "point" not in sizing["neighbours"][1] or sizing["neighbours"][1]["point"] is None
    text = _said("size", *CLINIC, *dials, out=tmp_path)
    assert "resources.doctor.shifts.0.count = 3" in text
    assert "The target that binds is" in text


def test_the_other_questions_are_answered(tmp_path: Path) -> None:
    """A tornado from the flow's dials, the best of three rosters by KN and by OCBA, and a warm-up."""
    bars = _flow("sensitivity", *CLINIC, out=tmp_path)["tornado"]
    waits = [bar for bar in bars if bar["output"] == "to_doctor"]
    assert waits[0]["path"] == "resources.doctor.shifts.0.count"
    rosters = ("--set", "resources.doctor.shifts.0.count=2", "--set", "resources.doctor.shifts.0.count=4")
    raced = _flow("select", *CLINIC, "--by", "to_doctor", "--indifference", "0.5", *rosters, out=tmp_path)
    spent = _flow("select", *CLINIC, "--by", "to_doctor", "--budget", "60", *rosters, out=tmp_path)
    assert raced["selection"]["best"] == spent["selection"]["best"] == "resources.doctor.shifts.0.count=4"
    assert spent["replications"] == 60
    series = _flow("warm-up", *CLINIC, "--days", "70", out=tmp_path)["warm_up"]["series"]
    assert {"used/doctor", "queue/doctor"} <= {one["series"] for one in series}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "nowhere", "visits"), "nowhere"),
        (("run", "clinic_small", "nonsense"), "There is no flow nonsense: use visits."),
        (("run", *CLINIC, "--scenario", "flood"), "There is no scenario flood of the flow visits: use busy_day"),
        (("run", *CLINIC, "--set", "resources.bed.staffed=0"), "With these changes the flows have"),
        (("run", *CLINIC, "--precision", "nonsense=1"), "has no output nonsense: use to_doctor"),
        (("run", *CLINIC, "--engine", "warp"), "There is no engine 'warp'"),
        (("select", *CLINIC, "--by", "to_doctor"), "select needs two or more"),
        (("replay", "nothing"), "nothing is no bundle"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    """Each is refused with what to do, and no bundle is made."""
    out = tmp_path / "experiments"
    with pytest.raises(CommandFailed) as sentence:
        _said(*arguments, out=out)
    assert says in str(sentence.value)
    assert not list(out.glob("*"))


def test_a_refusal_ends_with_one(tmp_path: Path) -> None:
    """A person sees the sentence without a traceback, and a program the exit code 1."""
    assert "no flow nonsense" in refused(portor("flow", "run", "clinic_small", "nonsense", "--out", str(tmp_path)))


def test_a_killed_run_goes_on_with_the_same_command(tmp_path: Path) -> None:
    """Killed half-way with real patients, the same command resumes and ends with the digest of an undisturbed run.

    The second time two processes work on it, which start at once, as it is known to be long.
    """
    arguments = ("flow", "run", *CLINIC, "--replications", "400", "--days", "120", "--workers", "1", "--json")
    command = [sys.executable, "-m", "api.cli", *arguments, "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(4800):
        lines = [line for file in tmp_path.glob("*/results/*.jsonl") for line in file.read_bytes().splitlines()]
        if len(lines) > 40:
            break
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not list(tmp_path.glob("*/result.json"))
    before = sum(len(file.read_bytes().splitlines()) - 1 for file in tmp_path.glob("*/results/*.jsonl"))
    assert 40 <= before < 400
    resumed = portor(*arguments, "--workers", "2", "--out", str(tmp_path))
    whole = portor_here(*arguments, "--out", str(tmp_path / "whole"))
    assert json.loads(resumed.stdout)["sha256"] == json.loads(whole.stdout)["sha256"]


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    """An interrupt stops the run with a sentence that says where it is kept and how to go on."""
    arguments = ("flow", "run", *CLINIC, "--replications", "4000", "--days", "120", "--workers", "1")
    command = [sys.executable, "-m", "api.cli", *arguments, "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(600):
        if any(len(file.read_bytes().splitlines()) > 1 for file in tmp_path.glob("*/results/*.jsonl")):
            break
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "what is done is kept" in said
    assert "Traceback" not in said


def test_how_long_a_question_is_at_least_is_known_before_it_is_run() -> None:
    """All replications of all scenarios, with their warm-up; of a flow that is not declared, nothing."""
    declared = read_flows(CLINIC[0])
    request = Request(kind="run", flow=CLINIC[1], least=73, warm_up_d=2, runs_d=8)
    assert asked.years(request, declared) == pytest.approx(2.0)  # 73 times 10 days
    twice = replace(request, scenarios=(Scenario("one"), Scenario("other")))
    assert asked.years(twice, declared) == pytest.approx(4.0)
    as_declared = replace(request, warm_up_d=None, runs_d=None)
    flow = declared.flows[CLINIC[1]]
    assert asked.years(as_declared, declared) == pytest.approx(73 * (flow.warm_up + flow.runs) / (365 * 86_400))
    assert asked.years(replace(request, flow="nonsense"), declared) == 0.0


# --- what is typed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2", 2),
        ("0.5", 0.5),
        ("true", True),
        ("20 min", "20 min"),
        ("+2", {"plus": 2}),
        ("-2", {"plus": -2}),
        ("+5 min", {"plus": "5 min"}),
        ("-5 min", {"plus": "-5 min"}),
        ("*1.2", {"times": 1.2}),
        ('{"constant": "3 min"}', {"constant": "3 min"}),
    ],
)
def test_changes_are_written_as_they_are_meant(text: str, meant: object) -> None:
    """A sign is so much more or less, a star so many times, all else the value itself."""
    assert asked.change(text) == meant


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: asked.changes(["resources.ct.count"]),
        lambda: asked.half_widths(["to_doctor"]),
        lambda: asked.half_widths(["to_doctor=little"]),
        lambda: asked.dials(["resources.ct.count=3"]),
        lambda: asked.targets(["to_doctor=3"]),
        lambda: asked.swings(["resources.ct.count=3"]),
        lambda: asked.change("*much"),
    ],
)
def test_what_is_typed_wrong_is_shown_right(wrong: Any) -> None:
    """Each is refused with what was typed and how it is written."""
    with pytest.raises(CommandFailed, match=r"not|neither"):
        wrong()


def test_dials_count_from_what_is_declared_with_a_sign() -> None:
    """`+0:+4` means up to four more than declared, `1:5:20` one to five at a cost of twenty each."""
    more, plain = asked.dials(["a=+0:+4", "b=1:5:20"])
    assert (more.least, more.most, more.as_change, more.cost) == (0, 4, "plus", 1.0)
    assert (plain.least, plain.most, plain.as_change, plain.cost) == (1, 5, "value", 20.0)
