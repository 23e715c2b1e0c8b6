"""A command that never reached its agent, though later ones did, is given anew: nobody waits for what nobody does."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bus.messages import Command, CommandFate, Lift, Move, Pick, Release, SendCapsule
from bus.messages import Drop as Give
from fleet.events import Greeted
from fleet.hospital import Hospital
from site_models.load import load_site
from tests.fleet.obedient import Clinic
from tests.fleet.test_custody import hand_overs

ROBOT_ACTS = (Move, Pick, Give, Lift, Release)


class Lossy(Clinic):
    """A clinic in which the next command of a kind is lost on its way; `lost` is its agent and number."""

    loses: type[Command] | None = None
    lost: tuple[str, int] | None = None

    def _accept(self, agent: str, command: Command) -> None:
        if self.loses is not None and isinstance(command, self.loses):
            self.loses, self.lost = None, (agent, command.number)
            return
        super()._accept(agent, command)

    def greet(self, agent: str) -> None:
        """The agent says what it has: it has passed over the number that it waited for."""
        mine = [command.number for command in self.state.commands.values() if command.agent == agent]
        running = tuple(CommandFate(number, "running") for number in mine if self._running.get((agent, number)))
        self.handle(Greeted(replace(self.hello(agent, self.state.agents[agent].session), fates=running)))


@pytest.fixture(scope="module")
def resting() -> Hospital:
    """The clinic without rounds."""
    return Hospital.of(load_site("clinic_small").model_copy(update={"rounds": []}))


def told_again(clinic: Lossy, kind: type[Command]) -> None:
    """A command of this kind is lost, and a moment later its agent says hello."""
    clinic.loses = kind
    for _ in range(4000):
        if clinic.lost is not None:
            break
        clinic.run(0.02)
    assert clinic.lost is not None
    clinic.run(0.1)
    clinic.greet(clinic.lost[0])


@pytest.mark.parametrize("kind", ROBOT_ACTS)
def test_a_robot_is_told_again_what_it_never_heard(resting: Hospital, kind: type[Command]) -> None:
    """Whatever it was: the load is taken once and given once."""
    clinic = Lossy(resting)
    job = clinic.order("linen", "store-out", "s1-clean").id
    if kind is Release:
        clinic.order("linen", "store-out", "s0-clean")
    told_again(clinic, kind)
    clinic.run(40)
    assert clinic.job(job).state == "delivered"
    assert hand_overs(clinic, job) == [("picked_up", "store-out"), ("delivered", "s1-clean")]


def test_a_porter_is_told_again(resting: Hospital) -> None:
    """The walk to a patient was lost: the porter is asked again."""
    clinic = Lossy(resting)
    clinic.loses = Move
    job = clinic.order("patient", "s1-beds", "imaging-desk").id
    assert clinic.lost is not None
    clinic.greet(clinic.lost[0])
    clinic.run(60)
    assert clinic.job(job).state == "delivered"


def test_a_capsule_that_was_never_sent_is_sent_another_way(resting: Hospital) -> None:
    """The sample is where it was, so it is chosen anew from there."""
    clinic = Lossy(resting)
    clinic.loses = SendCapsule
    job = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="routine_blood").id
    while clinic.lost is None:
        clinic.run(0.02)
    clinic.greet(clinic.lost[0])
    clinic.run(60)
    assert clinic.job(job).state == "delivered"
