"""What a patient holds is followed along every way: what is never given back is refused, and what is not held."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.declared import errors_of, framed, refusals

BAY = "- {seize: bay}\n"
AGAIN = "{branch: [{share: .5, steps: [{again: true}]}, {else: true}]}"


@pytest.mark.parametrize(
    ("steps", "rule", "place"),
    [
        ("- {release: bay}\n- {leave: home}", "release_without_seize", "bay}"),
        ("- {seize: bay, as: room}\n- {release: [room, bay]}\n- {leave: home}", "release_without_seize", "bay]}"),
        (BAY + "- {release: bay}\n- {release: bay, id: b}\n- {leave: home}", "release_without_seize", "bay, id: b}"),
        (BAY + "- {leave: home}", "held_at_leave", "{leave: home}"),
        (BAY + "- {seize: bay, id: b}\n- {release: bay}\n- {leave: home}", "seized_twice", "{seize: bay, id: b}"),
        (BAY + "- {release: bay}", "missing_leave", "{release: bay}"),
        ("- {branch: [{share: .5, steps: [{leave: home}]}, {else: true}]}", "missing_leave", "{branch"),
        ("- {leave: home}\n- {delay: 1 h}\n- {delay: 2 h}", "unreachable_step", "{delay: 1 h}"),
        (
            "- {branch: [{share: 1, steps: [{leave: home}]}, {share: 0, steps: [{leave: home}]}]}\n- {delay: 1 h}",
            "unreachable_step",
            "{delay: 1 h}",
        ),
        ("- {again: true}", "again_without_repeat", "{again: true}"),
        ("- {repeat: [{delay: 1 h}], at_most: 3}\n- {leave: home}", "repeat_without_again", "{repeat"),
        ("- {run: ed}", "endless_run", "{run: ed}"),
        ("- {aside: [{leave: home}]}\n- {leave: home}", "leave_within", "{leave: home}]}"),
        ("- {together: [[{delay: 1 h}], [{leave: home}]]}\n- {leave: home}", "leave_within", "{leave: home}]]}"),
        ("- {aside: [{seize: bay}, {delay: 1 h}]}\n- {leave: home}", "held_at_end", "{aside"),
        (
            BAY + "- {aside: [{release: bay}]}\n- {release: bay, id: b}\n- {leave: home}",
            "release_without_seize",
            "bay, id",
        ),
        (
            BAY + "- {together: [[{release: bay}], [{release: bay, id: b}]]}\n- {leave: home}",
            "arms_share_a_name",
            "{release: bay, id: b}",
        ),
        (BAY.replace("}", "}\n- {batch: 5}", 1) + "- {release: bay}\n- {leave: home}", "capacity_too_small", "{batch"),
    ],
)
def test_what_is_held_wrongly_is_refused_where_it_shows(tmp_path: Path, steps: str, rule: str, place: str) -> None:
    """Each of these ways through the steps breaks one rule at one place."""
    found = refusals(tmp_path, framed(steps))
    assert [(name, text[: len(place)]) for name, text in found] == [(rule, place)]


@pytest.mark.parametrize(
    "steps",
    [
        BAY + "- branch: [{share: .4, steps: [{release: bay}, {leave: a}]}, {else: true}]\n- release: bay\n- leave: b",
        BAY + "- {together: [[{release: bay}], [{seize: nurse}]]}\n- {release: nurse}\n- {leave: home}",
        BAY + "- {aside: [{delay: 1 h}, {release: bay}]}\n- {leave: home}",
        BAY + "- {aside: [{release: bay}]}\n- {seize: bay, id: b}\n- {release: bay, id: c}\n- {leave: home}",
        "- {aside: [{hold: nurse, for: 1 h}]}\n- {leave: home}",
        "- {at_most: 3, repeat: [{seize: bay}, {aside: [{release: bay}]}, " + AGAIN + "]}\n- {leave: home}",
        "- {seize: bay, patience: 1 h, otherwise: [{leave: unseen}]}\n- {release: bay}\n- {leave: home}",
        "- {seize: bay, patience: 1 h, otherwise: [{seize: nurse, as: bay}]}\n- {release: bay}\n- {leave: home}",
        "- {run: enter}\n- {run: go}\n- {leave: home}",
    ],
)
def test_what_is_held_rightly_is_not_refused(tmp_path: Path, steps: str) -> None:
    """Given back on each way, by an arm, by steps aside, in each round, by those who gave up, in another pathway."""
    assert refusals(tmp_path, framed(steps, enter=BAY.strip(), go="- {release: bay}")) == []


def test_two_branches_by_the_same_attribute_go_together(tmp_path: Path) -> None:
    """Only the red are given a nurse, and only the red give one back: no other way is possible."""
    sound = framed(
        "- {by: triage, branch: [{is: red, steps: [{seize: nurse}]}, {else: true}]}\n"
        "- {delay: 1 h}\n"
        "- {by: triage, branch: [{is: [red], steps: [{release: nurse}]}, {else: true}], id: again}\n"
        "- {leave: home}"
    )
    assert refusals(tmp_path, sound) == []
    (error,) = errors_of(tmp_path, sound.replace("{is: [red],", "{is: [red, yellow],"))
    assert error.rule == "release_without_seize"
    arm = next(k for k, line in enumerate(sound.splitlines(), 1) if "seize: nurse" in line)
    assert f"flows.yaml:{arm} " in error.message  # by the arm `else` of the first branch the yellow come


def test_a_share_of_zero_by_attribute_is_a_way_that_nobody_goes(tmp_path: Path) -> None:
    """The red always take the first arm, so in a branch for the red alone nobody lacks the nurse."""
    sound = framed(
        "- {branch: [{share: {by: triage, red: 1, else: 0}, steps: [{seize: nurse}]}, {else: true}]}\n"
        "- {by: triage, branch: [{is: red, steps: [{release: nurse}, {leave: a}]}, {else: true}], id: b}\n"
        "- {by: triage, branch: [{is: red, steps: [{delay: 1 h}]}, {else: true}], id: c}\n"
        "- {leave: home}"
    )
    rules = [rule for rule, _ in refusals(tmp_path, sound)]
    assert rules == ["unreachable_step"]  # the red have left before the last branch


def test_an_arm_for_values_that_went_another_way_is_never_reached(tmp_path: Path) -> None:
    """Within the arm of the red there are no green."""
    inner = "{by: triage, id: inner, branch: [{is: green, steps: [{delay: 1 h}]}, {else: true}]}"
    steps = f"- {{by: triage, branch: [{{is: red, steps: [{inner}]}}, {{else: true}}]}}\n- {{leave: home}}"
    assert refusals(tmp_path, framed(steps)) == [
        ("unreachable_step", "{delay: 1 h}]}, {else: true}]}]}, {else: true}]}")
    ]


def test_another_round_begins_with_what_the_first_began_with(tmp_path: Path) -> None:
    """The bay is still held when the next round would seize it."""
    steps = (
        "- repeat:\n"
        "    - {seize: bay}\n"
        "    - {branch: [{share: .1, steps: [{again: true}]}, {else: true}]}\n"
        "    - {release: bay}\n"
        "  at_most: 3\n"
        "  exhausted: [{release: bay}]\n"
        "- {leave: home}"
    )
    found = refusals(tmp_path, framed(steps))
    assert [rule for rule, _ in found] == ["seized_twice", "again_holds"]
    assert (
        refusals(
            tmp_path,
            framed(steps.replace("[{again", "[{release: bay}, {again").replace("\n  exhausted: [{release: bay}]", "")),
        )
        == []
    )


def test_who_gives_up_lacks_what_was_waited_for(tmp_path: Path) -> None:
    """Those who gave up go on after the step without a bay, so the release is not for them: the way is named."""
    steps = "- {seize: bay, patience: 1 h, otherwise: [{mark: gave_up}]}\n- {release: bay}\n- {leave: home}"
    text = framed(steps)
    (error,) = errors_of(tmp_path, text)
    assert error.rule == "release_without_seize"
    gave_up = next(k for k, line in enumerate(text.splitlines(), 1) if "gave_up" in line)
    assert f"flows.yaml:{gave_up})" in error.message


def test_an_error_in_a_pathway_that_several_run_is_said_once(tmp_path: Path) -> None:
    """Two pathways run it, one mistake is made."""
    text = framed("- {run: part}\n- {leave: a}", part="- {release: bay}", two="- {run: part}\n- {leave: b}")
    assert [rule for rule, _ in refusals(tmp_path, text)] == ["release_without_seize"]


def test_everything_that_is_still_held_at_the_end_is_named(tmp_path: Path) -> None:
    """Two things, two errors at the same place, each with where it was seized."""
    errors = errors_of(tmp_path, framed("- {seize: bay}\n- {seize: nurse}\n- {leave: home}"))
    assert [error.rule for error in errors] == ["held_at_leave", "held_at_leave"]
    assert "`bay`, seized in" in errors[0].message
    assert "`nurse`, seized in" in errors[1].message
