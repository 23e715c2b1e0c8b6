"""An agent's link to the dispatcher: the same behaviour for simulated carriers and for every gateway to real ones."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Sequence

import msgspec
import zmq

from bus import wire
from bus.address import Address
from bus.commands import CommandOrder
from bus.connection import Connection
from bus.journal import LinkJournal
from bus.keys import Keys
from bus.messages import (
    PROTOCOL,
    CarrierReport,
    Clock,
    Command,
    CommandFate,
    Done,
    Failed,
    Heartbeat,
    Hello,
    Message,
    Progress,
    Reply,
    Report,
)

log = logging.getLogger(__name__)

HEARTBEAT_S = 1.0
SILENCE_S = 4.0
_GREET_S = 1.0
_RESEND_S = 1.0
_RETRY_S = 0.25
_LONGEST_RETRY_S = 1.0
_MAX_IN_A_POLL = 1000


class AgentLink:
    """Says hello, accepts each command once and in order, keeps each report until the dispatcher has committed it.

    Every connection is a new socket that begins with `Hello`; nothing else but heartbeats is sent until the
    dispatcher's `Clock` has answered, and then the unconfirmed reports go first, in order. So no report can overtake
    a lost one. Reports and accepted commands leave or count only after `flush`, which commits the journal before it
    sends. Synchronous, not thread-safe: one loop owns it.

    Parameters
    ----------
    name
        Name of the agent, its identity on the bus.
    address
        Where the dispatcher is now (reads `bus.json`); asked again whenever contact is lost.
    carriers, fates
        Asked for each hello: where everything is, and what became of accepted commands without an end.
    max_unprocessed
        Beyond this many unconfirmed reports no further command is accepted (the dispatcher sends it again).
    """

    def __init__(
        self,
        name: str,
        keys: Keys,
        address: Callable[[], Address | None],
        journal: LinkJournal,
        *,
        carriers: Callable[[], tuple[CarrierReport, ...]],
        fates: Callable[[], tuple[CommandFate, ...]] = tuple,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        max_unprocessed: int = 10_000,
    ) -> None:
        self.name = name
        self.session = secrets.token_hex(8)
        self._keys = keys
        self._address = address
        self._journal = journal
        self._carriers = carriers
        self._fates = fates
        self._context = context or zmq.Context.instance()
        self._monotonic = monotonic
        self._max_unprocessed = max_unprocessed
        state = journal.load()
        self.epoch = state.epoch
        self.last_report = state.last_report
        self._order = CommandOrder(state.last_command)
        self._unprocessed: dict[int, Report] = {report.number: report for report in state.unprocessed}
        self._unsent: list[Report] = []
        self._numbers = (self.epoch, state.last_command, self.last_report)
        self._connection: Connection | None = None
        self._linked = False
        self._retry_at_s = monotonic()
        self._retry_s = _RETRY_S
        self._heard_s = self._greeted_s = self._beat_s = self._sent_s = float("-inf")

    @property
    def linked(self) -> bool:
        """True while the dispatcher has answered the hello of this connection and is heard."""
        return self._linked

    @property
    def last_command(self) -> int:
        """Number of the last command accepted."""
        return self._order.last

    @property
    def unprocessed(self) -> tuple[Report, ...]:
        """Reports that the dispatcher has not confirmed, oldest first."""
        return tuple(self._unprocessed.values())

    @property
    def sockets(self) -> tuple[zmq.Socket[bytes], ...]:
        """What to wait on between two polls; changes with every connection. See `wait`."""
        return self._connection.sockets if self._connection else ()

    def poll(self, timeout_ms: int = 0) -> list[Command | Clock]:
        """New commands, each once and in order, and clocks; waits up to `timeout_ms` when there are none."""
        if timeout_ms > 0:
            wait([self], timeout_ms)
        self._keep_connected()
        heard: list[Command | Clock] = []
        for message in self._received():
            if isinstance(message, Clock):
                if self._hear_clock(message):
                    heard.append(message)
            elif isinstance(message, Command):
                self._hear_command(message)
        now_s = self._monotonic()
        if self._linked:
            unheard = self._order.gap_since_s is not None or self._order.skipped
            if unheard and now_s - self._greeted_s >= _GREET_S:
                self._greet(now_s)
            # Last: these commands are not yet worked into the caller's state, so nothing may be committed after them.
            heard.extend(self._order.ready(now_s))
            self._beat(now_s)
        return heard

    def report(self, report: Report) -> Report:
        """Number a report and keep it; it leaves with the next `flush`."""
        self.last_report += 1
        numbered = msgspec.structs.replace(report, number=self.last_report)
        self._unprocessed[numbered.number] = numbered
        self._unsent.append(numbered)
        self._journal.add_report(numbered)
        return numbered

    def progress(self, at_ms: int, carriers: tuple[CarrierReport, ...]) -> None:
        """Tell where carriers are now; lost when there is no contact, the next one counts."""
        if self._linked and self._connection:
            self._connection.send(Progress(at_ms=at_ms, carriers=carriers))

    def flush(self) -> None:
        """Commit the journal, then send the reports made since the last flush."""
        numbers = (self.epoch, self._order.last, self.last_report)
        if numbers != self._numbers:
            self._journal.save_numbers(*numbers)
            self._numbers = numbers
        self._journal.commit()
        if self._linked:
            self._send_reports(self._unsent)
        self._unsent.clear()

    def close(self) -> None:
        """Commit and let the connection go."""
        self.flush()
        self._disconnect(0.0)

    # --- connection ----------------------------------------------------------------------------------------------

    def _keep_connected(self) -> None:
        now_s = self._monotonic()
        if self._connection is None:
            if now_s < self._retry_at_s:
                return
            self._retry_at_s = now_s + _RETRY_S
            address = self._address()
            if address is None:
                return
            self._connection = Connection(self._context, self._keys, self.name, address)
            self._heard_s = now_s
        for event in self._connection.events():
            if event == "connected":
                self._greet(now_s)
            else:
                self._retry_s = min(2 * self._retry_s, _LONGEST_RETRY_S)
                self._disconnect(now_s + self._retry_s)
                return
        if now_s - self._heard_s > SILENCE_S:
            log.info("%s: the dispatcher is silent, connecting again", self.name)
            self._disconnect(now_s)
        elif not self._linked and self._connection.established and now_s - self._greeted_s >= _GREET_S:
            self._greet(now_s)

    def _disconnect(self, retry_at_s: float) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None
        self._linked = False
        self._retry_at_s = retry_at_s
        self._order.forget_held()

    def _greet(self, now_s: float) -> None:
        if self._connection is None:
            return
        self.flush()
        self._greeted_s = now_s
        self._order.skipped = False
        hello = Hello(
            agent=self.name,
            session=self.session,
            protocol=PROTOCOL,
            carriers=self._carriers(),
            last_command=self._order.last,
            last_report=self.last_report,
            fates=self._all_fates(),
        )
        self._connection.send(hello)

    def _all_fates(self) -> tuple[CommandFate, ...]:
        """What is not among them, up to the last number accepted, never came, or its end is confirmed."""
        done = {report.command for report in self._unprocessed.values() if isinstance(report, Done | Failed)}
        fates = {fate.number: fate for fate in self._fates()}
        fates.update((number, CommandFate(number=number, fate="done")) for number in done)
        return tuple(fates[number] for number in sorted(fates))

    def _received(self) -> list[Message]:
        messages: list[Message] = []
        if self._connection is None:
            return messages
        while len(messages) < _MAX_IN_A_POLL and (frames := self._connection.receive()) is not None:
            try:
                message = wire.unpack_outbound(frames)
            except wire.Malformed as problem:
                log.warning("%s: a message of the dispatcher cannot be read: %s", self.name, problem.reason)
                continue
            if not isinstance(message, Reply):
                messages.append(message)
        return messages

    # --- what the dispatcher says --------------------------------------------------------------------------------

    def _hear_clock(self, clock: Clock) -> bool:
        if clock.epoch < self.epoch:
            log.warning(
                "%s: a dispatcher of epoch %d is refused, %d is known: an old one still runs, or its database was"
                " replaced (then delete this agent's journal too)",
                self.name,
                clock.epoch,
                self.epoch,
            )
            return False
        now_s = self._monotonic()
        self._heard_s = now_s
        new_epoch = clock.epoch > self.epoch
        self.epoch = clock.epoch
        if clock.processed <= self.last_report:
            self._forget(clock.processed)
        # Else our journal was lost and the dispatcher has not yet read so in our hello: its number is of another life.
        if not self._linked:
            self._linked = True
            self._retry_s = _RETRY_S
            self._resend(now_s)
        elif new_epoch:
            self._greet(now_s)
            self._resend(now_s)
        elif self._unprocessed and now_s - self._sent_s >= _RESEND_S:
            # Perhaps the dispatcher took us for lost: hello comes first here too.
            self._greet(now_s)
            self._resend(now_s)
        return True

    def _hear_command(self, command: Command) -> None:
        if command.epoch < self.epoch:
            log.warning("%s: command %d of epoch %d refused", self.name, command.number, command.epoch)
        elif command.number <= self._order.last:
            self._answer_again(command.number)
        elif len(self._unprocessed) >= self._max_unprocessed:
            log.warning(
                "%s: command %d not accepted, %d reports wait", self.name, command.number, len(self._unprocessed)
            )
        else:
            self.epoch = command.epoch
            self._order.hold(command, self._monotonic())

    def _answer_again(self, number: int) -> None:
        """A command that was accepted before: what was said about it is said again, under the same number."""
        said = [report for report in self._unprocessed.values() if report.command == number]
        if said and self._linked:
            self._resend(self._monotonic())

    def _forget(self, processed: int) -> None:
        confirmed = [number for number in self._unprocessed if number <= processed]
        if confirmed:
            for number in confirmed:
                del self._unprocessed[number]
            self._journal.forget_reports(processed)

    def _resend(self, now_s: float) -> None:
        self._sent_s = now_s
        self._unsent.clear()
        self.flush()
        self._send_reports(self.unprocessed)

    def _send_reports(self, reports: Sequence[Report]) -> None:
        for report in reports:
            if self._connection is None:
                return
            if not self._connection.send(report):
                # Never skip one: what follows would overtake it. A new connection sends all again.
                self._disconnect(self._monotonic() + _RETRY_S)
                return
            self._sent_s = self._monotonic()

    def _beat(self, now_s: float) -> None:
        if self._connection and now_s - self._beat_s >= HEARTBEAT_S:
            self._beat_s = now_s
            self._connection.send(Heartbeat(agent=self.name, session=self.session))


def wait(links: Sequence[AgentLink], timeout_ms: int, files: Sequence[int] = ()) -> tuple[int, ...]:
    """Wait until a link has something to read or a file descriptor is readable; return the readable descriptors."""
    poller = zmq.Poller()
    for link in links:
        for socket in link.sockets:
            poller.register(socket, zmq.POLLIN)
    for file in files:
        poller.register(file, zmq.POLLIN)
    ready = dict(poller.poll(max(timeout_ms, 0)))
    return tuple(file for file in files if file in ready)
