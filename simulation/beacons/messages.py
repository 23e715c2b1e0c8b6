"""What gateways send of a second: Minew messages, one a gateway, or many gateways' rows one after the other."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

import msgspec
import numpy as np

from simulation.beacons.addresses import gateway_address, tag_address
from simulation.beacons.generate import Second

MOST_ROWS = 512
"""A message is ended after the gateway with which it comes to so many rows: about 45 kB."""
QUIET_S = 10
"""A gateway that hears no tag says so every so many seconds."""


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of a Minew message: a gateway's own (`type` Gateway), or a reading of a tag."""

    timestamp: int
    type: str
    mac: str
    rssi: int | None = None
    battery: int | None = None


def messages(second: Second, gateways: int, began_ms: int) -> list[bytes]:
    """One message for each of so many gateways that heard something: its own row, then a row a reading.

    `began_ms` is time 0 of the scene by the gateways' clocks, milliseconds UTC.
    """
    return [msgspec.json.encode(rows) for rows in _by_gateway(second, gateways, began_ms, {}) if len(rows) > 1]


def bundles(
    second: Second, gateways: int, began_ms: int, batteries: Mapping[int, int], broken: Container[int] = ()
) -> list[bytes]:
    """The same second in few messages, with the rows of gateways that hear nothing every `QUIET_S` seconds.

    `batteries` are the per cents that tags tell in this second, by position in `Scene.tags`; gateways that are `broken`
    say nothing at all.
    """
    bodies: list[bytes] = []
    waiting: list[Row] = []
    for gateway, rows in enumerate(_by_gateway(second, gateways, began_ms, batteries)):
        if gateway not in broken and (len(rows) > 1 or (second.at_s + gateway) % QUIET_S == 0):
            waiting += rows
        if len(waiting) >= MOST_ROWS:
            bodies.append(msgspec.json.encode(waiting))
            waiting = []
    if waiting:
        bodies.append(msgspec.json.encode(waiting))
    return bodies


def _by_gateway(second: Second, gateways: int, began_ms: int, batteries: Mapping[int, int]) -> Iterator[Sequence[Row]]:
    """The rows of each gateway, its own first."""
    order = np.argsort(second.gateway, kind="stable")
    cuts = np.searchsorted(second.gateway[order], np.arange(gateways + 1)).tolist()
    at_ms = (began_ms + np.round(second.time_s[order] * 1000)).astype(np.int64).tolist()
    tags = second.tag[order].tolist()
    levels = second.rssi_dbm[order].round().astype(np.int64).tolist()
    for gateway in range(gateways):
        rows = [Row(began_ms + second.at_s * 1000, "Gateway", gateway_address(gateway))]
        rows += [
            Row(at_ms[row], "iBeacon", tag_address(tags[row]), levels[row], batteries.get(tags[row]))
            for row in range(cuts[gateway], cuts[gateway + 1])
        ]
        yield rows
