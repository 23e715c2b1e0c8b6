"""Everything a page can say is said in both languages, and nothing is translated that nobody says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args, get_type_hints

import httpx
import pytest

import fleet
import fleet.facts.legs  # declares the facts of legs
from api.catalogue import extract, gaps, read
from api.reasons import HISTORY, REASONS
from api.texts import LANGUAGES, Language, choose_language
from api.words import CARRIER_STATES, JOB_STATES, LEG_STATES, LIFT_STATES, MODES
from fleet.facts.base import Fact
from fleet.facts.jobs import JobFact
from fleet.views import CarrierView, HistoryEntry, JobView, LegView, LiftView, Reason
from tests.api.conftest import clinic
from tests.api.scenes import START_MS


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_lacks_its_translation_and_none_is_unused(language: Language) -> None:
    """`python -m api.catalogue` adds and drops; people translate."""
    missing, unused = gaps(language, extract())
    assert missing == []
    assert unused == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_figures(language: Language) -> None:
    """The same placeholders on both sides, or a page would fail where nobody looks."""
    for message in read(language):
        if not message.id:
            continue
        originals = [message.id] if isinstance(message.id, str) else list(message.id)
        written = [message.string] if isinstance(message.string, str) else list(message.string or ())
        allowed = set().union(*(_figures(text) for text in originals))
        for text in written:
            assert _figures(text) <= allowed, text
        if isinstance(message.id, str):
            assert _figures(written[0]) == allowed, message.id


def _figures(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text)) or {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_reason_that_the_fleet_gives_has_a_sentence() -> None:
    """Codes stand in the fleet's source as words; one without a sentence would be shown as a code."""
    source = Path(fleet.__path__[0])
    calls = (
        node
        for file in source.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason"
    )
    codes = {call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)}
    assert len(codes) > 20
    assert sorted(codes - REASONS.keys()) == []


def test_every_event_of_a_job_has_a_sentence() -> None:
    """All that the ledger holds about jobs is told in their history."""
    told = {kind.type for kind in _kinds(JobFact) if kind.logged and "type" in vars(kind)}
    assert {"job.created", "leg.assigned"} <= told
    assert sorted(told - HISTORY.keys()) == []


def _kinds(base: type[Fact]) -> Iterator[type[Fact]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [*REASONS, "a_code_of_tomorrow"])
def test_every_reason_is_a_sentence_with_and_without_its_figures(language: Language, code: str) -> None:
    """Also a code that this version does not know."""
    say = clinic().phrases[language].reason
    figures: dict[str, str | int | float] = {
        "carrier": "R01",
        "mode": "robot",
        "station": "s0-tube",
        "specimen": "blood_gas",
        "mass_kg": 2.5,
        "limit_kg": 2,
        "late_s": 240,
        "free_ms": START_MS,
        "line": "tube-wards",
        "battery": 0.12,
    }
    for args in ({}, figures):
        sentence = say(Reason(code, args))
        assert sentence[-1] in ".)", sentence
        assert "{" not in sentence


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*HISTORY, "job.kind_of_tomorrow"])
def test_every_kind_of_event_is_a_sentence(language: Language, kind: str) -> None:
    """With the reason inside it when the ledger has one."""
    phrases = clinic().phrases[language]
    bare = phrases.event(HistoryEntry(START_MS, "anna", kind, 1))
    full = phrases.event(
        HistoryEntry(START_MS, "anna", kind, 1, {"carrier": "R01", "reason.code": "blocked", "promised_ms": START_MS})
    )
    assert bare
    assert full
    assert "{" not in bare + full


def test_figures_are_written_as_people_write_them() -> None:
    """Danish commas and hours, names instead of ids."""
    danish, english = clinic().phrases["da"], clinic().phrases["en"]
    heavy = Reason("too_heavy", {"mass_kg": 2.5, "limit_kg": 2})
    assert danish.reason(heavy) == "For tung: 2,5 kg, og grænsen er 2 kg."
    assert english.reason(heavy) == "Too heavy: 2.5 kg, and the limit is 2 kg."
    assert danish.reason(Reason("closed_station", {"station": "store-out", "opens_ms": START_MS})) == (
        "Lagerets udlevering er lukket til 10:42."
    )
    assert danish.carrier("day-03") == "Portør D03"
    assert (danish.span(45), danish.span(240), danish.span(-7500)) == ("45 sek.", "4 min.", "2 t. 5 min.")
    assert danish.clock(START_MS + 86_400_000, START_MS) == "tirs. 10:42"


def test_every_state_has_a_word_and_a_shape() -> None:
    """State is shape, word and colour: one entry for each state of the contract."""
    assert set(JOB_STATES) == _literal(JobView, "state")
    assert set(LEG_STATES) == _literal(LegView, "state")
    assert set(CARRIER_STATES) == _literal(CarrierView, "status")
    assert set(LIFT_STATES) == _literal(LiftView, "status")
    assert set(MODES) == _literal(LegView, "mode")
    symbols = [word.symbol for word in JOB_STATES.values()]
    assert len(set(symbols)) == len(symbols)


def _literal(kind: type, field: str) -> set[str]:
    found = get_type_hints(kind)[field]
    choices = get_args(found)
    return set(choices)


@pytest.mark.parametrize(
    ("cookie", "accept", "language"),
    [
        (None, None, "da"),
        (None, "de-DE,de;q=0.9", "da"),
        (None, "en-GB,en;q=0.9,da;q=0.8", "en"),
        (None, "da;q=0.3, en;q=0.2", "da"),
        (None, "en;q=x", "da"),
        ("en", "da", "en"),
        ("fr", "en", "en"),
    ],
)
def test_the_language_is_the_picked_one_then_the_browsers_then_danish(
    cookie: str | None, accept: str | None, language: str
) -> None:
    """A malformed header is passed over."""
    assert choose_language(cookie, accept) == language


@pytest.mark.anyio
async def test_the_switch_keeps_the_page(browser: httpx.AsyncClient) -> None:
    """The same page, the other language, with `lang` set; and it stays."""
    assert '<html lang="da">' in (await browser.get("/map?floor=1")).text
    switched = await browser.get("/language", params={"to": "en", "next": "/map?floor=1"})
    assert (switched.status_code, switched.headers["location"]) == (303, "/map?floor=1")
    page = await browser.get("/map?floor=1")
    assert '<html lang="en">' in page.text
    assert page.headers["content-language"] == "en"


@pytest.mark.anyio
@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_the_switch_leads_nowhere_else(browser: httpx.AsyncClient, to: str) -> None:
    """An address outside these pages becomes the board."""
    switched = await browser.get("/language", params={"to": "en", "next": to})
    assert switched.headers["location"] == "/"
