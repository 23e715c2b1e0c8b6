"""Asked: par levels of wards, emergency reserves of places, and alarms that somebody has seen."""

from __future__ import annotations

from typing import Literal

from equipment_tracking.pool.asked.common import missing, refusal, refused
from equipment_tracking.pool.asked.withdrawing import unknown_type
from equipment_tracking.pool.facts.holding import LevelSet
from equipment_tracking.pool.facts.watching import AlarmSeen
from equipment_tracking.pool.model import Level
from equipment_tracking.pool.requests import SeeAlarm, SetEmergency, SetPar
from equipment_tracking.pool.turn import Turn
from equipment_tracking.register.answers import Accepted, Refusal, Violation

MOST = 1_000


def set_par(turn: Turn, request: SetPar) -> Accepted | Refusal:
    """How many ready ones a ward shall have; whoever has far more is asked from time to time."""
    answer = _set(turn, "par", request.ward, request.asset_type, request.count)
    if isinstance(answer, Accepted) and "sweep" not in turn.state.timers:
        turn.set_timer("sweep", turn.now_ms + turn.rules.sweep_ms, "sweep")
    return answer


def set_emergency(turn: Turn, request: SetEmergency) -> Accepted | Refusal:
    """How many ready ones a room keeps back (that of the station, where one is given)."""
    return _set(turn, "emergency", turn.rules.room_of(request.place), request.asset_type, request.count)


def _set(turn: Turn, of: Literal["par", "emergency"], where: str, asset_type: str, count: int) -> Accepted | Refusal:
    level = Level(f"{of}:{where}/{asset_type}", of, where, asset_type, count)
    before = turn.state.levels.get(level.id)
    faults = missing(**{"ward" if of == "par" else "place": where})
    if before is None:  # the level of a ward or place that the site has no more can still be ended
        known = turn.rules.known
        faults += known.unknown_wards(ward=where) if of == "par" else known.unknown_places(place=where)
    if turn.rules.catalogue.get(asset_type) is None:
        faults.append(unknown_type(asset_type))
    if not 0 <= count <= MOST:
        faults.append(
            Violation(
                "count",
                "count",
                f"Antallet skal ligge mellem 0 og {MOST}.",
                f"The number lies between 0 and {MOST}.",
            )
        )
    if faults:
        return refused(faults)
    if before == level or (before is None and count == 0):
        return Accepted(level.id, repeated=True)
    turn.emit(LevelSet(level))
    if of == "par":
        turn.alarm("hoarding", f"{where}/{asset_type}", on=False)
    else:
        turn.alarm("emergency", f"{where}/{asset_type}", on=False)
    return Accepted(level.id)


def see_alarm(turn: Turn, request: SeeAlarm) -> Accepted | Refusal:
    """Somebody has seen it. An alarm about an opened emergency reserve ends with that: its cause is past."""
    alarm = turn.state.alarms.get(request.alarm)
    if alarm is None:
        return refusal(
            "unknown_alarm",
            "alarm",
            f"Alarmen “{request.alarm}” findes ikke; dens årsag er væk.",
            f"There is no alarm “{request.alarm}”; its cause is gone.",
        )
    turn.emit(AlarmSeen(alarm.id, alarm.subject, turn.actor))
    if alarm.what in ("emergency", "transport"):
        turn.alarm(alarm.what, alarm.subject, on=False)
    return Accepted(alarm.id)
