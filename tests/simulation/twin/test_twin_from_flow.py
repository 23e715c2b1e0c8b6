"""A simulated flow makes demand: patients who wait for the x-ray room there are moved by the twin's porters."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from simulation.experiment.request import Request
from simulation.flow.load import load_flows
from simulation.twin.from_flow import flow_demand, instants_of
from simulation.twin.model import FLOW, TWIN, asked_tree
from simulation.twin.simulate import Days, orders
from site_models.load import load_site
from tests.simulation.twin.house_days import MONDAY

SITE = load_site("clinic_small")
ZONE = ZoneInfo(SITE.site.timezone)


def asked(**taken: str) -> dict[str, object]:
    """The clinic's visits, of whose steps some are orders."""
    return {
        "model": load_flows("clinic_small").tree,
        "flow": "visits",
        "changes": {},
        "warm_up_d": 1,
        "taken": {step.replace("__", "/"): demand for step, demand in taken.items()},
    }


def test_each_request_is_an_order_at_its_instant() -> None:
    """A Monday's patients ask for the x-ray room while the clinic is open, and so the scans are ordered."""
    flow = flow_demand(asked(visit__xray="scans"), SITE, hours=24.0)
    instants_ms = instants_of(flow, MONDAY, ZONE, seed=1, replication=0)["scans"]
    days = Days(site=SITE, date=MONDAY, flow=flow)
    scans = [
        order for order in orders(days, 1) if order.request.load == "patient" and order.request.origin != "imaging-desk"
    ]
    first_day = [at_ms for at_ms in instants_ms if dt.datetime.fromtimestamp(at_ms / 1000, ZONE).date() == MONDAY]
    assert [order.at_ms for order in scans] == first_day
    assert len(first_day) > 3
    assert all(8 <= dt.datetime.fromtimestamp(at_ms / 1000, ZONE).hour < 19 for at_ms in first_day)


def test_all_other_demand_stays_as_the_profiles_say() -> None:
    """What the flow does not make is drawn as without it."""
    flow = flow_demand(asked(visit__xray="scans"), SITE, hours=24.0)
    with_flow = [o for o in orders(Days(site=SITE, date=MONDAY, flow=flow), 1) if o.request.load != "patient"]
    without = [o for o in orders(Days(site=SITE, date=MONDAY), 1) if o.request.load != "patient"]
    assert with_flow == without


def test_every_replication_has_patients_of_its_own() -> None:
    """The same ones whenever it is asked again."""
    flow = flow_demand(asked(visit__xray="scans"), SITE, hours=24.0)
    first, other = (instants_of(flow, MONDAY, ZONE, 1, number) for number in (0, 1))
    assert first != other
    assert first == instants_of(flow, MONDAY, ZONE, 1, 0)


def test_unknown_steps_and_demands_are_said_together() -> None:
    """With what there is instead, before anything runs."""
    with pytest.raises(ValueError, match=r"fits 'visit/mri': use .*visit/xray.* no demand 'nonsense': use .*scans"):
        flow_demand(asked(visit__mri="scans", visit__xray="nonsense"), SITE, hours=24.0)


def test_a_question_carries_the_flow_with_it() -> None:
    """The model of the question has all that its figures depend on: the declared flow and what is taken of it."""
    visits = Request(kind="run", flow="visits", model=load_flows("clinic_small").tree, warm_up_d=1)
    tree = asked_tree(SITE, MONDAY, 2.0, flow=visits, taken={"visit/xray": "scans"})
    case = TWIN.case(Request(kind="run", flow=FLOW, model=tree), {"robots": 4})
    assert case.outputs[0] == "on_time"
    assert tree["flow"]["taken"] == {"visit/xray": "scans"}
