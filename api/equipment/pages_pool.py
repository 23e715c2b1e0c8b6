"""The pool at a glance: totals, columns, what is short, which gateways need a look, names of what is told of."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from api.equipment import pages_words as words
from api.equipment.pages_voice import Equipped
from api.house import VisitContext
from api.problems import Problem
from api.texts import N_
from equipment_tracking.pool.model import ItemState
from equipment_tracking.queries import GetAsset
from equipment_tracking.views import AlarmView, AssetView, GatewayView, LocatorView, PickView, PoolView, TypeCount

SOILED: tuple[ItemState, ...] = ("used", "to_cleaning", "cleaned")
MOST_ALARMS = 10
MOST_NAMES = 60
SKEW_MS = 5_000
"""A gateway's clock may be off by this much before somebody should look at it."""
MOST_GATEWAYS = 12


@dataclass(frozen=True, slots=True)
class Totals:
    """How many assets there are, and in which part of their round."""

    all: int
    ready: int
    in_use: int
    soiled: int
    out: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table by type: states that are counted together."""

    name: str
    states: tuple[ItemState, ...]

    def count(self, row: TypeCount) -> int:
        """How many of a type are in these states."""
        return sum(row.by_state.get(state, 0) for state in self.states)


COLUMNS = (
    Column(N_("Ready"), ("ready",)),
    Column(N_("In use"), ("in_use",)),
    Column(N_("To be cleaned"), ("used", "to_cleaning")),
    Column(N_("To be checked"), ("cleaned",)),
    Column(N_("Quarantine"), ("quarantined",)),
    Column(N_("Defective, in repair"), ("defective", "received", "repaired", "safety_tested")),
    Column(N_("Lost"), ("lost",)),
)


def pool_values(e: Equipped, view: PoolView | None, locator: LocatorView | None) -> dict[str, Any]:
    """What the page of the pool shows besides the views themselves."""
    if view is None:
        return {}
    alarms = by_urgency(view.alarms)
    rest = Counter(alarm.what for alarm in alarms[MOST_ALARMS:])
    gateways = locator.gateways if locator else ()
    return {
        "totals": totals(view.types),
        "urgent": alarms[:MOST_ALARMS],
        "rest": [(e.p.say(words.ALARMS[what].text), count) for what, count in rest.most_common()],
        "columns": [Column(e.p.say(column.name), column.states) for column in COLUMNS],
        "short": sorted((level for level in view.levels if level.missing), key=lambda level: -level.missing),
        "silent": [gateway for gateway in gateways if gateway.silent],
        "troubled": troubled(gateways),
        "picked": together(view.picks),
    }


def together(picks: Iterable[PickView]) -> list[tuple[PickView, int]]:
    """The pick list: what can be brought line by line, then what there is none of, once with its number."""
    have = [(pick, 1) for pick in picks if pick.asset]
    lack: dict[tuple[str, str], tuple[PickView, int]] = {}
    for pick in picks:
        if pick.asset is None:
            first, count = lack.get((pick.ward, pick.type), (pick, 0))
            lack[pick.ward, pick.type] = (first, count + 1)
    return [*have, *lack.values()]


def totals(types: Iterable[TypeCount]) -> Totals:
    """All types together."""
    counted: Counter[str] = Counter()
    for row in types:
        counted.update(row.by_state)
    return Totals(
        all=sum(counted.values()),
        ready=counted["ready"],
        in_use=counted["in_use"],
        soiled=sum(counted[state] for state in SOILED),
        out=sum(counted[state] for state in words.WITHDRAWN),
    )


def by_urgency(alarms: Iterable[AlarmView]) -> list[AlarmView]:
    """Unseen ones first, then by how pressing their kind is, the oldest first."""
    order = list(words.ALARMS)
    return sorted(alarms, key=lambda alarm: (bool(alarm.seen_by), order.index(alarm.what), alarm.since_ms, alarm.id))


def troubled(gateways: Sequence[GatewayView]) -> list[GatewayView]:
    """Gateways that are silent or whose clock is off, the longest silent first; the rest is left out."""
    found = [item for item in gateways if item.silent or abs(item.skew_ms or 0) > SKEW_MS]
    return sorted(found, key=lambda item: (not item.silent, item.last_heard_ms or 0, item.id))[:MOST_GATEWAYS]


async def names_of(visit: VisitContext, e: Equipped, assets: Iterable[str]) -> dict[str, str]:
    """Names of the assets that are told of by their ids alone; one that is gone keeps its id."""

    async def name(id: str) -> tuple[str, str]:
        try:
            return id, e.name(await visit.equipment.ask(visit.actor, GetAsset(id), AssetView))
        except Problem:
            return id, id

    wanted = [id for id in dict.fromkeys(assets) if id][:MOST_NAMES]
    return dict(await asyncio.gather(*(name(id) for id in wanted)))
