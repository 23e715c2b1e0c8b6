"""An agent's link: hello first, every report once and in order, every command once, over crashes on both sides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bus.broker import Broker
from bus.keys import Keys, ensure_keys
from bus.messages import Ack, Cancel, Charge, Clock, Command, CommandFate, Done, Failed, Heartbeat, Hello, Progress
from tests.bus.conftest import Agent, Dispatcher, Sockets, turn_for, until


@pytest.fixture
def dispatcher(keys: Keys) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(keys)
    yield dispatcher
    dispatcher.broker.close()


@pytest.fixture
def agent(keys: Keys, dispatcher: Dispatcher, sockets: Sockets) -> Iterator[Agent]:
    agent = Agent(keys, lambda: dispatcher.broker.address, context=sockets.context)
    yield agent
    agent.link.close()


def charge(number: int, epoch: int = 1) -> Command:
    return Charge(number=number, epoch=epoch, carrier="R01", bay="B-01")


def ack(command: int) -> Ack:
    return Ack(number=0, command=command, at_ms=1)


def link_up(dispatcher: Dispatcher, agent: Agent) -> None:
    until(lambda: agent.link.linked, dispatcher.poll, agent.poll)


def hellos(dispatcher: Dispatcher) -> list[Hello]:
    return [item.message for item in dispatcher.heard if isinstance(item.message, Hello)]


def test_the_first_word_is_hello_and_the_answer_is_the_clock(dispatcher: Dispatcher, agent: Agent) -> None:
    """Hello names the carriers and where they are; with the clock the link stands."""
    link_up(dispatcher, agent)
    first = dispatcher.heard[0].message
    assert isinstance(first, Hello)
    assert [each.node for each in first.carriers] == ["bay:B-01"]
    assert agent.clocks[0].epoch == 1


def test_a_link_beats_while_it_is_up(dispatcher: Dispatcher, agent: Agent) -> None:
    """Heartbeats carry the session, which is new at each start."""
    until(lambda: any(isinstance(each.message, Heartbeat) for each in dispatcher.heard), dispatcher.poll, agent.poll)
    assert hellos(dispatcher)[0].session == agent.link.session


def test_commands_arrive_in_order_and_reports_go_back_numbered(dispatcher: Dispatcher, agent: Agent) -> None:
    """Three commands, three acknowledgements, numbered 1 to 3."""
    link_up(dispatcher, agent)
    for number in (1, 2, 3):
        assert dispatcher.broker.send("sim-robots", charge(number))
    until(lambda: len(agent.commands) == 3, dispatcher.poll, agent.poll)
    for command in agent.commands:
        agent.link.report(ack(command.number))
    agent.link.flush()
    until(lambda: len(dispatcher.reports) == 3, dispatcher.poll)
    assert [(each.number, each.command) for each in dispatcher.reports] == [(1, 1), (2, 2), (3, 3)]


def test_nothing_leaves_before_it_is_committed(dispatcher: Dispatcher, agent: Agent) -> None:
    """A report that is not flushed is not heard: a crash now would undo it together with its cause."""
    link_up(dispatcher, agent)
    agent.link.report(ack(1))
    turn_for(0.3, dispatcher.poll)
    assert dispatcher.reports == []
    agent.link.flush()
    until(lambda: dispatcher.reports, dispatcher.poll)


def test_a_number_that_never_came_is_passed_over_and_the_dispatcher_told(dispatcher: Dispatcher, agent: Agent) -> None:
    """2 is lost and nobody sends it again: 3 is accepted in the end, and a hello says so, with what became of 1."""
    link_up(dispatcher, agent)
    dispatcher.confirming = False
    for number in (1, 3):
        dispatcher.broker.send("sim-robots", charge(number))
    until(lambda: agent.commands, dispatcher.poll, agent.poll)
    agent.link.report(Failed(number=0, command=1, at_ms=1, reason="refused"))
    agent.link.flush()
    until(lambda: len(agent.commands) == 2, dispatcher.poll, agent.poll)
    until(lambda: hellos(dispatcher)[-1].last_command == 3, dispatcher.poll, agent.poll)
    assert [fate.number for fate in hellos(dispatcher)[-1].fates] == [1]


def test_a_command_sent_twice_is_accepted_once_and_answered_again(dispatcher: Dispatcher, agent: Agent) -> None:
    """The dispatcher lost the acknowledgement and repeats the command: the same answer, under the same number."""
    link_up(dispatcher, agent)
    dispatcher.confirming = False
    dispatcher.broker.send("sim-robots", charge(1))
    until(lambda: agent.commands, dispatcher.poll, agent.poll)
    agent.link.report(ack(1))
    agent.link.flush()
    acks = lambda: [each.message for each in dispatcher.heard if isinstance(each.message, Ack)]  # noqa: E731 - asked twice
    until(lambda: len(acks()) == 1, dispatcher.poll)
    dispatcher.broker.send("sim-robots", charge(1))
    until(lambda: len(acks()) == 2, dispatcher.poll, agent.poll)
    assert acks()[0] == acks()[1]
    assert len(agent.commands) == 1


def test_a_command_of_a_lower_epoch_is_refused(dispatcher: Dispatcher, agent: Agent) -> None:
    """A dispatcher that lost its lease may still talk; nobody obeys."""
    dispatcher.broker.epoch = 7
    link_up(dispatcher, agent)
    dispatcher.broker.send("sim-robots", charge(1, epoch=6))
    dispatcher.broker.send("sim-robots", Cancel(number=1, epoch=7, carrier="R01", command=9))
    until(lambda: agent.commands, dispatcher.poll, agent.poll)
    assert [each.epoch for each in agent.commands] == [7]


def test_an_unconfirmed_report_is_sent_again_and_a_confirmed_one_forgotten(
    dispatcher: Dispatcher, agent: Agent
) -> None:
    """The clock says 0 are committed: both come again, in order. Then it says 2: nothing is kept."""
    link_up(dispatcher, agent)
    dispatcher.confirming = False
    agent.link.report(ack(1))
    agent.link.report(Done(number=0, command=1, at_ms=2))
    agent.link.flush()
    turn_for(1.2, dispatcher.poll, agent.poll)
    dispatcher.confirming = True
    dispatcher.clock("sim-robots")
    until(lambda: len(dispatcher.reports) == 2, dispatcher.poll, agent.poll)
    assert [type(each) for each in dispatcher.reports] == [Ack, Done]
    dispatcher.clock("sim-robots")
    until(lambda: agent.link.unprocessed == (), dispatcher.poll, agent.poll)


def test_over_a_restart_of_the_dispatcher_no_report_is_lost_and_none_counts_twice(keys: Keys, sockets: Sockets) -> None:
    """Killed with reports heard but not committed; the next one listens elsewhere and gets all, in order."""
    processed: dict[str, int] = {}
    running = [Dispatcher(keys, processed, epoch=1)]
    agent = Agent(keys, lambda: running[-1].broker.address, context=sockets.context)
    link_up(running[0], agent)
    for command in (1, 2):
        agent.link.report(ack(command))
    agent.link.flush()
    until(lambda: processed.get("sim-robots") == 2, running[0].poll)
    running[0].confirming = False
    agent.link.report(ack(3))
    agent.link.flush()
    until(
        lambda: any(isinstance(each.message, Ack) and each.message.command == 3 for each in running[0].heard),
        running[0].poll,
    )
    running[0].broker.close()
    agent.link.report(ack(4))
    agent.poll()

    running.append(Dispatcher(keys, processed, epoch=2))
    until(lambda: processed["sim-robots"] == 4, running[1].poll, agent.poll)
    assert [each.command for each in running[1].reports] == [3, 4]
    assert agent.link.epoch == 2
    running[1].broker.send("sim-robots", charge(1, epoch=1))
    running[1].broker.send("sim-robots", charge(1, epoch=2))
    until(lambda: agent.commands, running[1].poll, agent.poll)
    assert [each.epoch for each in agent.commands] == [2]
    agent.link.close()
    running[1].broker.close()


def test_a_restarted_agent_goes_on_where_its_journal_ends(keys: Keys, dispatcher: Dispatcher, sockets: Sockets) -> None:
    """Killed after accepting 1 and 2 and finishing 1: a new session, the same numbers, the fates of both."""
    first = Agent(keys, lambda: dispatcher.broker.address, context=sockets.context)
    link_up(dispatcher, first)
    for number in (1, 2):
        dispatcher.broker.send("sim-robots", charge(number))
    until(lambda: len(first.commands) == 2, dispatcher.poll, first.poll)
    dispatcher.confirming = False
    first.link.report(Done(number=0, command=1, at_ms=3))
    first.link.flush()
    until(lambda: any(isinstance(each.message, Done) for each in dispatcher.heard), dispatcher.poll)

    running = (CommandFate(number=2, fate="running"),)
    second = Agent(
        keys, lambda: dispatcher.broker.address, journal=first.journal, context=sockets.context, fates=running
    )
    dispatcher.heard.clear()
    dispatcher.confirming = True
    until(lambda: dispatcher.reports, dispatcher.poll, second.poll)
    hello = hellos(dispatcher)[0]
    assert hello.session != first.link.session
    assert (hello.last_command, hello.last_report) == (2, 1)
    assert hello.fates == (CommandFate(number=1, fate="done"), *running)
    for number in (1, 2, 3):
        dispatcher.broker.send("sim-robots", charge(number))
    until(lambda: second.commands, dispatcher.poll, second.poll)
    assert [each.number for each in second.commands] == [3]
    for agent in (first, second):
        agent.link.close()


def test_after_a_lost_journal_no_report_is_taken_for_an_old_one(keys: Keys, sockets: Sockets) -> None:
    """The dispatcher has 500 and learns from the hello that numbers begin anew; report 1 is kept until it is heard."""
    dispatcher = Dispatcher(keys, {"sim-robots": 500})
    agent = Agent(keys, lambda: dispatcher.broker.address, context=sockets.context)
    agent.link.report(ack(1))
    link_up(dispatcher, agent)
    assert hellos(dispatcher)[0].last_report == 1
    assert len(agent.link.unprocessed) == 1
    dispatcher.processed["sim-robots"] = 0
    turn_for(1.1, dispatcher.poll, agent.poll)
    dispatcher.clock("sim-robots")
    until(lambda: dispatcher.reports, dispatcher.poll, agent.poll)
    assert dispatcher.reports[0].number == 1
    agent.link.close()
    dispatcher.broker.close()


def test_with_too_many_unconfirmed_reports_no_command_is_accepted(
    keys: Keys, dispatcher: Dispatcher, sockets: Sockets
) -> None:
    """Two wait and two is the bound: the command is not taken, and is when the dispatcher has caught up."""
    agent = Agent(keys, lambda: dispatcher.broker.address, context=sockets.context, max_unprocessed=2)
    link_up(dispatcher, agent)
    dispatcher.confirming = False
    for command in (8, 9):
        agent.link.report(ack(command))
    agent.link.flush()
    dispatcher.broker.send("sim-robots", charge(1))
    turn_for(0.3, dispatcher.poll, agent.poll)
    assert agent.commands == []
    dispatcher.processed["sim-robots"] = 2
    dispatcher.clock("sim-robots")
    dispatcher.broker.send("sim-robots", charge(1))
    until(lambda: agent.commands, dispatcher.poll, agent.poll)
    agent.link.close()


def test_a_silent_dispatcher_is_looked_for_and_greeted_again(dispatcher: Dispatcher, agent: Agent) -> None:
    """It hangs, then goes on: the agent has said hello once more, on a new connection, under the same name."""
    link_up(dispatcher, agent)
    until(lambda: not agent.link.linked, agent.poll)
    link_up(dispatcher, agent)
    assert len(hellos(dispatcher)) >= 2


def test_an_agent_with_a_wrong_key_never_links_and_is_counted(
    stranger: Keys, dispatcher: Dispatcher, sockets: Sockets
) -> None:
    """It keeps trying, the dispatcher counts, nothing is heard."""
    agent = Agent(stranger, lambda: dispatcher.broker.address, context=sockets.context)
    until(lambda: dispatcher.broker.auth_failures >= 1, dispatcher.poll, agent.poll)
    assert not agent.link.linked
    assert dispatcher.heard == []
    agent.link.close()


def test_an_agent_obeys_no_dispatcher_with_another_key(
    keys: Keys, sockets: Sockets, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Somebody else listens on the address: the handshake fails before a word is said."""
    impostor = Broker(ensure_keys(tmp_path_factory.mktemp("impostor") / "keys"))
    agent = Agent(keys, lambda: impostor.address, context=sockets.context)
    heard: list[object] = []
    until(lambda: impostor.auth_failures > 0, lambda: heard.extend(impostor.poll(10)), agent.poll)
    assert not agent.link.linked
    assert heard == []
    agent.link.close()
    impostor.close()


def test_progress_is_sent_when_there_is_contact_and_dropped_when_not(dispatcher: Dispatcher, agent: Agent) -> None:
    """Positions are not worth keeping: only the newest counts."""
    agent.link.progress(1, ())
    link_up(dispatcher, agent)
    agent.link.progress(2, ())
    progress = lambda: [each.message for each in dispatcher.heard if isinstance(each.message, Progress)]  # noqa: E731 - asked twice
    until(progress, dispatcher.poll)
    assert [each.at_ms for each in progress()] == [2]


def test_a_new_epoch_on_the_same_connection_is_greeted(dispatcher: Dispatcher, agent: Agent) -> None:
    """A standby took over behind the same address: it must hear where everything is."""
    link_up(dispatcher, agent)
    before = len(hellos(dispatcher))
    dispatcher.broker.epoch = 2
    dispatcher.clock("sim-robots")
    until(lambda: len(hellos(dispatcher)) > before, dispatcher.poll, agent.poll)
    assert agent.clocks[-1].epoch == 2
    assert isinstance(agent.clocks[-1], Clock)


def test_a_thousand_commands_over_five_dispatchers_are_each_accepted_once(keys: Keys, sockets: Sockets) -> None:
    """Each dispatcher dies with commands and answers on the wire; after a hello all unacknowledged ones are resent."""
    processed: dict[str, int] = {}
    acknowledged: list[int] = []
    running: list[Dispatcher] = []
    agent = Agent(keys, lambda: running[-1].broker.address if running else None, context=sockets.context)
    for epoch in range(1, 6):
        dispatcher = Dispatcher(keys, processed, epoch=epoch)
        running.append(dispatcher)
        goal = epoch * 200
        sent = goal + 40

        while len(acknowledged) < goal:
            if any(isinstance(each.message, Hello) for each in dispatcher.poll()):
                sent = len(acknowledged)
            for number in range(sent + 1, min(sent + 20, goal + 40) + 1):
                dispatcher.broker.send("sim-robots", charge(number, epoch))
                sent = number
            seen = len(agent.commands)
            agent.poll()
            for command in agent.commands[seen:]:
                agent.link.report(ack(command.number))
            agent.link.flush()
            acknowledged.extend(report.command for report in dispatcher.reports)
            dispatcher.reports.clear()
        dispatcher.broker.close()
    assert [each.number for each in agent.commands] == list(range(1, len(agent.commands) + 1))
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    agent.link.close()
