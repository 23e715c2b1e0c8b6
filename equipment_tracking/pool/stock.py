"""The whole pool as columns, one row an asset: what search and par levels ask of everything at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.pool.model import Item
from equipment_tracking.pool.words import STATES
from equipment_tracking.register.assets import PUMP_KINDS, Asset
from ledger.draft import Table

Mask = NDArray[np.bool_]

STATE: Final[dict[str, int]] = {state: number for number, state in enumerate(STATES)}
PUMP: Final[dict[str, int]] = {kind: number for number, kind in enumerate(PUMP_KINDS)}
GONE: Final = -1
"""The state of a row whose asset was retired."""
NEVER_MS: Final = np.iinfo(np.int64).max
ROW: Final = np.dtype(
    [
        ("state", np.int8),
        ("reserved", np.bool_),
        ("carried", np.bool_),
        ("service_due_ms", np.int64),
        ("since_ms", np.int64),
        ("ward_since_ms", np.int64),
        ("type", np.int32),
        ("owner", np.int32),
        ("place", np.int32),
        ("ward", np.int32),
        ("safe_load_kg", np.float64),
        ("paediatric", np.bool_),
        ("pump", np.int8),
        ("mr_conditional", np.bool_),
    ]
)
"""`type`, `owner` (ward), `place` and `ward` (where it is) are codes of names; `carried`: its transport is ordered."""


class Stock:
    """Rows in no order that means anything; an asset keeps its row for good.

    `ids[row]` is the asset. Whoever keeps it renews the rows of what has changed.
    """

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._rows: NDArray[Any] = np.zeros(0, ROW)
        self._number: dict[str, int] = {}
        self._names: list[str] = []
        self._codes: dict[str, int] = {}

    @property
    def rows(self) -> NDArray[Any]:
        """The table: a structured array of `ROW`."""
        return self._rows[: len(self.ids)]

    def numbers(self, ids: Iterable[str]) -> NDArray[np.intp]:
        """The row of each id; -1 for what nobody has registered."""
        known = self._number
        return np.array([known.get(id, -1) for id in ids], dtype=np.intp)

    def code(self, name: str) -> int:
        """The code of a type, ward or place; -1 when no row has ever had it."""
        return self._codes.get(name, -1)

    def name(self, code: int) -> str:
        """The type, ward or place with this code."""
        return self._names[code]

    def at(self, places: Iterable[str]) -> list[str]:
        """The assets at these places, sorted."""
        codes = sorted(self.code(place) for place in places)
        return sorted(self.ids[row] for row in np.flatnonzero(np.isin(self.rows["place"], codes)).tolist())

    def count(self, which: Mask) -> Counter[tuple[str, str]]:
        """How many of these rows there are by (ward where they are, type)."""
        rows = self.rows[which]
        pairs, counts = np.unique(np.stack([rows["ward"], rows["type"]]), axis=1, return_counts=True)
        wards, types = pairs.tolist()
        found = zip(wards, types, counts.tolist(), strict=True)
        return Counter({(self._names[ward], self._names[type]): count for ward, type, count in found})

    def renew(self, ids: Iterable[str], items: Table[Item], assets: Table[Asset]) -> None:
        """Write the rows of these assets as they are now, in order of their ids."""
        for id in sorted(ids):
            item, asset = items.get(id), assets.get(id)
            row = self._number.get(id)
            if item is None or asset is None:
                if row is not None:
                    self._rows[row] = _EMPTY
                continue
            if row is None:
                row = self._add(id)
            self._rows[row] = (
                STATE[item.state],
                bool(item.reservation),
                bool(item.transport),
                NEVER_MS if asset.service_due_ms is None else asset.service_due_ms,
                item.since_ms,
                item.ward_since_ms,
                self._coded(asset.type),
                self._coded(asset.ward),
                self._coded(item.place),
                self._coded(item.ward),
                asset.safe_load_kg or 0.0,
                asset.paediatric,
                PUMP[asset.pump],
                asset.mr_conditional,
            )

    def _add(self, id: str) -> int:
        row = self._number[id] = len(self.ids)
        self.ids.append(id)
        if row == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros(max(64, row), ROW)])
        return row

    def _coded(self, name: str) -> int:
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self._names)
            self._names.append(name)
        return code


_EMPTY: Final = (GONE, False, False, 0, 0, 0, -1, -1, -1, -1, 0.0, False, 0, False)
