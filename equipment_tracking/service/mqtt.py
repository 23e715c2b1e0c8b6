"""Readings over MQTT: subscribes to what gateways publish, and hands every message to the locator."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from equipment_tracking.queries import Heard

log = logging.getLogger(__name__)

TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "espresense": ("espresense/devices/+/+",),
    "kontakt": ("kontakt/+/readings",),
    "minew": ("/gw/+/status",),
    "omlox": ("omlox/+/location",),
    "openmqttgateway": ("home/home_presence/+", "home/+/BTtoMQTT/+"),
    "ruuvi": ("ruuvi/+/+",),
}
"""Format → what its gateways publish on by default; Kontakt.io's and omlox's are this project's choice."""
PORT, TLS_PORT = 1883, 8883


class BadBroker(ValueError):
    """The address of an MQTT broker cannot be used; the sentence says why."""


class MqttReader:
    """Keeps a connection to a broker, by paho's own thread; `mqtt://` or `mqtts://` with user and password.

    Raises BadBroker for an address that is none, or a password that would travel in the clear to another machine.
    """

    def __init__(self, url: str, hear: Callable[[Heard], Any]) -> None:
        where = urlsplit(url)
        if where.scheme not in ("mqtt", "mqtts") or not where.hostname:
            raise BadBroker(
                f"{where.scheme}://{where.hostname} is no broker: write mqtt://host or mqtts://user:pw@host"
            )
        if where.scheme == "mqtt" and where.password and where.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise BadBroker(f"The password for {where.hostname} would travel in the clear: use mqtts://")
        self._hear = hear
        self._host = where.hostname
        self._port = where.port or (TLS_PORT if where.scheme == "mqtts" else PORT)
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="", clean_session=True)
        if where.username:
            self._client.username_pw_set(unquote(where.username), unquote(where.password or ""))
        if where.scheme == "mqtts":
            self._client.tls_set_context(ssl.create_default_context())
        self._client.on_connect = self._subscribe
        for name, topics in TOPICS.items():
            for topic in topics:
                self._client.message_callback_add(topic, self._reader(name))

    def start(self) -> None:
        """Connect, now or as soon as the broker is there, and again whenever it was away."""
        self._client.connect_async(self._host, self._port, keepalive=30)
        self._client.loop_start()

    def stop(self) -> None:
        """End the connection."""
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("the MQTT broker %s:%d refuses: %s", self._host, self._port, reason)
            return
        client.subscribe([(topic, 0) for topics in TOPICS.values() for topic in topics])
        log.info("listening at the MQTT broker %s:%d", self._host, self._port)

    def _reader(self, name: str) -> Callable[[Client, Any, MQTTMessage], None]:
        def read(_client: Client, _data: Any, message: MQTTMessage) -> None:
            try:
                self._hear(Heard(format=name, body=bytes(message.payload), topic=message.topic))
            except Exception:
                log.exception("a message on %s was not taken", message.topic)

        return read
