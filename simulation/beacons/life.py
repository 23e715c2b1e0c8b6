"""What people do about equipment that walks: state follows place. Pure; the same seed tells the same day.

Nobody decides here where a thing goes: the walks do. Somebody notices, after a while, and says so to the pool.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import numpy as np

from equipment_tracking.pool import requests as ask
from equipment_tracking.pool.model import ItemState
from equipment_tracking.pool.steps import STEPS, StepName
from equipment_tracking.register.assets import Asset
from equipment_tracking.register.catalogue import Catalogue, Check, standard_catalogue
from simulation.beacons.shares import BED_STORE, CARE, SOILED, STORES
from simulation.beacons.staff import Staff
from simulation.chance import mixed, uniform
from site_models.layout import PlacedRoom

Use = Literal["care", "store", "soiled", "other"]
"""What a room is to a thing: it is used there, waits clean, is put down used, or merely stands."""

WAITS_MIN: Final[Mapping[StepName, float]] = {
    "take": 1.0,
    "lend": 0.0,
    "put_down": 3.0,
    "send_to_cleaning": 10.0,
    "clean": 15.0,
    "confirm": 10.0,
    "report_defect": 0.0,
    "receive": 60.0,
    "repair": 120.0,
    "pass_test": 30.0,
    "release": 15.0,
}
"""Minutes until somebody takes a step that is due, on average; assumed."""
NEW_PATIENT_MIN: Final = 60.0
"""Until the next patient comes to a clean bed in its room, on average; assumed."""
REPAIR: Final[Mapping[ItemState, StepName]] = {
    "defective": "receive",
    "received": "repair",
    "repaired": "pass_test",
    "safety_tested": "release",
}
CYCLE: Final[Mapping[ItemState, StepName]] = {
    "in_use": "put_down",
    "used": "clean",
    "to_cleaning": "clean",
    "cleaned": "confirm",
}
"""The way back to ready."""
METHODS: Final = ("wipe_alcohol", "wipe_chlorine", "washer_disinfector")
FAULTS: Final = ("battery", "alarm", "display", "cable", "wheel")
LOANS_A_DAY, DEFECTS_A_DAY = 120.0, 16.0
"""In a pool of `OF_ASSETS`, if every trip could lead to one; about one of ten can end in a loan, half in a fault.

Smaller pools have fewer, but none fewer than one of `LEAST_ASSETS`.
"""
OF_ASSETS, LEAST_ASSETS = 10_000, 1_000
LOAN_HOURS: Final = (4.0, 48.0)
DAY_S: Final = 86_400
FIRST_DAY: Final[Mapping[Use, tuple[tuple[float, ItemState], ...]]] = {
    "care": ((0.97, "in_use"), (1.0, "used")),
    "store": ((0.8, "ready"), (0.88, "cleaned"), (0.995, "used"), (1.0, "defective")),
    "soiled": ((0.6, "used"), (1.0, "to_cleaning")),
    "other": ((0.5, "ready"), (1.0, "used")),
}
"""Up to which draw a thing that is found in such a room on the first day is in which state; assumed."""
_FIRST_WAY: Final[Mapping[ItemState, Mapping[ItemState, StepName]]] = {
    "in_use": {"used": "clean", "cleaned": "confirm", "ready": "take"},
    "ready": {"used": "clean", "cleaned": "confirm"},
    "cleaned": {"used": "clean"},
    "to_cleaning": {"used": "send_to_cleaning"},
    "defective": {"used": "report_defect"},
}
"""For each aim the step out of each state on the way to it."""
FIRST_LOANS: Final = 0.01
"""Which share of what is found in another ward on the first day is lent to it."""


class Deed(NamedTuple):
    """A request that somebody makes: `number` is the asset's, `after` its state if it is granted.

    `key` is empty on the way to a first day's state, where there are many: a step that was taken is refused as such.
    """

    number: int
    request: ask.AnyRequest
    actor: str
    role: str
    key: str
    after: ItemState


class _Wish(NamedTuple):
    """What a request is made of: the asset, the ward, an id for what is made, chance, site time, what to confirm."""

    asset: str
    ward: str
    id: str
    draw: float
    now_ms: int
    checks: tuple[Check, ...]


@dataclass(slots=True)
class _Thing:
    """What people know of one asset: its state, the room it stands in (None under way), how often it has set out.

    `aim` is the first day's state that it is on its way to, `step` what is due next, for `ward`; `said` counts those.
    """

    state: ItemState | None = None
    room: PlacedRoom | None = None
    trip: int = 0
    aim: ItemState | None = None
    step: StepName | None = None
    ward: str = ""
    said: int = 0


@dataclass(slots=True)
class Life:
    """Follows the assets (by number, as in the stock) and says who does what when; seconds are the scene's."""

    assets: Sequence[Asset]
    rooms: Mapping[str, PlacedRoom]
    staff: Staff
    seed: int
    stay_s: float
    catalogue: Catalogue = field(default_factory=standard_catalogue)
    _things: list[_Thing] = field(init=False)
    _due: list[tuple[float, int, int]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Nothing is known of any asset yet."""
        self._things = [_Thing() for _ in self.assets]

    def begin(self, number: int, state: ItemState | None, room: str | None, trip: int, at_s: int, fresh: bool) -> None:
        """An asset is in this state and room (None: under way). A fresh one comes to a first day's state at once."""
        thing = self._things[number]
        thing.state, thing.trip = state, trip
        thing.room = self.rooms.get(room) if room is not None else None
        if fresh and thing.room is not None:
            use = self._use(number, thing.room)
            draw = self._draw(thing, number, 10)
            thing.aim = next(aim for up_to, aim in FIRST_DAY[use] if draw < up_to)
        if state != "in_use" or thing.aim:
            self._plan(number, at_s)

    def leaves(self, number: int, trip: int, goal: str, at_s: int) -> None:
        """It is pushed off to another room: what is ready is taken there, what was in use may turn out to be broken."""
        thing = self._things[number]
        here, there = thing.room, self.rooms[goal]
        thing.room, thing.trip, thing.step, thing.aim = None, trip, None, None
        if thing.state == "ready" and there.ward and self._use(number, there) == "care":
            borrowed = self._away(number, there) and self._happens(thing, number, 11, LOANS_A_DAY)
            self._set(number, "lend" if borrowed else "take", at_s, room=there)
        elif thing.state == "in_use" and here is not None and self._happens(thing, number, 12, DEFECTS_A_DAY):
            self._set(number, "report_defect", at_s, room=here)

    def arrives(self, number: int, room: str, at_s: int) -> None:
        """It stands in a room: what is due there comes about in a while."""
        self._things[number].room = self.rooms[room]
        self._plan(number, at_s)

    def due(self, at_s: int, most: int, now_ms: int | None) -> list[Deed]:
        """The next deeds that are due, at most so many; `now_ms` is site time, for what ends at an instant."""
        deeds: list[Deed] = []
        while self._due and self._due[0][0] <= at_s and len(deeds) < most:
            _, number, said = heapq.heappop(self._due)
            thing = self._things[number]
            if thing.step is not None and thing.said == said:
                deeds.append(self._deed(number, thing.step, at_s, now_ms))
                thing.step = None
        return deeds

    def answered(self, number: int, state: ItemState | None, at_s: int, *, granted: bool) -> None:
        """The pool has answered: the state is this now (None: gone). After a refusal nobody insists."""
        thing = self._things[number]
        taken = granted and state == "in_use"
        thing.state = state
        if not granted or taken:
            thing.aim = None
        elif thing.step is None:
            self._plan(number, at_s)

    def state_of(self, number: int) -> ItemState | None:
        """What people take an asset's state for."""
        return self._things[number].state

    def _plan(self, number: int, at_s: int) -> None:
        """What is due next, if anything is."""
        thing = self._things[number]
        if thing.state is None:
            return
        if thing.aim is not None:
            step = _FIRST_WAY.get(thing.aim, {}).get(thing.state)
            if step == "take" and self._away(number, thing.room) and self._draw(thing, number, 13) < FIRST_LOANS:
                step = "lend"
            if step is not None:
                self._set(number, step, at_s, room=thing.room, hurry=True)
                return
            thing.aim = None
        step = next_step(thing.state, self._use(number, thing.room), at_home=self._at_home(number, thing.room))
        if step is not None:
            self._set(number, step, at_s, room=thing.room)

    def _set(self, number: int, step: StepName, at_s: int, *, room: PlacedRoom | None, hurry: bool = False) -> None:
        """The step comes about in a while, for the ward of this room."""
        thing = self._things[number]
        new_patient = step == "take" and self._at_home(number, room)
        wait_min = NEW_PATIENT_MIN if new_patient else WAITS_MIN[step]
        thing.said += 1
        thing.step, thing.ward = step, (room.ward or "") if room is not None else ""
        wait_s = 60.0 * wait_min * (0.5 + self._draw(thing, number, 20 + thing.said))
        heapq.heappush(self._due, (-1.0 if hurry else at_s + wait_s, number, thing.said))

    def _deed(self, number: int, step: StepName, at_s: int, now_ms: int | None) -> Deed:
        thing, asset = self._things[number], self.assets[number]
        if step == "lend" and now_ms is None:
            step = "take"
        ward = thing.ward or asset.ward
        draw = self._draw(thing, number, 1000 + thing.said)
        key = f"demo-{self.seed}-{asset.id}-{thing.trip}-{at_s}-{step}"
        actor, role = self.staff.who(step, ward, draw)
        checks = self.catalogue.checks(asset.type)
        request = _REQUESTS[step](_Wish(asset.id, ward, key, draw, now_ms or 0, checks))
        return Deed(number, request, actor, role, key if thing.aim is None else "", STEPS[step].after)

    def _use(self, number: int, room: PlacedRoom | None) -> Use:
        if room is None:
            return "other"
        if room.id == self.assets[number].home and room.kind not in CARE:
            return "store"
        return use_of(room.kind)

    def _at_home(self, number: int, room: PlacedRoom | None) -> bool:
        return room is not None and room.id == self.assets[number].home

    def _away(self, number: int, room: PlacedRoom | None) -> bool:
        return room is not None and room.ward is not None and room.ward != self.assets[number].ward

    def _happens(self, thing: _Thing, number: int, purpose: int, a_day: float) -> bool:
        """Whether this trip is one of the few on which something happens `a_day` times in a pool of `OF_ASSETS`."""
        count = len(self.assets)
        trips_a_day = count * DAY_S / self.stay_s
        return self._draw(thing, number, purpose) < a_day * max(count, LEAST_ASSETS) / OF_ASSETS / trips_a_day

    def _draw(self, thing: _Thing, number: int, purpose: int) -> float:
        key = mixed(np.uint64(self.seed), np.uint64(2))
        for part in (number, thing.trip, purpose):
            key = mixed(np.uint64(key), np.uint64(part))
        return float(uniform(np.uint64(key)))


def _loan(wish: _Wish) -> ask.Lend:
    low, high = LOAN_HOURS
    hours = low + wish.draw * (high - low)
    return ask.Lend(wish.id, wish.asset, wish.ward, due_ms=wish.now_ms + round(hours * 3_600_000))


_REQUESTS: Final[Mapping[StepName, Callable[[_Wish], ask.AnyRequest]]] = {
    "take": lambda wish: ask.Take(wish.asset, wish.ward),
    "lend": _loan,
    "put_down": lambda wish: ask.PutDown(wish.asset, wiped=wish.draw < 0.5),
    "send_to_cleaning": lambda wish: ask.SendToCleaning(wish.asset),
    "clean": lambda wish: ask.MarkCleaned(wish.asset, METHODS[int(wish.draw * len(METHODS))]),
    "confirm": lambda wish: ask.Confirm(wish.asset, wish.checks),
    "report_defect": lambda wish: ask.ReportDefect(wish.asset, FAULTS[int(wish.draw * len(FAULTS))]),
    "receive": lambda wish: ask.Receive(wish.asset),
    "repair": lambda wish: ask.Repair(wish.asset, "part_replaced"),
    "pass_test": lambda wish: ask.TestSafety(wish.asset, passed=True),
    "release": lambda wish: ask.Release(wish.asset),
}


def use_of(kind: str) -> Use:
    """What a kind of room is to a thing that does not live there."""
    if kind in CARE:
        return "care"
    if kind in STORES or kind == BED_STORE:
        return "store"
    return "soiled" if kind in SOILED else "other"


def next_step(state: ItemState, use: Use, *, at_home: bool) -> StepName | None:
    """The step that is due for a thing in this state that stands there; None: nothing is to be done."""
    if state in REPAIR:
        return REPAIR[state]
    if use == "care" and state == "ready":
        return "take"
    if use in ("store", "soiled") or at_home:
        return "send_to_cleaning" if use == "soiled" and state == "used" else CYCLE.get(state)
    return None
