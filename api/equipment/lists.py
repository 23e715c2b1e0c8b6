"""Lists of equipment as they come in: what must not stand in them, and how their faults are told."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from api.equipment.schemas import ImportFaultOut, ImportOut
from api.privacy import holds_control, holds_cpr
from api.problems import Problem, refuse
from api.texts import Language
from equipment_tracking.register.answers import Violation
from equipment_tracking.views import ImportPlan
from fleet.requests import Violation as Fault

WRITTEN = ("name", "home", "pictures")
"""Columns that people write words in."""
NOT_A_PATIENT = (
    "Ligner et CPR-nummer. Et navn på udstyr siger aldrig, hvem patienten er.",
    "Looks like a CPR number. The name of a piece of equipment never says who the patient is.",
)
NOT_INVISIBLE = (
    "Indeholder usynlige styretegn. Skriv teksten igen med almindelige tegn.",
    "Holds invisible control characters. Write the text again with ordinary letters.",
)


def decode(body: bytes) -> str:
    """The list as text.

    Raises
    ------
    Problem
        422 when it is not UTF-8, which is how spreadsheets save `CSV UTF-8`.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise refuse(
            422,
            "encoding",
            f"{line}:0",
            da=f"Linje {line}: Filen er ikke UTF-8. Gem den som “CSV UTF-8”.",
            en=f"Line {line}: The file is not UTF-8. Save it as “CSV UTF-8”.",
        ) from error


def private_words(text: str) -> list[Violation]:
    """The cells that look like a patient's identity or hold invisible characters, by line as the plan tells faults."""
    return list(_private_words(text))


def _private_words(text: str) -> Iterator[Violation]:
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        headers = [header.strip().lower() for header in next(reader, [])]
        columns = [(number, header) for number, header in enumerate(headers) if header in WRITTEN]
        end = reader.line_num
        for cells in reader:
            line, end = end + 1, reader.line_num
            for number, header in columns:
                cell = cells[number] if number < len(cells) else ""
                if holds_cpr(cell):
                    yield _fault("no_patient_identity", line, number + 1, header, NOT_A_PATIENT)
                if holds_control(cell):
                    yield _fault("no_control_characters", line, number + 1, header, NOT_INVISIBLE)
    except csv.Error:
        return  # the plan says what is wrong with the line


def written(plan: ImportPlan, more: Sequence[Violation], language: Language) -> ImportOut:
    """Write a plan in one language; with any fault nothing is applied."""
    faults = [_told(violation, language) for violation in (*plan.violations, *more)]
    return ImportOut(
        added=list(plan.added),
        changed=list(plan.changed),
        unchanged=plan.unchanged,
        violations=sorted(faults, key=lambda fault: (fault.line, fault.column, fault.rule)),
        applied=plan.applied,
    )


def refusal(plan: ImportPlan, more: Sequence[Violation]) -> Problem:
    """The problem that an import with faults is answered with."""
    return Problem(422, [Fault(item.rule, item.field, item.da, item.en) for item in (*plan.violations, *more)])


def _fault(rule: str, line: int, column: int, field: str, sentences: tuple[str, str]) -> Violation:
    da, en = sentences
    return Violation(rule, f"{line}:{column}:{field}", f"Linje {line}: {da}", f"Line {line}: {en}")


def _told(violation: Violation, language: Language) -> ImportFaultOut:
    line, _, rest = violation.field.partition(":")
    column, _, field = rest.partition(":")
    return ImportFaultOut(
        rule=violation.rule,
        line=int(line),
        column=int(column),
        field=field,
        message=violation.da if language == "da" else violation.en,
    )
