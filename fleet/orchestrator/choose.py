"""Choose modes: weigh every possible way of carrying a job by the carriers there are, and say why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace as renewed

from msgspec.structs import replace

from fleet.facts.jobs import JobModeChosen, JobTrouble, JobUnplanned
from fleet.model import Job, Leg, TubePath
from fleet.modes import Option, Options, Part, options
from fleet.orchestrator.reach import separated_from_all, within_reach
from fleet.orchestrator.separation import KEPT_APART, kept_apart
from fleet.orchestrator.tube_plan import expected_ms, tubes_down
from fleet.orchestrator.turn import Turn
from fleet.orchestrator.urgency import urgency
from fleet.orchestrator.wear import RESTED, WEIGHED, least_worn
from fleet.planner import OFFER_MS, task_of
from fleet.views import Candidate, ModeName, Reason
from routing.dispatch.places import CrewInsertion, Insertion
from routing.dispatch.problem import Task
from routing.dispatch.schedule import lateness_cost, milli

BEST = 3
NOBODY_FREE = Reason("no_free_carrier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """An option with its legs, its cost (thousandths) and the carriers that were weighed for its main leg.

    Arrival and cost of a candidate are those of the whole job.
    """

    option: Option
    legs: tuple[Leg, ...]
    cost: int
    arrival_ms: int
    candidates: tuple[Candidate, ...]


def choose_modes(turn: Turn) -> None:
    """Decide for every job on the list, the most urgent first."""
    jobs = [job for id in turn.choose if (job := turn.state.jobs.get(id)) is not None]
    for job in sorted(jobs, key=lambda job: urgency(turn, job)):
        if job.state in ("waiting", "trouble", "assigned", "under_way") and not _has_open_leg(turn, job):
            _choose(turn, job)
    turn.choose.clear()


def _has_open_leg(turn: Turn, job: Job) -> bool:
    return any(turn.state.legs[id].state != "delivered" for id in job.legs)


def where_is(job: Job, turn: Turn) -> str:
    """The place to fetch the load from: its station, or where the broken carrier stands."""
    kind, _, id = job.custodian.partition(":")
    if kind == "station":
        return id
    return f"@{turn.state.carriers[id].node}"


def _choose(turn: Turn, job: Job) -> None:
    if job.cancelling:
        job = replace(job, destination=job.origin)
    if any(turn.state.legs[id].mode == job.wanted_mode for id in job.legs):
        job = replace(job, wanted_mode=None, wanted_carrier=None)  # so it went; what is left goes as it can
    found, weighed = weigh(turn, job)
    if not weighed:
        _nobody(turn, job, found)
        return
    order = {option.mode: place for place, option in enumerate(found.possible)}
    best = min(weighed, key=lambda w: (w.cost, order[w.option.mode]))
    shown = ranked(c for w in weighed for c in w.candidates)
    reason = _reason(turn, job, best, weighed, found.refused)
    turn.emit(JobModeChosen(job.id, mode=best.option.mode, legs=best.legs, candidates=shown, reason=reason))
    turn.assign.add(best.legs[0].id)


def _reason(
    turn: Turn, job: Job, best: Weighed, weighed: list[Weighed], refused: tuple[tuple[ModeName, Reason], ...]
) -> Reason:
    if job.wanted_mode is not None:
        return Reason("override", {"mode": best.option.mode})
    preferred = turn.hospital.loads[job.load].modes
    passed_over = [why for mode, why in refused if preferred.index(mode) < preferred.index(best.option.mode)]
    if passed_over:
        return passed_over[0]
    others = [w for w in weighed if w is not best]
    if others:
        other = min(others, key=lambda w: w.cost)
        saved_s = (other.arrival_ms - best.arrival_ms) // 1000
        if saved_s <= 0:
            return Reason("cheapest", {"mode": best.option.mode})
        return Reason("cheapest", {"mode": best.option.mode, "other": other.option.mode, "saved_s": saved_s})
    return Reason("only_mode", {"mode": best.option.mode})


def weigh(turn: Turn, job: Job) -> tuple[Options, list[Weighed]]:
    """The ways in which what is left of a job could be carried, and those for which there is a carrier now."""
    found = options(turn.hospital, turn.ways, job, where_is(job, turn), tubes_down(turn))
    return found, [w for option in found.possible if (w := _weigh(turn, job, option)) is not None]


def ranked(weighed: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The best of them, the cheapest first, each with why it stands where it stands; last who is kept apart."""
    candidates = sorted(weighed, key=lambda c: (c.cost, c.mode, c.carrier))
    barred = [candidate for candidate in candidates if candidate.reason.code == KEPT_APART][:1]
    free = [candidate for candidate in candidates if candidate.reason.code != KEPT_APART][: BEST - len(barred)]
    rested = max((candidate.cost for candidate in free if candidate.reason.code == RESTED), default=None)
    explained = []
    for candidate in free:
        first = free[0]
        if rested is not None and candidate.cost <= rested:
            as_good = candidate.reason if candidate.reason.code == RESTED else Reason("driven_more")
            explained.append(replace(candidate, reason=as_good))
            continue
        later_s = (candidate.arrival_ms - first.arrival_ms) // 1000
        if candidate is first:
            reason = Reason("cheapest", {"mode": candidate.mode})
        elif later_s > 0:
            reason = Reason("later", {"seconds": later_s})
        else:
            reason = Reason("dearer", {"mode": candidate.mode})
        explained.append(replace(candidate, reason=reason))
    return (*explained, *barred)


def _nobody(turn: Turn, job: Job, found: Options) -> None:
    """Nobody can take it: now (it waits and is tried again) or at all (a person is asked)."""
    separated = nobody_within_reach(turn, job, found)
    if found.possible and separated is None:
        if job.state != "waiting" or job.reason != NOBODY_FREE:
            turn.emit(JobUnplanned(job.id, reason=NOBODY_FREE))
        turn.set_timer("reassign", turn.now_ms + 20_000, "reassign")
        return
    refused = [reason for _, reason in found.refused]
    reason = separated or (refused[0] if refused else Reason("no_route"))
    if (job.state, job.reason) != ("trouble", reason):
        turn.emit(JobTrouble(job.id, reason=reason))


def nobody_within_reach(turn: Turn, job: Job, found: Options) -> Reason | None:
    """What separates everybody who may carry a job from it; None if somebody could come."""
    at_ms = max(job.ready_ms, turn.now_ms)
    ways = [[_leg(job, part, number, at_ms) for number, part in enumerate(way.parts)] for way in found.possible]
    return separated_from_all(turn, ways)


def _weigh(turn: Turn, job: Job, option: Option) -> Weighed | None:
    at_ms = max(job.ready_ms, turn.now_ms)
    cost = 0
    legs: list[Leg] = []
    main: tuple[Candidate, ...] = ()
    main_ms = main_cost = 0
    for number, part in enumerate(option.parts):
        last = number == len(option.parts) - 1
        leg = _leg(job, part, number, at_ms)
        if part.tube is not None:
            arrival_ms, part_cost = _weigh_tube(turn, job, leg, part.tube, last)
            shown = [candidate("tube", part.tube.system, arrival_ms, part_cost)]
        else:
            task = task_of(turn.state, turn.hospital, leg, job)
            found = _by_choice(turn, leg, weigh_carriers(turn, task, leg, top=max(BEST, WEIGHED)))
            if not found:
                return None
            arrival_ms, part_cost = found[0].delivery_ms, found[0].cost_delta
            shown = _shown(turn, task, leg, found)
        legs.append(leg)
        at_ms, cost = arrival_ms, cost + part_cost
        if part.mode == option.mode:
            main, main_ms, main_cost = tuple(shown), arrival_ms, part_cost
    whole = tuple(
        replace(one, arrival_ms=one.arrival_ms + at_ms - main_ms, cost=one.cost + round((cost - main_cost) / 1000, 2))
        for one in main
    )
    return Weighed(option=option, legs=tuple(legs), cost=cost, arrival_ms=at_ms, candidates=whole)


def _by_choice(turn: Turn, leg: Leg, found: list[Insertion]) -> list[Insertion]:
    """The one that is taken, then the others by cost."""
    if leg.mode != "robot" or not found:
        return found[:BEST]
    taken = least_worn(turn, found)
    return [taken, *(place for place in found if place is not taken)][:BEST]


def _shown(turn: Turn, task: Task, leg: Leg, found: list[Insertion]) -> list[Candidate]:
    """Those who were weighed, and who would be better if clean and unclean could travel together."""
    shown = [candidate(leg.mode, f.vehicle, f.delivery_ms, f.cost_delta) for f in found]
    if any(place.cost_delta < found[0].cost_delta for place in found):
        shown[0] = replace(shown[0], reason=Reason(RESTED))
    kept = kept_apart(turn, task, leg, found[0])
    if kept is None:
        return shown
    place, reason = kept
    barred = replace(candidate(leg.mode, place.vehicle, place.delivery_ms, place.cost_delta), reason=reason)
    return [*(one for one in shown if one.carrier != place.vehicle), barred]


def candidate(mode: ModeName, carrier: str, arrival_ms: int, cost: int) -> Candidate:
    """Somebody who was weighed; `cost` is in thousandths. Why it stands where it stands comes when all are known."""
    return Candidate(mode, carrier, arrival_ms, round(cost / 1000, 2), Reason("cheapest"))


def _leg(job: Job, part: Part, number: int, ready_ms: int) -> Leg:
    return Leg(
        id=f"{job.id}.{job.legs_made + number + 1}",
        job=job.id,
        mode=part.mode,
        origin=part.origin,
        destination=part.destination,
        ready_ms=ready_ms,
        due_ms=job.due_ms,
        crew=job.porters if part.mode == "porter" else 1,
        tube=part.tube,
        only=job.wanted_carrier if job.wanted_mode == part.mode and part.mode != "tube" else None,
    )


def _weigh_tube(turn: Turn, job: Job, leg: Leg, tube: TubePath, last: bool) -> tuple[int, int]:
    arrival_ms = expected_ms(turn, leg, tube)
    cost = milli(turn.hospital.site.mode_cost.tube_per_send)
    if last:
        cost += lateness_cost(task_of(turn.state, turn.hospital, leg, job), arrival_ms - job.due_ms)
    return arrival_ms, cost


def weigh_carriers(turn: Turn, task: Task, leg: Leg, top: int) -> list[Insertion]:
    """The best places for a leg in the plans of those who may take it."""
    if task.crew > 1:
        return [renewed(crew.first, cost_delta=crew.cost_delta) for crew in weigh_crews(turn, task, leg, top)]
    routes, eligible = turn.planner.rows_for(turn.state, leg, turn.now_ms)
    eligible = within_reach(turn, leg, routes, eligible)
    return routes.best(task, turn.now_ms, eligible, top) if eligible else []


def weigh_crews(turn: Turn, task: Task, leg: Leg, top: int) -> list[CrewInsertion]:
    """The best pairs for a leg of two; a person's choice names one of them."""
    routes, eligible = turn.planner.rows_for(turn.state, leg, turn.now_ms)
    if len(eligible) < 2:
        return []
    if leg.only is None:
        return routes.best_crew(task, turn.now_ms, eligible, top)
    crews = routes.best_crew(task, turn.now_ms, eligible, len(eligible) ** 2)
    return [crew for crew in crews if leg.only in (crew.first.vehicle, crew.second.vehicle)][:top]


def later_legs_ms(turn: Turn, leg: Leg) -> int:
    """Nominal time of the legs after this one: driving or flight, hand-over and answer."""
    job = turn.state.jobs[leg.job]
    after = job.legs[job.legs.index(leg.id) + 1 :]
    total_ms = 0
    for id in after:
        following = turn.state.legs[id]
        if following.tube is not None:
            total_ms += following.tube.duration_ms
            continue
        a, b = (turn.hospital.near_stop(turn.hospital.node(p)) for p in (following.origin, following.destination))
        total_ms += 2 * OFFER_MS + turn.ways.times.between("porter", a, b) + turn.hospital.handover_ms(following.origin)
    return total_ms
