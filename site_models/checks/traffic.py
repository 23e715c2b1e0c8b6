"""What is carried and when: loads, priorities, demand, rounds, phases and people hang together."""

from __future__ import annotations

import zoneinfo
from itertools import pairwise

from site_models.checks.report import Report
from site_models.checks.survey import Survey
from site_models.positions import Path
from site_models.schema.demand import Demand, Round
from site_models.schema.loads import Load


def check_traffic(survey: Survey, report: Report) -> None:
    """Note what contradicts itself in the sections about loads, times and people."""
    _header(survey, report)
    _priorities(survey, report)
    _loads(survey, report)
    _windows(survey, report)
    _profiles(survey, report)
    loads = {load.id: load for load in survey.site.loads}
    for path, stream in survey.streams():
        _stream(survey, report, path, stream, loads.get(stream.load))
    _phases(survey, report)


def _header(survey: Survey, report: Report) -> None:
    try:
        zoneinfo.ZoneInfo(survey.site.site.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        message = f"There is no time zone `{survey.site.site.timezone}`; name one like Europe/Copenhagen."
        report.add("timezone", ("site", "timezone"), message)
    if not any("dispatcher" in person.roles for person in survey.site.staff):
        message = "Nobody has the role dispatcher; give it to a member of staff."
        report.add("no_dispatcher", ("staff",), message)


def _priorities(survey: Survey, report: Report) -> None:
    priorities = survey.site.priorities
    ranks: dict[int, str] = {}
    for k, priority in enumerate(priorities):
        if priority.rank in ranks:
            message = f"`{priority.id}` has the rank of `{ranks[priority.rank]}`; give each its own."
            report.add("rank_twice", ("priorities", k, "rank"), message)
        ranks.setdefault(priority.rank, priority.id)
    ordered = sorted(enumerate(priorities), key=lambda one: one[1].rank)
    for (_, urgent), (k, less) in pairwise(ordered):
        if urgent.rank < less.rank and (less.target_min < urgent.target_min or less.weight > urgent.weight):
            message = (
                f"`{less.id}` ranks after `{urgent.id}` but has a shorter target or a greater weight; "
                "a more urgent priority has neither a longer target nor a smaller weight."
            )
            report.add("priority_order", ("priorities", k), message)


def _loads(survey: Survey, report: Report) -> None:
    site = survey.site
    returned = {load.id: load.returns.load for load in site.loads if load.returns is not None}
    for k, load in enumerate(site.loads):
        path: Path = ("loads", k)
        if load.person and load.modes != ["porter"]:
            message = f"`{load.id}` is a person and goes with a porter only; let `modes` be [porter]."
            report.add("person_by_machine", (*path, "modes"), message)
        if len(set(load.modes)) < len(load.modes):
            report.add("mode_twice", (*path, "modes"), f"`{load.id}` names a mode twice; name each once.")
        if load.specimen_table and not site.specimens:
            message = f"`{load.id}` goes by the laboratory's table, which is empty; list `specimens`."
            report.add("no_specimens", (*path, "specimen_table"), message)
        if load.id in _chain(load.id, returned):
            message = f"What `{load.id}` returns leads back to `{load.id}` without end; end the chain of `returns`."
            report.add("returns_cycle", (*path, "returns"), message)


def _chain(first: str, returned: dict[str, str]) -> list[str]:
    """The loads that follow a load as its return, the return's return and so on."""
    chain: list[str] = []
    following = returned.get(first)
    while following is not None and following not in chain:
        chain.append(following)
        following = returned.get(following)
    return chain


def _windows(survey: Survey, report: Report) -> None:
    for one in survey.stations:
        if one.thing.opens is not None and len(set(one.thing.opens.split("-"))) == 1:
            message = f"`{one.id}` closes when it opens; leave `opens` out for day and night."
            report.add("opening_empty", (*one.path, "opens"), message)


def _profiles(survey: Survey, report: Report) -> None:
    for k, profile in enumerate(survey.site.profiles):
        for key, weights in (("hours", profile.hours), ("weekdays", profile.weekdays)):
            if min(weights) < 0 or sum(weights) <= 0:
                message = f"The weights of `{profile.id}` must be 0 or more and not all 0; correct `{key}`."
                report.add("profile_weights", ("profiles", k, key), message)


def _stream(survey: Survey, report: Report, path: Path, stream: Demand | Round, load: Load | None) -> None:
    ends = {side: survey.matching(getattr(stream, side)) for side in ("origins", "destinations")}
    for side in ("origins", "destinations"):
        for n, pattern in enumerate(getattr(stream, side)):
            if not survey.matching([pattern]):
                message = f"No station is called `{pattern}`; correct the id or pattern."
                report.add("matches_nothing", (*path, side, n), message)
        for station in ends[side]:
            if load is not None and not set(load.modes) & set(station.thing.kinds):
                message = (
                    f"`{station.id}` handles {', '.join(station.thing.kinds)}, but `{load.id}` goes by "
                    f"{', '.join(load.modes)}; choose another station or add a kind to it."
                )
                report.add("station_cannot_handle", (*path, side), message)
    if isinstance(stream, Round):
        if all(ends.values()) and min(len(found) for found in ends.values()) != 1:
            message = f"One side of round `{stream.id}` must be exactly one station; split the round."
            report.add("round_sides", path, message)
        return
    if [one.id for one in ends["origins"]] == [one.id for one in ends["destinations"]] and len(ends["origins"]) == 1:
        report.add("to_itself", path, f"`{stream.id}` leads from a station to itself; correct one side.")
    if sum(mix.share for mix in stream.mix) > 1 + 1e-9:
        message = f"The shares in the mix of `{stream.id}` add up to more than 1; lower them."
        report.add("mix_over_one", (*path, "mix"), message)
    for n, mix in enumerate(stream.mix):
        if mix.specimen is not None and load is not None and not load.specimen_table:
            message = f"`{load.id}` has no specimens; take `specimen` out or give the load `specimen_table: true`."
            report.add("specimen_unused", (*path, "mix", n, "specimen"), message)


def _phases(survey: Survey, report: Report) -> None:
    counts = {fleet.id: fleet.count for fleet in survey.site.fleets}
    opened: dict[str, str] = {}
    for k, phase in enumerate(survey.site.phases):
        for n, part in enumerate(phase.opens):
            if part in opened:
                message = f"`{part}` is already opened by `{opened[part]}`; name it in one phase."
                report.add("opened_twice", ("phases", k, "opens", n), message)
            opened.setdefault(part, phase.id)
        for fleet, count in phase.robots.items():
            if not 0 <= count <= counts.get(fleet, count):
                message = (
                    f"`{phase.id}` commissions {count} robots of `{fleet}`, which has {counts[fleet]}; correct it."
                )
                report.add("phase_robots", ("phases", k, "robots", fleet), message)
    for fleet, count in counts.items():
        steps = [phase.robots[fleet] for phase in survey.site.phases if fleet in phase.robots]
        if steps and max(steps) < count:
            fleet_index = next(k for k, one in enumerate(survey.site.fleets) if one.id == fleet)
            message = f"The phases commission {max(steps)} of {count} robots of `{fleet}`; add the rest to a phase."
            report.add("never_commissioned", ("fleets", fleet_index, "count"), message)
