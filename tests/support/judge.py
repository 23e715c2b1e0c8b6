"""Judges custody after faults: ledger, list of jobs and simulated world must tell one and the same story."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import msgspec

from fleet.simulated.cores.world import LoadPlace
from fleet.simulated.journal import WORLD_FILE
from fleet.views import JobView
from ledger.database import open_engine
from ledger.verify import verify


def verdict(data: Path, ordered: dict[str, str]) -> list[str]:
    """Every way in which a job was lost, doubled or carried wrongly; the service must have stopped.

    Parameters
    ----------
    data
        The data folder.
    ordered
        The job of every order that was answered, by its key.
    """
    kinds, by_id, breaks = _records(data / "portor.sqlite")
    places = _places(data / WORLD_FILE)
    faults = [f"the ledger is broken: {found}" for found in breaks]
    if len(set(ordered.values())) != len(ordered):
        faults.append("two orders became one job")
    for key, id in sorted(ordered.items()):
        if id not in by_id:
            faults.append(f"{key}: job {id} is not in the list")
        elif by_id[id].state != "delivered":
            faults.append(f"{key}: job {id} ended {by_id[id].state}")
    for id, job in sorted(by_id.items()):
        faults += _judge(job, kinds.get(id, Counter()), places)
    for leg, place in sorted(places.items()):
        if place.picks > 1 or place.drops > 1:
            faults.append(f"leg {leg} was really picked up {place.picks} times and set down {place.drops} times")
    return faults


def _judge(job: JobView, kinds: Counter[str], places: dict[str, LoadPlace]) -> list[str]:
    faults = []
    if kinds["job.created"] != 1:
        faults.append(f"{job.id} was created {kinds['job.created']} times in the ledger")
    if kinds["job.delivered"] != int(job.state == "delivered"):
        faults.append(f"{job.id} is {job.state} and was delivered {kinds['job.delivered']} times in the ledger")
    if job.state == "delivered":
        for leg in job.legs:
            place = places.get(leg.id)
            if place is None or place.place != f"st:{leg.destination}":
                faults.append(f"leg {leg.id} of {job.id} should lie at {leg.destination}, but it is {place}")
    return faults


def _records(database: Path) -> tuple[dict[str, Counter[str]], dict[str, JobView], list[str]]:
    """How often each kind of event happened to each subject, every job, and every break of the chains."""
    engine = open_engine(f"sqlite:///{database}", read_only=True)
    with engine.connect() as connection:
        breaks = [str(found) for found in verify(connection)]
        rows = connection.exec_driver_sql("SELECT subject, kind FROM ledger").all()
        bodies = connection.exec_driver_sql("SELECT body FROM job").scalars().all()
    engine.dispose()
    kinds: dict[str, Counter[str]] = {}
    for subject, kind in rows:
        kinds.setdefault(subject, Counter())[kind] += 1
    jobs = [msgspec.json.decode(body, type=JobView) for body in bodies]
    return kinds, {job.id: job for job in jobs}, breaks


def _places(world: Path) -> dict[str, LoadPlace]:
    """Where every load really is, by leg."""
    connection = sqlite3.connect(f"file:{world}?mode=ro", uri=True)
    try:
        bodies = connection.execute("SELECT body FROM thing WHERE kind = 'loads'").fetchall()
    finally:
        connection.close()
    found = (msgspec.msgpack.decode(body, type=LoadPlace) for (body,) in bodies)
    return {place.leg: place for place in found}
