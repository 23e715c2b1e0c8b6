"""Reading flows from YAML: files of a folder, every error with its place, logs, scenarios."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simulation.flow.load import load_flows
from simulation.flow.resolve import resolve
from simulation.flow.schema.outputs import TimeOutput
from simulation.ticks import DAY, HOUR
from site_models.check import check
from site_models.errors import SiteErrors
from site_models.load import load_site
from tests.simulation.flow.declared_in_words import EXAMPLES, problems
from tests.site_models.edited_clinic import CLINIC

SMALL = """\
resources:
  - {id: ct, kind: equipment, name: CT, count: 2, source: assumed}
arrivals:
  - {id: walk_in, pathway: ed, per_day: 60, source: assumed}
pathways:
  - id: ed
    name: ED
    source: assumed
    steps:
      - {hold: ct, for: {exponential: {mean: 10 min}}}
      - {leave: home}
flows:
  - {id: small, name: Small, begins: 2027-01-04, runs: 7 d, arrivals: [walk_in], dials: [resources.ct.count]}
"""


def written(folder: Path, text: str, name: str = "flows.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> SiteErrors:
    with pytest.raises(SiteErrors) as found:
        load_flows(path)
    return found.value


def edited(folder: Path, *edits: tuple[str, str]) -> SiteErrors:
    """The errors of the small flow with these edits."""
    text = SMALL
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return refused(written(folder, text))


def test_a_single_file_is_a_model(tmp_path: Path) -> None:
    """Its flows and scenarios are known by their ids."""
    flows = load_flows(written(tmp_path, SMALL))
    assert (flows.flow_ids, flows.scenario_ids) == (("small",), ())
    assert flows.resources["ct"].count == 2


def test_sections_of_several_files_are_joined(tmp_path: Path) -> None:
    """Resources stand in two files of a folder; what the rest of the site needs stands beside them and is not read."""
    written(tmp_path, SMALL)
    written(tmp_path, "resources: [{id: xray, kind: equipment, name: X, count: 1, source: assumed}]\n", "more.yaml")
    written(tmp_path, "floors: nothing of ours\n", "building.yaml")
    assert set(load_flows(tmp_path).resources) == {"ct", "xray"}


def test_a_site_with_flows_is_still_a_site(tmp_path: Path) -> None:
    """The site's own check skips the sections about flows, and the flows skip those of the building."""
    folder = tmp_path / "clinic"
    shutil.copytree(CLINIC, folder)
    shutil.copy(EXAMPLES / "steps.yaml", folder / "flows.yaml")
    assert check(load_site(folder)) == []
    assert "whole" in load_flows(folder).flow_ids


def test_a_site_without_flows_says_so(tmp_path: Path) -> None:
    """No section `flows:` is one error for the whole folder."""
    written(tmp_path, "floors: []\n")
    assert problems(refused(tmp_path)) == ["0:0 no_flows"]


def test_all_errors_of_the_schema_are_said_at_once_with_their_places(tmp_path: Path) -> None:
    """A key, a kind, a duration without unit and a number that is none: four places, and hints where one may guess."""
    errors = edited(
        tmp_path,
        ("count: 2", "cuont: 2"),
        ("{leave: home}", "{laeve: home}"),
        ("mean: 10 min", "mean: 10"),
        ("per_day: 60", "per_day: many"),
    )
    assert problems(errors) == [
        "2:41 unknown_key",
        "4:41 wrong_value",
        "10:46 wrong_value",
        "11:9 unknown_kind",
    ]
    assert "did you mean `count`?" in str(errors)
    assert "`laeve` is no kind of" in str(errors)
    assert "did you mean `leave`?" in str(errors)
    assert "written with its unit: 90 s, 20 min, 4 h or 2 d" in str(errors)


def test_a_file_with_both_kinds_of_errors_says_both(tmp_path: Path) -> None:
    """The attribute cannot be read; that the flow's other parts contradict themselves is found all the same."""
    attribute = "attributes: [{id: triage, values: {red: much}, source: assumed}]\n"
    step = "{delay: {by: triage, red: 1 min, else: 2 min}}"
    text = SMALL.replace("- {leave: home}", f"- {step}\n      - {{release: bed}}\n      - {{leave: home}}") + attribute
    errors = refused(written(tmp_path, text))
    assert problems(errors) == ["12:19 release_without_seize", "16:41 wrong_value"]


def test_a_section_with_a_wrong_name_is_not_overlooked(tmp_path: Path) -> None:
    """In a file of its own nobody else would read it."""
    errors = edited(tmp_path, ("resources:\n", "resourecs:\n"))
    assert "did you mean `resources`?" in str(errors)
    assert problems(errors)[0] == "1:1 unknown_key"


def test_malformed_yaml_is_said_once(tmp_path: Path) -> None:
    """A file that breaks off hides names; that these are missing is not held against the rest."""
    written(tmp_path, SMALL)
    written(tmp_path, "attributes: [{id: triage\n", "broken.yaml")
    errors = refused(tmp_path)
    assert [error.rule for error in errors.errors] == ["yaml"]


def test_a_section_must_be_a_list_in_every_file(tmp_path: Path) -> None:
    """Two files with resources, one of them a mapping."""
    written(tmp_path, SMALL)
    written(tmp_path, "resources: {ct: 3}\n", "more.yaml")
    assert [error.rule for error in refused(tmp_path).errors] == ["wrong_value"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("count: 2", "count: 2, shifts: [{window: '07:00-15:00', count: 1}]", "either `count` or `shifts`"),
        ("count: 2", "count: 2, physical: 3", "only a bed has `physical`"),
        ("kind: equipment, name: CT, count: 2", "kind: bed, name: CT, staffed: 2", "add `physical`"),
        ("count: 2", "shifts: [{window: '07:00-07:00', count: 1}]", "the window is empty"),
        ("count: 2", "count: 2, closed: [{from: 13-01, to: 01-01, count: 1}]", "month-day: 07-01"),
        ("count: 2", "count: 2, queue: sooner", "Input should be 'order' or 'deadline'"),
        ("per_day: 60", "per_day: 60, lateness: 5 min", "`lateness` belongs to a schedule"),
        ("per_day: 60", "per_day: 60, log: x.csv, enabled: no", "exactly one of per_day, schedule, surge, log"),
        ("per_day: 60", "schedule: {times: ['25:00']}", "a time of day is written 06:30"),
        (
            "mean: 10 min",
            "mean: 10 min, sd: 5 min",
            "`steps.0.for.exponential.sd` of `ed` is not a known key; known are plus, mean.",
        ),
        ("{exponential: {mean: 10 min}}", "{exponential: {mean: 1 h}, gamma: {mean: 1 h, sd: 1 h}}", "exactly one"),
        ("{hold: ct,", "{hold: {any: [ct], skill: x},", "either `any` with a list of resources, or `skill`"),
        ("{hold: ct,", "{hold: ct, units: 2, preemptible: true,", "a preemptible hold has one unit"),
        ("- {leave: home}", "- {branch: [{share: .5, is: red}]}", "exactly one of `share`, `is`, `when`"),
        ("- {leave: home}", "- {branch: [{else: true}, {share: .5}]}", "`else: true` is for the last arm"),
        ("- {leave: home}", "- {branch: [{is: red}]}", "arm 1 must say `share`"),
        ("- {leave: home}", "- {branch: [{when: {free: ct}}]}", "the last arm must say `else: true`"),
        ("- {leave: home}", "- {branch: [{when: {free: ct, at_least: 3}}, {else: true}]}", "does not go with `free`"),
        ("- {leave: home}", "- {again: false}", "`again: false` does nothing"),
        ("- {leave: home}", "- {priority: 11}", "less than or equal to 9"),
        ("- {leave: home}", "- {}", "known are hold, seize"),
        ("runs: 7 d", "runs: 0 d", "longer than zero"),
        ("begins: 2027-01-04", "begins: soon", "valid date"),
        ("resources.ct.count", "resources.ct1.count", "did you mean `ct`?"),
    ],
)
def test_a_mistake_is_said_in_words(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Each with what would be right."""
    assert said in str(edited(tmp_path, (old, new)))


def test_outputs_have_targets_of_their_own_kind() -> None:
    """The example's target of a quantile is in minutes, kept in seconds; that of a share is a number."""
    flows = load_flows(EXAMPLES / "steps.yaml")
    quantile, share = flows.outputs["to_triage"].target, flows.outputs["within_4_h"].target
    assert quantile is not None
    assert share is not None
    assert (quantile.at_most, share.at_least) == (pytest.approx(quantile.at_most), share.at_least)
    assert quantile.at_most is not None
    assert (quantile.at_most.value, quantile.at_most.is_duration) == (900.0, True)


def test_a_target_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    """A mean time of at most 15: but of what."""
    output = "outputs: [{id: o, name: o, measure: time, statistic: mean, target: {at_most: 15}}]\n"
    assert "the target of this figure is a duration such as 15 min" in str(refused(written(tmp_path, SMALL + output)))


def test_a_limit_may_be_a_waiting_right(tmp_path: Path) -> None:
    """Of two settings the one in force when the flow begins counts: 30 days since 2016, 20 only from 2028."""
    more = """\
outputs: [{id: o, name: o, measure: time, statistic: share_within, limit: {right: treatment}}]
waiting_rights:
  - id: treatment
    name: Treatment
    settings: [{from: 2016-10-01, days: 30}, {from: 2028-01-01, days: 20}]
    source: sum.dk
"""
    flows = load_flows(written(tmp_path, SMALL.replace("dials:", "outputs: [o], dials:") + more))
    (output,) = flows.outputs_of("small")
    assert isinstance(output, TimeOutput)
    assert output.limit == 30 * 86_400


LOG = SMALL.replace("per_day: 60", "log: seen.csv")


def test_a_log_beside_the_yaml_brings_patients(tmp_path: Path) -> None:
    """Its times become part of the model, so that a bundle needs no other file."""
    (tmp_path / "seen.csv").write_text("patient,arrival\n1,2027-01-04T10:30\n2,2027-01-05 00:00:00\n", encoding="utf-8")
    flows = load_flows(written(tmp_path, LOG))
    assert flows.tree["arrivals"][0]["log"] == ["2027-01-04T10:30", "2027-01-05 00:00:00"]
    assert resolve(flows, "small").sources[0].arrivals.ticks == (10 * HOUR + HOUR // 2, DAY)


def test_a_log_with_a_time_that_is_none_is_refused_at_its_row(tmp_path: Path) -> None:
    """The third line of the log."""
    log = tmp_path / "seen.csv"
    log.write_text("arrival\n2027-01-04T10:30\nnoon\n", encoding="utf-8")
    (error,) = refused(written(tmp_path, LOG)).errors
    assert (error.rule, Path(error.file).name, error.line) == ("log_time", "seen.csv", 3)


@pytest.mark.parametrize(("name", "rule"), [("../seen.csv", "log_place"), ("none.csv", "log_unreadable")])
def test_a_log_that_is_not_there_is_refused(tmp_path: Path, name: str, rule: str) -> None:
    """Only a file beside the YAML is read."""
    assert rule in [error.rule for error in refused(written(tmp_path, LOG.replace("seen.csv", name))).errors]


def test_a_log_needs_its_column(tmp_path: Path) -> None:
    """Without `arrival` nobody knows when they came."""
    (tmp_path / "seen.csv").write_text("time\n2027-01-04T10:30\n", encoding="utf-8")
    assert "log_rows" in [error.rule for error in refused(written(tmp_path, LOG)).errors]


def test_a_scenario_is_checked_as_what_it_makes(tmp_path: Path) -> None:
    """One leads nowhere, one leaves no scanner: each at the line of its change."""
    scenarios = """\
scenarios:
  - {id: a, name: a, flows: [small], source: assumed, changes: {resources.ctt.count: 1}}
  - id: b
    name: b
    flows: [small]
    source: assumed
    changes:
      resources.ct.count: 0
"""
    errors = refused(written(tmp_path, SMALL + scenarios))
    assert [(error.line, error.rule) for error in errors.errors] == [(15, "unknown_path"), (21, "no_capacity")]
    assert "Scenario `b`: " in errors.errors[1].message


def test_the_six_classic_mistakes_are_refused_together(tmp_path: Path) -> None:
    """Shares of 1.1, a release without seize, no scanner, a step nobody reaches, time running backwards, a deadlock."""
    path = EXAMPLES.parent / "refused" / "six_mistakes.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    meant = {number for number, line in enumerate(lines, 1) if "#!" in line}
    assert {error.line for error in refused(path).errors} == meant
    assert len(meant) == 6
