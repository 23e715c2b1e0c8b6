"""Lifts, robots, porters and the tube can do what the site asks of them."""

from __future__ import annotations

from site_models.checks.report import Report
from site_models.checks.survey import Survey
from site_models.positions import Path
from site_models.schema.base import EVERY_DAY
from site_models.schema.carriers import PorterShift, TubeSystem
from site_models.schema.loads import Load, Mode

MINUTES_A_WEEK = 7 * 24 * 60


def check_carriers(survey: Survey, report: Report) -> None:
    """Note each lift, shift, tube and load that cannot work as it is written."""
    _lifts(survey, report)
    _porters(survey, report)
    for t, tube in enumerate(survey.site.tubes):
        _tube(survey, report, tube, ("tubes", t))
    _tube_stations(survey, report)
    for k, load in enumerate(survey.site.loads):
        _shared(report, load, ("loads", k, "per_capsule"))
        for n, mode in enumerate(load.modes):
            _carried(survey, report, load, mode, ("loads", k, "modes", n))


def _lifts(survey: Survey, report: Report) -> None:
    elevations = {floor.id: floor.thing.elevation_m for floor in survey.floors}
    for k, lift in enumerate(survey.site.lifts):
        path: Path = ("lifts", k)
        served = [floor for floor in dict.fromkeys(lift.serves) if floor in elevations]
        if len(served) < 2:
            message = f"Lift `{lift.id}` serves {len(served)} floor; a lift joins at least two: add the others."
            report.add("lift_one_floor", (*path, "serves"), message)
        if len(served) < len(lift.serves) and len(dict.fromkeys(lift.serves)) < len(lift.serves):
            message = f"Lift `{lift.id}` names a floor twice; name each once."
            report.add("lift_floor_twice", (*path, "serves"), message)
        if len({elevations[floor] for floor in served}) < len(served):
            message = f"Lift `{lift.id}` serves two floors of one elevation; correct `elevation_m` of one."
            report.add("lift_floors_level", (*path, "serves"), message)
        if "robot" not in lift.riders:
            continue
        if not lift.lobby_bay:
            message = f"Robots ride `{lift.id}` but cannot wait in its lobbies without blocking; give it a `lobby_bay`."
            report.add("lift_without_lobby_bay", path, message)
        for fleet in survey.site.fleets:
            cabin, robot = sorted(lift.cabin_m), sorted(fleet.footprint_m)
            if cabin[0] < robot[0] or cabin[1] < robot[1]:
                message = (
                    f"The cabin of `{lift.id}` is {cabin[1]:g} x {cabin[0]:g} m, a robot of `{fleet.id}` is "
                    f"{robot[1]:g} x {robot[0]:g} m; take `robot` from its riders or correct the sizes."
                )
                report.add("cabin_too_small", (*path, "cabin_m"), message)
            if lift.payload_kg < fleet.payload_kg:
                message = (
                    f"Lift `{lift.id}` carries {lift.payload_kg:g} kg, a robot of `{fleet.id}` brings "
                    f"{fleet.payload_kg:g} kg and itself; take `robot` from its riders or correct the payload."
                )
                report.add("lift_payload", path, message)


def _porters(survey: Survey, report: Report) -> None:
    shifts = survey.site.porters.shifts
    for k, shift in enumerate(shifts):
        path: Path = ("porters", "shifts", k)
        if _minutes(shift.start) == _minutes(shift.end):
            message = f"Shift `{shift.id}` ends when it starts; for day and night write 00:00 to 24:00."
            report.add("shift_empty", path, message)
        base = survey.stations_by_id.get(shift.base)
        if base is not None and "porter" not in base.thing.kinds:
            message = (
                f"Shift `{shift.id}` begins at `{shift.base}`, which porters do not use; add `porter` to its kinds."
            )
            report.add("shift_base", (*path, "base"), message)
    gap = _first_gap(_on_duty(shifts, None), 1)
    if gap:
        report.add("no_porter", ("porters", "shifts"), f"No porter is on duty {gap}; let a shift cover the hour.")
        return
    for k, load in enumerate(survey.site.loads):
        if "porter" not in load.modes or (len(load.modes) > 1 and load.porters == 1):
            continue
        gap = _first_gap(_on_duty(shifts, load), load.porters)
        if gap:
            needed = f"{load.porters} porters" if load.porters > 1 else "a porter"
            skill = f" with the skill `{load.skill}`" if load.skill else ""
            message = f"`{load.id}` needs {needed}{skill}, and there are fewer on duty {gap}; add some to that shift."
            report.add("too_few_porters", ("loads", k), message)


def _minutes(time_of_day: str) -> int:
    hours, minutes = time_of_day.split(":")
    return int(hours) * 60 + int(minutes)


def _on_duty(shifts: list[PorterShift], load: Load | None) -> list[int]:
    """Porters on duty in each minute of the week who can do the load (anybody for None)."""
    duty = [0] * (MINUTES_A_WEEK + 1)
    for shift in shifts:
        if load is not None and load.skill is not None and load.skill not in shift.skills:
            continue
        start, end = _minutes(shift.start), _minutes(shift.end)
        length = end - start if end >= start else end - start + 24 * 60
        for day, weekday in enumerate(EVERY_DAY):
            if weekday in shift.weekdays:
                begin = day * 24 * 60 + start
                _step(duty, begin, min(begin + length, MINUTES_A_WEEK), shift.count)
                _step(duty, 0, begin + length - MINUTES_A_WEEK, shift.count)
    on_duty, now = [], 0
    for change in duty[:-1]:
        now += change
        on_duty.append(now)
    return on_duty


def _step(duty: list[int], begin: int, end: int, count: int) -> None:
    if end > begin:
        duty[begin] += count
        duty[end] -= count


def _first_gap(on_duty: list[int], needed: int) -> str:
    """When fewer than needed are on duty for the first time in the week; empty when that never is."""
    for minute, count in enumerate(on_duty):
        if count < needed:
            day, minute_of_day = divmod(minute, 24 * 60)
            return f"on {EVERY_DAY[day]} at {minute_of_day // 60:02d}:{minute_of_day % 60:02d}"
    return ""


def _shared(report: Report, load: Load, path: Path) -> None:
    if load.per_capsule > 1 and not load.specimen_table:
        message = f"`{load.id}` is no sample of the laboratory's table, so it never shares a capsule; take this out."
        report.add("shared_capsule", path, message)


def _capsules(report: Report, tube: TubeSystem, path: Path) -> None:
    """The capsules that belong to the stations are those that the system has."""
    belong = sum(tube.stock().values())
    if belong != tube.capsules:
        message = f"{belong} capsules belong to stations, but the system has {tube.capsules}; let them agree."
        report.add("tube_capsules", (*path, "capsules"), message)


def _tube(survey: Survey, report: Report, tube: TubeSystem, path: Path) -> None:
    _capsules(report, tube, path)
    joined = _joined_lines(tube)
    stated: dict[str, str] = {}
    for k, line in enumerate(tube.lines):
        if line.id not in joined:
            message = f"Line `{line.id}` is joined to `{tube.lines[0].id}` by no transfer unit; add it to one."
            report.add("tube_line_apart", (*path, "lines", k), message)
        for n, stop in enumerate(line.stations):
            place = (*path, "lines", k, "stations", n)
            station = survey.stations_by_id.get(stop.station)
            if station is not None and "tube" not in station.thing.kinds:
                message = f"`{stop.station}` is a stop of the tube but no tube station; add `tube` to its kinds."
                report.add("tube_stop", place, message)
            if stop.station in [before.station for before in line.stations[:n]]:
                message = f"`{stop.station}` is on `{line.id}` already; a station stands on a line once."
                report.add("tube_stop_twice", place, message)
            if stop.capsules is not None or stop.basket is not None:
                if stop.station in stated:
                    message = (
                        f"`{stop.station}` has its capsules and basket on line `{stated[stop.station]}` already; state "
                        "them on one of its lines."
                    )
                    report.add("tube_stock_twice", place, message)
                stated.setdefault(stop.station, line.id)
            if n and stop.at_m <= line.stations[n - 1].at_m:
                message = f"`{stop.station}` is not farther along than the stop before; order the stops by `at_m`."
                report.add("tube_order", place, message)


def _joined_lines(tube: TubeSystem) -> set[str]:
    """The lines that capsules reach from the first one."""
    joined = {tube.lines[0].id}
    while True:
        wider = joined.union(*(unit.lines for unit in tube.transfers if joined & set(unit.lines)))
        if wider == joined:
            return joined
        joined = wider


def _tube_stations(survey: Survey, report: Report) -> None:
    stops = {stop.station for tube in survey.site.tubes for line in tube.lines for stop in line.stations}
    for one in survey.stations:
        if "tube" in one.thing.kinds and one.id not in stops:
            message = f"Tube station `{one.id}` is on no tube line; add it to one or take `tube` from its kinds."
            report.add("tube_station_off_line", (*one.path, "kinds"), message)


def _carried(survey: Survey, report: Report, load: Load, mode: Mode, path: Path) -> None:
    """A mode that a load names is a promise: somebody must be able to keep it."""
    site = survey.site
    if mode == "tube":
        strongest = max((tube.payload_kg for tube in site.tubes), default=0.0)
        able = bool(site.tubes)
    elif mode == "robot":
        fit = [f for f in site.fleets if (f.locked or not load.locked) and (f.upright or not load.upright)]
        strongest = max((fleet.payload_kg for fleet in fit), default=0.0)
        able = bool(fit)
    else:
        strongest = float("inf") if load.cart or load.person else site.porters.carry_kg * load.porters
        able = load.skill is None or any(load.skill in shift.skills for shift in site.porters.shifts)
    if not able:
        needs = [word for word, needed in (("locked", load.locked), ("upright", load.upright)) if needed]
        wanted = f" that is {' and '.join(needs)}" if mode == "robot" and needs else ""
        skill = f" with the skill `{load.skill}`" if mode == "porter" else ""
        message = f"`{load.id}` may go by {mode}, but the site has no {mode}{wanted}{skill}; add one or drop the mode."
        report.add("mode_without_carrier", path, message)
    elif load.mass_kg > strongest:
        message = f"`{load.id}` weighs {load.mass_kg:g} kg, a {mode} takes {strongest:g} kg here; drop the mode."
        report.add("too_heavy", path, message)
