"""Judges a model by labels that it has not learned from: their tags are located as they went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from equipment_tracking.calibration.labels import Labels, moments
from equipment_tracking.calibration.learning import Progress
from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.estimate import Estimate, Summary
from equipment_tracking.held_out import WARM_UP_S, Judged, judged
from equipment_tracking.model import Model
from equipment_tracking.places import Places

GAP_S = 15.0
"""After a longer silence a tag is looked for anew."""
PIECE_S = 60.0
"""A way is judged in pieces of this length, each begun anew."""
FASTEST_M_S, JUMP_M = 3.0, 2.0
"""Where nobody noted the tag, a label within so much speed and scatter of another belongs to the same one."""
MOST_S = 3000.0
"""So many seconds of ways are judged at most, pieces spread evenly over all of them."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Errors in metres and shares of right rooms (None where there are none) and floors, of `n` answers."""

    median_m: float
    p95_m: float
    mean_m: float
    room_accuracy: float | None
    floor_accuracy: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer beside the label: what confidence is made of, whether there is a room and the floor is right."""

    judged: Judged
    has_room: bool
    right_floor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Readings of one tag by time, and the moments at which it is known where it was: at `asked_s` at `x_m`, `y_m`."""

    time_s: Floats
    gateway: Indexes
    rssi_dbm: Floats
    asked_s: Floats
    x_m: Floats
    y_m: Floats
    floor: tuple[str, ...]
    room: tuple[str | None, ...]

    def is_warm(self) -> np.ndarray:
        """The moments that are judged: after the first seconds, which know nothing; of a short piece the last."""
        warm: np.ndarray = self.asked_s - self.asked_s[0] >= WARM_UP_S
        warm[-1] = True
        return warm


def pieces(labels: Labels, model: Model) -> list[Piece]:
    """The ways of the labels' tags in pieces, as the gateways that the model knows heard them; at most `MOST_S`.

    The pieces and moments depend on the labels and places alone, so that models can be compared.
    """
    count, moment = moments(labels)
    first = _first_rows(labels, count, moment)
    ways = ways_of(labels, first)
    length_s = np.array([labels.rows.time_s[first[way[-1]]] - labels.rows.time_s[first[way[0]]] + 1.0 for way in ways])
    if length_s.sum() > MOST_S:
        wanted = max(1, int(len(ways) * MOST_S / length_s.sum()))
        ways = [ways[place] for place in np.unique(np.linspace(0, len(ways) - 1, wanted).astype(int)).tolist()]
    rooms = _Rooms(model.places)
    number = {name: place for place, name in enumerate(model.emission.radio.gateways)}
    known = np.array([number.get(name, -1) for name in labels.rows.gateways], dtype=np.int32)
    heard = np.flatnonzero(known[labels.rows.gateway] >= 0)
    heard = heard[np.argsort(labels.rows.time_s[heard], kind="stable")]
    way_of = np.full(count, -1)
    for place, way in enumerate(ways):
        way_of[way] = place
    return [
        _piece(labels, heard[way_of[moment[heard]] == place], first[way], known, rooms)
        for place, way in enumerate(ways)
    ]


def ways_of(labels: Labels, first: Indexes) -> list[list[int]]:
    """The moments of each way; `first` is a row of each moment.

    A label goes on the nearest way of its source and tag whose last label it can have come from; so robots that share
    a name, or have none, are told apart.
    """
    rows = labels.rows
    x_m, y_m, time_s = rows.x_m[first], rows.y_m[first], rows.time_s[first]
    whose = list(
        zip(labels.source[first].tolist(), labels.tag[first].tolist(), rows.floor[first].tolist(), strict=True)
    )
    ways: list[list[int]] = []
    open_ways: dict[tuple[int, int, int], list[list[int]]] = {}
    for now in np.argsort(time_s, kind="stable").tolist():
        near: list[tuple[float, int]] = []
        going = []
        for way in open_ways.get(whose[now], []):
            since_s = time_s[now] - time_s[way[-1]]
            if since_s > GAP_S or time_s[now] - time_s[way[0]] >= PIECE_S:
                continue
            going.append(way)
            apart_m = float(np.hypot(x_m[now] - x_m[way[-1]], y_m[now] - y_m[way[-1]]))
            if apart_m <= JUMP_M + FASTEST_M_S * since_s:
                near.append((apart_m, len(going) - 1))
        if near:
            going[min(near)[1]].append(now)
        else:
            going.append([now])
            ways.append(going[-1])
        open_ways[whose[now]] = going
    return ways


def answers(model: Model, asked: Sequence[Piece], progress: Progress = lambda _done, _all: None) -> list[Answer]:
    """What the model says at the moments of the pieces that are judged, in an order of their own.

    A model without fingerprints is asked through the twin, which is quick also in a hospital.
    """
    if not asked:
        return []
    follow = _by_twin if model.emission.settings.map_share >= 1.0 else _by_reference
    summary = Summary(model.places, model.settings.near_m)
    return list(follow(model, asked, summary, progress))


def figures(given: Sequence[Answer]) -> Figures:
    """Answers as figures; there must be some."""
    error_m = np.array([answer.judged.error_m for answer in given])
    in_room = [answer.judged.right for answer in given if answer.has_room]
    median_m, p95_m = np.percentile(error_m, [50, 95])
    return Figures(
        median_m=round(float(median_m), 3),
        p95_m=round(float(p95_m), 3),
        mean_m=round(float(error_m.mean()), 3),
        room_accuracy=round(float(np.mean(in_room)), 4) if in_room else None,
        floor_accuracy=round(float(np.mean([answer.right_floor for answer in given])), 4),
        n=len(given),
    )


def _by_reference(model: Model, asked: Sequence[Piece], summary: Summary, progress: Progress) -> Iterator[Answer]:
    """Piece by piece."""
    for done, piece in enumerate(asked):
        found = [
            (instant, summary.of(posterior), novelty)
            for instant, posterior, novelty in model.follow(piece.time_s, piece.gateway, piece.rssi_dbm, piece.asked_s)
        ]
        newest = np.searchsorted(np.array([instant for instant, _, _ in found]), piece.asked_s, side="right") - 1
        for moment in np.flatnonzero(piece.is_warm()).tolist():
            _, estimate, novelty = found[newest[moment]]
            yield _beside(piece, done, moment, estimate, novelty, model.settings.near_m)
        progress(done + 1, len(asked))


def _by_twin(model: Model, asked: Sequence[Piece], summary: Summary, progress: Progress) -> Iterator[Answer]:
    """All pieces side by side, a second at a time from the first moment of each; of a second its last is judged."""
    from equipment_tracking.twin import Twin  # noqa: PLC0415  # small sites do not wait for its kernels to load

    twin = Twin(model.places, model.emission, model.settings.motion, tags=len(asked))
    longest = 1 + max(int(piece.asked_s[-1] - piece.asked_s[0]) for piece in asked)
    tag = np.repeat(np.arange(len(asked)), [len(piece.time_s) for piece in asked])
    gateway = np.concatenate([piece.gateway for piece in asked])
    rssi_dbm = np.concatenate([piece.rssi_dbm for piece in asked])
    second = np.concatenate([np.floor(piece.time_s - piece.asked_s[0]) for piece in asked])
    for now in range(longest):
        heard = second == now
        twin.step(gateway[heard], tag[heard], rssi_dbm[heard], 1.0)
        for number, piece in enumerate(asked):
            moment = int(np.searchsorted(piece.asked_s - piece.asked_s[0], now + 1.0, side="left")) - 1
            if moment >= 0 and piece.asked_s[moment] - piece.asked_s[0] >= now and piece.is_warm()[moment]:
                found = summary.of(twin.posterior(number))
                yield _beside(piece, number, moment, found, 0.0, model.settings.near_m)
        progress(now + 1, longest)


def _beside(piece: Piece, number: int, moment: int, estimate: Estimate, novelty: float, near_m: float) -> Answer:
    """The answer beside the truth; the piece's number says what was left out together."""
    where = float(piece.x_m[moment]), float(piece.y_m[moment])
    return Answer(
        judged=judged(estimate, novelty, where, piece.room[moment], near_m, number),
        has_room=piece.room[moment] is not None,
        right_floor=estimate.floor == piece.floor[moment],
    )


class _Rooms:
    """Rooms of points: those of the nearest place on their floor."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.of_floor = {name: np.flatnonzero(places.floor == number) for number, name in enumerate(places.floors)}

    def at(self, x_m: float, y_m: float, floor: str) -> str | None:
        here = self.of_floor[floor]
        nearest = np.argmin(np.hypot(self.places.x_m[here] - x_m, self.places.y_m[here] - y_m))
        return self.places.room[int(here[nearest])]


def _piece(labels: Labels, heard: Indexes, known_at: Indexes, known: Indexes, rooms: _Rooms) -> Piece:
    """A piece of the rows `heard`, asked at the rows `known_at`; `known` numbers the gateways as the model does."""
    rows = labels.rows
    floor = tuple(rows.floors[number] for number in rows.floor[known_at].tolist())
    where = list(zip(rows.x_m[known_at].tolist(), rows.y_m[known_at].tolist(), floor, strict=True))
    room_at = {at: rooms.at(*at) for at in dict.fromkeys(where)}
    return Piece(
        time_s=rows.time_s[heard],
        gateway=known[rows.gateway[heard]],
        rssi_dbm=rows.rssi_dbm[heard],
        asked_s=rows.time_s[known_at],
        x_m=rows.x_m[known_at],
        y_m=rows.y_m[known_at],
        floor=floor,
        room=tuple(room_at[at] for at in where),
    )


def _first_rows(labels: Labels, count: int, moment: Indexes) -> Indexes:
    """The earliest row of each moment."""
    order = np.argsort(labels.rows.time_s, kind="stable")[::-1]
    first = np.zeros(count, dtype=np.int32)
    first[moment[order]] = order
    return first
