"""A survey's walk as it goes: which stop is next, when the others were reached, and how long the rest will take."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise
from pathlib import Path

import numpy as np

from equipment_tracking.calibration.round import Stop, direct
from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.places import Places
from equipment_tracking.tables import Table, numbered

COLUMNS = ("time", "x", "y", "floor", "stop")
PACE_M_S = 1.0
"""Until the surveyor's own pace is known."""
SLOWEST = 3.0
"""Whoever takes so many times as long as the walk needs has paused, and was then nobody knows where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A stop that was reached at `at_s` and left at `until_s`, seconds of one clock."""

    stop: int
    at_s: float
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The stops, those that were stamped in the order walked, and the next one."""

    stops: tuple[Stop, ...]
    stamps: tuple[Stamp, ...] = ()
    next: int = 0

    @property
    def is_done(self) -> bool:
        """Whether no stop is left."""
        return self.next >= len(self.stops)

    def reached(self, at_s: float, until_s: float) -> Walk:
        """The next stop is reached, and left again after the tag was turned."""
        return replace(
            self, stamps=(*self.stamps, Stamp(stop=self.next, at_s=at_s, until_s=until_s)), next=self.next + 1
        )

    def skipped(self) -> Walk:
        """The next stop is left out: a door is locked, a patient sleeps."""
        return replace(self, next=min(self.next + 1, len(self.stops)))

    def back(self) -> Walk:
        """The stop before is the next one again, and its stamp is taken back."""
        before = max(self.next - 1, 0)
        return replace(self, stamps=tuple(stamp for stamp in self.stamps if stamp.stop < before), next=before)

    def left_s(self, pause_s: float) -> float:
        """How long the rest will take at the surveyor's pace, with `pause_s` in every room."""
        gone_m, spent_s = 0.0, 0.0
        for last, stamp in pairwise(self.stamps):
            way_m = sum(stop.walk_m for stop in self.stops[last.stop + 1 : stamp.stop + 1])
            if stamp.at_s - last.until_s <= SLOWEST * way_m / PACE_M_S:
                gone_m, spent_s = gone_m + way_m, spent_s + stamp.at_s - last.until_s
        pace_m_s = gone_m / spent_s if spent_s > 0 else PACE_M_S
        rest = self.stops[self.next :]
        return sum(stop.walk_m for stop in rest) / pace_m_s + pause_s * sum(stop.why == "room" for stop in rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where the surveyor was, by time; between two rows the way is straight."""

    time_s: Floats
    x_m: Floats
    y_m: Floats
    floor: Indexes
    floors: tuple[str, ...]


def write_walk(path: Path, walk: Walk, places: Places) -> None:
    """The walk so far as `time,x,y,floor,stop`, the file replaced as a whole; rows without stop are bends of the way.

    Raises OSError.
    """
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for last, stamp in zip((None, *walk.stamps), walk.stamps, strict=False):
            if last is not None:
                out.writerows(_row(places, place, at_s, "") for place, at_s in _bends(walk, places, last, stamp))
            here = walk.stops[stamp.stop].place
            out.writerow(_row(places, here, stamp.at_s, str(stamp.stop + 1)))
            if stamp.until_s > stamp.at_s:
                out.writerow(_row(places, here, stamp.until_s, str(stamp.stop + 1)))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def read_track(path: Path) -> Track:
    """Where the surveyor was: `time,x,y,floor` by time. Raises TableErrors."""
    table = Table(path, ("time", "x", "y", "floor"), ())
    time_s, x_m, y_m = table.numbers("time"), table.numbers("x"), table.numbers("y")
    floors, floor = numbered(table.names("floor"))
    for row in np.flatnonzero(np.diff(time_s) < 0).tolist():
        table.refuse(row + 1, "time", "is before the row above: a walk goes forwards")
    table.finish()
    return Track(time_s=time_s, x_m=x_m, y_m=y_m, floor=floor, floors=floors)


def resume(path: Path, stops: tuple[Stop, ...], places: Places) -> Walk:
    """The walk that a file holds, to be gone on with; a file that is not there is a walk not yet begun.

    Raises TableErrors, naming the rows that are not of this round.
    """
    if not path.exists() or len(path.read_text("utf-8").splitlines()) == 1:
        return Walk(stops=stops)
    table = Table(path, COLUMNS, COLUMNS[-1:])
    time_s, x_m, y_m, floor = table.numbers("time"), table.numbers("x"), table.numbers("y"), table.names("floor")
    stamps: list[Stamp] = []
    for row, text in enumerate(table.optional("stop")):
        if not text:
            continue
        number = int(text) - 1 if text.isdecimal() else -1
        if not 0 <= number < len(stops):
            table.refuse(row, "stop", f"{text!r} is no stop of this round, which has {len(stops)}")
            continue
        here = stops[number].place
        apart_m = np.hypot(places.x_m[here] - x_m[row], places.y_m[here] - y_m[row])
        if places.floors[places.floor[here]] != floor[row] or apart_m > 0.01:
            table.refuse(row, "stop", f"stop {text} of this round is elsewhere: choose another file with --walk")
        elif stamps and number == stamps[-1].stop:
            stamps[-1] = replace(stamps[-1], until_s=float(time_s[row]))
        else:
            stamps.append(Stamp(stop=number, at_s=float(time_s[row]), until_s=float(time_s[row])))
    table.finish()
    return Walk(stops=stops, stamps=tuple(stamps), next=stamps[-1].stop + 1 if stamps else 0)


def _bends(walk: Walk, places: Places, last: Stamp, stamp: Stamp) -> list[tuple[int, float]]:
    """Places between two stops at which the way bends, and when an even pace was there; none after a pause."""
    begin = walk.stops[last.stop].place
    path = direct(chain([begin], *(stop.path for stop in walk.stops[last.stop + 1 : stamp.stop + 1])))
    if len({int(places.floor[place]) for place in path}) > 1:
        return []
    points = [(float(places.x_m[place]), float(places.y_m[place])) for place in path]
    gone_m = list(
        accumulate((float(np.hypot(bx - ax, by - ay)) for (ax, ay), (bx, by) in pairwise(points)), initial=0.0)
    )
    spent_s = stamp.at_s - last.until_s
    if gone_m[-1] <= 0 or spent_s > SLOWEST * gone_m[-1] / PACE_M_S:
        return []
    bends = []
    for number in range(1, len(path) - 1):
        (ax, ay), (bx, by), (cx, cy) = points[number - 1 : number + 2]
        if abs((bx - ax) * (cy - by) - (by - ay) * (cx - bx)) > 1e-6:
            bends.append((path[number], last.until_s + spent_s * gone_m[number] / gone_m[-1]))
    return bends


def _row(places: Places, place: int, at_s: float, stop: str) -> tuple[str, ...]:
    floor = places.floors[places.floor[place]]
    return f"{at_s:.3f}", f"{places.x_m[place]:.3f}", f"{places.y_m[place]:.3f}", floor, stop
