"""Real sockets with real CURVE keys for the stories about the bus."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq

from bus.address import Address
from bus.agent import AgentLink
from bus.broker import Broker
from bus.connection import secure
from bus.inbox import Received
from bus.journal import LinkJournal, MemoryJournal
from bus.keys import Keys, ensure_keys
from bus.messages import CarrierReport, Clock, Command, CommandFate, Report

PATIENCE_S = 20.0


class Dispatcher:
    """A dispatcher of few words: answers hello with a clock, remembers reports as a database would."""

    def __init__(self, keys: Keys, processed: dict[str, int] | None = None, *, epoch: int = 1) -> None:
        self.broker = Broker(keys, epoch=epoch)
        self.processed = {} if processed is None else processed
        self.reports: list[Report] = []
        self.heard: list[Received] = []
        self.confirming = True

    def poll(self, timeout_ms: int = 10) -> list[Received]:
        """One turn of the loop."""
        received = self.broker.poll(timeout_ms)
        self.heard.extend(received)
        for item in received:
            message = item.message
            if isinstance(message, Report):
                processed = self.processed.get(item.peer, 0)
                if self.confirming and message.number > processed:
                    assert message.number == processed + 1, "a report overtook another"
                    self.processed[item.peer] = message.number
                    self.reports.append(message)
            elif type(message).__name__ == "Hello":
                self.clock(item.peer)
        return received

    def clock(self, peer: str, factor: float = 1.0) -> bool:
        """Tell an agent the time and what has been committed."""
        processed = self.processed.get(peer, 0)
        return self.broker.send(peer, Clock(epoch=self.broker.epoch, site_ms=0, factor=factor, processed=processed))


class Agent:
    """A link with its journal and everything that it was told."""

    def __init__(
        self,
        keys: Keys,
        address: Callable[[], Address | None],
        *,
        name: str = "sim-robots",
        journal: LinkJournal | None = None,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
        fates: tuple[CommandFate, ...] = (),
        max_unprocessed: int = 10_000,
    ) -> None:
        self.journal = journal or MemoryJournal()
        self.commands: list[Command] = []
        self.clocks: list[Clock] = []
        self.link = AgentLink(
            name,
            keys,
            address,
            self.journal,
            carriers=lambda: (CarrierReport(carrier="R01", node="bay:B-01"),),
            fates=lambda: fates,
            context=context,
            max_unprocessed=max_unprocessed,
        )

    def poll(self) -> None:
        """One turn of the loop."""
        for message in self.link.poll(5):
            if isinstance(message, Clock):
                self.clocks.append(message)
            else:
                self.commands.append(message)
        self.link.flush()


def until(condition: Callable[[], object], *turns: Callable[[], object]) -> None:
    """Turn the loops until the condition holds; give up when something is plainly wrong."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        for turn in turns:
            turn()


def turn_for(seconds: float, *turns: Callable[[], object]) -> None:
    """Turn the loops for a while, to see that nothing happens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for turn in turns:
            turn()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return ensure_keys(tmp_path_factory.mktemp("portor") / "keys")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Keys:
    """Somebody who knows the dispatcher's public key and has a key pair of their own that nobody admitted."""
    own = ensure_keys(tmp_path_factory.mktemp("stranger") / "keys")
    return Keys(server_public=keys.server_public, client_public=own.client_public, client_secret=own.client_secret)


class Sockets:
    """Raw sockets of a story, all closed at its end."""

    def __init__(self) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._opened: list[zmq.Socket[bytes]] = []

    def open(self, kind: int, keys: Keys | None = None, name: str = "") -> zmq.Socket[bytes]:
        """A socket with a name, CURVE when there are keys."""
        socket = self.context.socket(kind)
        if keys:
            secure(socket, keys)
        if name:
            socket.setsockopt(zmq.IDENTITY, name.encode())
        self._opened.append(socket)
        return socket

    def close(self) -> None:
        """Close all."""
        for socket in self._opened:
            socket.close(linger=0)
        self.context.destroy(linger=0)


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    sockets = Sockets()
    yield sockets
    sockets.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path
