"""The locator's thread: takes messages from all sides, locates once a second, and hands over what it found."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from equipment_tracking.calibration.labels import Source
from equipment_tracking.calibration.model_file import Made, ModelFileError, load
from equipment_tracking.evidence import Evidence, Kind
from equipment_tracking.formats import FORMATS
from equipment_tracking.positions import NotRestored, read_positions, write_positions
from equipment_tracking.queries import Heard
from equipment_tracking.readings import Batch
from equipment_tracking.service.building import Building
from equipment_tracking.service.labels import LabelFile
from equipment_tracking.service.located import GatewayHealth, Located
from equipment_tracking.service.locating import Locating
from equipment_tracking.service.robots import Point, Robots, read_robots
from equipment_tracking.views import GatewayView, LocatorView, Taken

log = logging.getLogger(__name__)

FOLDER = "locating"
MODEL = "model.npz"
POSITIONS = "positions.npz"
LEARNED = "labels.csv"
ROBOTS = "robots.csv"
LABELS: Final[dict[Kind, Source]] = {"found": "tap", "scan": "tap", "dock": "dock"}
ROBOT_MS = 1_500
"""A robot drives on: only what was heard of it so lately belongs to where it is."""
STEP_S = 1.0
SAVE_EVERY_S = 10.0
"""So often positions are written and gateways looked at."""
MOST_WAITING = 500_000
"""Readings that may wait for a step; what comes on top is counted as overload and dropped."""
SILENT_MS = 60_000
"""A gateway that was not heard for so long is silent."""
OVERLOAD = "overload"


@dataclass(slots=True, kw_only=True)
class Moves:
    """What the locator has found since it was asked last: tags with the numbers of areas, and with battery shares."""

    located: Located | None = None
    entered: list[tuple[str, int]] = field(default_factory=list)
    batteries: list[tuple[str, float]] = field(default_factory=list)


class Listener:
    """Runs beside the answering thread; `hear`, `learn`, `follow`, `taken` and `view` may be called from any."""

    def __init__(self, building: Building, data: Path, *, wall_ms: Callable[[], int] | None = None) -> None:
        self._building = building
        self._folder = data / FOLDER
        self._wall_ms = wall_ms or (lambda: time.time_ns() // 1_000_000)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._arrived: list[tuple[Batch, int]] = []
        self._waiting = 0
        self._evidence: list[tuple[str, Evidence]] = []
        self._tags: tuple[str, ...] = ()
        self._moves = Moves()
        self._health = GatewayHealth()
        self._refused: Counter[str] = Counter()
        self._made: Made | None = None
        self._model_mtime_ns = 0
        self._reason = "no_model"
        self._locating: Locating | None = None
        self._readings = 0
        self._readings_per_s = 0.0
        self._heard_tags = 0
        self._labels = LabelFile(self._folder / LEARNED)
        self._robots = Robots(tags=read_robots(self._folder / ROBOTS))
        self._thread = threading.Thread(target=self._run, name="locator", daemon=True)

    def start(self) -> None:
        """Begin to locate."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; positions are written a last time."""
        self._stopping.set()
        self._thread.join(timeout=5.0)

    def hear(self, asked: Heard) -> Taken:
        """Take what a gateway sent. Never raises for what is in it: that is counted."""
        arrived_ms = self._wall_ms()
        batch = FORMATS[asked.format](asked.body, arrived_ms, asked.topic)
        malformed = sum(reject.count for reject in batch.rejects)
        with self._lock:
            if self._waiting + len(batch.at_ms) > MOST_WAITING:
                self._refused[OVERLOAD] += len(batch.at_ms)
            else:
                self._arrived.append((batch, arrived_ms))
                self._waiting += len(batch.at_ms)
        return Taken(readings=len(batch.at_ms), fixes=len(batch.fixes), malformed=malformed)

    def learn(self, tag: str, evidence: Evidence) -> None:
        """Take hard evidence of a tag's place."""
        with self._lock:
            self._evidence.append((tag, evidence))

    def follow(self, tags: Sequence[str]) -> None:
        """Follow these tags (plain ids), and those of robots; none is ever forgotten."""
        with self._lock:
            self._tags = tuple(dict.fromkeys((*self._tags, *tags, *sorted(self._robots.tags))))

    def robot_seen(self, robot: str, at: Point) -> None:
        """A robot has said where it is: if it carries a tag, it surveys the house."""
        self._robots.seen(robot, at, self._wall_ms())

    def taken(self) -> Moves:
        """What was found since the last call."""
        with self._lock:
            moves, self._moves = self._moves, Moves()
        return moves

    def view(self) -> LocatorView:
        """How locating goes."""
        with self._lock:
            health, refused = self._health, dict(sorted(self._refused.items()))
        now_ms = self._wall_ms()
        by_gateway: dict[str, dict[str, int]] = {}
        for (gateway, reason), count in sorted(health.refused.items()):
            by_gateway.setdefault(gateway, {})[reason] = count
        known = set(health.gateways)
        for gateway, counts in by_gateway.items():
            if gateway not in known:
                for reason, count in counts.items():
                    refused[reason] = refused.get(reason, 0) + count
        return LocatorView(
            running=self._locating is not None,
            reason=self._reason,
            tags=len(self._tags),
            heard_tags=self._heard_tags,
            readings=self._readings,
            readings_per_s=round(self._readings_per_s, 1),
            model_made_ms=self._made.at_ms if self._made is not None else None,
            refused=refused,
            gateways=tuple(self._gateway(health, row, now_ms, by_gateway) for row in range(len(health.gateways))),
        )

    def _gateway(self, health: GatewayHealth, row: int, now_ms: int, refused: dict[str, dict[str, int]]) -> GatewayView:
        last_ms = int(health.last_heard_ms[row])
        places, loudest = self._building.places, int(health.loudest[row])
        return GatewayView(
            id=health.gateways[row],
            last_heard_ms=last_ms if last_ms >= 0 else None,
            silent=now_ms - last_ms > SILENT_MS,
            skew_ms=health.skew_ms[row],
            refused=refused.get(health.gateways[row], {}),
            room=places.room[loudest] or "",
            floor=places.floors[int(places.floor[loudest])],
            x_m=round(float(places.x_m[loudest]), 1),
            y_m=round(float(places.y_m[loudest]), 1),
        )

    # --- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        saved_s = time.monotonic()
        while not self._stopping.wait(STEP_S):
            try:
                self._look_for_model()
                self._step()
                if time.monotonic() - saved_s >= SAVE_EVERY_S:
                    self._look_at_gateways()
                    self._save()
                    saved_s = time.monotonic()
            except Exception:
                log.exception("a step of the locator failed; its readings are lost, the next step goes on")
        self._save()

    def _look_for_model(self) -> None:
        """Load the model when its file is there or has been replaced."""
        path = self._folder / MODEL
        try:
            mtime_ns = path.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if mtime_ns == self._model_mtime_ns:
            return
        try:
            model, made = load(path, self._building.places)
        except ModelFileError as error:
            self._model_mtime_ns = mtime_ns
            self._reason = "bad_model" if self._locating is None else "bad_new_model"
            log.error("%s", error)  # noqa: TRY400  # the sentence says all; a traceback adds nothing
            return
        saved = self._locating.saved() if self._locating is not None else None
        locating = Locating(self._building, model, self._tags)
        try:
            locating.restore(saved or read_positions(self._folder / POSITIONS, self._building.places), self._wall_ms())
        except NotRestored as reason:
            log.info("positions begin anew: %s", reason)
        self._locating, self._made, self._reason, self._model_mtime_ns = locating, made, "", mtime_ns
        log.info("locating with %d gateways and %d tags", len(model.emission.radio.gateways), len(self._tags))

    def _step(self) -> None:
        with self._lock:
            arrived, self._arrived, self._waiting = self._arrived, [], 0
            evidence, self._evidence = self._evidence, []
            tags = self._tags
        if self._locating is None:
            return
        if len(tags) != len(self._locating.intake.tags):
            self._locating.admit(tags)
        before = self._locating.readings
        now_ms = self._wall_ms()
        for tag, learned in evidence:
            self._locating.learn(tag, learned)
            self._label(self._locating, tag, learned, now_ms)
        step = self._locating.step(arrived, now_ms)
        for tag, at in self._robots.due(now_ms):
            heard = self._locating.heard_of(tag, now_ms - ROBOT_MS)
            self._labels.append(at, heard, at_ms=now_ms, source="robot", tag=tag)
        self._readings += self._locating.readings - before
        self._readings_per_s += 0.2 * ((self._locating.readings - before) / STEP_S - self._readings_per_s)
        self._heard_tags = int((step.located.heard_ms >= 0).sum())
        with self._lock:
            self._moves.located = step.located
            self._moves.entered += step.entered
            self._moves.batteries += step.batteries

    def _label(self, locating: Locating, tag: str, learned: Evidence, now_ms: int) -> None:
        """Who says where a thing is has it at hand: what gateways heard of it just now is worth learning from."""
        source = LABELS.get(learned.kind)
        area = self._building.area_number.get(self._building.room_of(learned.place))
        if source is not None and area is not None:
            at = (*self._building.middle_of_area[area], self._building.floor_of_area[area])
            self._labels.append(at, locating.heard_of(tag), at_ms=now_ms, source=source, tag=tag)

    def _look_at_gateways(self) -> None:
        if self._locating is not None:
            health = self._locating.health()
            with self._lock:
                self._health = health

    def _save(self) -> None:
        if self._locating is None:
            return
        try:
            write_positions(self._folder / POSITIONS, self._building.places, self._locating.saved())
        except OSError as error:
            log.error("positions not saved: %s", error)  # noqa: TRY400  # as above
