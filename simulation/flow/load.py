"""Reads the flows of a site from its YAML, reporting every error of every file with its place."""

from __future__ import annotations

import csv
import datetime as dt
from itertools import islice
from pathlib import Path

from simulation.flow.changes import in_scenario
from simulation.flow.declared import Declared, declare, declare_tree
from simulation.flow.paths import UnknownPath, find
from simulation.flow.schema import SECTIONS
from site_models.errors import Mark, SiteError, SiteErrors
from site_models.load import OTHER_ROOMS, PATIENT_FLOWS, merge, read_file, read_folder, site_folder
from site_models.schema import Site
from site_models.yaml_tree import Leaf, Row, Table, Tree

__all__ = ["Declared", "declare_tree", "load_flows"]

OF_THE_SITE = frozenset(Site.model_fields) | (OTHER_ROOMS - PATIENT_FLOWS)
MENTIONS = rf"\b(?:{'|'.join(sorted(SECTIONS))})\b"
MOST_ARRIVALS = 200_000


def load_flows(site: str | Path) -> Declared:
    """The flows in a site's folder, under a site's name in `site_models/`, or in a single YAML file.

    Raises
    ------
    SiteErrors
        With everything that is malformed, unknown, missing or contradicts itself, of the flows and their scenarios.
    """
    file = Path(site)
    if file.suffix in {".yaml", ".yml"} and not file.is_dir():
        root = Table(Mark(str(site)))
        tree, errors = read_file(file, str(site))
        whole = tree is not None or not errors
        if tree is not None:
            errors = [*errors, *merge(root, tree, sections=SECTIONS, skipped=OF_THE_SITE)]
    else:
        root, errors, whole = read_folder(site_folder(site), sections=SECTIONS, skipped=OF_THE_SITE, word=MENTIONS)
    errors = [*errors, *_take_logs(root)]
    if whole and not errors and "flows" not in root.entries:
        message = "No flows are declared here; add a section `flows:` (docs/simulation.md says what it holds)."
        raise SiteErrors([SiteError.at(root.mark, "no_flows", message)])
    declared = declare(root, errors, whole=whole)
    wrong = [*_lost_dials(declared)]
    wrong += [error for scenario in declared.scenario_ids for error in _errors_of(declared, scenario)]
    if wrong:
        raise SiteErrors(wrong)
    return declared


def _lost_dials(declared: Declared) -> list[SiteError]:
    """Dials that turn nothing."""
    errors = []
    for number, flow in enumerate(declared.sections.flows):
        for place, dial in enumerate(flow.dials):
            try:
                find(declared, dial)
            except UnknownPath as unknown:
                mark = declared.positions.at(("flows", number, "dials", place))
                errors.append(SiteError.at(mark, "unknown_path", str(unknown)))
    return errors


def _errors_of(declared: Declared, scenario_id: str) -> list[SiteError]:
    """What would be wrong with the flows of a scenario."""
    try:
        in_scenario(declared, scenario_id)
    except SiteErrors as errors:
        return errors.errors
    return []


def _take_logs(root: Table) -> list[SiteError]:
    """Put the times of logs of arrivals, files beside the YAML, into the tree."""
    errors: list[SiteError] = []
    sources = root.entries.get("arrivals")
    for source in sources.items if isinstance(sources, Row) else ():
        name = source.entries.get("log") if isinstance(source, Table) else None
        if isinstance(source, Table) and isinstance(name, Leaf) and name.text is not None:
            times = _read_log(name, errors)
            if times is not None:
                source.entries["log"] = times
    return errors


def _read_log(name: Leaf, errors: list[SiteError]) -> Tree | None:
    """The times in the column `arrival` of a log; None, and errors at the place of its name, when there are none."""
    path = Path(name.mark.file).parent / str(name.text)
    if Path(str(name.text)).name != name.text:
        message = "A log lies in the folder of the YAML that names it; write its name alone."
        errors.append(SiteError.at(name.mark, "log_place", message))
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(islice(csv.DictReader(lines), MOST_ARRIVALS + 1))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"The log cannot be read ({error}); put it beside the YAML as UTF-8 with commas."
        errors.append(SiteError.at(name.mark, "log_unreadable", message))
        return None
    if not rows or "arrival" not in rows[0] or len(rows) > MOST_ARRIVALS:
        message = f"A log has a column `arrival` and 1 to {MOST_ARRIVALS} rows; correct {name.text}."
        errors.append(SiteError.at(name.mark, "log_rows", message))
        return None
    wrong = [number for number, row in enumerate(rows, 2) if not _is_time(row["arrival"])]
    for number in wrong:
        message = f"`{rows[number - 2]['arrival']}` is no time; write it as 2027-01-04T10:30."
        errors.append(SiteError.at(Mark(str(path), number, 1), "log_time", message))
    return None if wrong else Row(name.mark, [Leaf(name.mark, row["arrival"]) for row in rows])


def _is_time(text: str | None) -> bool:
    try:
        dt.datetime.fromisoformat(text or "")
    except ValueError:
        return False
    return True
