"""Risk waste, soiled linen and used instruments never share a robot or a lift trip with food or sterile goods."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.events import Event
from fleet.hospital import Hospital
from fleet.orchestrator.turn import Decision
from fleet.requests import Accepted, ChooseCarrier, CreateJob
from site_models.load import load_site
from site_models.schema import Site
from tests.fleet.obedient import Clinic

CLEAN = {"medicine", "narcotics", "sterile_tray", "meal", "linen"}
UNCLEAN = {"used_tray", "used_meal_cart", "used_linen", "waste_clinical", "waste"}
STATIONS = ("store-out", "s0-clean", "s1-clean", "s0-soiled", "s1-soiled", "soiled-in")


def trains() -> Site:
    """The clinic with robots that pull three carts of any kind at once, and nobody's rounds."""
    site = load_site("clinic_small")
    fleets = [fleet.model_copy(update={"compartments": 3, "payload_kg": 900}) for fleet in site.fleets]
    loads = [load.model_copy(update={"modes": ["robot"]}) if load.cart else load for load in site.loads]
    return site.model_copy(update={"fleets": fleets, "loads": loads, "rounds": []})


@pytest.fixture(scope="module")
def hospital() -> Hospital:
    """The clinic of trains, built once."""
    return Hospital.of(trains())


class Apart(Clinic):
    """A clinic where after every event somebody looks into every robot and every cabin."""

    def judge(self, event: Event, decision: Decision) -> None:
        """Nothing clean is aboard with anything unclean; a cabin has one robot in it, so a trip has its load alone."""
        for carrier in self.state.carriers.values():
            aboard = {self.state.jobs[self.state.legs[leg].job].load for leg in carrier.aboard}
            assert not (aboard & CLEAN and aboard & UNCLEAN), f"{carrier.id}: {aboard} after {event}: {decision.facts}"
        cabins = [c.node.rpartition("@")[0] for c in self.state.carriers.values() if c.node.startswith("lift:")]
        assert len(set(cabins)) == len(cabins), f"{cabins} after {event}"


def test_the_lists_of_this_test_are_the_sites() -> None:
    """What is called clean and unclean here is so in the site."""
    kinds = {load.id: load.clean for load in load_site("clinic_small").loads}
    assert {id for id, kind in kinds.items() if kind == "clean"} == CLEAN
    assert {id for id, kind in kinds.items() if kind == "unclean"} == UNCLEAN


@settings(max_examples=12, deadline=None)
@given(
    orders=st.lists(
        st.tuples(
            st.sampled_from(sorted((CLEAN | UNCLEAN) - {"medicine", "narcotics"})),
            st.permutations(STATIONS).map(lambda places: tuple(places[:2])),
            st.integers(0, 8),
        ),
        min_size=6,
        max_size=16,
    )
)
def test_clean_and_unclean_never_meet(hospital: Hospital, orders: list[tuple[str, tuple[str, str], int]]) -> None:
    """Robots that could take three carts at once, and orders of both kinds between the same stations."""
    clinic = Apart(hospital)
    for load, (origin, destination), minutes in orders:
        clinic.ask(CreateJob(load=load, origin=origin, destination=destination))
        clinic.run(minutes)
    clinic.run(90)
    assert any(fact.type == "job.delivered" for _, _, fact in clinic.facts)


def given_to(clinic: Clinic, robot: str, load: str, origin: str, destination: str) -> str:
    """A job that a person gives to one robot."""
    job = clinic.order(load, origin, destination)
    assert isinstance(clinic.ask(ChooseCarrier(job.id, reason="a test", carrier=robot)), Accepted)
    return job.id


def test_the_robot_that_would_be_better_is_named_with_the_load_that_keeps_it_back(hospital: Hospital) -> None:
    """R01 is on its way to fetch waste: linen that goes the same way is for another, and people read why."""
    clinic = Clinic(hospital)
    given_to(clinic, "R01", "waste", "s1-clean", "soiled-in")
    clinic.run(1)
    job = clinic.order("linen", "s1-clean", "soiled-in")
    (kept,) = [one for one in job.candidates if one.reason.code == "kept_apart"]
    assert kept.carrier == "R01"
    assert kept.reason.args["load"] == "waste"
    assert float(kept.reason.args["sooner_s"]) > 0
    assert job.candidates[-1] == kept
    assert job.candidates[0].carrier != "R01"
    assert clinic.state.legs[job.legs[0]].carriers != ("R01",)


def test_what_is_of_one_kind_travels_together(hospital: Hospital) -> None:
    """A second cart of waste joins the first, and nobody is kept apart."""
    clinic = Clinic(hospital)
    given_to(clinic, "R01", "waste", "s1-soiled", "soiled-in")
    clinic.run(0.5)
    job = clinic.order("used_linen", "s1-soiled", "soiled-in")
    assert clinic.state.legs[job.legs[0]].carriers == ("R01",)
    assert [one for one in job.candidates if one.reason.code == "kept_apart"] == []
