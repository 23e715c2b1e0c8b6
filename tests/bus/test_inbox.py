"""What waits at the dispatcher is bounded, and comes out in order of importance."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bus import wire
from bus.inbox import Inbox, Received
from bus.messages import Ack, CarrierReport, Done, Heartbeat, Progress, Request


def request(peer: str, number: int) -> Received:
    return Received(peer, Request(id=f"r{number}", actor="anna", role="dispatcher", key="", body=wire.body({})))


def done(peer: str, number: int) -> Received:
    return Received(peer, Done(number=number, command=number, at_ms=0))


def test_custody_comes_before_requests_before_telemetry() -> None:
    """Arrived as heartbeat, request, done; handed out as done, request, heartbeat."""
    inbox = Inbox()
    heartbeat = Received("a", Heartbeat(agent="a", session="s"))
    for received in (heartbeat, request("api", 1), done("a", 1)):
        assert inbox.put(received)
    assert inbox.take(64) == [done("a", 1), request("api", 1), heartbeat]
    assert not inbox


def test_a_turn_takes_no_more_than_its_limit_and_leaves_the_rest_in_order() -> None:
    """Three reports and two requests at four a turn: one request is left for the next."""
    inbox = Inbox()
    for received in (request("api", 1), request("api", 2), done("a", 1), done("a", 2), done("a", 3)):
        inbox.put(received)
    assert inbox.take(4) == [done("a", 1), done("a", 2), done("a", 3), request("api", 1)]
    assert inbox.take(4) == [request("api", 2)]


def test_progress_of_a_peer_is_merged_to_the_newest_of_each_carrier() -> None:
    """R01 moved twice and R02 once: one message, R01 where it is now, R02 not forgotten."""
    inbox = Inbox()
    first = (CarrierReport(carrier="R01", node="a"), CarrierReport(carrier="R02", node="x"))
    inbox.put(Received("sim", Progress(at_ms=1, carriers=first)))
    inbox.put(Received("sim", Progress(at_ms=2, carriers=(CarrierReport(carrier="R01", node="b"),))))
    merged = Progress(at_ms=2, carriers=(CarrierReport(carrier="R01", node="b"), first[1]))
    assert inbox.take(64) == [Received("sim", merged)]


def test_there_is_no_room_while_reports_pile_up() -> None:
    """Reports are never dropped: the broker stops reading and the wire holds their senders up."""
    inbox = Inbox(max_custody=2)
    inbox.put(done("a", 1))
    assert inbox.has_room
    inbox.put(done("a", 2))
    assert not inbox.has_room


def test_a_full_queue_of_requests_takes_no_more_but_keeps_what_it_has() -> None:
    """The bound is two: the third is refused, the second sent again is still the second."""
    inbox = Inbox(max_requests=2)
    assert [inbox.put(request("api", number)) for number in (1, 2, 3, 2)] == [True, True, False, True]
    assert inbox.take(64) == [request("api", 1), request("api", 2)]


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["ack", "request", "beat", "progress"]), st.integers(1, 9))
    ),
    st.integers(1, 5),
)
def test_reports_come_out_once_and_in_order_whatever_else_arrives(
    arrivals: list[tuple[str, str, int]], limit: int
) -> None:
    """Whatever the mix and the limit, each peer's reports come out as they went in, all else is bounded."""
    inbox = Inbox(max_requests=3)
    sent: list[Received] = []
    for number, (peer, kind, which) in enumerate(arrivals):
        if kind == "ack":
            sent.append(Received(peer, Ack(number=number, command=number, at_ms=0)))
            inbox.put(sent[-1])
        elif kind == "request":
            inbox.put(request(peer, which))
        elif kind == "beat":
            inbox.put(Received(peer, Heartbeat(agent=peer, session="s")))
        else:
            inbox.put(Received(peer, Progress(at_ms=number, carriers=())))
    taken: list[Received] = []
    while inbox:
        taken.extend(inbox.take(limit))
    assert [each for each in taken if isinstance(each.message, Ack)] == sent
    assert sum(isinstance(each.message, Request) for each in taken) <= 3
    assert sum(isinstance(each.message, Heartbeat | Progress) for each in taken) <= 4
