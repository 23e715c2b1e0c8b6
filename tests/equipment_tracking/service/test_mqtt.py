"""Readings over a real MQTT broker: gateways publish, the reader hands on, and finds again a broker that was away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import msgspec
import pytest
from amqtt.broker import Broker
from paho.mqtt.publish import multiple

from equipment_tracking.formats import FORMATS
from equipment_tracking.queries import Heard
from equipment_tracking.service.mqtt import TOPICS, MqttReader

HOST = "127.0.0.1"
WAIT_S = 30.0


class RunningBroker:
    """A broker on a port of this machine, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._run(self._start())

    def stop(self) -> None:
        """Go away."""
        self._run(self._broker.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        self._broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{self._port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await self._broker.start()

    def _run(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)  # type: ignore[arg-type]  # a coroutine


@pytest.fixture
def port() -> int:
    """A free port."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
def heard(port: int) -> Iterator[list[Heard]]:
    """What a reader at that port has handed on."""
    logging.getLogger("transitions").setLevel(logging.WARNING)
    taken: list[Heard] = []
    reader = MqttReader(f"mqtt://{HOST}:{port}", taken.append)
    reader.start()
    yield taken
    reader.stop()


def until(true: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    deadline_s = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def publish_until(taken: list[Heard], port: int, messages: list[tuple[str, bytes]], count: int) -> None:
    """Publish again and again until the reader, which may just be connecting, has heard so many."""

    def arrived() -> bool:
        with contextlib.suppress(OSError):
            multiple([(topic, body, 0, False) for topic, body in messages], hostname=HOST, port=port)
        time.sleep(0.3)
        return len(taken) >= count

    until(arrived)


def test_every_format_that_speaks_mqtt_is_heard_on_its_topics(port: int, heard: list[Heard]) -> None:
    """One message for each topic: each arrives under the name of its format, with its topic."""
    broker = RunningBroker(port)
    try:
        messages = [(topic.replace("+", "ac233fc00001"), b"{}") for topics in TOPICS.values() for topic in topics]
        publish_until(heard, port, messages, len(messages))
        assert {(said.format, said.topic) for said in heard} == {
            (name, topic.replace("+", "ac233fc00001")) for name, topics in TOPICS.items() for topic in topics
        }
        assert set(TOPICS) == set(FORMATS)
    finally:
        broker.stop()


def test_a_broker_that_was_away_is_found_again(port: int, heard: list[Heard]) -> None:
    """The reader waits for a broker that is not there yet, and comes back to one that was restarted."""
    body = msgspec.json.encode({"id": "c3", "rssi": -70})
    said = [("home/home_presence/ac01", body)]
    for _ in range(2):
        broker = RunningBroker(port)
        try:
            publish_until(heard, port, said, len(heard) + 1)
        finally:
            broker.stop()
