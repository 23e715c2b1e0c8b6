"""How long a search of the whole pool takes: `python -m benchmarks.search`, 10,000 assets of twenty types.

Four in ten are ready; some are reserved, overdue for service or held back for emergencies; each may be in one of two
rooms. Timed are 200 searches from different places with and without a type (the 20 cheapest, and all), and the pick
list of thirty wards. Between two searches some assets change rooms, as they do in a hospital.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from benchmarks.machine import record
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.figures import pick_list
from equipment_tracking.pool.model import Item, Level, Reservation
from equipment_tracking.pool.search import Guesses, Wish, search
from equipment_tracking.register.assets import Asset

NOW_MS = 1_773_640_800_000
TYPES = tuple(f"type_{number:02}" for number in range(20))
WARDS = tuple(f"ward-{number:02}" for number in range(30))
ROOMS = 2_000
ASSETS = 10_000
SEARCHES = 200
MOVES = 20
"""Assets that change rooms between two searches."""


def pool(draw: random.Random) -> State:
    """Everything as it may be at noon."""
    state = State()
    for number in range(ASSETS):
        id = f"5712345{number:06}"
        overdue = draw.random() < 0.03
        state.assets.put(
            Asset(
                id,
                f"Asset {number}",
                draw.choice(TYPES),
                draw.choice(WARDS),
                f"room-{draw.randrange(ROOMS)}",
                service_due_ms=NOW_MS + (-1 if overdue else 1) * draw.randrange(10**9),
                paediatric=draw.random() < 0.1,
            )
        )
        ready = draw.random() < 0.4
        item = Item(
            id,
            "ready" if ready else draw.choice(("in_use", "used", "cleaned")),
            NOW_MS - draw.randrange(10**8),
            place=f"room-{draw.randrange(ROOMS)}",
            ward=draw.choice((*WARDS, "")),
        )
        if ready and not overdue and draw.random() < 0.05:
            state.reservations.put(Reservation(f"R{number}", id, draw.choice(WARDS), "anna", NOW_MS + 10**6))
            item = replace(item, reservation=f"R{number}")
        state.items.put(item)
    for place in range(0, ROOMS, 50):
        state.levels.put(Level(f"emergency:room-{place}/{TYPES[0]}", "emergency", f"room-{place}", TYPES[0], 2))
    for ward in WARDS:
        state.levels.put(Level(f"par:{ward}/{TYPES[1]}", "par", ward, TYPES[1], 80))
    state.commit()
    return state


def guesses(state: State, draw: random.Random) -> Guesses:
    """Two rooms each, seen in the last twenty minutes."""
    first = np.array([draw.uniform(0.4, 1.0) for _ in range(ASSETS)])
    return Guesses(
        assets=tuple(state.items.ids()),
        room=np.array([draw.sample(range(ROOMS), 2) for _ in range(ASSETS)], dtype=np.int32),
        p=np.stack([first, (1.0 - first) * 0.8], axis=1),
        seen_ms=np.array([NOW_MS - draw.randrange(1_200_000) for _ in range(ASSETS)], dtype=np.int64),
        last_room=np.array([draw.randrange(ROOMS) for _ in range(ASSETS)], dtype=np.int32),
    )


def move(state: State, draw: random.Random) -> None:
    """Some change rooms, and it is committed."""
    for number in draw.sample(range(ASSETS), MOVES):
        item = state.items[f"5712345{number:06}"]
        state.items.put(replace(item, place=f"room-{draw.randrange(ROOMS)}", ward=draw.choice(WARDS)))
    state.commit()


def timed(work: Callable[[], object], between: Callable[[], None]) -> dict[str, float]:
    """Milliseconds of wall clock and CPU, median and 99th percentile."""
    wall_s, cpu_s = [], []
    for _ in range(SEARCHES):
        between()
        wall_began, cpu_began = time.perf_counter(), time.process_time()
        work()
        cpu_s.append(time.process_time() - cpu_began)
        wall_s.append(time.perf_counter() - wall_began)
    return {
        f"{name}_p{rank}_ms": round(float(np.percentile(seconds, rank)) * 1_000, 2)
        for name, seconds in (("wall", wall_s), ("cpu", cpu_s))
        for rank in (50, 99)
    }


def measure(seed: int) -> dict[str, object]:
    """Run and give the figures."""
    draw = random.Random(seed)  # noqa: S311  # a load, not a secret
    state = pool(draw)
    where = guesses(state, draw)
    walking_s = [np.array([draw.uniform(5.0, 900.0) for _ in range(ROOMS)]) for _ in range(8)]

    def from_anywhere(type: str | None, limit: int | None) -> object:
        return search(state, where, draw.choice(walking_s), NOW_MS, wish=Wish(type=type), limit=limit)

    def between() -> None:
        move(state, draw)

    return {
        "benchmark": "search",
        "assets": ASSETS,
        "searches": SEARCHES,
        "with_type": timed(lambda: from_anywhere(draw.choice(TYPES), 20), between),
        "without_type": timed(lambda: from_anywhere(None, 20), between),
        "with_type_all": timed(lambda: from_anywhere(draw.choice(TYPES), None), between),
        "without_type_all": timed(lambda: from_anywhere(None, None), between),
        "pick_list": timed(lambda: pick_list(state, NOW_MS), between),
        "seed": seed,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="write the result to this file and leave the history alone")
    asked = parser.parse_args()
    result = measure(asked.seed)
    if asked.out is None:
        result = record("search", result)
    else:
        asked.out.write_text(json.dumps(result) + "\n", encoding="utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
