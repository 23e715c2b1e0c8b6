"""What came of a day, from the jobs and carriers as the service tells them; pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

import msgspec

ENDED = ("delivered", "cancelled", "trouble")


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """What the report reads of a job; instants are milliseconds UTC of site time, `reason` is the code of its state."""

    id: str
    load: str
    state: str
    ready_ms: int
    due_ms: int
    delivered_ms: int | None = None
    reason: str = ""


class CarrierTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What a carrier has done so far: seconds of site time at work, metres with and without a load."""

    id: str
    mode: str
    fleet: str
    busy_s: float
    loaded_m: float
    empty_m: float


class Minutes(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes from ready to delivered of one load class; nearest-rank quantiles."""

    delivered: int
    on_time_share: float
    p50: float
    p95: float
    p99: float


class FleetUse(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the whole time a fleet worked (porters are there by shift), and which share of its way was empty.

    `empty_share` is None where it covered no ground.
    """

    carriers: int
    utilisation: float
    empty_share: float | None


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """How many times as fast as the wall clock the day ran: asked for, and reached on average."""

    asked: float
    reached: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A day in figures.

    `posted` and the four counts after it are about the orders of the day; `by_calendar` counts the jobs that the
    service made itself, by rounds and returns. Shares, minutes and use are about all of them. `lost` are accepted
    orders whose job neither ended nor came to a person's attention: a day is right when there is none. `refused` counts
    broken rules of orders that were not accepted.
    """

    site: str
    date: str
    seed: int
    hours: float
    posted: int
    delivered: int
    cancelled: int
    trouble: int
    lost: int
    by_calendar: int
    refused: dict[str, int]
    lost_jobs: tuple[str, ...]
    on_time_share: float
    by_load: dict[str, Minutes]
    by_fleet: dict[str, FleetUse]
    factor: Factor
    wall_s: float
    latency: dict[str, float]


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the ordered, non-empty values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def minutes_by_load(endings: Iterable[Ending]) -> dict[str, Minutes]:
    """Return the times of the delivered jobs by load class, in the order of their names."""
    groups: dict[str, list[Ending]] = defaultdict(list)
    for ending in endings:
        if ending.delivered_ms is not None and ending.state == "delivered":
            groups[ending.load].append(ending)
    figures = {}
    for load in sorted(groups):
        group = groups[load]
        minutes = sorted(
            (item.delivered_ms - item.ready_ms) / 60_000 for item in group if item.delivered_ms is not None
        )
        figures[load] = Minutes(
            delivered=len(group),
            on_time_share=_share(sum(1 for item in group if on_time(item)), len(group)),
            p50=round(quantile(minutes, 0.50), 2),
            p95=round(quantile(minutes, 0.95), 2),
            p99=round(quantile(minutes, 0.99), 2),
        )
    return figures


def on_time(ending: Ending) -> bool:
    """Whether the job was delivered by its deadline."""
    return ending.state == "delivered" and ending.delivered_ms is not None and ending.delivered_ms <= ending.due_ms


def on_time_share(endings: Iterable[Ending], now_ms: int) -> float:
    """Return the share of jobs delivered by their deadline among the delivered and those that are overdue at `now_ms`.

    A cancelled job is neither, and one whose deadline is still to come is not judged yet.
    """
    judged = [
        ending
        for ending in endings
        if ending.state == "delivered" or (ending.state != "cancelled" and ending.due_ms <= now_ms)
    ]
    return _share(sum(map(on_time, judged)), len(judged))


def since(before: Iterable[CarrierTotals], after: Iterable[CarrierTotals]) -> list[CarrierTotals]:
    """Return what each carrier did between two looks; one that was not there before has done all of it since."""
    earlier = {carrier.id: carrier for carrier in before}
    return [
        now
        if (then := earlier.get(now.id)) is None
        else msgspec.structs.replace(
            now,
            busy_s=now.busy_s - then.busy_s,
            loaded_m=now.loaded_m - then.loaded_m,
            empty_m=now.empty_m - then.empty_m,
        )
        for now in after
    ]


def use_by_fleet(carriers: Iterable[CarrierTotals], window_s: float) -> dict[str, FleetUse]:
    """Return the use of each fleet over the window in site seconds, in the order of their names."""
    groups: dict[str, list[CarrierTotals]] = defaultdict(list)
    for carrier in carriers:
        groups[carrier.fleet].append(carrier)
    return {fleet: _use(groups[fleet], window_s) for fleet in sorted(groups)}


def _use(group: Sequence[CarrierTotals], window_s: float) -> FleetUse:
    empty_m = sum(item.empty_m for item in group)
    way_m = empty_m + sum(item.loaded_m for item in group)
    return FleetUse(
        carriers=len(group),
        utilisation=_share(sum(item.busy_s for item in group), window_s * len(group)),
        empty_share=_share(empty_m, way_m) if way_m > 0 else None,
    )


def lost(accepted: Collection[str], endings: Iterable[Ending]) -> tuple[str, ...]:
    """Return the accepted jobs that have not ended, sorted, and those that the service does not know any more.

    Each with its load, its state and the reason for that.
    """
    known = {ending.id: ending for ending in endings}
    return tuple(_open(id, known.get(id)) for id in sorted(accepted) if id not in known or known[id].state not in ENDED)


def _open(id: str, ending: Ending | None) -> str:
    return f"{id} unknown" if ending is None else " ".join((id, ending.load, ending.state, ending.reason)).rstrip()


def count_states(accepted: Collection[str], endings: Iterable[Ending]) -> Counter[str]:
    """Return how many of the accepted jobs are in each state."""
    wanted = set(accepted)
    return Counter(ending.state for ending in endings if ending.id in wanted)


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole > 0 else 0.0
