"""Bad flows are refused, all errors at once, each at its place with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.declared import errors_of, framed, refusals

SIX = """\
resources:
  - {id: bay, kind: room, name: {da: Stue, en: Bay}, count: 4, source: assumed}
  - {id: ward_bed, kind: bed, name: {da: Seng, en: Bed}, physical: 30, staffed: 20, cleaning: 40 min, source: assumed}
  - {id: ct, kind: equipment, name: CT, count: 0, source: assumed}
  - {id: doctor, kind: staff, name: {da: Læge, en: Doctor}, count: 2, source: assumed}
arrivals:
  - {id: walk_in, pathway: ed, per_day: 50, source: assumed}
  - {id: transfer, pathway: back, per_day: 5, source: assumed}
pathways:
  - id: ed
    name: {da: Akutmodtagelse, en: Emergency}
    source: assumed
    steps:
      - seize: bay
      - hold: doctor
        for: {exponential: {mean: -20 min}}
      - hold: ct
        for: 20 min
      - release: stretcher
      - branch:
          - share: .6
            steps:
              - seize: ward_bed
              - release: bay
              - delay: 2 d
              - release: ward_bed
              - leave: admitted
              - delay: 5 min
          - share: .5
            steps:
              - release: bay
              - leave: home
  - id: back
    name: {da: Retur, en: Back}
    source: assumed
    steps:
      - seize: ward_bed
      - delay: 1 d
      - seize: bay
      - release: [ward_bed, bay]
      - leave: home
flows:
  - {id: day, name: Day, begins: 2027-01-04, runs: 10 d, arrivals: [walk_in, transfer]}
"""


def test_six_bad_things_in_one_file_are_all_found_at_once_at_their_places(tmp_path: Path) -> None:
    """A resource of zero, a negative duration, a release without seize, shares of 1.1, a deadlock, a lost step."""
    places = [(error.line, error.column, error.rule) for error in errors_of(tmp_path, SIX)]
    assert places == [
        (4, 48, "no_capacity"),
        (16, 35, "negative_duration"),
        (19, 18, "release_without_seize"),
        (21, 11, "shares"),
        (23, 17, "deadlock"),
        (28, 17, "unreachable_step"),
    ]


def test_an_error_says_what_to_do_and_names_both_places_of_a_deadlock(tmp_path: Path) -> None:
    """The sentence names both steps, the file and line of the other, and the two ways out."""
    message = next(error.message for error in errors_of(tmp_path, SIX) if error.rule == "deadlock")
    assert "`ed/ward_bed`" in message
    assert "`back/bay`" in message
    assert "flows.yaml:39" in message
    assert "same order" in message
    assert "`patience`" in message


def test_a_sound_flow_is_not_refused(tmp_path: Path) -> None:
    """Seize, delay, release, leave."""
    assert refusals(tmp_path, framed("- seize: bay\n- delay: 1 h\n- release: bay\n- leave: home")) == []


@pytest.mark.parametrize(
    ("before", "after", "rule", "place"),
    [
        ("count: 4", "count: 0", "no_capacity", "0, source"),
        ("count: 4", 'shifts: [{window: "08:00-16:00", count: 0}]', "no_capacity", "[{window"),
        ("staffed: 20", "staffed: 31", "more_staffed_than_beds", "31, source"),
        ("staffed: 20", 'staffed: 20, closed: [{from: "01-01", to: "12-31", count: 20}]', "no_capacity", "20, closed"),
        ("physical: 30, staffed: 20", "physical: 0, staffed: 20", "no_capacity", "0, staffed: 20"),
        ("green: .5", "green: .6", "shares", "{red: .1"),
        ("pathway: ed", "pathway: edd", "unknown_reference", "edd, per_day"),
        ("per_day: 50", "per_day: 50, pattern: week", "unknown_reference", "week, source"),
        ("per_day: 50", "per_day: 50, attributes: {age: {old: 1}}", "unknown_reference", "{old: 1}"),
        ("per_day: 50", "per_day: 50, attributes: {triage: {blue: 1}}", "unknown_reference", "1}}, source"),
        ("per_day: 50", "per_day: 50, attributes: {triage: {red: .5}}", "shares", "{red: .5}"),
        ("arrivals: [walk_in]", "arrivals: [walk_in, walk_in]", "arrivals_twice", "[walk_in, walk_in]"),
        ("arrivals: [walk_in]", "arrivals: [walk_inn]", "unknown_reference", "walk_inn]"),
        ("runs: 10 d", "runs: -10 d", "negative_duration", "-10 d, arrivals"),
        ("id: nurse", "id: doctor", "duplicate_id", "doctor, kind: staff, name: {da: Syg"),
    ],
)
def test_a_wrong_figure_or_name_is_refused_where_it_stands(
    tmp_path: Path, before: str, after: str, rule: str, place: str
) -> None:
    """One word of a sound file is exchanged; one error points at it."""
    sound = framed("- hold: bay\n  for: 1 h\n- leave: home")
    assert before in sound
    found = refusals(tmp_path, sound.replace(before, after, 1))
    assert [(name, text[: len(place)]) for name, text in found] == [(rule, place)]


@pytest.mark.parametrize(
    ("step", "rule", "place"),
    [
        ("- {hold: bed, for: 1 h}", "unknown_reference", "bed, for"),
        ("- {hold: {any: [bay, bed]}, for: 1 h}", "unknown_reference", "bed]}"),
        ("- {hold: {skill: fly}, for: 1 h}", "unknown_reference", "fly}"),
        ("- {run: xray}", "unknown_reference", "xray}"),
        ("- {hold: bay, for: 1 h, units: 5}", "capacity_too_small", "{hold: bay"),
        ("- {hold: ward_bed, for: 1 h, preemptible: true}", "preemptible_bed", "{hold: ward_bed"),
        ("- {delay: -5 min}", "negative_duration", "-5 min"),
        ("- {delay: {lognormal: {mean: 5 min, sd: -1 min}}}", "negative_duration", "-1 min"),
        ("- {delay: {uniform: {low: 9 min, high: 3 min}}}", "distribution", "{uniform"),
        ("- {delay: {by: triage, red: 1 min, yellow: 2 min}}", "missing_value", "{by: triage"),
        ("- {delay: {by: triage, red: 1 min, blue: 2 min, else: 0 s}}", "unknown_reference", "2 min, else"),
        ("- {delay: {by: age, else: 0 s}}", "unknown_reference", "age, else"),
        ("- {hold: bay, for: 1 h, patience: -1 h}", "negative_duration", "-1 h}"),
        ("- {branch: [{share: .5}, {share: .6}]}", "shares", "[{share"),
        ("- {branch: [{share: .5}, {share: .4}]}", "shares", "[{share"),
        ("- {branch: [{share: {by: triage, red: 1, else: .5}}, {share: .5}]}", "shares", "[{share"),
        ("- {by: triage, branch: [{is: red}, {is: yellow}]}", "missing_value", "{by: triage"),
        ("- {by: triage, branch: [{is: [red, yellow]}, {is: [green, red]}]}", "value_twice", "red]}]"),
        ("- {by: triage, branch: [{is: blue}, {else: true}]}", "unknown_reference", "blue}"),
        ("- {branch: [{when: {free: ct}}, {else: true}]}", "unknown_reference", "ct}}"),
        ("- {branch: [{when: {free: bay, units: 9}}, {else: true}]}", "capacity_too_small", "{free: bay"),
        ("- {hold: doctor, for: 1 h}\n- {hold: doctor, for: 1 h}", "needs_id", "{hold: doctor"),
        ("- {hold: doctor, for: 1 h, id: a}\n- {hold: nurse, for: 1 h, id: a}", "duplicate_id", "a}"),
        ("- {seize: {any: [doctor, nurse]}}", "hold_without_name", "{seize"),
        ("- {hold: bay, for: 1 h, otherwise: [{leave: unseen}]}", "unreachable_step", "{leave: unseen"),
        ("- {batch: 5}", "", ""),
    ],
)
def test_a_wrong_step_is_refused_where_it_stands(tmp_path: Path, step: str, rule: str, place: str) -> None:
    """The step stands before `leave`; one error, if any, points at what is wrong in it."""
    found = refusals(tmp_path, framed(f"{step}\n- leave: home"))
    assert [(name, text[: len(place)]) for name, text in found] == ([(rule, place)] if rule else [])


@pytest.mark.parametrize(
    ("steps", "rule"),
    [
        ("- {by: age, branch: [{is: old, steps: [{leave: a}]}, {else: true}]}\n- {leave: home}", "unknown_reference"),
        (
            "- {by: triage, branch: [{is: blue, steps: [{leave: a}]}, {else: true}]}\n- {leave: home}",
            "unknown_reference",
        ),
        ("- {seize: bed}\n- {release: bed}\n- {leave: home}", "unknown_reference"),
        ("- {hold: bay, for: 1 h, patience: {by: age, else: 1 h}}\n- {leave: home}", "unknown_reference"),
        ("- {run: wardd}\n- {delay: 1 h}\n- {leave: home}", "unknown_reference"),
        ("- {run: ed}\n- {leave: home}", "endless_run"),
        (
            "- {branch: [{share: .5, steps: [{run: wardd}]}, {else: true}]}\n- {delay: 1 h}\n- {leave: a}",
            "unknown_reference",
        ),
        ("- {together: [[{delay: 1 h}], [{again: true}]]}\n- {leave: home}", "again_without_repeat"),
        (
            "- {by: triage, branch: [{is: [red, yellow, green]}, {is: red, steps: [{leave: a}]}]}\n- {leave: b}",
            "value_twice",
        ),
    ],
)
def test_one_mistake_is_one_error(tmp_path: Path, steps: str, rule: str) -> None:
    """What follows from a wrong name is not held against the rest of the flow."""
    assert [name for name, _ in refusals(tmp_path, framed(steps))] == [rule]


def test_decimal_shares_that_sum_to_one_are_in_order(tmp_path: Path) -> None:
    """Ten arms of 0.1 sum to 0.9999999999999999 in binary, and to 1 for people."""
    arms = ", ".join(["{share: .1}"] * 10)
    assert refusals(tmp_path, framed(f"- branch: [{arms}]\n- leave: home")) == []


def test_capacity_counts_shifts_that_overlap_and_takes_breaks_and_closures_off(tmp_path: Path) -> None:
    """Two from 07 to 15 and two from 14 to 22 are four at half past two: four units may be asked for, five not."""
    shifts = 'shifts: [{window: "07:00-15:00", count: 2}, {window: "14:00-22:00", count: 2}]'
    sound = framed("- {hold: doctor, for: 1 h, units: 4}\n- leave: home").replace(
        "count: 2, skills", f"{shifts}, skills"
    )
    assert refusals(tmp_path, sound) == []
    assert [rule for rule, _ in refusals(tmp_path, sound.replace("units: 4", "units: 5"))] == ["capacity_too_small"]


OUTPUT = """\
outputs:
  - {id: one, name: One, %s}
"""


@pytest.mark.parametrize(
    ("output", "rule", "place"),
    [
        ("measure: time, to: seen, statistic: mean", "unknown_reference", "seen"),
        ("measure: outcome, outcome: dead, statistic: share", "unknown_reference", "dead"),
        ("measure: wait, step: ed/nurse", "unknown_reference", "ed/nurse"),
        ("measure: occupancy, resource: nurse, at: '07:00', statistic: mean", "unknown_reference", "nurse"),
        ("measure: occupancy, resource: bay, at: '07:30', statistic: mean", "not_on_the_hour", "'07:30'"),
        ("measure: time, to: leaving, statistic: mean, where: {triage: [blue]}", "unknown_reference", "blue"),
        ("measure: time, to: leaving, statistic: mean, where: {age: [old]}", "unknown_reference", "[old]"),
        ("measure: time, to: leaving, statistic: mean, where: {arrivals: [heli]}", "unknown_reference", "heli"),
        ("measure: time, statistic: share_within, limit: {right: total}", "unknown_reference", "total"),
        ("measure: time, statistic: share_within, limit: -4 h", "negative_duration", "-4 h"),
        ("measure: time, from: triaged, statistic: p90", "", ""),
        ("measure: wait, step: ed/bay", "", ""),
    ],
)
def test_an_output_measures_what_happens(tmp_path: Path, output: str, rule: str, place: str) -> None:
    """Marks, outcomes, waits and resources that no step has are refused; what is there is not."""
    text = framed("- mark: triaged\n- {hold: bay, for: 1 h}\n- leave: home") + OUTPUT % output
    found = refusals(tmp_path, text)
    assert [(name, text[: len(place)]) for name, text in found] == ([(rule, place)] if rule else [])


def test_an_output_that_only_other_flows_have_is_refused_in_the_flow(tmp_path: Path) -> None:
    """The mark is set in a pathway that no arrival of this flow comes to."""
    text = framed("- leave: home", ward="- mark: on_ward\n- leave: admitted")
    text += OUTPUT % "measure: time, to: on_ward, statistic: mean"
    text = text.replace("arrivals: [walk_in]}", "arrivals: [walk_in], outputs: [one]}")
    assert refusals(tmp_path, text) == [("not_in_this_flow", "one]}")]


def test_a_library_of_unused_things_is_not_refused(tmp_path: Path) -> None:
    """A flow takes what it needs: pathways, resources and arrivals that no flow uses change no figure."""
    text = framed("- leave: home", spare="- {hold: nurse, for: 1 h}\n- leave: home")
    assert refusals(tmp_path, text) == []


def test_errors_of_a_scenario_are_said_at_the_scenario(tmp_path: Path) -> None:
    """Taking all bays away leaves nobody able to go on; the change is where one mends it."""
    text = framed("- {hold: bay, for: 1 h}\n- leave: home")
    text += "scenarios:\n  - {id: shut, name: Shut, flows: [day], source: assumed, changes: {resources.bay.count: 0}}\n"
    (error,) = errors_of(tmp_path, text)
    assert error.rule == "no_capacity"
    assert error.line == len(text.splitlines())


def test_a_change_that_leads_nowhere_is_refused_where_it_is_written(tmp_path: Path) -> None:
    """There is no resource `room`."""
    text = framed("- {hold: bay, for: 1 h}\n- {leave: home}")
    text += (
        "scenarios:\n  - {id: more, name: More, flows: [day], source: assumed, changes: {resources.room.count: 9}}\n"
    )
    (error,) = errors_of(tmp_path, text)
    assert error.line == len(text.splitlines())
    assert "room" in error.message


def test_a_pathway_that_cannot_be_read_hides_no_errors_of_others(tmp_path: Path) -> None:
    """A misspelt step of `ward`; a release without seize before it is told as well, and nobody misses `ward`."""
    text = framed("- release: bay\n- run: ward\n- delay: 1 h", ward="- dellay: 5 min")
    assert [rule for rule, _ in refusals(tmp_path, text)] == ["release_without_seize", "unknown_kind"]
