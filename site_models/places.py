"""Where the bays of a row stand, and whose they are."""

from __future__ import annotations

from site_models.schema import Site
from site_models.schema.building import Bay


def bay_places(bay: Bay) -> list[tuple[str, tuple[float, float]]]:
    """Id and place of each bay; a single bay keeps its id, a row is numbered `<id>-01`, `<id>-02` and on."""
    if bay.count == 1:
        return [(bay.id, bay.at)]
    digits = max(2, len(str(bay.count)))
    return [
        (f"{bay.id}-{k + 1:0{digits}d}", (round(bay.at[0] + k * bay.step[0], 3), round(bay.at[1] + k * bay.step[1], 3)))
        for k in range(bay.count)
    ]


def fleet_bays(site: Site, fleet: str) -> list[str]:
    """The home bays of a fleet in the order of the file."""
    return _names(site, fleet, parking=False)


def parking_bays(site: Site, fleet: str) -> list[str]:
    """The bays in which idle robots of a fleet wait for work, in the order of the file."""
    return _names(site, fleet, parking=True)


def _names(site: Site, fleet: str, *, parking: bool) -> list[str]:
    bays = (bay for bay in site.bays if (bay.fleet, bay.parking) == (fleet, parking))
    return [name for bay in bays for name, _ in bay_places(bay)]
