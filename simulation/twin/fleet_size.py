"""A site with more or fewer robots: the same mixture of fleets, and a home bay for every robot."""

from __future__ import annotations

from site_models.places import fleet_bays
from site_models.schema import Site
from site_models.schema.building import Bay


class NoRoom(ValueError):
    """The site cannot have so many robots; the text says why and what to do."""


def mixture(site: Site, robots: int) -> dict[str, int]:
    """So many robots over the site's fleets as they are mixed now; every fleet has one, the first takes the rest.

    Raises
    ------
    NoRoom
        The site has no fleet, or there are fewer robots than fleets.
    """
    if not site.fleets:
        raise NoRoom("The site has no fleet of robots: declare one under `fleets`.")
    if robots < len(site.fleets):
        raise NoRoom(f"{robots} robots are too few: each of the {len(site.fleets)} fleets has one at least.")
    whole = sum(fleet.count for fleet in site.fleets)
    counts = {fleet.id: max(1, round(robots * fleet.count / whole)) for fleet in site.fleets[1:]}
    return {site.fleets[0].id: robots - sum(counts.values()), **counts}


def with_robots(site: Site, robots: int) -> Site:
    """The site with so many robots in all, commissioned whatever its phases say.

    Robots beyond those it has live in its spare bays; where these do not suffice, the last row of bays of the fleet
    goes on in its direction. With fewer the last ones are left out; bays stay.

    Raises
    ------
    NoRoom
        As `mixture`, and when a fleet has no row of bays that could go on.
    """
    counts = mixture(site, robots)
    bays = list(site.bays)
    for fleet in site.fleets:
        missing = counts[fleet.id] - len(fleet_bays(site, fleet.id))
        if missing > 0:
            bays = _longer(bays, fleet.id, missing)
    return site.model_copy(
        update={
            "fleets": [fleet.model_copy(update={"count": counts[fleet.id]}) for fleet in site.fleets],
            "bays": bays,
            "phases": [phase.model_copy(update={"robots": {}}) for phase in site.phases],
        }
    )


def _longer(bays: list[Bay], fleet: str, missing: int) -> list[Bay]:
    rows = [number for number, bay in enumerate(bays) if bay.fleet == fleet and any(bay.step) and not bay.parking]
    if not rows:
        raise NoRoom(f"The fleet {fleet} has {missing} home bays too few: add bays with a `step` to the site.")
    last = bays[rows[-1]]
    if last.count == 1:
        raise NoRoom(f"The row {last.id} has one bay only: give it more, or ask for {missing} robots less.")
    return [
        bay.model_copy(update={"count": bay.count + missing}) if number == rows[-1] else bay
        for number, bay in enumerate(bays)
    ]
