"""The pool decides alike whatever the hash seed, and wherever it is stopped and loaded again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec

from equipment_tracking.pool.draft import State
from equipment_tracking.pool.events import Seen
from equipment_tracking.pool.figures import pick_list
from equipment_tracking.pool.requests import (
    AnyRequest,
    AskTransport,
    Confirm,
    MarkCleaned,
    PutDown,
    Reserve,
    SetEmergency,
    SetPar,
    Take,
)
from tests.equipment_tracking.ward_pool import RULES, Pool, chair, pump


def reloaded(state: State) -> State:
    """The state as a restart would find it in the store."""
    rows: dict[str, dict[str, bytes]] = {}
    for kind, entities in state.snapshot().items():
        rows[kind] = {id: msgspec.msgpack.encode(entity) for id, entity in entities.items()}
    return State(rows)


def story(seed: int, *, reload_each: int = 0) -> list[str]:
    """Some hours in two wards; with `reload_each` the state is loaded again every so many steps."""
    draw = random.Random(seed)  # noqa: S311  # a story, not a secret
    pool = Pool(*(pump(number) for number in range(12)), *(chair(number) for number in range(8)))
    ids = pool.state.items.ids()
    for step in range(500):
        asset, ward, place = draw.choice(ids), draw.choice("AB"), draw.choice("xyz")
        checks = RULES.catalogue.checks(pool.state.assets[asset].type)
        requests: list[AnyRequest] = [
            MarkCleaned(asset, "washer"),
            Confirm(asset, checks),
            Confirm(asset, checks),
            Take(asset, ward, candidates=tuple(ids)),
            Reserve(f"R{step}", asset, ward),
            PutDown(asset),
            SetEmergency(place, "infusion_pump", draw.randrange(3)),
            SetPar(ward, "wheelchair", draw.randrange(4)),
            AskTransport(f"K{step}", asset, "bring", "s1", "s2", ward),
        ]
        pool.ask(draw.choice(requests))
        pool.handle(Seen(draw.choice(ids), place, "ward_room", ward))
        pool.run_to(pool.now_ms + draw.randrange(120_000))
        if reload_each and step % reload_each == 0:
            pool.state = reloaded(pool.state)
    told = [f"{fact.type} {msgspec.json.encode(fact).decode()}" for fact in pool.facts]
    return [*told, *(str(pick) for pick in pick_list(pool.state, pool.now_ms))]


def test_a_restart_at_any_moment_changes_no_later_decision() -> None:
    """Loaded again every seventh step, the story is the same to the last byte."""
    once = story(5)
    assert len(once) > 500
    assert story(5, reload_each=7) == once


def test_hash_seeds_change_nothing() -> None:
    """Two processes with different hash seeds tell the same story."""
    program = "from tests.equipment_tracking.test_pool_replay import story; print(chr(10).join(story(3)))"
    told = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            cwd=Path(__file__).parents[2],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
