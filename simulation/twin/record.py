"""What is kept of a run: the hash of the ledger as it would have been written, and how every job ended."""

from __future__ import annotations

from fleet.draft import State
from fleet.model import Job
from fleet.orchestrator.turn import Decision
from fleet.records import entries
from ledger.chain import GENESIS, link

STREAM = "fleet"


class Record:
    """Chains the rows of every decision as the dispatcher's writer does, and keeps the last of every job."""

    def __init__(self) -> None:
        self.rows = 0
        self.head = GENESIS
        self.jobs: dict[str, Job] = {}

    def keep(self, state: State, decision: Decision, at_ms: int) -> None:
        """Take a decision in; its facts lie in the draft."""
        for row in link(STREAM, self.rows, self.head, entries(decision, at_ms)):
            self.rows, self.head = row.seq, row.hash
        for id, job in state.jobs.changes.items():
            if job is not None:
                self.jobs[id] = job
