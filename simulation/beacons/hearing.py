"""What gateways hear when tags send: levels scattered by fading, bodies and the tags themselves, and lost packets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.columns import Floats, Indexes
from routing.compiled import kernel
from simulation.beacons.radio import Links
from simulation.chance import Keys, mixed, uniform


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingSettings:
    """How single readings scatter, in dB and shares.

    Fading is Rician: the direct wave carries `k_clear_db` more than the scattered ones where nothing is between, and
    `k_hidden_db` behind walls (indoors at 2.4 GHz 3 to 8 dB and about 0 dB are usual). Of packets far above the
    sensitivity `most_heard` arrive, as adverts collide and receivers change channels (assumed); around it the share
    falls off with `edge_db`. A tag is fixed to one side of its thing, which shades the other by up to
    `parked_shade_db`, and by up to `moving_shade_db` with the one who pushes it (bodies cost 3 to 10 dB at 2.4 GHz).
    Tags differ by `tag_db`, one standard deviation.
    """

    sensitivity_dbm: float = -90.0
    k_clear_db: float = 6.0
    k_hidden_db: float = 0.0
    most_heard: float = 0.9
    edge_db: float = 1.5
    parked_shade_db: float = 4.0
    moving_shade_db: float = 8.0
    tag_db: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Readings as columns: `sent` is the position of the packet among those sent. Levels are whole dBm."""

    sent: Indexes
    gateway: Indexes
    rssi_dbm: Floats


def hear(
    links: Links,
    spot: Indexes,
    heading_rad: Floats,
    shade_db: Floats,
    offset_db: Floats,
    key: Keys,
    settings: HearingSettings,
) -> Heard:
    """The readings of packets sent at these spots, in the order of packets and gateways.

    `heading_rad` is where each tag points, `shade_db` what is lost behind it, `offset_db` how much louder it is than
    others; draws are keyed by `key` and gateway.
    """
    room = int((links.first[spot + 1] - links.first[spot]).sum())
    k_clear, k_hidden = (10.0 ** (k_db / 10.0) for k_db in (settings.k_clear_db, settings.k_hidden_db))
    figures = np.array([k_clear, k_hidden, settings.most_heard, settings.sensitivity_dbm, settings.edge_db])
    sent, gateway, rssi_dbm = _hear(
        (links.first, links.gateway, links.mean_dbm, links.bearing_rad, links.is_clear),
        (spot, heading_rad, shade_db, offset_db, key),
        figures,
        room,
    )
    return Heard(sent=sent, gateway=gateway, rssi_dbm=rssi_dbm)


_I1 = "Array(int32, 1, 'C', True)"
_F1 = "Array(float64, 1, 'C', True)"
_S1 = "Array(float32, 1, 'C', True)"


@kernel(
    "Tuple((int32[::1], int32[::1], float64[::1]))"
    f"(Tuple((Array(int64, 1, 'C', True), {_I1}, {_S1}, {_S1}, Array(boolean, 1, 'C', True))), "
    f"Tuple(({_I1}, {_F1}, {_F1}, {_F1}, Array(uint64, 1, 'C', True))), {_F1}, int64)"
)
def _hear(
    links: tuple[NDArray[np.int64], Indexes, NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]],
    packets: tuple[Indexes, Floats, Floats, Floats, Keys],
    figures: Floats,
    room: int,
) -> tuple[Indexes, Indexes, Floats]:
    first, gateways, mean_dbm, bearing_rad, is_clear = links
    spot, heading_rad, shade_db, offset_db, key = packets
    k_clear, k_hidden, most_heard, sensitivity_dbm, edge_db = figures[0], figures[1], figures[2], figures[3], figures[4]
    sent, gateway, rssi_dbm = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.float64)
    size = 0
    for packet in range(spot.size):
        for link in range(first[spot[packet]], first[spot[packet] + 1]):
            draw = mixed(key[packet], np.uint64(gateways[link]))
            lucky = uniform(draw)
            if lucky >= most_heard:
                continue
            k = k_clear if is_clear[link] else k_hidden
            draw = mixed(draw, np.uint64(1))
            length = math.sqrt(-math.log(1.0 - uniform(draw)) / (k + 1.0))
            turn = 2.0 * math.pi * uniform(mixed(draw, np.uint64(2)))
            real = math.sqrt(k / (k + 1.0)) + length * math.cos(turn)
            imaginary = length * math.sin(turn)
            power = max(real * real + imaginary * imaginary, 1e-6)
            behind = 0.5 - 0.5 * math.cos(bearing_rad[link] - heading_rad[packet])
            level = mean_dbm[link] + offset_db[packet] - shade_db[packet] * behind + 10.0 * math.log10(power)
            if lucky * (1.0 + math.exp((sensitivity_dbm - level) / edge_db)) < most_heard:
                sent[size] = packet
                gateway[size] = gateways[link]
                rssi_dbm[size] = math.floor(level + 0.5)
                size += 1
    return sent[:size].copy(), gateway[:size].copy(), rssi_dbm[:size].copy()
