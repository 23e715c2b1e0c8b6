"""Where idle robots wait: the cheapest spread of them over free bays, near the transports that are expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Int64 = NDArray[np.int64]
NEVER = 1 << 40
"""More than any sum of costs (ms; 35 years)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """So many robots, bays and transports that are expected; all costs in weighted milliseconds.

    `home[r]` is what it costs to send robot r home, shape (robots,); `drive[r, b]` to bay b, shape (robots, bays);
    `worth[b, t]` what is saved if whoever stands in bay b fetches transport t rather than a robot from home, at least
    0, shape (bays, transports).
    """

    home: Int64
    drive: Int64
    worth: Int64


@dataclass(frozen=True, slots=True)
class Place:
    """A bay, and the transport that a robot waits for there: None if it only stays because to leave is no better."""

    bay: int
    transport: int | None


def cost(spread: Spread, places: Sequence[Place | None]) -> int:
    """What it costs if each robot waits there (None: at home)."""
    total = 0
    for robot, place in enumerate(places):
        total += int(spread.home[robot] if place is None else spread.drive[robot, place.bay])
        if place is not None and place.transport is not None:
            total -= int(spread.worth[place.bay, place.transport])
    return total


def spread_out(spread: Spread) -> list[Place | None]:
    """The places of all robots at the least cost: no two in one bay, no transport waited for twice, None is home.

    A transport problem robots → bays → transports, solved as one assignment (Hungarian method): a bay is a row and a
    column, and in its own field when nobody uses it. Rows: robots, bays, transports that nobody waits for; columns:
    bays, transports, a home for each robot. Each bay also has a transport of no worth, for who just stays.
    """
    robots, bays = spread.drive.shape
    wanted = spread.worth.shape[1]
    worth = np.hstack([spread.worth, np.zeros((bays, bays), np.int64)])
    transports = wanted + bays
    table = np.full((robots + bays + transports, bays + transports + robots), NEVER, np.int64)
    table[:robots, :bays] = spread.drive
    table[range(robots), range(bays + transports, bays + transports + robots)] = spread.home
    table[range(robots, robots + bays), range(bays)] = 0
    table[robots : robots + bays, bays : bays + transports] = -worth
    table[range(robots + bays, robots + bays + transports), range(bays, bays + transports)] = 0
    table[robots + bays :, bays + transports :] = 0
    columns = linear_sum_assignment(table)[1].tolist()
    fetched = [columns[robots + bay] - bays for bay in range(bays)]
    return [
        Place(bay, fetched[bay] if fetched[bay] < wanted and spread.worth[bay, fetched[bay]] > 0 else None)
        if bay < bays
        else None
        for bay in columns[:robots]
    ]
