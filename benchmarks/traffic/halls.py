"""Køge with more or fewer robots: the same mixture of fleets, and 1.2 home bays a robot in halls built for them."""

from __future__ import annotations

import math
from functools import cache

from site_models.load import load_site
from site_models.places import fleet_bays
from site_models.schema import Site
from site_models.schema.building import Bay, Corridor, Floor

BAYS_A_ROBOT = 1.2
BLOCK = 3
"""Bays side by side, 1.2 m apart; a block takes 6.6 m of aisle with what keeps it clear of the next."""
BLOCK_M = 6.6
FIRST_M, LAST_M = 9.6, -40.0
"""Where along an aisle (from y = 15 m down to -45 m) blocks may begin."""
AISLES_M = (180.0, 190.0, 200.0, 210.0, 176.0)
SOURCE = "assumed: an annexe to the robots' hall on the open land south of goods reception, for this measurement"


def koege_with(robots: int) -> Site:
    """Køge with so many robots, at most 240; what it has too few bays for stands in an annexe with two ways in.

    Raises ValueError for fewer than two robots or more than there is room for.
    """
    site = _koege()
    whole = sum(fleet.count for fleet in site.fleets)
    if robots < len(site.fleets):
        raise ValueError(f"{robots} robots are too few: every fleet has one at least")
    counts = {fleet.id: max(1, round(robots * fleet.count / whole)) for fleet in site.fleets[1:]}
    counts[site.fleets[0].id] = robots - sum(counts.values())
    places = _places()
    bays: list[Bay] = []
    for fleet in site.fleets:
        missing = math.ceil(BAYS_A_ROBOT * counts[fleet.id]) - len(fleet_bays(site, fleet.id))
        for _ in range(math.ceil(max(0, missing) / BLOCK)):
            if not places:
                raise ValueError(f"there is no room for {robots} robots: ask for fewer")
            at = places.pop(0)
            bays.append(Bay(id=f"annexe-{len(bays) + 1}", floor="K", at=at, fleet=fleet.id, charger=True, count=BLOCK,
                            step=(0.0, -1.2)))  # fmt: skip
    fleets = [fleet.model_copy(update={"count": counts[fleet.id]}) for fleet in site.fleets]
    floors = site.floors
    if bays:
        floors = [_with_annexe(floor) if floor.id == "K" else floor for floor in site.floors]
    return site.model_copy(update={"fleets": fleets, "floors": floors, "bays": [*site.bays, *bays], "phases": []})


@cache
def _koege() -> Site:
    return load_site("koege")


def _places() -> list[tuple[float, float]]:
    """Where the blocks of the annexe begin, aisle by aisle, west and east of each."""
    count = int((FIRST_M - LAST_M) / BLOCK_M) + 1
    return [
        (x_m + side_m, round(FIRST_M - k * BLOCK_M, 3))
        for x_m in AISLES_M
        for k in range(count)
        for side_m in (-2.4, 2.4)
    ]


def _with_annexe(floor: Floor) -> Floor:
    """The basement and four more aisles between two streets, joined to K-south and K-goods."""
    lines = {
        "annexe-street": [(176.0, 15.0), (215.0, 15.0), (215.0, 18.0)],
        "annexe-end": [(176.0, -45.0), (210.0, -45.0)],
        **{f"annexe-{x_m:.0f}": [(x_m, 15.0), (x_m, -45.0)] for x_m in AISLES_M},
    }
    corridors = [
        Corridor(id=id, points=points, width_m=3.0, kind="logistics", building="main", source=SOURCE)
        for id, points in lines.items()
    ]
    return floor.model_copy(update={"corridors": [*floor.corridors, *corridors]})
