"""What tests of the twin share: radio maps made by hand, graphs joined at random, and steps from levels by tag."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st

from equipment_tracking.columns import Floats
from equipment_tracking.emission import Emission, EmissionSettings
from equipment_tracking.fingerprints import Fingerprints, PrintSettings
from equipment_tracking.places import Places
from equipment_tracking.radio_map import RadioMap
from equipment_tracking.twin import Twin
from equipment_tracking.windows import ticks, windows
from tests.equipment_tracking.flat import GATEWAYS, heard

BY_MAP = EmissionSettings(map_share=1.0)
EMPTY = np.empty(0, dtype=np.int32)


def emission_of(mean_dbm: Floats, spread_db: Floats, share: Floats, chosen: EmissionSettings = BY_MAP) -> Emission:
    """Of a radio map alone."""
    radio = RadioMap(
        gateways=tuple(f"g{number}" for number in range(len(mean_dbm))),
        mean_dbm=mean_dbm,
        spread_db=spread_db,
        heard=share,
    )
    prints = Fingerprints(levels_dbm=np.zeros((1, 1)), weight=np.zeros((1, 1)), settings=PrintSettings())
    return Emission(radio=radio, prints=prints, settings=chosen)


def hear(twin: Twin, by_tag: dict[int, Floats], span_s: float) -> None:
    """A step of the twin from levels by gateway (nan: nothing) of some tags."""
    rows = [(tag, gateway) for tag in sorted(by_tag) for gateway in np.nonzero(~np.isnan(by_tag[tag]))[0].tolist()]
    tag, gateway = np.array(rows, dtype=np.int32).reshape(-1, 2).T
    twin.step(gateway, tag, np.array([by_tag[t][g] for t, g in rows]), span_s)


def apart(a: Floats, b: Floats) -> float:
    """Total variation between two distributions."""
    return 0.5 * float(np.abs(a - b).sum())


def walked() -> Iterator[tuple[Floats, float]]:
    readings, truth = heard()
    instants = ticks(truth.time_s, 0.0, 0.5)
    yield from windows(readings.time_s, readings.gateway, readings.rssi_dbm, len(GATEWAYS), instants, 0.5)


@st.composite
def sites(draw: st.DrawFn) -> tuple[Places, Emission, int]:
    """Up to ten places joined at random, three gateways that hear at random, and a seed for what is heard."""
    count = draw(st.integers(2, 10))
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] < pair[1])
    joined = draw(st.lists(pairs, unique=True, max_size=20))
    seed = draw(st.integers(0, 2**32 - 1))
    generator = np.random.default_rng(seed)
    both = np.array([*joined, *(pair[::-1] for pair in joined)], dtype=np.int32).reshape(-1, 2)
    length_m = generator.uniform(0.3, 3.0, len(joined))
    site = Places(
        ids=tuple(str(number) for number in range(count)),
        x_m=np.zeros(count),
        y_m=np.zeros(count),
        floor=np.zeros(count, dtype=np.int32),
        floors=("0",),
        room=(None,) * count,
        tail=both[:, 0].copy(),
        head=both[:, 1].copy(),
        length_m=np.concatenate([length_m, length_m]),
    )
    shape = 3, count
    emission = emission_of(
        generator.uniform(-90.0, -50.0, shape), generator.uniform(1.0, 6.0, shape), generator.uniform(0.1, 0.9, shape)
    )
    return site, emission, seed


def some_levels(generator: np.random.Generator, *, silent: bool) -> Floats:
    """Levels of three gateways, some of which hear nothing; all may be silent if they are allowed to be."""
    levels_dbm = np.where(generator.random(3) < 0.5, np.nan, generator.uniform(-90.0, -50.0, 3))
    return np.full(3, -70.0) if not silent and np.all(np.isnan(levels_dbm)) else levels_dbm
