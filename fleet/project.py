"""From state to what people see: jobs, carriers, lifts, closures and figures as read models. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bus.messages import CarrierReport
from fleet.draft import State
from fleet.hospital import Hospital
from fleet.model import Carrier, Closure, Job, Leg, LiftState
from fleet.planner import on_duty
from fleet.tubes import ALL
from fleet.views import (
    CarrierStatus,
    CarrierView,
    ClosureView,
    Counts,
    JobView,
    LegView,
    LiftView,
    Place,
    Reason,
    Reservation,
    TubeTimes,
)


def job_view(state: State, job: Job) -> JobView:
    """A job with its legs, its promise and the reason people are told."""
    legs = [state.legs[id] for id in job.legs]
    current = next((leg for leg in legs if leg.state != "delivered"), legs[-1] if legs else None)
    slack_s = None if job.promised_ms is None else (job.due_ms - job.promised_ms) // 1000
    return JobView(
        id=job.id,
        state=job.state,
        load=job.load,
        origin=job.origin,
        destination=job.destination,
        priority=job.priority,
        ready_ms=job.ready_ms,
        due_ms=job.due_ms,
        created_ms=job.created_ms,
        requester=job.requester,
        mode=job.mode,
        carrier=current.carriers[0] if current is not None and current.carriers else None,
        promised_ms=job.promised_ms,
        slack_s=slack_s,
        delivered_ms=job.delivered_ms,
        reason=_reason(state, job, current),
        candidates=job.candidates,
        legs=tuple(_leg_view(leg) for leg in legs),
        mass_kg=job.mass_kg,
        specimen=job.specimen,
        precaution=job.precaution,
        needs=job.needs,
    )


def _reason(state: State, job: Job, current: Leg | None) -> Reason | None:
    """What holds the job up now, else why it goes the way it goes."""
    if job.state == "trouble" or current is None or current.state in ("delivered", "failed"):
        return job.reason
    if current.waiting is not None and (not current.carriers or (current.mode, current.state) == ("tube", "planned")):
        return current.waiting
    if current.carriers:
        carrier = state.carriers.get(current.carriers[0])
        mine = carrier is not None and bool(carrier.stops) and carrier.stops[0].leg == current.id
        if carrier is not None and mine and carrier.waiting is not None:
            return carrier.waiting
    return job.reason


def _leg_view(leg: Leg) -> LegView:
    return LegView(
        id=leg.id,
        mode=leg.mode,
        state=leg.state,
        origin=leg.origin,
        destination=leg.destination,
        carriers=leg.carriers,
        promised_ms=leg.promised_ms,
    )


def carrier_view(
    state: State, hospital: Hospital, carrier: Carrier, seen: CarrierReport | None, seen_ms: int, now_ms: int
) -> CarrierView:
    """A carrier with its last known position and what it does."""
    node = seen.node if seen is not None and seen.node in hospital.floor_of else carrier.node
    if seen is not None and seen.floor:
        floor, x_m, y_m = seen.floor, seen.x_m, seen.y_m
    else:
        floor = hospital.floor_of.get(node, "")
        x_m, y_m = hospital.position_of.get(node, (0.0, 0.0))
    leg = state.legs.get(carrier.stops[0].leg) if carrier.stops else None
    stuck = _stuck(state, carrier) if carrier.mode == "tube" else None
    lanes = reservation(state, hospital, carrier)
    return CarrierView(
        id=carrier.id,
        mode=carrier.mode,
        fleet=carrier.fleet,
        status="trouble" if stuck is not None else _status(carrier, now_ms),
        node=node,
        floor=floor,
        x_m=round(x_m, 2),
        y_m=round(y_m, 2),
        seen_ms=seen_ms,
        battery=seen.battery if seen is not None else carrier.battery,
        job=leg.job if leg is not None else None,
        stops=_stops(state, carrier),
        route=lanes.route,
        released=lanes.released,
        reserved=lanes.reserved,
        blocks=lanes.blocks,
        reason=stuck or carrier.waiting or waits_its_turn(state, hospital, carrier) or carrier.reason,
    )


def _stuck(state: State, tube: Carrier) -> Reason | None:
    """The line or transfer unit in which a capsule is stuck or missing, if one is."""
    closing = (flight for flight in state.flights.values() if flight.system == tube.id and flight.closes)
    flight = next(closing, None)
    return None if flight is None else Reason(f"capsule_{flight.state}", {"line": flight.place})


def _status(carrier: Carrier, now_ms: int) -> CarrierStatus:
    if not carrier.heard:
        return "silent"
    if carrier.status != "active":
        return carrier.status
    if carrier.stops or (carrier.steps and carrier.purpose == "stop"):
        return "busy"
    if not on_duty(carrier, now_ms):
        return "off_duty"
    return "charging" if carrier.charging else "idle"


def _stops(state: State, carrier: Carrier) -> tuple[str, ...]:
    places = []
    for stop in carrier.stops:
        leg = state.legs.get(stop.leg)
        if leg is not None:
            places.append(leg.origin if stop.act == "pickup" else leg.destination)
    return tuple(places)


def reservation(state: State, hospital: Hospital, carrier: Carrier) -> Reservation:
    """Where a carrier's drive leads: what traffic holds for a robot, then the rest; and what it blocks for others."""
    row = state.drives.get(carrier.id)
    lanes = hospital.lanes
    held = row is not None and any(step.until for step in carrier.steps)
    ahead = row.drive.points[row.drive.reached :] if row is not None and held else ()
    nodes = [lanes.node_of[point] for point in ahead]
    nodes += [step.node for step in carrier.steps if step.node and not step.until]
    stuck = lanes.nodes_in(row.stuck) if row is not None else ()
    return Reservation(
        id=carrier.id,
        route=_places(hospital, nodes),
        released=row.drive.released - row.drive.reached + 1 if row is not None and held else 0,
        reserved=len(ahead),
        blocks=_places(hospital, stuck),
    )


def waits_its_turn(state: State, hospital: Hospital, carrier: Carrier) -> Reason | None:
    """For whom and where a robot under way stands at the end of what is released to it, if others come first there."""
    row = state.drives.get(carrier.id)
    if row is None or row.move is None or row.drive.reached < row.drive.released:
        return None
    onward = row.drive.points[row.drive.released + 1 :]
    cell = hospital.lanes.cell_of[onward[0]] if onward else None
    order = state.cell_orders.get(hospital.lanes.network.cells[cell]) if cell is not None else None
    if cell is None or order is None or order.robots[0] == carrier.id:
        return None
    return Reason("waiting_for_traffic", {"robot": order.robots[0], "place": hospital.lanes.part_of(cell)})


def _places(hospital: Hospital, nodes: Iterable[str]) -> tuple[Place, ...]:
    points = [(hospital.floor_of[node], hospital.position_of[node]) for node in nodes]
    return tuple((floor, round(x_m, 2), round(y_m, 2)) for floor, (x_m, y_m) in points)


def lift_view(lift: LiftState, closed: frozenset[str]) -> LiftView:
    """A lift: free, held for somebody, or out of service."""
    out = lift.id in closed or not lift.heard
    return LiftView(
        id=lift.id,
        status="out_of_service" if out else "held" if lift.holder is not None else "free",
        floor=lift.floor,
        holder=lift.holder,
        waiting=lift.queue,
    )


def closure_view(closure: Closure) -> ClosureView:
    """A closure as people see it."""
    return ClosureView(
        id=closure.id,
        target=closure.target,
        reason=closure.reason,
        actor=closure.actor,
        since_ms=closure.since_ms,
        until_ms=closure.until_ms,
    )


def tube_times(state: State, hospital: Hospital) -> tuple[TubeTimes, ...]:
    """Today's sends by tube: all together, then each specimen, load and priority by its id."""
    emptying_s = max((tube.emptying_s for tube in hospital.site.tubes), default=0.0)
    found = []
    for figures in state.tube_figures.values():
        group, _, id = figures.id.partition(":")
        found.append(
            TubeTimes(
                group=group,  # type: ignore[arg-type]  # one of the four groups that are counted
                id=id,
                sends=figures.sends,
                on_time=figures.on_time,
                median_s=figures.median_s,
                p95_s=figures.p95_s,
                emptied_p95_s=figures.p95_s + emptying_s,
            )
        )
    return tuple(sorted(found, key=lambda times: (times.group, times.id)))


def counts(state: State, hospital: Hospital, now_ms: int) -> Counts:
    """Today's figures."""
    states = [job.state for job in state.jobs.values()]
    robots = [carrier for carrier in state.carriers.values() if carrier.mode == "robot"]
    porters = [carrier for carrier in state.carriers.values() if carrier.mode == "porter"]
    meta = state.meta
    sends = state.tube_figures.get(ALL)
    return Counts(
        delivered=meta.delivered,
        on_time=meta.on_time,
        waiting=sum(s in ("waiting", "assigned") for s in states),
        under_way=states.count("under_way"),
        trouble=states.count("trouble"),
        robots_ready=sum(robot.status == "active" and robot.heard for robot in robots),
        robots=len(hospital.robots),
        porters_on_duty=sum(porter.heard and on_duty(porter, now_ms) for porter in porters),
        tube_median_s=None if sends is None else round(sends.median_s),
    )
