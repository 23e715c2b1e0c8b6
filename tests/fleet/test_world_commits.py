"""Kill -9 may come after any commit of the simulated carriers: none of them takes a command twice after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.hospital import Hospital
from fleet.simulated.cores.world import OpenOrder
from fleet.simulated.journal import WorldJournal
from tests.fleet.house import House


class JudgedJournal(WorldJournal):
    """A journal that looks after every commit whether the numbers on disk know of all that the world has taken in."""

    commits = 0
    uncovered: list[str]

    def commit(self) -> None:
        """Commit and judge; a commit of nothing is none."""
        writes = self._open
        super().commit()
        if writes:
            type(self).commits += 1
            type(self).uncovered += self._uncovered()

    def _uncovered(self) -> list[str]:
        numbers = {
            agent: (last_command, last_report)
            for agent, last_command, last_report in self.read("SELECT agent, last_command, last_report FROM link")
        }
        orders = self._things("orders", OpenOrder).values()
        reports = self.read("SELECT agent, max(number) FROM report GROUP BY agent")
        return [
            f"{order.agent} would take command {order.command.number} again"
            for order in orders
            if order.command.number > numbers.get(order.agent, (0, 0))[0]
        ] + [
            f"{agent} would give another report the number {number}"
            for agent, number in reports
            if number > numbers.get(agent, (0, 0))[1]
        ]


def test_every_commit_covers_the_commands_and_reports_of_all_agents(
    clinic_site: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A robot, its lift, a porter and the tube at work at once: the world and all numbers reach the disk together."""
    JudgedJournal.commits, JudgedJournal.uncovered = 0, []
    monkeypatch.setattr("fleet.simulated.agent.WorldJournal", JudgedJournal)
    with House(clinic_site, tmp_path) as house:
        jobs = [
            house.order("store-out", load="linen", to="s1-clean"),
            house.order("s1-beds", load="patient", to="imaging-desk"),
            house.order("s1-tube"),
        ]
        house.run_until(lambda: all(house.delivered(job) for job in jobs))
    assert JudgedJournal.commits > len(jobs)
    assert JudgedJournal.uncovered == []
