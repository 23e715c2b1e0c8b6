"""The planner's pages as a person without JavaScript uses them: forms that lose nothing, and results in words."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from api.planning import form
from api.planning.charts import Curve, scale_to, week_chart
from api.planning.figures import NotAFigure, read_change
from api.planning.findings import classes_of, resource_week
from api.planning.model import Model
from api.planning.voice import Planned
from api.texts import LANGUAGES
from simulation.experiment import bundle
from simulation.flow.drawing.style import RULES
from simulation.flow.load import load_flows
from tests.api.conftest import HERE, clinic, running
from tests.api.planning_scenes import COMPARED, ONE_DOCTOR_LESS, SHORT, ask, carry_out, done

pytestmark = pytest.mark.anyio
FORM = {
    "flow": "visits",
    "basis": "basis",
    "how": "count",
    "replications": "3",
    "runs_d": "7",
    "warm_up_d": "1",
    "seed": "1",
}
DOCTORS = "f.resources.doctor.shifts.0.count"


@pytest.fixture
async def planner(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which Erik, planner, has been picked."""
    async with running(app) as opened:
        opened.headers.update({"Accept": "text/html", "Accept-Language": "da", "Origin": HERE})
        await opened.post("/who", data={"pick": "erik|planner", "next": "/"})
        yield opened


async def test_the_overview_begins_with_what_can_be_asked(planner: httpx.AsyncClient) -> None:
    """The flows with their ready-made scenarios, one press from the form."""
    page = (await planner.get("/planning")).text
    assert "Klinikkens patienter" in page
    assert "/planning/new?flow=visits&amp;scenario=busy_day" in page


async def test_a_flow_is_drawn_with_its_figures_and_their_sources(planner: httpx.AsyncClient) -> None:
    """The drawing carries no style of its own, which the pages' security would drop."""
    page = (await planner.get("/planning/flows/visits")).text
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="flow"' in page
    assert "<style" not in page
    assert " style=" not in page
    assert re.search(r"Hvileplads</b>.*?5 fysiske senge.*?4.*?antaget", page, re.DOTALL)


def test_a_drawn_flow_looks_the_same_on_the_page_and_in_a_file() -> None:
    """The style sheet holds the rules of the drawings, letter by letter."""
    sheet = Path("api/static/look.css").read_text(encoding="utf-8")
    assert RULES in sheet


async def test_the_form_offers_the_dials_first(planner: httpx.AsyncClient) -> None:
    """Each with its present value and who says so."""
    page = (await planner.get("/planning/new?flow=visits")).text
    names = re.findall(r'name="f\.([^"]+)"', page)
    assert names == ["arrivals.patients.per_day", "resources.doctor.shifts.0.count", "resources.bed.staffed"]
    assert "Hvileplads: normerede senge" in page


async def test_a_ready_made_scenario_fills_the_form(planner: httpx.AsyncClient) -> None:
    """What it changes stands in the fields as a person would write it."""
    page = (await planner.get("/planning/new?flow=visits&scenario=busy_day")).text
    assert re.search(r'name="f\.arrivals\.patients\.per_day"[^>]*value="×1,3"', page)


async def test_a_search_keeps_what_was_written(planner: httpx.AsyncClient) -> None:
    """Any other figure is found by its words; the dial that was turned stays turned."""
    asked = {"flow": "visits", "do": "search", "q": "rengøring", DOCTORS: "2", "name": "To læger"}
    page = (await planner.get("/planning/new", params=asked)).text
    assert "f.resources.bed.cleaning.constant" in page
    assert re.search(rf'name="{re.escape(DOCTORS)}"[^>]*value="2"', page)
    assert 'value="To læger"' in page


async def test_all_that_is_wrong_is_told_at_once_and_nothing_is_lost(planner: httpx.AsyncClient) -> None:
    """Each sentence beside its field, in Danish, with everything that was written."""
    wrong = {
        **FORM,
        DOCTORS: "mange",
        "f.resources.bed.staffed": "60",
        "f.arrivals.patients.per_day": "+10 %",
        "replications": "0",
        "seed": "tre",
        "name": "010190-1234",
    }
    answer = await planner.post("/planning/new", data=wrong)
    page = unescape(answer.text)
    assert answer.status_code == 422
    places = {DOCTORS, "f.resources.bed.staffed", "replications", "seed", "name"}
    assert {field for field in places if f'id="e-{field}"' in page} == places
    assert "Skriv et tal" in page
    assert "60 normerede senge er flere end de 5 fysiske" in page
    for text in ("mange", "+10 %", "tre", "60"):
        assert f'value="{text}"' in page
    assert "Forløbet går ikke op" not in page


async def test_the_form_asks_for_a_comparison_at_a_permanent_address(planner: httpx.AsyncClient, folder: Path) -> None:
    """Asked twice, it is the same experiment; its page says that it waits."""
    first = await planner.post("/planning/new", data={**FORM, DOCTORS: "-1", "seed": "5"})
    again = await planner.post("/planning/new", data={**FORM, DOCTORS: "2", "seed": "5"})
    assert first.status_code == 303
    request = bundle.read_request(folder / "experiments" / first.headers["location"].rpartition("/")[2])
    assert [item.id for item in request.scenarios] == ["basis", "changed"]
    assert request.scenarios[1].changes == {"resources.doctor.shifts.0.count": {"plus": -1}}
    assert (request.kind, request.least, request.most) == ("compare", 3, 3)
    assert again.headers["location"] != first.headers["location"]  # `-1` follows a changed model, `2` does not
    page = (await planner.get(first.headers["location"])).text
    assert "i kø" in page
    assert "Sæt på pause" in page


async def test_only_what_is_declared_can_be_compared_with(planner: httpx.AsyncClient) -> None:
    """A name that no ready-made scenario has is refused at the field."""
    answer = await planner.post("/planning/new", data={**FORM, DOCTORS: "2", "basis": "nothing"})
    assert answer.status_code == 422
    assert 'id="e-scenarios"' in answer.text


async def test_precision_may_be_asked_for_instead_of_a_number(planner: httpx.AsyncClient, folder: Path) -> None:
    """Of a share in percentage points."""
    asked = {**FORM, DOCTORS: "2", "how": "precision", "p.to_doctor": "1,5", "p.seen_within_30": "2", "most": "40"}
    answer = await planner.post("/planning/new", data=asked)
    request = bundle.read_request(folder / "experiments" / answer.headers["location"].rpartition("/")[2])
    assert request.precision == {"to_doctor": 1.5, "seen_within_30": 0.02}
    assert (request.least, request.most) == (10, 40)


async def test_whoever_is_no_planner_is_sent_to_choose_a_name(browser: httpx.AsyncClient) -> None:
    """Anna may look at the form; she may not simulate."""
    assert (await browser.get("/planning/new?flow=visits")).status_code == 200
    assert (await browser.post("/planning/new", data=FORM)).status_code == 403


@pytest.fixture
async def result(planner: httpx.AsyncClient, folder: Path) -> str:
    """The page of a finished comparison: one doctor less."""
    program = {"Accept": "application/json"}
    headers, planner.headers = planner.headers, httpx.Headers({**planner.headers, **program})
    id = await done(planner, folder, COMPARED)
    planner.headers = headers
    return f"/planning/experiments/{id}"


async def test_a_result_says_what_the_change_does(planner: httpx.AsyncClient, result: str) -> None:
    """Better or worse where a target says which way is good, with the interval; exceptions come first."""
    page = (await planner.get(result)).text
    row = re.search(r"Tid til læge, middel</th>.*?</tr>", page, re.DOTALL)
    assert row is not None
    assert "værre" in row[0]
    assert "±" in row[0]
    assert "Ventetid på læge udgør" in page
    assert "Læge 08–18: 3 → 2, sammenlignet med som i dag" in page


async def test_every_chart_has_its_table(planner: httpx.AsyncClient, result: str) -> None:
    """As many tables below as drawings; 24 hours by seven days for the week."""
    page = (await planner.get(result)).text
    charts = re.findall(r'<svg class="chart" role="img" aria-label="([^"]+)"', page)
    assert len(charts) == 4
    for title in charts:
        assert f'aria-label="{title}"><table' in page
    assert page.count('<table class="hours">') == 3
    assert page.count('<th scope="row">23</th>') == 3


async def test_one_chooses_what_is_drawn_by_links_and_forms(planner: httpx.AsyncClient, result: str) -> None:
    """Resource, time, output and scenario are part of the address; nonsense falls back to what is worth seeing."""
    page = (await planner.get(result, params={"resource": "bed", "output": "visit_p90", "scenario": "basis"})).text
    assert "Belægning hen over ugen: Hvileplads" in page
    assert "Hovedtal: Som i dag" in page
    odd = await planner.get(result, params={"resource": "nothing", "output": "x", "scenario": "x", "time": "x"})
    assert odd.status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_result_is_told_in_both_languages(planner: httpx.AsyncClient, result: str, language: str) -> None:
    """Names of the model too."""
    planner.cookies.clear()
    page = (await planner.get(result, headers={"Accept-Language": language})).text
    assert ("Flaskehalsen" if language == "da" else "The bottleneck") in page
    assert ("Røntgenrum" if language == "da" else "X-ray room") in page


async def test_pausing_and_going_on_are_buttons(planner: httpx.AsyncClient, folder: Path) -> None:
    """The page offers the one that fits its state."""
    answer = await planner.post("/planning/new", data={**FORM, DOCTORS: "2", "seed": "91"})
    address = answer.headers["location"]
    await planner.post(f"{address}/stop")
    assert "Fortsæt" in (await planner.get(address)).text
    await planner.post(f"{address}/go-on")
    carry_out(folder, address.rpartition("/")[2])
    assert "Hovedtal" in (await planner.get(address)).text


async def test_two_experiments_of_a_flow_are_compared_in_a_third(
    planner: httpx.AsyncClient, folder: Path, result: str
) -> None:
    """With the same patients in both; the new one has an address of its own."""
    program = httpx.Headers({**planner.headers, "Accept": "application/json"})
    planner.headers, headers = program, planner.headers
    other = (await ask(planner, {**SHORT, "scenarios": [{"id": "changed", "changes": {"resources.bed.staffed": 3}}]}))[
        "id"
    ]
    planner.headers = headers
    answer = await planner.post(f"{result}/compare", data={"other": other})
    assert answer.status_code == 303
    request = bundle.read_request(folder / "experiments" / answer.headers["location"].rpartition("/")[2])
    assert [item.changes for item in request.scenarios] == [ONE_DOCTOR_LESS["changes"], {"resources.bed.staffed": 3}]


async def test_a_form_begins_with_what_an_experiment_changed(planner: httpx.AsyncClient, result: str) -> None:
    """“Change and simulate again” loses nothing."""
    page = (await planner.get("/planning/new", params={"again": result.rpartition("/")[2]})).text
    assert re.search(rf'name="{re.escape(DOCTORS)}"[^>]*value="2"', page)
    assert re.search(r'name="runs_d"[^>]*value="7"', page)


@pytest.mark.parametrize("site", ["clinic_small", "koege"])
def test_a_ready_made_scenario_goes_through_the_form_as_it_is(site: str) -> None:
    """Every change of every scenario, lists too: shown, sent and read back it is the same."""
    model = Model.of(load_flows(site))
    for language in LANGUAGES:
        v = Planned(clinic().phrases[language], model)
        for flow in model.items("flows"):
            for scenario in model.scenarios_of(str(flow["id"])):
                draft = form.prefilled(v, str(flow["id"]), str(scenario["id"]), None)
                dials, others, _ = form.rows(v, draft)
                sent = {f"f.{row.path}": row.typed for row in (*dials, *others)} | {"scenario": scenario["id"]}
                changes, wrong = form.changes_of(v, form.Draft(flow=str(flow["id"]), fields=sent))
                assert wrong == []
                assert changes == scenario["changes"]


@pytest.mark.parametrize(
    ("text", "current", "change"),
    [
        ("", 3, None),
        ("3", 3, None),
        ("4", 3, 4),
        ("+2", 3, {"plus": 2}),
        ("−2", 3, {"plus": -2}),
        ("×1,2", 62.5, {"times": 1.2}),
        ("1.2 x", 62.5, {"times": 1.2}),
        ("-10 %", 62.5, {"times": 0.9}),
        ("1.200", 719, 1200),
        ("0,35", 0.2, 0.35),
        ("35 %", 0.2, 0.35),
        ("25 min", "20 min", "25 min"),
        ("20 min.", "20 min", None),
        ("2 døgn", "20 min", "2 d"),
        ("1,5 t", "20 min", "1.5 h"),
        ("+5 min", "20 min", {"plus": "5 min"}),
        ("-5 min", "20 min", {"plus": "-5 min"}),
        ("ja", False, True),
        ("no", False, None),
    ],
)
def test_a_figure_is_read_as_people_write_it(text: str, current: object, change: object) -> None:
    """Danish and English, with unit, relative or absolute."""
    assert read_change(text, current) == change


@pytest.mark.parametrize(
    ("text", "current"),
    [
        ("mange", 3),
        ("3 3", 3),
        ("1e99", 3),
        ("9999999999999", 3),
        ("25", "20 min"),
        ("måske", True),
        ("-200 %", 3),
        ("nan", 1.0),
    ],
)
def test_what_is_no_figure_is_told_in_both_languages(text: str, current: object) -> None:
    """With what could stand there instead."""
    with pytest.raises(NotAFigure) as told:
        read_change(text, current)
    assert told.value.da
    assert told.value.en


def test_an_axis_ends_at_a_round_figure() -> None:
    """At most six ticks, the top at or above the greatest value."""
    for most in (0.0, 0.03, 0.9, 1.0, 7.2, 719.0, 123_456.0):
        scale = scale_to(most)
        assert scale.top >= most
        assert len(scale.ticks) <= 6
        assert scale.ticks[0] == 0


def test_hours_without_anybody_break_the_line() -> None:
    """A clinic that is closed at night has no waiting then, which is not a waiting of zero."""
    values = [math.nan if hour % 24 < 8 else 5.0 for hour in range(168)]
    scale = scale_to(5.0)
    days, ticks = [str(day) for day in range(7)], [f"{tick:g}" for tick in scale.ticks]
    drawn = str(week_chart("x", [Curve(name="x", style="a", middle=values)], days, ticks, scale, None))
    line = re.search(r'class="line a" d="([^"]+)"', drawn)
    assert line is not None
    assert line[1].count("M") == 7  # one piece a day
    assert line[1].startswith("M8.5 0")


def test_the_week_of_a_resource_is_read_from_counts() -> None:
    """Hour 0: used 2 in nine weeks and 4 in one; median 2, mean 2.2, nine tenths at most 2; capacity 3."""
    used = np.zeros((168, 5), np.int64)
    used[:, 0] = 10
    used[0] = [0, 0, 9, 0, 1]
    tables = {"used/ct": used, "queue/ct": used, "capacity/ct": np.full(168, 30)}
    week = resource_week(tables, "ct")
    assert week is not None
    assert (week.used.p10[0], week.used.p50[0], week.used.p90[0], week.used.mean[0]) == (2, 2, 2, 2.2)
    assert week.capacity[0] == 3
    assert resource_week(tables, "nothing") is None


def test_a_histogram_counts_every_value_once() -> None:
    """Groups share their classes; nan is nobody's."""
    found = classes_of([[1.0, 2.0, 2.1, math.nan], [9.9]])
    assert found is not None
    assert [sum(row) for row in found.counts] == [3, 1]
    assert classes_of([[math.nan]]) is None
    assert classes_of([[3.0, 3.0]]) is not None
