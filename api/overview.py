"""What board, map and wall show of the replica: jobs in need, jobs by state, carriers by floor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from api import attention, lanes
from api.house import VisitContext
from api.texts import N_
from fleet.store.queries import JobFilter
from fleet.views import CarrierView, JobState, JobView

OPEN: tuple[JobState, ...] = ("waiting", "assigned", "under_way", "trouble")
FILTERS: dict[str, tuple[str, tuple[JobState, ...]]] = {
    "open": (N_("Open"), OPEN),
    "waiting": (N_("Waiting"), ("waiting", "assigned")),
    "under_way": (N_("Under way"), ("under_way",)),
    "trouble": (N_("Stopped"), ("trouble",)),
    "delivered": (N_("Delivered"), ("delivered",)),
    "cancelled": (N_("Cancelled"), ("cancelled",)),
}
MOST_ROWS = 200
OUT = ("out_of_service", "trouble", "silent")


def needs(visit: VisitContext) -> list[attention.Need]:
    """Return the jobs that need a person, the most pressing first."""
    ranks = {id: item.rank for id, item in visit.directory.priorities.items()}
    return attention.needs(visit.link.live.jobs.values(), visit.link.now_ms, ranks)


async def job_rows(visit: VisitContext, chosen: str, search: str) -> list[JobView]:
    """Return the jobs of a filter in which all words stand: open ones by deadline, past ones the newest first."""
    states = FILTERS[chosen][1]
    if states[0] in OPEN:
        found = [job for job in visit.link.live.jobs.values() if job.state in states]
        found.sort(key=lambda job: (job.due_ms, job.id))
    else:
        found = list((await visit.records.jobs(JobFilter(states=states, limit=MOST_ROWS))).jobs)
    asked = search.casefold().split()
    return [job for job in found if all(word in visit.phrases.search_text(job) for word in asked)][:MOST_ROWS]


def on_floor(visit: VisitContext, floor: str) -> list[CarrierView]:
    """Return the robots and porters on a floor, those in trouble first; porters off duty are left out."""
    found = [view for view in visit.link.live.carriers.values() if view.floor == floor and is_shown(view)]
    return sorted(found, key=visit.phrases.carrier_order)


def tally(carriers: Iterable[CarrierView]) -> Counter[tuple[str, str]]:
    """Count carriers by floor and mode."""
    return Counter((view.floor, view.mode) for view in carriers if is_shown(view))


def is_shown(view: CarrierView) -> bool:
    """Tell whether a carrier stands on the map: a tube does not, nor does a porter off duty."""
    return view.mode != "tube" and view.status != "off_duty"


def map_values(visit: VisitContext, floor: str | None, carrier: str | None, page: str) -> dict[str, Any]:
    """Return what the map part of a page needs; without a floor the one with most carriers is shown."""
    live = visit.link.live
    counted = tally(live.carriers.values())
    floors = visit.directory.floors
    totals = {id: counted[id, "robot"] + counted[id, "porter"] for id in floors}
    chosen = live.carriers.get(carrier or "")
    if floor not in floors:
        floor = chosen.floor if chosen and chosen.floor in floors else max(totals, key=lambda id: totals[id])
    movers = on_floor(visit, floor)
    drawing = visit.house.faces.drawings.floor(floor, visit.language)
    return {
        "floor": floor,
        "floor_counts": totals,
        "robots_here": counted[floor, "robot"],
        "drawing": drawing,
        "movers": movers,
        "waits": _waits(visit, movers),
        "chosen_carrier": chosen.id if chosen else None,
        "chosen": chosen,
        "lanes": [view for _, view in sorted(live.carriers.items()) if floor in lanes.floors(view)],
        "map_page": page,
        "closed_shapes": drawing.closed(_closed(visit, floor)),
    }


def _waits(visit: VisitContext, movers: list[CarrierView]) -> list[tuple[CarrierView, CarrierView]]:
    """Return the robots that wait for another on the same floor, each with the other."""
    here = {view.id: view for view in movers}
    return [(view, here[whom]) for view in movers if (whom := visit.phrases.waits_for(view)) in here]


def _closed(visit: VisitContext, floor: str) -> frozenset[str]:
    """Return the ids of everything closed: what is named, and the members of zones, and on a closed floor all of it."""
    targets = {view.target for view in visit.link.live.closures.values()}
    for zone in visit.directory.site.zones:
        if zone.id in targets:
            targets.update(zone.members)
    if floor in targets:
        here = visit.directory.floors[floor]
        targets.update([item.id for item in here.corridors] + [item.id for item in here.rooms])
    return frozenset(targets)


def aside_values(visit: VisitContext) -> dict[str, Any]:
    """Return what is closed and who is out of service."""
    live = visit.link.live
    return {
        "closures": [view for _, view in sorted(live.closures.items())],
        "out": [view for _, view in sorted(live.carriers.items()) if view.status in OUT],
    }


def done_sentence(visit: VisitContext) -> str:
    """Say what a form has just done, by the code in the address."""
    query = visit.request.query_params
    text = DONE.get(query.get("done", ""))
    return visit.phrases.say(text, id=query.get("id", "")[:40]) if text else ""


DONE = {
    "ordered": N_("Job {id} is ordered."),
    "repeated": N_("Job {id} had already been ordered."),
    "cancelled": N_("Job {id} is being cancelled."),
    "priority": N_("The priority of job {id} is changed."),
    "carrier": N_("The carrier of job {id} is chosen."),
    "whereabouts": N_("Thank you: job {id} goes on."),
    "out": N_("{id} is out of service."),
    "back": N_("{id} is back in service."),
    "closed": N_("Closed. Jobs find another way."),
    "reopened": N_("Reopened."),
    "clock": N_("The pace is changed."),
}
