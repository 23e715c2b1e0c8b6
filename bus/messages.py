"""The vocabulary of the bus: what agents and the dispatcher say to each other, and the envelope of requests.

Agents number their reports, the dispatcher numbers its commands, both from 1 per agent; the receiver keeps the last
number it has processed and ignores what is not newer. Instants are integer milliseconds UTC of site time.
"""

from __future__ import annotations

from typing import Literal

import msgspec

PROTOCOL = 1
TICK = "tick"
"""Topic of the dispatcher's heartbeat: carries the number of the last update and uses none itself."""


class Message(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """Anything that travels on the bus."""


# --- agent → dispatcher ------------------------------------------------------------------------------------------


class CarrierReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a carrier is and what is aboard, as the agent itself knows it."""

    carrier: str
    node: str
    x_m: float = 0.0
    y_m: float = 0.0
    floor: str = ""
    battery: float | None = None
    loads: tuple[str, ...] = ()


class CommandFate(msgspec.Struct, frozen=True):
    """What became of a command that the agent had accepted: `done` if it has ended and its report is to come."""

    number: int
    fate: Literal["done", "running", "unknown"]


class Hello(Message, frozen=True, tag="hello"):
    """First word of an agent after every start: who it speaks for, where they are, the fate of open commands.

    `last_command` is the last command number that it accepted, `last_report` the last report number it has used.
    """

    agent: str
    session: str
    protocol: int
    carriers: tuple[CarrierReport, ...]
    last_command: int = 0
    last_report: int = 0
    fates: tuple[CommandFate, ...] = ()


class Heartbeat(Message, frozen=True, tag="heartbeat"):
    """Still here. Wall time, every second."""

    agent: str
    session: str


class Ack(Message, frozen=True, tag="ack"):
    """The command was accepted and is on the agent's disk; for a porter: the person took the task."""

    number: int
    command: int
    at_ms: int


class Passed(Message, frozen=True, tag="passed"):
    """A move has reached the waypoint with this index, of which the dispatcher had asked to be told."""

    number: int
    command: int
    at_ms: int
    index: int
    node: str = ""


class Progress(Message, frozen=True, tag="progress"):
    """Where carriers are now: state only, never logged, the newest counts."""

    at_ms: int
    carriers: tuple[CarrierReport, ...]


NO_CAPSULE = "no_capsule"
"""The reason of a tube that was to send a capsule from a station where there is none."""


class Done(Message, frozen=True, tag="done"):
    """The command is finished. `evidence` says how it is known: sensor, scan or person."""

    number: int
    command: int
    at_ms: int
    node: str = ""
    evidence: Literal["sensor", "scan", "person"] = "sensor"


class Failed(Message, frozen=True, tag="failed"):
    """The command ended without its effect. `reason` is a code such as `not_ready`, `blocked`, `fault`, `refused`.

    A move that ended says which node it passed last, and by `beyond` that it stands on the way from there to the next.
    """

    number: int
    command: int
    at_ms: int
    reason: str
    node: str = ""
    beyond: bool = False


# --- dispatcher → agent ------------------------------------------------------------------------------------------


class Waypoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """A point of a drive. The speed holds on the way to it, `dwell_s` is spent at it (a door opening)."""

    node: str
    x_m: float
    y_m: float
    floor: str
    max_speed_m_s: float
    dwell_s: float = 0.0


class Command(Message, frozen=True):
    """An instruction to one carrier, lift or tube of the agent; `number` counts per agent, `epoch` fences."""

    number: int
    epoch: int
    carrier: str


class Move(Command, frozen=True, tag="move"):
    """Drive (or walk) along `nodes`; everything up to index `released_to` is base, the rest horizon.

    At the end of its base a move waits until there is more of it. `report_at` are the indices of the waypoints at
    whose reaching the agent says `Passed`.
    """

    nodes: tuple[Waypoint, ...]
    released_to: int
    leg: str = ""
    report_at: tuple[int, ...] = ()


class Release(Command, frozen=True, tag="release"):
    """The base of the open move with number `move` goes up to index `released_to` now, never back.

    `report_at` comes on top of what was asked for before. `onward`, unless it is None, takes the place of everything
    behind the present base; empty, the move ends where its base ends. As an order update with the same order in
    VDA 5050: the base stays, the horizon may change. Repeatable, and done at once.
    """

    move: int
    released_to: int
    report_at: tuple[int, ...] = ()
    onward: tuple[Waypoint, ...] | None = None


class Pick(Command, frozen=True, tag="pick"):
    """Take the load at the station where the carrier stands. Once-only. `person`: a patient, who may not be ready."""

    leg: str
    station: str
    duration_s: float
    person: bool = False


class Drop(Command, frozen=True, tag="drop"):
    """Hand the load over at the station where the carrier stands. Once-only."""

    leg: str
    station: str
    duration_s: float


class Charge(Command, frozen=True, tag="charge"):
    """Charge in the bay where the robot stands until the next command."""

    bay: str


class Lift(Command, frozen=True, tag="lift"):
    """`carrier` is a lift: `call` to a floor, `enter` = the rider is in, go to `floor`, `exit` = it is out."""

    act: Literal["call", "enter", "exit"]
    rider: str
    floor: str


class SendCapsule(Command, frozen=True, tag="send_capsule"):
    """To a tube system (`carrier`): send the capsule with `leg` from station to station. Once-only.

    `also` are legs that share the capsule; an empty one has no leg at all. `lines` and the transfer `units` between
    them say which way; without, the tube takes its shortest.
    """

    leg: str
    origin: str
    destination: str
    path_m: float
    transfers: int
    slow: bool = False
    also: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @property
    def legs(self) -> tuple[str, ...]:
        """All that is in the capsule."""
        return (self.leg, *self.also) if self.leg else ()


class Cancel(Command, frozen=True, tag="cancel"):
    """Stop the command with number `command` if it is not finished; a move ends at the next waypoint."""

    command: int


class Clock(Message, frozen=True, tag="clock"):
    """Site time now and how fast it runs; sent in answer to `hello`, every second and at every change.

    `processed` is the last report number of this agent that has been committed: the agent forgets what is not newer
    and sends again, in order, what is.
    """

    epoch: int
    site_ms: int
    factor: float
    processed: int


# --- api, worker ↔ dispatcher ------------------------------------------------------------------------------------


class Request(Message, frozen=True, tag="request"):
    """A question or an order with its idempotency key; `body` is the room's own message."""

    id: str
    actor: str
    role: str
    key: str
    body: msgspec.Raw


class Reply(Message, frozen=True, tag="reply"):
    """The answer, given after the commit. `status` follows HTTP; `body` is the result or the problem."""

    id: str
    status: int
    body: msgspec.Raw


class Update(Message, frozen=True, tag="update"):
    """A numbered change that subscribers apply to their snapshot; a gap in `seq` means: take a new snapshot."""

    epoch: int
    seq: int
    topic: str
    body: msgspec.Raw


class Busy(msgspec.Struct, frozen=True):
    """Body of a reply with status 503 that the broker gives itself: too many requests wait, ask again in `retry_s`."""

    retry_s: int


Report = Ack | Passed | Done | Failed
AgentMessage = Hello | Heartbeat | Ack | Passed | Progress | Done | Failed
DispatcherMessage = Move | Release | Pick | Drop | Charge | Lift | SendCapsule | Cancel | Clock
ONCE_ONLY = (Pick, Drop, SendCapsule)
