"""Turns the fleet's read models into the bodies of the HTTP interface, in one language and the site's time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.link import Link
from api.phrases import Phrases
from api.schemas import (
    CandidateOut,
    CarrierOut,
    ClockOut,
    ClosureOut,
    CountsOut,
    HistoryOut,
    JobOut,
    JobWithHistoryOut,
    LegOut,
    LiftOut,
    ReasonOut,
    SnapshotOut,
)
from api.times import to_datetime
from fleet.views import CarrierView, ClosureView, Counts, HistoryEntry, JobView, LiftView, Reason


class Presenter:
    """Writes read models for one language."""

    def __init__(self, phrases: Phrases) -> None:
        self.phrases = phrases

    def job(self, view: JobView) -> JobOut:
        """Write a job as the list shows it."""
        return JobOut(**self._job(view))

    def job_with_history(self, view: JobView, history: Sequence[HistoryEntry]) -> JobWithHistoryOut:
        """Write a job with its history."""
        rows = [
            HistoryOut(
                at=self._moment(entry.at_ms),
                actor=entry.actor,
                kind=entry.kind,
                seq=entry.seq,
                args=entry.args,
                text=self.phrases.event(entry),
            )
            for entry in history
        ]
        return JobWithHistoryOut(**self._job(view), history=rows)

    def carrier(self, view: CarrierView) -> CarrierOut:
        """Write a carrier."""
        return CarrierOut(
            id=view.id,
            mode=view.mode,
            fleet=view.fleet,
            status=view.status,
            floor=view.floor,
            node=view.node,
            x_m=view.x_m,
            y_m=view.y_m,
            seen=self._moment(view.seen_ms),
            battery=view.battery,
            job=view.job,
            stops=list(view.stops),
            reason=self._reason(view.reason),
        )

    def lift(self, view: LiftView) -> LiftOut:
        """Write a lift."""
        return LiftOut(**msgspec.structs.asdict(view))

    def closure(self, view: ClosureView) -> ClosureOut:
        """Write a closure."""
        return ClosureOut(
            id=view.id,
            target=view.target,
            name=self.phrases.place(view.target),
            reason=view.reason,
            actor=view.actor,
            since=self._moment(view.since_ms),
            until=self._optional(view.until_ms),
        )

    def counts(self, view: Counts) -> CountsOut:
        """Write the figures of today."""
        return CountsOut(**msgspec.structs.asdict(view))

    def clock(self, link: Link) -> ClockOut:
        """Write site time now."""
        factor = link.live.clock.factor if link.live.clock else 1.0
        return ClockOut(site=self._moment(link.now_ms), factor=factor)

    def snapshot(self, link: Link) -> SnapshotOut:
        """Write everything open now."""
        live = link.live
        return SnapshotOut(
            last_event_id=link.mark,
            clock=self.clock(link),
            counts=self.counts(live.counts),
            jobs=[self.job(view) for view in live.jobs.values()],
            carriers=[self.carrier(view) for view in live.carriers.values()],
            lifts=[self.lift(view) for view in live.lifts.values()],
            closures=[self.closure(view) for view in live.closures.values()],
        )

    def _job(self, view: JobView) -> dict[str, Any]:
        return {
            **{name: getattr(view, name) for name in _SAME},
            "ready": self._moment(view.ready_ms),
            "due": self._moment(view.due_ms),
            "created": self._moment(view.created_ms),
            "promised": self._optional(view.promised_ms),
            "delivered": self._optional(view.delivered_ms),
            "needs": list(view.needs),
            "reason": self._reason(view.reason),
            "candidates": [
                CandidateOut(
                    mode=item.mode,
                    carrier=item.carrier,
                    arrival=self._moment(item.arrival_ms),
                    cost=item.cost,
                    reason=self._said(item.reason),
                )
                for item in view.candidates
            ],
            "legs": [
                LegOut(
                    id=leg.id,
                    mode=leg.mode,
                    state=leg.state,
                    origin=leg.origin,
                    destination=leg.destination,
                    carriers=list(leg.carriers),
                    promised=self._optional(leg.promised_ms),
                )
                for leg in view.legs
            ],
        }

    def _said(self, reason: Reason) -> ReasonOut:
        return ReasonOut(code=reason.code, args=reason.args, text=self.phrases.reason(reason))

    def _reason(self, reason: Reason | None) -> ReasonOut | None:
        return None if reason is None else self._said(reason)

    def _moment(self, instant_ms: int) -> datetime:
        return to_datetime(instant_ms, self.phrases.directory.zone)

    def _optional(self, instant_ms: int | None) -> datetime | None:
        return None if instant_ms is None else self._moment(instant_ms)


_SAME = (
    "id",
    "state",
    "load",
    "origin",
    "destination",
    "priority",
    "slack_s",
    "mode",
    "carrier",
    "requester",
    "mass_kg",
    "specimen",
    "precaution",
    "note",
    "version",
)
