"""The disk of the simulated world: a turn is there or not, and what was there comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bus.journal import LinkState
from bus.messages import Ack, Done
from fleet.simulated.cores.world import World
from fleet.simulated.journal import WORLD_FILE, JournalError, WorldJournal
from tests.fleet.simulated.small_world import move, robot, rules, world

HOUR_MS = 3_600_000


def worked(here: World) -> World:
    """A robot under way, a porter asked, a capsule on its way."""
    rule = rules()
    here, _ = rule.accept(rule.wake(here, HOUR_MS), "sim-robots", move(1, "st:a", "st:b"), HOUR_MS)
    here, _ = rule.accept(here, "sim-porters", move(1, "st:c", carrier="day-01", leg="j1.1"), HOUR_MS)
    return here


def test_a_world_comes_back_as_it_was(tmp_path: Path) -> None:
    """Saved, closed, opened: the same state, and the same future."""
    journal = WorldJournal(tmp_path, "clinic")
    before = journal.load(world())
    after = worked(before)
    journal.save(before, after)
    journal.close()
    journal = WorldJournal(tmp_path, "clinic")
    again = journal.load(world())
    journal.close()
    assert again == after
    assert rules().advance(again, 2 * HOUR_MS) == rules().advance(after, 2 * HOUR_MS)


def test_what_was_not_committed_never_was(tmp_path: Path) -> None:
    """World, numbers and reports of a turn stand or fall together."""
    journal = WorldJournal(tmp_path, "clinic")
    before = journal.load(world())
    journal.link("sim-robots").save_numbers(1, 1, 1)
    journal.link("sim-robots").commit()
    journal.save(before, worked(before))
    journal.link("sim-robots").save_numbers(1, 2, 2)
    journal.link("sim-robots").add_report(Ack(number=2, command=2, at_ms=0))
    journal._database.rollback()
    journal._open = False
    assert journal.load(world()) == world()
    assert journal.link("sim-robots").load() == LinkState(1, 1, 1, ())
    journal.close()


def test_reports_are_kept_in_order_until_they_are_confirmed(tmp_path: Path) -> None:
    """Ten are made, five are confirmed, five come back; another agent's are its own."""
    journal = WorldJournal(tmp_path, "clinic")
    robots, lifts = journal.link("sim-robots"), journal.link("sim-lifts")
    for number in range(1, 11):
        robots.add_report(Done(number=number, command=number, at_ms=number))
    lifts.add_report(Ack(number=1, command=1, at_ms=0))
    robots.forget_reports(5)
    robots.commit()
    assert [report.number for report in robots.load().unprocessed] == [6, 7, 8, 9, 10]
    assert lifts.load().unprocessed == (Ack(number=1, command=1, at_ms=0),)
    journal.close()


def test_a_changed_site_keeps_what_it_still_has(tmp_path: Path) -> None:
    """R02 has gone from the site, R03 is new: R01 is where it was, R03 in its bay."""
    journal = WorldJournal(tmp_path, "clinic")
    before = journal.load(world())
    journal.save(before, worked(before))
    fresh = World(robots={"R01": robot(), "R03": robot("R03", "st:c")})
    again = journal.load(fresh)
    journal.close()
    assert sorted(again.robots) == ["R01", "R03"]
    assert again.robots["R01"].task is not None
    assert again.robots["R03"].node == "st:c"


def test_two_processes_do_not_share_a_world(tmp_path: Path) -> None:
    """The second is told what to do."""
    journal = WorldJournal(tmp_path, "clinic")
    with pytest.raises(JournalError, match="stop the other process"):
        WorldJournal(tmp_path, "clinic")
    journal.close()


def test_the_world_of_another_site_is_refused(tmp_path: Path) -> None:
    """Its robots are elsewhere."""
    WorldJournal(tmp_path, "clinic").close()
    with pytest.raises(JournalError, match="is the world of another site"):
        WorldJournal(tmp_path, "koege")
    assert (tmp_path / WORLD_FILE).exists()
