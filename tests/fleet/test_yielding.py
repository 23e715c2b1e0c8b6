"""Whoever waits for a load where another could work gives way, and comes back: nothing waits for ever behind it."""

from __future__ import annotations

import pytest

from bus.messages import Move, Pick
from fleet.hospital import Hospital
from fleet.requests import Accepted, ChooseCarrier, ConfirmWhereabouts
from site_models.load import load_site
from tests.fleet.obedient import Clinic
from tests.fleet.test_robot_traffic import Watched, at_home, robots_of, sent


@pytest.fixture
def narrow() -> Watched:
    """The clinic without rounds, with room for one robot in each store of the ward upstairs."""
    hospital = Hospital.of(load_site("clinic_small").model_copy(update={"rounds": []}))
    stations = hospital.layout.stations
    stations.update({id: one.model_copy(update={"slots": 1}) for id, one in stations.items() if id.startswith("s1-")})
    return Watched(hospital)


def held_up(clinic: Clinic, job: str) -> int:
    """The porter who brings the load to the robot's station has it, and comes no farther; his walk's number."""
    while clinic.job(job).state != "under_way":
        clinic.run(0.02)
    porter = clinic.job(job).custodian.removeprefix("carrier:")
    while not clinic.is_at(porter):
        clinic.run(0.02)
    command = next(c for c in clinic.state.commands.values() if c.carrier == porter and isinstance(c.message, Move))
    clinic.drives.pop((command.agent, command.number))
    return command.number


def test_a_robot_that_waits_for_its_load_gives_way_to_one_that_can_fetch_another(narrow: Watched) -> None:
    """The porter with its load is held up, and waste is ready in the same room: it goes home, then comes back."""
    first = narrow.order("linen", "s1-beds", "store-out").id
    assert isinstance(narrow.ask(ChooseCarrier(first, reason="", carrier="R01")), Accepted)
    walk = held_up(narrow, first)
    narrow.run(10)
    reason = narrow.state.carriers["R01"].waiting
    assert reason is not None
    assert (reason.code, narrow.state.carriers["R01"].node) == ("waiting_for_load", "st:s1-soiled")
    second = sent(narrow, "R02", "waste_clinical", "s1-soiled", "soiled-in")
    narrow.run(30)
    assert narrow.job(second).state == "delivered"
    assert narrow.job(first).state == "under_way"
    narrow.restart("sim-porters", unknown=[walk])
    narrow.run(40)
    assert narrow.job(first).state == "delivered"
    assert at_home(narrow) == robots_of(narrow)


def test_a_robot_whose_load_is_in_doubt_leaves_the_place_to_others(narrow: Watched) -> None:
    """Until a person has looked it has nothing to do there; it need not stand in the store's only slot."""
    first = narrow.order("linen", "s1-clean", "store-out").id
    narrow.ask(ChooseCarrier(first, reason="", carrier="R01"))
    command = narrow.until(Pick, first)
    narrow.restart(command.agent, unknown=[command.number])
    assert [leg.state for leg in narrow.state.legs.values() if leg.job == first] == ["in_doubt"]
    second = sent(narrow, "R02", "linen", "store-out", "s1-clean")
    narrow.run(30)
    assert narrow.job(second).state == "delivered"
    narrow.ask(ConfirmWhereabouts(first, "aboard"))
    narrow.run(30)
    assert narrow.job(first).state == "delivered"
    assert at_home(narrow) == robots_of(narrow)
