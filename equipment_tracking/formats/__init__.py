"""The formats that gateways speak, by the name under which a site's gateways declare theirs."""

from __future__ import annotations

from typing import Protocol

from equipment_tracking.formats import espresense, kontakt, minew, omlox, openmqttgateway, ruuvi
from equipment_tracking.readings import Batch

__all__ = ["FORMATS", "Parse"]


class Parse(Protocol):
    """Reads one message. Never raises: what cannot be read is among the rejects of the batch."""

    def __call__(self, body: bytes, arrived_ms: int, topic: str = "") -> Batch:
        """Read `body`, which arrived at `arrived_ms` (milliseconds UTC), over MQTT with its `topic`."""


FORMATS: dict[str, Parse] = {
    "espresense": espresense.parse,
    "kontakt": kontakt.parse,
    "minew": minew.parse,
    "omlox": omlox.parse,
    "openmqttgateway": openmqttgateway.parse,
    "ruuvi": ruuvi.parse,
}
