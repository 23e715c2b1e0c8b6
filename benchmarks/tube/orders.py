"""The design hour of a tube: so many sends, shared out over laboratory, pharmacy, blood bank and wards."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.requests import CreateJob
from site_models.patterns import matching
from site_models.schema import Site
from site_models.schema.demand import Demand

SENDS = 351
"""Aarhus University Hospital's design figure for the hour 08-09 (dnu.rm.dk)."""
SHARES = {"lab": 0.60, "pharmacy": 0.30, "blood": 0.05}
"""Of the sends; the rest goes between wards. Aarhus, Aalborg and Leeds report about the same."""
GROUPS = {"blood_sample": "lab", "medicine": "pharmacy", "blood_component": "blood"}
"""Load → group."""
HOUR = 8
SEED = 351
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """An order and the instant at which it is ready, in milliseconds after the hour's beginning."""

    group: str
    at_ms: int
    order: CreateJob


def design_hour(site: Site, sends: int = SENDS, seed: int = SEED) -> list[Send]:
    """The sends of the hour in order of time, each instant equally likely; the same for the same seed.

    Within a group the site's own streams of demand say who sends what to whom, by what they order in this hour.
    """
    draw = random.Random(seed)  # noqa: S311  # demand, not a secret
    stations = tube_stations(site)
    streams = _streams(site, stations)
    counts = {group: round(share * sends) for group, share in SHARES.items()}
    counts["wards"] = sends - sum(counts.values())
    found = []
    for group, count in counts.items():
        for _ in range(count):
            order = _between_wards(draw, stations) if group == "wards" else _order(draw, streams[group], stations)
            found.append(Send(group=group, at_ms=draw.randrange(HOUR_MS), order=order))
    return sorted(found, key=lambda send: (send.at_ms, send.order.origin, send.order.destination))


def tube_stations(site: Site) -> set[str]:
    """The stations on a line of a tube."""
    return {stop.station for tube in site.tubes for line in tube.lines for stop in line.stations}


def _streams(site: Site, stations: set[str]) -> dict[str, list[tuple[Demand, float]]]:
    """The site's streams from tube station to tube station by group, each with how much it orders in the hour."""
    hours = {profile.id: profile.hours for profile in site.profiles}
    found: dict[str, list[tuple[Demand, float]]] = {"lab": [], "pharmacy": [], "blood": []}
    for stream in site.demand:
        group = GROUPS.get(stream.load)
        back = group == "pharmacy" and not any(origin.startswith("pharmacy") for origin in stream.origins)
        if group is None or back or not matching(stream.destinations, stations):
            continue
        hour = hours[stream.profile]
        found[group].append((stream, stream.per_day * hour[HOUR] / sum(hour)))
    return found


def _order(draw: random.Random, streams: Sequence[tuple[Demand, float]], stations: set[str]) -> CreateJob:
    stream = draw.choices([stream for stream, _ in streams], [weight for _, weight in streams])[0]
    mix = draw.choices(stream.mix, [part.share for part in stream.mix])[0] if stream.mix else None
    return CreateJob(
        load=stream.load,
        origin=draw.choice(matching(stream.origins, stations)),
        destination=draw.choice(matching(stream.destinations, stations)),
        priority=mix.priority if mix is not None else None,
        specimen=mix.specimen if mix is not None else None,
    )


def _between_wards(draw: random.Random, stations: set[str]) -> CreateJob:
    origin, destination = draw.sample(matching(["ward-*-tube"], stations), 2)
    return CreateJob(load="medicine", origin=origin, destination=destination)
