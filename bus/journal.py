"""What an agent must remember over a crash so that no command is accepted twice and no report is lost."""

from __future__ import annotations

from typing import Protocol

import msgspec

from bus.messages import Report


class LinkState(msgspec.Struct, frozen=True):
    """Numbers of one agent as last committed, and the reports that the dispatcher has not yet confirmed, in order."""

    epoch: int = 0
    last_command: int = 0
    last_report: int = 0
    unprocessed: tuple[Report, ...] = ()


class LinkJournal(Protocol):
    """The agent's disk. Writes count from `commit` on; a crash before it undoes them together with their effects."""

    def load(self) -> LinkState:
        """What the last commit left; the start values when there is none."""
        ...

    def save_numbers(self, epoch: int, last_command: int, last_report: int) -> None:
        """Note the highest epoch, command and report number."""
        ...

    def add_report(self, report: Report) -> None:
        """Keep a numbered report until it is forgotten."""
        ...

    def forget_reports(self, up_to: int) -> None:
        """Drop reports with numbers up to and including `up_to`: the dispatcher has committed them."""
        ...

    def commit(self) -> None:
        """Make everything written since the last commit durable, together."""
        ...


class MemoryJournal:
    """A journal without a disk: for an agent whose device itself remembers, and for trying things out."""

    def __init__(self) -> None:
        self._committed = LinkState()
        self._numbers = (0, 0, 0)
        self._reports: dict[int, Report] = {}

    def load(self) -> LinkState:
        """What the last commit left."""
        self._numbers = (self._committed.epoch, self._committed.last_command, self._committed.last_report)
        self._reports = {report.number: report for report in self._committed.unprocessed}
        return self._committed

    def save_numbers(self, epoch: int, last_command: int, last_report: int) -> None:
        """Note the numbers."""
        self._numbers = (epoch, last_command, last_report)

    def add_report(self, report: Report) -> None:
        """Keep a report."""
        self._reports[report.number] = report

    def forget_reports(self, up_to: int) -> None:
        """Drop confirmed reports."""
        self._reports = {number: report for number, report in self._reports.items() if number > up_to}

    def commit(self) -> None:
        """Take what was written as the state that `load` returns."""
        epoch, last_command, last_report = self._numbers
        self._committed = LinkState(epoch, last_command, last_report, tuple(self._reports.values()))
