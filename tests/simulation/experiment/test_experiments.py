from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simulation.experiment import bundle, executors
from simulation.experiment.progress import Progress
from simulation.experiment.questions import BadRequest
from simulation.experiment.request import Dial, Request, Scenario, Selection, Sizing, Swing, Target
from simulation.experiment.result import Result
from simulation.experiment.run import Changed, replay, run
from simulation.experiment.store import read_figures, read_tables
from tests.support.fake_flows import Ward

WARD = Ward()
BASIS, MORE = Scenario(id="basis"), Scenario(id="a bed more", changes={"beds": {"plus": 1}})


def _request(kind: Any = "run", **fields: Any) -> Request:
    return Request(kind=kind, flow="ward", site="test", **fields)


def _answer(folder: Path, request: Request, model: Ward = WARD) -> Result:
    result = run(bundle.prepare(folder, request, model), executors.in_process(), model=model)
    assert result is not None
    return result


# --- the address -------------------------------------------------------------------------------------------------


def test_the_same_question_has_the_same_address(tmp_path: Path) -> None:
    """What a scenario is called in Danish, where the model was read and the order of precision change nothing."""
    first = bundle.prepare(tmp_path, _request(precision={"wait": 0.1, "used": 0.2}), WARD)
    named = Scenario(id="basis", name={"da": "Som nu"})
    again = _request(precision={"used": 0.2, "wait": 0.1}, scenarios=(named,))
    assert bundle.prepare(tmp_path, msgspec.structs.replace(again, site="elsewhere"), WARD) == first


def test_another_question_has_another_address(tmp_path: Path) -> None:
    """Another seed, change, precision or model, and also other versions: each is an experiment of its own."""
    asked = [
        _request(),
        _request(seed=2),
        _request(precision={"wait": 0.1}),
        _request(scenarios=(MORE,)),
        _request(model={"beds": 9, "doctors": 4, "load": 8.0, "flows": ["ward"]}),
    ]
    assert len({bundle.prepare(tmp_path, request, WARD) for request in asked}) == len(asked)


def test_a_bundle_keeps_all_that_was_asked(tmp_path: Path) -> None:
    """Read back, the question is the one that was asked, its model and its basis filled in."""
    folder = bundle.prepare(tmp_path, _request(scenarios=(BASIS, MORE)), WARD)
    kept = bundle.read_request(folder)
    assert kept.model == WARD.read("")
    assert kept.scenarios == (BASIS, MORE)
    assert {"code", "numpy", "portor", "python"} <= set(bundle.read_versions(folder))
    assert bundle.read_progress(folder).state == "waiting"
    assert bundle.read_result(folder) is None


def test_a_question_with_errors_is_refused_whole(tmp_path: Path) -> None:
    """Everything that is wrong is said at once, and no folder is made."""
    wrong = _request(
        "size", least=1, level=0.2, precision={"wait": 0.0}, sizing=Sizing(dials=(Dial("beds", 3, 2, cost=0.0),))
    )
    with pytest.raises(BadRequest) as refused:
        bundle.prepare(tmp_path / "experiments", wrong, WARD)
    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "replications",
        "level",
        "precision.wait",
        "sizing.beds",
        "sizing.beds",
    ]
    with pytest.raises(BadRequest, match="no output nonsense"):
        bundle.prepare(tmp_path / "experiments", _request(precision={"nonsense": 1.0}), WARD)
    with pytest.raises(BadRequest, match="no flow other: use ward"):
        bundle.prepare(tmp_path / "experiments", msgspec.structs.replace(_request(), flow="other"), WARD)
    assert not (tmp_path / "experiments").exists()


# --- run and compare ---------------------------------------------------------------------------------------------


def test_replications_go_on_until_every_half_width_is_reached(tmp_path: Path) -> None:
    """With a standard deviation of 0.09, a half-width of 0.02 takes about 80 replications; all bands are there."""
    # n = (1.99 · 0.0906 / 0.02)² = 81
    result = _answer(tmp_path, _request(precision={"wait": 0.02, "used": 0.5}))
    assert result.reached
    wait, used, seen = result.scenarios[0].figures
    assert 55 <= wait.n <= 110
    assert wait.half_width is not None
    assert wait.half_width <= 0.02
    assert wait.p10 is not None
    assert wait.p90 is not None
    assert wait.p10 < wait.p50 < wait.p90  # type: ignore[operator]  # all three are there
    assert (used.mean, used.half_width) == (0.8, 0.0)
    assert seen.n == wait.n - wait.n // 5, "every fifth replication sees nobody, which counts for nothing"


def test_who_allows_too_few_is_told(tmp_path: Path) -> None:
    """With 30 replications at most the half-width is not reached, and the result says so."""
    result = _answer(tmp_path, _request(precision={"wait": 0.001}, most=30))
    assert (result.reached, result.replications) == (False, 30)


def test_a_bed_more_is_seen_sooner_in_pairs(tmp_path: Path) -> None:
    """The paired half-width is smaller than the unpaired one by the factor reported: the luck is nine tenths shared."""
    # per scenario sd² = 0.09² + 0.01²; of the difference 2 · 0.01²: the ratio of variances is 82, of half-widths 9
    result = _answer(tmp_path, _request("compare", scenarios=(BASIS, MORE), least=200, most=200))
    wait = next(one for one in result.differences if one.output == "wait")
    assert wait.half_width is not None
    assert wait.unpaired_half_width is not None
    assert wait.narrower is not None
    assert wait.half_width < wait.unpaired_half_width
    assert wait.narrower == pytest.approx(wait.unpaired_half_width / wait.half_width)
    assert wait.narrower == pytest.approx(9.06, rel=0.15)
    assert wait.clear
    assert wait.difference == pytest.approx(8 / 11 - 8 / 10, abs=0.005)


def test_comparisons_are_replicated_for_their_differences(tmp_path: Path) -> None:
    """A half-width of 0.01 of the difference takes only the first ten replications, of the mean itself hundreds."""
    asked = {"precision": {"wait": 0.012}, "scenarios": (BASIS, MORE), "least": 10}
    assert _answer(tmp_path, _request("compare", **asked)).replications == 2 * 10
    assert _answer(tmp_path, _request("run", **asked)).replications > 2 * 150


def test_scenarios_with_equal_changes_are_run_once(tmp_path: Path) -> None:
    """Two names for the same changes share their replications."""
    result = _answer(tmp_path, _request(scenarios=(BASIS, Scenario(id="again")), least=10))
    assert result.replications == 10
    assert result.scenarios[0].figures == result.scenarios[1].figures


# --- the other kinds ---------------------------------------------------------------------------------------------


def test_a_tornado_says_what_moves_the_wait(tmp_path: Path) -> None:
    """Ten per cent of load move the wait by 0.13 to either side, one bed by 0.09 and 0.07."""
    swings = (Swing("beds", low={"plus": -1}, high={"plus": 1}), Swing("load", low={"times": 0.9}, high={"times": 1.1}))
    result = _answer(tmp_path, _request("sensitivity", sensitivity=swings, least=20))
    bars = [bar for bar in result.tornado if bar.output == "wait"]
    assert [bar.path for bar in bars] == ["load", "beds"]
    assert bars[0].low.difference == pytest.approx(-0.13, abs=1e-9), "the load does not change the luck"
    assert bars[1].low.difference == pytest.approx(8 / 9 - 0.8, abs=0.01)
    assert bars[1].high.difference == pytest.approx(8 / 11 - 0.8, abs=0.01)


def test_a_flow_without_named_swings_moves_its_dials(tmp_path: Path) -> None:
    """The dials of the flow are moved by a tenth to either side."""
    result = _answer(tmp_path, _request("sensitivity"))
    assert {bar.path for bar in result.tornado} == {"load", "beds"}


def test_kim_and_nelson_drop_who_cannot_win(tmp_path: Path) -> None:
    """Of four numbers of beds the most waits least; the others leave, the worst with the fewest replications."""
    scenarios = tuple(Scenario(id=f"{beds} beds", changes={"beds": beds}) for beds in (8, 9, 11, 12))
    asked = Selection(output="wait", procedure="kn", indifference=0.01)
    result = _answer(tmp_path, _request("select", scenarios=scenarios, selection=asked))
    chosen = result.selection
    assert chosen is not None
    assert (chosen.best, chosen.assured) == ("12 beds", True)
    assert all(one.left_after for one in chosen.contestants[:3])
    assert chosen.contestants[3].left_after is None


def test_ocba_spends_its_budget_on_those_that_are_close(tmp_path: Path) -> None:
    """Of 200 replications the two best get more than the two worst, and the probability of being right is stated."""
    scenarios = tuple(Scenario(id=f"{beds}", changes={"beds": beds}) for beds in (6, 7, 11, 11.5))
    asked = Selection(output="wait", procedure="ocba", budget=200)
    result = _answer(tmp_path, _request("select", scenarios=scenarios, selection=asked))
    chosen = result.selection
    assert chosen is not None
    assert chosen.best == "11.5"
    assert result.replications == 200
    spent = [one.replications for one in chosen.contestants]
    assert min(spent[2:]) > max(spent[:2])
    assert chosen.probability is not None
    assert 0.5 < chosen.probability <= 1.0


def test_the_smallest_capacity_is_found_and_explained(tmp_path: Path) -> None:
    """Beds at 1 and doctors at 3: the cheapest pair that keeps the wait under 0.7, and what one less would cost."""
    # wait = 8/b + 2/d - 0.5 ≤ 0.7. Brute force over b + 3 d, luck aside: (12, 4) = 24 has 0.667; (10, 5) = 25, 0.7.
    sizing = Sizing(dials=(Dial("beds", 6, 20), Dial("doctors", 1, 8, cost=3.0)), targets={"wait": Target(at_most=0.7)})
    result = _answer(tmp_path, _request("size", sizing=sizing, most=400))
    found = result.sizing
    assert found is not None
    assert found.answer is not None
    assert found.answer.capacities == (12, 4)
    assert found.answer.cost == 24.0
    assert found.assured
    assert found.binding == "wait"
    assert found.possible == 15 * 8
    assert len(found.points) + found.excluded == found.possible
    assert len(found.points) < 25
    fewer_beds, fewer_doctors = (neighbour.point for neighbour in found.neighbours)
    assert fewer_beds is not None
    assert fewer_doctors is not None
    assert (fewer_beds.verdict, fewer_doctors.verdict) == ("missed", "missed")
    assert fewer_beds.targets[0].short_by == pytest.approx(8 / 11 - 0.7, abs=0.02)
    assert fewer_doctors.targets[0].short_by == pytest.approx(8 / 12 + 2 / 3 - 1.2, abs=0.02)


def test_targets_out_of_reach_say_why(tmp_path: Path) -> None:
    """When the greatest capacities fail there is no answer; what they lack is told."""
    sizing = Sizing(dials=(Dial("beds", 6, 9),), targets={"wait": Target(at_most=0.1), "used": Target(at_most=2.0)})
    found = _answer(tmp_path, _request("size", sizing=sizing)).sizing
    assert found is not None
    assert found.answer is None
    assert found.binding == "wait"
    assert found.top.targets[0].short_by == pytest.approx(8 / 9 + 0.5 - 0.5 - 0.1, abs=0.1)


def test_more_beds_that_harm_are_found_out(tmp_path: Path) -> None:
    """Where beds beyond 14 make the wait longer, the contradiction is reported and the answer is still the least."""
    sizing = Sizing(dials=(Dial("beds", 6, 22),), targets={"wait": Target(at_most=0.8)}, probes=8)
    found = _answer(tmp_path, _request("size", sizing=sizing, most=200), Ward(harm=14)).sizing
    assert found is not None
    assert found.contradictions
    assert found.assured
    assert found.answer is not None
    assert found.answer.capacities == (11,)


def test_the_warm_up_is_read_off_the_daily_means(tmp_path: Path) -> None:
    """Beds that fill up over 30 days need 28 to 35 days (whole weeks); seven are declared."""
    result = _answer(tmp_path, _request("warm_up"))
    assert result.warm_up is not None
    assert result.warm_up.needed_d in {28, 35}
    assert result.warm_up.declared_d == 7
    assert len(result.warm_up.series[0].daily) == len(result.warm_up.series[0].smoothed) == 420


# --- the same numbers, whoever works and whatever happens ----------------------------------------------------------


def test_one_worker_or_two_give_the_same_digest(tmp_path: Path) -> None:
    """In this process and in two of their own, the figures and the merged counts are the same to the bit."""
    request = _request("compare", scenarios=(BASIS, MORE), least=60, precision={"wait": 0.001})
    alone = _answer(tmp_path / "one", request)
    with executors.pool(2, here_s=0.0) as two:
        both = run(bundle.prepare(tmp_path / "two", request, WARD), two, model=WARD)
    assert both is not None
    assert both.sha256 == alone.sha256
    assert both.scenarios == alone.scenarios
    assert both.differences == alone.differences


def test_workers_may_start_before_there_is_work(tmp_path: Path) -> None:
    """What each does at once is done before the first task, and changes no figure."""
    begun = tmp_path / "begun"
    with executors.pool(2, here_s=0.0, at_once=partial(Path.touch, begun)) as two:
        folder = bundle.prepare(tmp_path, _request(), WARD)
        early = run(folder, two, model=WARD)
    assert early is not None
    assert begun.exists()
    assert early.sha256 == _answer(tmp_path / "here", _request()).sha256


def test_a_replay_gives_the_same_to_the_bit(tmp_path: Path) -> None:
    """Asked again of the same bundle, every figure comes out again; a changed figure is noticed."""
    folder = bundle.prepare(tmp_path, _request(precision={"wait": 0.03}), WARD)
    with pytest.raises(FileNotFoundError, match="no result yet"):
        replay(folder, executors.in_process(), model=WARD)
    run(folder, executors.in_process(), model=WARD)
    found = replay(folder, executors.in_process(), model=WARD)
    assert found.same
    assert found.versions == {}
    assert not replay(folder, executors.in_process(), model=Ward(harm=5)).same


def test_counts_of_all_replications_are_added_up(tmp_path: Path) -> None:
    """Forty replications of a week leave one table with forty hours a row, and a row of figures each."""
    folder = bundle.prepare(tmp_path, _request(least=40, most=40), WARD)
    result = run(folder, executors.in_process(), model=WARD)
    assert result is not None
    key = result.scenarios[0].key
    assert (read_tables(folder, key)["used/beds"].sum(axis=1) == 40).all()
    figures = read_figures(folder, key)
    assert len(figures["wait"]) == 40
    assert figures["seen"][4] is None
    assert read_figures(folder, "other") == {}


def test_what_is_short_starts_no_processes(tmp_path: Path) -> None:
    """A run of milliseconds is done in this process, though two others were allowed; a longer one is shared out."""
    runs = tmp_path / "runs"
    with executors.pool(2) as two:
        run(bundle.prepare(tmp_path, _request(), Ward()), two, model=Ward(runs=str(runs)))
    assert {int(line.split()[0]) for line in runs.read_text().splitlines()} == {os.getpid()}
    slow = Ward(runs=str(runs), pause_s=0.02)
    with executors.pool(2, here_s=0.1) as two:
        run(bundle.prepare(tmp_path, _request(least=60, most=60), Ward()), two, model=slow)
    assert len({int(line.split()[0]) for line in runs.read_text().splitlines()}) > 1


def _peak_bytes(folder: Path, replications: int) -> int:
    request = _request(least=replications, most=replications)
    prepared = bundle.prepare(folder, request, WARD)
    tracemalloc.start()
    try:
        run(prepared, executors.in_process(), model=WARD)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_replications(tmp_path: Path) -> None:
    """Of each replication a few figures stay; its counts, 5 kB here, are added up and gone."""
    _peak_bytes(tmp_path, 20)  # what is imported and cached on the way
    # 1,500 more replications: 7.5 MB of counts if they stayed; 3 figures each are well under 1 MB
    assert _peak_bytes(tmp_path, 1600) - _peak_bytes(tmp_path, 100) < 1_500_000


def _count_runs(file: Path) -> list[int]:
    return sorted(int(line.split()[1]) for line in file.read_text().splitlines())


def test_a_stopped_experiment_goes_on_where_it_was(tmp_path: Path) -> None:
    """What was done before the stop is not done again, and the result is that of a run without a stop."""
    model = Ward(runs=str(tmp_path / "runs"), pause_s=0.02)
    folder = bundle.prepare(tmp_path / "experiments", _request(least=60, most=60), model)
    seen: list[Progress] = []

    def tell(progress: Progress) -> None:
        seen.append(progress)
        if progress.done >= 20:
            bundle.ask_stop(folder)

    assert run(folder, executors.in_process(), tell=tell, model=model) is None
    stopped = bundle.read_progress(folder)
    assert stopped.state == "stopped"
    assert 20 <= stopped.done < 60
    assert bundle.waiting(tmp_path / "experiments") == ()
    bundle.ask_again(folder)
    assert bundle.waiting(tmp_path / "experiments") == (folder,)
    result = run(folder, executors.in_process(), model=model)
    assert _count_runs(tmp_path / "runs") == list(range(60)), "each replication was run once"
    assert result is not None
    assert result.sha256 == _answer(tmp_path / "whole", _request(least=60, most=60)).sha256
    assert bundle.read_progress(folder).state == "done"
    assert any(progress.left_s for progress in seen), "time left is told on the way"


def test_a_worker_that_ends_leaves_it_to_the_next(tmp_path: Path) -> None:
    """Stopped by whoever works, not by whoever asked, the experiment still waits to be gone on with."""
    folder = bundle.prepare(tmp_path, _request(), WARD)
    assert run(folder, executors.in_process(), stop=lambda: True, model=WARD) is None
    assert bundle.waiting(tmp_path) == (folder,)


KILLED = """
import sys
from pathlib import Path
from simulation.experiment import executors
from simulation.experiment.run import run
from tests.support.fake_flows import Ward
if __name__ == "__main__":
    with executors.pool(2, here_s=0.0) as pool:
        run(Path(sys.argv[1]), pool, model=Ward(pause_s=0.02, runs=sys.argv[2]))
"""


def _wait_until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("It did not happen within a minute.")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed half-way with its two workers at work, it resumes: little is done twice, and the digest is the same."""
    runs = tmp_path / "runs"
    model = Ward(pause_s=0.02, runs=str(runs))
    folder = bundle.prepare(tmp_path / "experiments", _request(least=600, most=600), model)
    program = tmp_path / "killed.py"
    program.write_text(KILLED)
    worker = subprocess.Popen(
        [sys.executable, str(program), str(folder), str(runs)], env={**os.environ, "PYTHONPATH": "."}
    )
    _wait_until(lambda: bundle.read_progress(folder).done >= 100)
    assert bundle.is_busy(folder)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    workers = {int(line.split()[0]) for line in runs.read_text().splitlines()}
    _wait_until(lambda: not any(_alive(pid) for pid in workers))
    with next((folder / "results").glob("*.jsonl")).open("ab") as file:
        file.write(b"[599,[0.1")  # as if it had been killed in the middle of a line
    assert bundle.waiting(tmp_path / "experiments") == (folder,)
    before = len(_count_runs(runs))
    assert 100 <= before < 600
    result = run(folder, executors.in_process(), model=Ward(runs=str(runs)))
    assert result is not None
    assert len(_count_runs(runs)) - before <= 500, "at least the hundred that were kept are not done again"
    assert result.sha256 == _answer(tmp_path / "whole", _request(least=600, most=600)).sha256


def test_only_one_works_on_an_experiment(tmp_path: Path) -> None:
    """Whoever comes second is refused while the first works."""
    folder = bundle.prepare(tmp_path, _request(), WARD)
    with bundle.working(folder), pytest.raises(bundle.Busy, match="Somebody else works"):
        run(folder, executors.in_process(), model=WARD)


def test_other_versions_do_not_go_on_with_what_is_there(tmp_path: Path) -> None:
    """An experiment that was begun with other code is refused, with both named, and its progress says failed."""
    folder = bundle.prepare(tmp_path, _request(), WARD)
    versions = bundle.read_versions(folder) | {"numpy": "1.0"}
    (folder / "versions.json").write_bytes(msgspec.json.encode(versions))
    with pytest.raises(Changed, match=r"numpy 1\.0"):
        run(folder, executors.in_process(), model=WARD)
    progress = bundle.read_progress(folder)
    assert progress.state == "failed"
    assert "ask it anew" in progress.problem
    assert bundle.waiting(tmp_path) == ()


def test_what_breaks_in_a_worker_is_told(tmp_path: Path) -> None:
    """A replication that fails leaves its reason in the progress; what was done stays."""
    folder = bundle.prepare(tmp_path, _request(), Ward())
    with pytest.raises(IsADirectoryError):
        run(folder, executors.in_process(), model=Ward(runs=str(tmp_path)))
    assert bundle.read_progress(folder).state == "failed"
    bundle.ask_again(folder)
    assert run(folder, executors.in_process(), model=WARD) is not None
