"""The pages as a person without JavaScript uses them: forms, links, and errors at their fields."""

from __future__ import annotations

import re

import httpx
import pytest
from msgspec.structs import replace

from fleet.requests import CancelJob, ChooseCarrier, Close, CreateJob, Refusal, Violation
from tests.api.fake_dispatcher import FakeDispatcher
from tests.api.scenes import START_MS, a_busy_morning, a_job

pytestmark = pytest.mark.anyio
MINUTE_MS = 60_000
PAGES = ("/", "/jobs/new", "/map", "/wall", "/who", "/help", "/accessibility", "/clock")


@pytest.fixture
def dispatcher() -> FakeDispatcher:
    """A busy morning."""
    dispatcher = FakeDispatcher()
    a_busy_morning(dispatcher)
    return dispatcher


@pytest.mark.parametrize("path", [*PAGES, "/jobs/J00003", "/map?carrier=C01", "/?state=delivered", "/?q=linned"])
async def test_every_page_is_whole(browser: httpx.AsyncClient, path: str) -> None:
    """200, a title, one main, no inline script or style, and every id once."""
    page = await browser.get(path)
    assert page.status_code == 200
    assert page.text.count("<main") == 1
    assert re.search(r"<title>\S.*Portør</title>", page.text)
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son[a-z]+=", page.text)
    ids = re.findall(r'\sid="([^"]+)"', page.text)
    assert sorted(set(ids)) == sorted(ids)


async def test_what_needs_a_person_comes_first_with_a_way_out(browser: httpx.AsyncClient) -> None:
    """The stopped job before the late one; one filled button, and the reason in words."""
    page = (await browser.get("/")).text
    needs = re.findall(r'<li class="need (\w+)" id="need-(\w+)"', page)
    assert needs == [("trouble", "J00002"), ("late", "J00001")]
    late = page[page.index('id="need-J00001"') : page.index('id="all-well"')]
    assert "Rørposten er ude af drift." in late
    assert re.findall(r'<button class="main">(.*?)</button>', late) == ["Send Portør D02"]


async def test_the_proposed_way_out_is_one_press(browser: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """The button's form chooses the carrier and leads back to the board, which says so."""
    page = (await browser.get("/")).text
    form = page[page.index('action="/jobs/J00001/carrier"') :]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))
    answer = await browser.post("/jobs/J00001/carrier", data=fields)
    assert dispatcher.asked[-1][3] == ChooseCarrier("J00001", fields["reason"], None, "day-02")
    assert answer.status_code == 303
    board = (await browser.get(answer.headers["location"])).text
    assert "Der er valgt, hvem der tager opgave J00001." in board


async def test_the_table_is_filtered_by_state_and_words(browser: httpx.AsyncClient) -> None:
    """By what the rows show, also without JavaScript."""

    async def rows(query: str) -> list[str]:
        return re.findall(r'id="job-(\w+)"', (await browser.get(query)).text)

    assert await rows("/") == ["J00001", "J00004", "J00002", "J00006", "J00003", "J00005"]  # by deadline
    assert await rows("/?state=waiting") == ["J00001", "J00006", "J00005"]
    assert await rows("/?state=delivered") == ["J00007"]
    assert await rows("/?q=linned+lager") == ["J00003"]
    assert await rows("/?now=waiting&q=affald") == ["J00005"]


async def test_a_job_is_ordered_with_a_form(browser: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """Stations by their names, numbers with a comma, times on the site's clock."""
    fields = {
        "load": "linen",
        "from": "Lagerets udlevering",
        "to": "Sengeafsnit S1, Rent depot S1",
        "when": "at",
        "at": "12.15",
        "mass_kg": "140,5",
        "note": "Ved døren",
        "key": "form-1",
    }
    answer = await browser.post("/jobs/new", data=fields)
    assert answer.status_code == 303
    _, _, key, request = dispatcher.asked[-1]
    assert isinstance(request, CreateJob)
    assert (key, request.origin, request.destination) == ("form-1", "store-out", "s1-clean")
    assert request.due_ms == START_MS + 93 * MINUTE_MS  # 10:42 to 12:15
    assert request.mass_kg == 140.5
    assert "er bestilt" in (await browser.get(answer.headers["location"])).text


async def test_a_wrong_form_comes_back_with_each_error_at_its_field(browser: httpx.AsyncClient) -> None:
    """Nothing that was written is lost."""
    page = await browser.post(
        "/jobs/new", data={"load": "", "from": "Varelager", "to": "", "note": "CPR 010203-1234", "when": "target"}
    )
    assert page.status_code == 422
    assert 'value="Varelager"' in page.text
    for field in ("load", "to", "note"):
        assert f'id="e-{field}"' in page.text
        assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"[^>]*aria-describedby="e-{field}"', page.text)
    assert "Skriv aldrig, hvem patienten er" in page.text


async def test_a_time_that_is_none_is_said_so(browser: httpx.AsyncClient) -> None:
    """At the field of the deadline."""
    order = {"load": "linen", "from": "store-out", "to": "s1-clean", "when": "at"}
    for written in ("25:00", "", "om lidt"):
        page = await browser.post("/jobs/new", data={**order, "at": written})
        assert (page.status_code, 'id="e-due"' in page.text) == (422, True), written


async def test_a_job_is_cancelled_with_a_confirmation(browser: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """The button stands behind one more; a refusal shows the job with the reason."""
    page = (await browser.get("/jobs/J00003")).text
    assert page.index("Annullér opgaven") < page.index("Ja, annullér opgaven")
    await browser.post("/jobs/J00003/cancel", data={"reason": ""})
    assert dispatcher.asked[-1][3] == CancelJob("J00003")
    dispatcher.refuse_with = (409, Refusal((Violation("already_aboard", "job", "Er ombord.", "Is aboard."),)))
    refused = await browser.post("/jobs/J00004/cancel", data={})
    assert (refused.status_code, "Er ombord." in refused.text) == (409, True)


async def test_without_a_name_a_button_leads_to_the_names(
    browser: httpx.AsyncClient, dispatcher: FakeDispatcher
) -> None:
    """And back to where one was."""
    browser.cookies.delete("portor_actor")
    answer = await browser.get("/jobs/new")
    assert (answer.status_code, answer.headers["location"]) == (303, "/who?next=/jobs/new")
    pressed = await browser.post("/jobs/J00003/cancel", headers={"Referer": "http://127.0.0.1:8600/jobs/J00003"})
    assert pressed.headers["location"] == "/who?next=/jobs/J00003"
    assert dispatcher.asked == []


async def test_a_role_that_may_not_is_told_so_on_a_page(browser: httpx.AsyncClient) -> None:
    """403 as a page, in the person's language."""
    await browser.post("/who", data={"pick": "erik|planner", "next": "/"})
    page = await browser.post("/jobs/J00003/cancel")
    assert (page.status_code, "Det må: dispatcher" in page.text) == (403, True)


async def test_the_wall_shows_nobodys_name(browser: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """No staff, no requester, no note."""
    dispatcher.put(a_job("J00011", state="trouble", note="Spørg Carla", requester="carla"))
    page = (await browser.get("/wall")).text
    for member in ("Anna Holm", "Carla", "Bo Lund", "Gert"):
        assert member not in page


async def test_the_map_says_in_its_list_what_it_draws(browser: httpx.AsyncClient) -> None:
    """Every carrier drawn stands in the list; the silent one says since when; the closed corridor is hatched."""
    page = (await browser.get("/map?carrier=C01")).text
    drawn = re.findall(r'<a class="mover[^"]*" id="at-([\w-]+)"', page)
    assert drawn[::-1] == re.findall(r'<tr role="row" id="carrier-([\w-]+)"', page)
    assert "set for 3 min. siden" in page
    assert '<path class="closed"' in page
    assert '<path class="route"' in page


async def test_a_part_is_closed_and_reopened(browser: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """Until a time on the site's clock."""
    fields = {"target": "1-main", "reason": "Rengøring", "until": "11:00", "key": "c-1"}
    answer = await browser.post("/closures", data=fields)
    assert dispatcher.asked[-1][3] == Close("1-main", "Rengøring", START_MS + 18 * MINUTE_MS)
    assert "Lukket." in (await browser.get(answer.headers["location"])).text
    assert (await browser.post("/closures/C1/reopen", data={"key": "r-1"})).status_code == 303
    assert "C1" not in dispatcher.closures


async def test_no_contact_is_said_with_its_time(browser: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """The page still shows what was last known."""
    link = browser._transport.app.state.house.link  # type: ignore[attr-defined]  # httpx's transport of an application
    dispatcher.away = True
    link._check()
    page = (await browser.get("/")).text
    assert "Ingen forbindelse siden 10:42" in page
    assert 'id="job-J00003"' in page


async def test_a_page_that_is_not_there_is_a_page(browser: httpx.AsyncClient) -> None:
    """404 for a person has a way on."""
    page = await browser.get("/jobs/J77777")
    assert (page.status_code, "Der er ingen opgave med det nummer" in page.text) == (404, True)


async def test_what_people_write_is_never_markup(browser: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """A note with tags is shown as it was written."""
    dispatcher.put(replace(a_job("J00012"), note="<script>alert(1)</script>"))
    for path in ("/", "/jobs/J00012", "/?q=<script>"):
        assert "<script>alert" not in (await browser.get(path)).text


async def test_a_round_is_named_as_the_one_who_ordered(browser: httpx.AsyncClient, dispatcher: FakeDispatcher) -> None:
    """No person did: the page does not show the name of a part of the service."""
    dispatcher.put(a_job("J00013", requester="calendar"))
    page = (await browser.get("/jobs/J00013")).text
    assert "<dt>Rekvirent</dt><dd>fast runde</dd>" in page
