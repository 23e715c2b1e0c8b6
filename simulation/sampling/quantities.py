"""What is random about the patients of one source: attributes on arrival, durations and choices on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulation.flow.plan import Attribute, Pathway, Source
from simulation.sampling.kernels import draw_choices, draw_durations
from simulation.sampling.laws import laws_of, thresholds_of
from simulation.sampling.streams import Streams
from simulation.ticks import Ticks

Members = NDArray[np.int64]
_ALL_ALIKE = np.empty(0, np.int8)


class Patients:
    """The patients of one source in the order of their numbers, with their attributes, and draws for any of them.

    A draw depends on its stream and the patient's number alone, so it may be made for some patients only, and as
    often as one likes: it is the same.
    """

    def __init__(self, numbers: Ticks, attributes: Sequence[Attribute], source: Source, streams: Streams) -> None:
        self.count = len(numbers)
        self.everybody: Members = np.arange(self.count)
        self.values = np.zeros((len(attributes), self.count), np.int8)
        self._numbers = numbers
        self._streams = streams
        drawn = np.empty(self.count, np.int64)
        for number, (attribute, rows, given) in enumerate(zip(attributes, source.mixes, source.given, strict=True)):
            keys = streams.keys(f"attribute {attribute.id}")
            draw_choices(drawn, self.everybody, numbers, self._by(given), thresholds_of(rows), *keys)
            self.values[number] = drawn

    def draw(self, pathway: Pathway, row: int, occasion: int, members: Members, out: Ticks) -> None:
        """Draw a slot of the pathway for these patients into its row of draws: ticks, or numbers of arms."""
        slot = pathway.slots[row]
        keys = self._streams.keys(slot.name, occasion)
        by = self._by(slot.attribute)
        if slot.durations:
            draw_durations(out, members, self._numbers, by, *laws_of(slot.durations), *keys)
        else:
            draw_choices(out, members, self._numbers, by, thresholds_of(slot.cumulative), *keys)

    def _by(self, attribute: int | None) -> NDArray[np.int8]:
        """Whose law holds for each patient."""
        return _ALL_ALIKE if attribute is None else self.values[attribute]


def occasions(pathway: Pathway) -> list[int]:
    """The round (from 0) that each row of draws is for: a slot within a loop has as many rows as rounds."""
    seen: Counter[str] = Counter()
    rounds = []
    for slot in pathway.slots:
        rounds.append(seen[slot.name])
        seen[slot.name] += 1
    return rounds
