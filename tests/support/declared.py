"""Small declared flows for tests of the language: a frame round a few steps, and what is said of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

from simulation.flow.load import load_flows
from site_models.errors import SiteError, SiteErrors

FRAME = """\
resources:
  - {id: bay, kind: room, name: {da: Stue, en: Bay}, count: 4, source: assumed}
  - {id: doctor, kind: staff, name: {da: Læge, en: Doctor}, count: 2, skills: [treat], source: assumed}
  - {id: nurse, kind: staff, name: {da: Sygeplejerske, en: Nurse}, count: 3, skills: [treat], source: assumed}
  - {id: ward_bed, kind: bed, name: {da: Sengeplads, en: Ward bed}, physical: 30, staffed: 20, source: assumed}
  - {id: icu_bed, kind: bed, name: {da: Intensivplads, en: ICU bed}, physical: 6, staffed: 5, source: assumed}
attributes:
  - {id: triage, values: {red: .1, yellow: .4, green: .5}, source: assumed}
arrivals:
  - {id: walk_in, pathway: ed, per_day: 50, source: assumed}
flows:
  - {id: day, name: {da: Døgn, en: Day}, begins: 2027-01-04, runs: 10 d, arrivals: [walk_in]}
pathways:
  - id: ed
    name: {da: Akutmodtagelse, en: Emergency}
    source: assumed
    steps:
"""
PATHWAY = """\
  - id: {name}
    name: {name}
    source: assumed
    steps:
"""


def framed(steps: str, **others: str) -> str:
    """A YAML file in which patients go through the steps of `ed`, beside other pathways by name."""
    text = FRAME + indent(steps.strip("\n"), " " * 6) + "\n"
    for name, more in others.items():
        text += PATHWAY.format(name=name) + indent(more.strip("\n"), " " * 6) + "\n"
    return text


def refusals(folder: Path, text: str) -> list[tuple[str, str]]:
    """The rules that a file breaks, each with what stands in the file from the place of the error to its line's end."""
    lines = text.splitlines()
    return [(error.rule, lines[error.line - 1][error.column - 1 :]) for error in errors_of(folder, text)]


def errors_of(folder: Path, text: str) -> list[SiteError]:
    """All errors of a file, none if it is in order."""
    file = folder / "flows.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load_flows(file)
    except SiteErrors as refused:
        return refused.errors
    return []
