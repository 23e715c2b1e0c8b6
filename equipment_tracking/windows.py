"""Readings of one tag cut into windows: what was heard between one estimate and the next, never later."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from equipment_tracking.columns import Floats, Indexes


def ticks(asked_s: Floats, first_s: float, step_s: float) -> Floats:
    """Instants at which to estimate: those asked for, and between distant ones every `step_s`, from `first_s` on.

    `asked_s` ascends; what is asked within half a step after an instant shares it, so nothing looks ahead.
    """
    instants: list[float] = []
    last = first_s - step_s
    for asked in asked_s.tolist():
        while asked - last > 1.5 * step_s:
            last += step_s
            instants.append(last)
        if not instants or asked - last >= 0.5 * step_s:
            instants.append(asked)
            last = asked
    return np.array(instants)


def windows(
    time_s: Floats, gateway: Indexes, rssi_dbm: Floats, gateways: int, instants_s: Floats, step_s: float
) -> Iterator[tuple[Floats, float]]:
    """For each instant the mean level by gateway (dBm, nan: unheard) since the one before, and the seconds between.

    `time_s` ascends. The first window is `step_s` long.
    """
    ends = np.searchsorted(time_s, instants_s, side="right")
    starts = np.concatenate([np.searchsorted(time_s, instants_s[:1] - step_s, side="right"), ends[:-1]])
    spans_s = np.diff(instants_s, prepend=instants_s[:1] - step_s)
    for start, end, span_s in zip(starts.tolist(), ends.tolist(), spans_s.tolist(), strict=True):
        heard = gateway[start:end]
        count = np.bincount(heard, minlength=gateways)
        total = np.bincount(heard, rssi_dbm[start:end], minlength=gateways)
        yield np.where(count > 0, total / np.maximum(count, 1), np.nan), span_s


class Held:
    """The latest level of each gateway, for `hold_s` after it was heard: one lost packet is not silence."""

    def __init__(self, gateways: int, hold_s: float) -> None:
        self.hold_s = hold_s
        self._levels_dbm: Floats = np.full(gateways, np.nan)
        self._age_s: Floats = np.full(gateways, np.inf)

    def hear(self, levels_dbm: Floats, span_s: float) -> Floats:
        """Levels (dBm by gateway; nan: unheard) of the last `span_s`, gaps filled with what is still fresh."""
        heard = ~np.isnan(levels_dbm)
        self._age_s = np.where(heard, 0.0, self._age_s + span_s)
        self._levels_dbm = np.where(heard, levels_dbm, self._levels_dbm)
        return np.where(self._age_s <= self.hold_s + 1e-9, self._levels_dbm, np.nan)
