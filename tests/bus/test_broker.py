"""The dispatcher's side: who gets in, what comes first, what happens when it is too much."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
import zmq

from bus import wire
from bus.broker import Broker
from bus.keys import Keys
from bus.messages import Ack, Busy, Clock, Heartbeat, Hello, Reply, Request
from tests.bus.conftest import Sockets, turn_for, until


@pytest.fixture
def broker(keys: Keys) -> Iterator[Broker]:
    broker = Broker(keys, max_requests=3)
    yield broker
    broker.close()


def connect(sockets: Sockets, keys: Keys, broker: Broker, name: str) -> zmq.Socket[bytes]:
    socket = sockets.open(zmq.DEALER, keys, name)
    socket.connect(broker.endpoints.router)
    return socket


def request(number: int) -> Request:
    return Request(id=f"r{number}", actor="anna", role="dispatcher", key="", body=wire.body({}))


def wait_for(broker: Broker, count: int) -> None:
    """Let `count` requests arrive without handing any out."""
    until(lambda: broker.waiting_requests >= count, lambda: broker.poll(10, limit=0))


def test_an_unknown_key_is_refused_and_counted(sockets: Sockets, keys: Keys, stranger: Keys, broker: Broker) -> None:
    """Somebody with a key of their own says hello: nothing is heard, and the failed handshake shows."""
    socket = connect(sockets, stranger, broker, "sim-robots")
    socket.send_multipart(wire.pack(Heartbeat(agent="sim-robots", session="s")))
    heard: list[object] = []
    until(lambda: broker.auth_failures > 0, lambda: heard.extend(broker.poll(10)))
    assert heard == []


def test_a_peer_without_curve_is_refused(sockets: Sockets, broker: Broker) -> None:
    """There is no plain listening, on loopback neither."""
    socket = sockets.open(zmq.DEALER)
    socket.connect(broker.endpoints.router)
    socket.send_multipart(wire.pack(Heartbeat(agent="x", session="s")))
    heard: list[object] = []
    until(lambda: broker.auth_failures > 0, lambda: heard.extend(broker.poll(10)))
    assert heard == []


def test_an_unknown_key_hears_no_updates(sockets: Sockets, stranger: Keys, broker: Broker) -> None:
    """The update stream is guarded as the requests are."""
    socket = sockets.open(zmq.SUB, stranger)
    socket.subscribe(b"")
    socket.connect(broker.endpoints.updates)
    until(lambda: broker.auth_failures > 0, lambda: broker.poll(10))
    turn_for(1.5, lambda: broker.poll(10))
    assert socket.poll(0) == 0


def test_requests_beyond_the_bound_are_answered_503_with_a_retry_time(
    sockets: Sockets, keys: Keys, broker: Broker
) -> None:
    """Three may wait; the fourth is told at once, the first three are kept."""
    client = connect(sockets, keys, broker, "api.1")
    for number in range(4):
        client.send_multipart(wire.pack(request(number)))
    until(lambda: client.poll(0), lambda: broker.poll(10, limit=0))
    reply = wire.unpack_outbound(client.recv_multipart())
    assert isinstance(reply, Reply)
    assert (reply.id, reply.status) == ("r3", 503)
    assert msgspec.msgpack.decode(reply.body, type=Busy).retry_s > 0
    waiting = [item.message for item in broker.poll(0)]
    assert [each.id for each in waiting if isinstance(each, Request)] == ["r0", "r1", "r2"]


def test_a_request_sent_again_while_it_waits_is_one_request(sockets: Sockets, keys: Keys, broker: Broker) -> None:
    """A client that resends during a long commit does not fill the queue with itself."""
    client = connect(sockets, keys, broker, "api.1")
    for number in (1, 1, 1, 2):
        client.send_multipart(wire.pack(request(number)))
    wait_for(broker, 2)
    assert broker.waiting_requests == 2


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([b"hello/1"], "frames"),
        ([b"hello/1", b"", b""], "frames"),
        ([b"hello/9", b"\x80"], "version"),
        ([b"hello/1", b"\xc1"], "body"),
        ([b"hello/1", b"\x81\xa4type\xa5hello"], "body"),
        ([b"clock/1", wire.pack(Clock(epoch=1, site_ms=0, factor=1, processed=0))[1]], "body"),
    ],
)
def test_what_is_no_message_is_counted_by_peer_and_reason(
    sockets: Sockets, keys: Keys, broker: Broker, frames: list[bytes], reason: str
) -> None:
    """Rubbish harms nobody: the next proper message is heard."""
    peer = connect(sockets, keys, broker, "odd")
    peer.send_multipart(frames)
    peer.send_multipart(wire.pack(Heartbeat(agent="odd", session="s")))
    heard: list[object] = []
    until(lambda: heard, lambda: heard.extend(broker.poll(10)))
    assert broker.malformed == {("odd", reason): 1}


def test_a_restarted_peer_takes_over_its_name(sockets: Sockets, keys: Keys, broker: Broker) -> None:
    """The old connection was never closed (kill -9); the new one is heard and answered all the same."""
    old = connect(sockets, keys, broker, "sim-robots")
    old.send_multipart(wire.pack(Heartbeat(agent="sim-robots", session="old")))
    heard: list[object] = []
    until(lambda: heard, lambda: heard.extend(broker.poll(10)))
    new = connect(sockets, keys, broker, "sim-robots")
    new.send_multipart(wire.pack(Heartbeat(agent="sim-robots", session="new")))
    until(lambda: len(heard) > 1, lambda: heard.extend(broker.poll(10)))
    assert broker.send("sim-robots", Clock(epoch=1, site_ms=0, factor=1, processed=0))
    until(lambda: new.poll(10))


def test_sending_to_a_stranger_is_told(broker: Broker) -> None:
    """Nobody of that name is connected: the sender knows, and keeps the command."""
    assert not broker.send("sim-lifts", Clock(epoch=1, site_ms=0, factor=1, processed=0))
    assert broker.unsent == {"absent": 1}


def test_keys_without_the_servers_secret_run_no_broker(stranger: Keys) -> None:
    """A gateway's machine cannot pose as the dispatcher."""
    with pytest.raises(ValueError, match="no server secret"):
        Broker(stranger)


def test_a_port_in_use_is_a_sentence(keys: Keys, broker: Broker) -> None:
    """It names the endpoint and says what to do."""
    with pytest.raises(OSError, match="stop what uses the port or choose another"):
        Broker(keys, broker.endpoints.router)


def test_hello_is_custody_and_keeps_its_place_before_reports(sockets: Sockets, keys: Keys, broker: Broker) -> None:
    """What a peer said in order is heard in order."""
    agent = connect(sockets, keys, broker, "sim-robots")
    agent.send_multipart(wire.pack(Hello(agent="sim-robots", session="s", protocol=1, carriers=())))
    for number in (1, 2, 3):
        agent.send_multipart(wire.pack(Ack(number=number, command=number, at_ms=0)))
    heard: list[object] = []
    until(lambda: len(heard) == 4, lambda: heard.extend(item.message for item in broker.poll(10)))
    assert isinstance(heard[0], Hello)
    assert [each.number for each in heard[1:] if isinstance(each, Ack)] == [1, 2, 3]
