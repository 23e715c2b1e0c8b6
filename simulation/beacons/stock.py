"""A made-up register for a site: as many assets of each type as wards of their kind and size have, and their levels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from equipment_tracking.columns import Indexes
from equipment_tracking.pool.requests import SetEmergency, SetPar
from equipment_tracking.register.assets import Asset
from equipment_tracking.register.catalogue import Catalogue, standard_catalogue
from equipment_tracking.register.gs1 import check_digit
from simulation.beacons.addresses import tag_address
from simulation.beacons.shares import (
    ACUTE,
    BAY_M2,
    BED_STORE,
    CARE,
    EMERGENCY,
    LEASED,
    NEWBORN,
    OVERDUE,
    PAR_FROM,
    PAR_SHARE,
    PAR_TYPES,
    PER_ROOM,
    STORES,
    Care,
    products,
)
from simulation.chance import stream
from site_models.geometry import area_m2, middle
from site_models.layout import Layout, PlacedRoom
from site_models.schema import Site

PREFIX = "5712345"
"""The made-up hospital's GS1 company prefix; 571 is Denmark's."""
GATEWAYS_A_ROOM = 1.6
DAY_MS = 86_400_000
LATE_DAYS, DUE_DAYS = 60, 365
"""Service is at most so many days late, or falls due within so many."""
YEARS = (17, 27)
"""Serial numbers begin with the year of make."""
Need = tuple[str, str]
"""A ward and a type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The assets in the order of their tags and of their ids, and the levels that wards and places shall have."""

    assets: tuple[Asset, ...]
    pars: tuple[SetPar, ...]
    reserves: tuple[SetEmergency, ...]

    def homes(self, rooms: Sequence[str]) -> Indexes:
        """The positions of the home rooms among these rooms (`Ground.rooms`), one an asset."""
        number = {room: place for place, room in enumerate(rooms)}
        return np.array([number[asset.home] for asset in self.assets], dtype=np.int32)


@dataclass(frozen=True)
class Wards:
    """What a site's wards have room for, and where they keep things. Only rooms that can be walked to count."""

    site: Site
    layout: Layout

    @cached_property
    def rooms(self) -> tuple[PlacedRoom, ...]:
        """Rooms with a node in the floor graph."""
        nodes = {node.id for node in self.layout.nodes}
        return tuple(room for room in self.layout.rooms.values() if f"room:{room.id}" in nodes)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The wards' English names, in lower case."""
        return {ward.id: ward.name.en.lower() for floor in self.site.floors for ward in floor.wards}

    def care(self, room: PlacedRoom) -> Care | None:
        """What is done in a room; None where nobody is cared for."""
        found = CARE.get(room.kind)
        if found == "ward" and any(word in self.names.get(room.ward or "", "") for word in NEWBORN):
            return "newborn"
        return found

    @cached_property
    def needs(self) -> dict[Need, float]:
        """How many of each type each ward has by the figures."""
        found: dict[Need, float] = defaultdict(float)
        for room in self.rooms:
            care = self.care(room)
            if care is None or room.ward is None:
                continue
            size = max(1.0, abs(area_m2(room.outline)) / BAY_M2) if care == "bays" else 1.0
            for type, count in PER_ROOM[care].items():
                found[room.ward, type] += count * size
        return dict(sorted(found.items()))

    @cached_property
    def beds(self) -> dict[str, list[str]]:
        """The rooms with a bed of each ward."""
        found: dict[str, list[str]] = defaultdict(list)
        for room in self.rooms:
            care = self.care(room)
            if room.ward is not None and care is not None and "bed" in PER_ROOM[care] and care != "bays":
                found[room.ward].append(room.id)
        return found

    @cached_property
    def acute(self) -> tuple[str, ...]:
        """The wards that keep a reserve for emergencies: those for acute patients, or all where there are none."""
        cared = {room.ward for room in self.rooms if self.care(room) in ACUTE and room.ward}
        return tuple(sorted(cared or {ward for ward, _ in self.needs}))

    @cached_property
    def stores(self) -> dict[str, str]:
        """Where each ward keeps its clean things: its own room for that, else the nearest on its floor, else any."""
        own = [room for room in self.rooms if room.kind in STORES]
        fallback = min(own or self.rooms, key=lambda room: (_rank(room), room.id)).id
        found = {}
        for ward in sorted({ward for ward, _ in self.needs}):
            mine = [room for room in self.rooms if room.ward == ward]
            here = min(mine, key=lambda room: room.id)
            near = [room for room in own if room.ward == ward] or [
                room for room in own if room.floor == here.floor and room.ward is not None
            ]
            ranked = sorted(near, key=lambda room: (room.ward != ward, _gap_m(room, here), _rank(room), room.id))
            found[ward] = ranked[0].id if ranked else fallback
        return found

    @cached_property
    def bed_store(self) -> str | None:
        """Where the beds wait that nobody lies in."""
        return min((room.id for room in self.rooms if room.kind == BED_STORE), default=None)


def usual_assets(wards: Wards) -> int:
    """How many a site of this size has, to two digits."""
    return _to_two_digits(sum(wards.needs.values()))


def usual_gateways(wards: Wards) -> int:
    """How many it takes to hear in which room a tag is, to two digits."""
    return _to_two_digits(GATEWAYS_A_ROOM * len(wards.rooms))


def stock(wards: Wards, seed: int, count: int, now_ms: int, catalogue: Catalogue | None = None) -> Stock:
    """So many assets, shared out as the figures say. The same seed gives the same, but for dates of service: `now_ms`.

    Raises ValueError where no ward cares for anybody.
    """
    if not wards.needs:
        raise ValueError("no room of the site is one where people are cared for: there is no equipment to make up")
    types = {kind.id: (number, kind) for number, kind in enumerate((catalogue or standard_catalogue()).types)}
    counts = _shared_out({need: much for need, much in wards.needs.items() if need[1] in types}, count)
    owners = [need for need, number in counts.items() for _ in range(number)]
    stream(seed, "stock").shuffle(owners)
    in_rooms: Counter[str] = Counter()
    assets = []
    for number, (ward, type) in enumerate(owners):
        rng = stream(seed, "asset", number)
        models = products(type)
        model = int(rng.choice(len(models), p=[product.share for product in models]))
        product = models[model]
        late, days, year, leased = rng.random(), rng.random(), rng.integers(*YEARS), rng.random()
        home = wards.stores[ward]
        if type == "bed":
            beds = wards.beds.get(ward, [])
            home = beds[in_rooms[ward]] if in_rooms[ward] < len(beds) else wards.bed_store or home
            in_rooms[ward] += 1
        due_days = -days * LATE_DAYS if late < OVERDUE else 1.0 + days * DUE_DAYS
        sort, kind = types[type]
        assets.append(
            Asset(
                id=f"{PREFIX}{number + 1:06d}",
                name=f"{kind.name.da} {number + 1:04d}",
                type=type,
                ward=ward,
                home=home,
                gtin=_gtin(sort, model),
                serial=f"{year}{number + 1:06d}",
                tag=tag_address(number),
                service_due_ms=round(now_ms / DAY_MS + due_days) * DAY_MS,
                safe_load_kg=product.safe_load_kg,
                paediatric=product.paediatric,
                pump=product.pump,
                mr_conditional=product.mr_conditional,
                leased=leased < LEASED.get(type, 0.0),
            )
        )
    return Stock(
        assets=tuple(assets),
        pars=tuple(
            SetPar(ward, type, max(1, round(PAR_SHARE * number)))
            for (ward, type), number in counts.items()
            if type in PAR_TYPES and number >= PAR_FROM
        ),
        reserves=tuple(
            SetEmergency(wards.stores[ward], type, kept)
            for ward in wards.acute
            for type, most in EMERGENCY.items()
            if (kept := min(most, counts.get((ward, type), 0) // 2)) > 0
        ),
    )


def _shared_out(needs: Mapping[Need, float], count: int) -> dict[Need, int]:
    """Whole numbers in these proportions that add up to the count: the largest remainders are rounded up."""
    total = sum(needs.values())
    exact = {need: count * much / total for need, much in needs.items()}
    given = {need: int(much) for need, much in exact.items()}
    by_remainder = sorted(exact, key=lambda need: (given[need] - exact[need], need))
    for need in by_remainder[: count - sum(given.values())]:
        given[need] += 1
    return given


def _gtin(sort: int, model: int) -> str:
    """A GTIN-13 of the hospital's own prefix: made up, and nobody else's."""
    digits = f"{PREFIX}{sort:03d}{model:02d}"
    return f"{digits}{check_digit(digits)}"


def _rank(room: PlacedRoom) -> int:
    return STORES.index(room.kind) if room.kind in STORES else len(STORES)


def _gap_m(one: PlacedRoom, other: PlacedRoom) -> float:
    (ax, ay), (bx, by) = middle(one.outline), middle(other.outline)
    return float(np.hypot(ax - bx, ay - by))


def _to_two_digits(number: float) -> int:
    return int(float(f"{max(1.0, number):.1e}"))
