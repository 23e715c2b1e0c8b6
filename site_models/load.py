"""Reads a site's folder of YAML into a `Site`, reporting every error of every file with its place."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from site_models.errors import Mark, SiteError, SiteErrors, in_order
from site_models.plans import unfold_plans
from site_models.positions import Positions
from site_models.schema import Site
from site_models.validation import validate
from site_models.yaml_tree import Leaf, Row, Table, Tree, read_yaml

__all__ = [
    "LoadedSite",
    "SiteError",
    "SiteErrors",
    "known_sites",
    "load_site",
    "load_with_positions",
    "merge",
    "read_file",
    "read_folder",
    "site_folder",
]

SITES = Path(__file__).parent
PATIENT_FLOWS = frozenset(
    {
        "resources",
        "attributes",
        "arrival_patterns",
        "arrivals",
        "pathways",
        "outputs",
        "flows",
        "scenarios",
        "waiting_rights",
    }
)
"""Sections that the simulation reads and checks."""
OTHER_ROOMS = PATIENT_FLOWS | {"assets"}
ONCE = frozenset({"site", "porters", "mode_cost", "mishaps"})
MAX_FILES = 500
MOST_CORRIDOR_M = 200_000
MOST_THINGS = 50_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")


@dataclass(frozen=True, slots=True)
class LoadedSite:
    """A site and the places of its values."""

    site: Site
    positions: Positions


def load_site(site: str | Path) -> Site:
    """The site in a folder, or under its name in `site_models/`.

    Raises
    ------
    SiteErrors
        With every malformed, unknown, missing, repeated or mistyped thing of every file.
    """
    return load_with_positions(site).site


def load_with_positions(site: str | Path) -> LoadedSite:
    """As `load_site`, together with the place of every value."""
    folder = site_folder(site)
    root, errors, whole = read_folder(folder)
    errors.extend(unfold_plans(root))
    positions = Positions(root)
    loaded, invalid = validate(root, positions, Site, whole=whole)
    if errors or loaded is None:
        raise SiteErrors([*errors, *invalid])
    if _length_m(loaded) > MOST_CORRIDOR_M or _things(loaded) > MOST_THINGS:
        message = (
            f"More than {MOST_CORRIDOR_M // 1000} km of corridors or {MOST_THINGS} rooms and bays; split the site, "
            "or correct a coordinate or count."
        )
        raise SiteErrors([SiteError.at(root.mark, "site_too_large", message)])
    return LoadedSite(loaded, positions)


def _length_m(site: Site) -> float:
    return sum(
        math.dist(a, b) for floor in site.floors for corridor in floor.corridors for a, b in pairwise(corridor.points)
    )


def _things(site: Site) -> int:
    rooms = sum(len(floor.rooms) + sum(row.count for row in floor.rows) for floor in site.floors)
    return rooms + sum(bay.count for bay in site.bays)


def known_sites() -> list[str]:
    """The names under `site_models/` that hold a site."""
    return sorted(folder.name for folder in SITES.iterdir() if folder.is_dir() and any(folder.glob("*.yaml")))


def site_folder(site: str | Path) -> Path:
    """The folder of a site given by folder or name; a bare name is first looked for among the known sites.

    Raises
    ------
    SiteErrors
        When there is neither.
    """
    name = str(site)
    if _NAME.fullmatch(name) and name in known_sites():
        return SITES / name
    folder = Path(site)
    if folder.is_dir():
        return folder
    message = f"No such site: give a folder or one of {', '.join(known_sites()) or 'none yet'}."
    raise SiteErrors([SiteError.at(Mark(name), "no_site", message)])


def read_folder(
    folder: Path,
    *,
    sections: Iterable[str] = Site.model_fields,
    skipped: AbstractSet[str] = OTHER_ROOMS,
    word: str = "",
) -> tuple[Table, list[SiteError], bool]:
    """The merged tree of all files, the errors so far, and whether every file could be read to its end.

    `sections` must be lists where several files have them, `skipped` are left to another room. With `word`, a
    regular expression, only files in which it is found are read.
    """
    shown = _shown(folder)
    root = Table(Mark(shown))
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".yaml", ".yml"} and path.is_file())
    if not files:
        raise SiteErrors([SiteError.at(Mark(shown), "no_files", "No *.yaml file in this folder; a site needs some.")])
    if len(files) > MAX_FILES:
        raise SiteErrors([SiteError.at(Mark(shown), "too_many_files", f"More than {MAX_FILES} files; join some.")])
    errors: list[SiteError] = []
    whole = True
    for path in files:
        tree, found = read_file(path, f"{shown}/{path.relative_to(folder).as_posix()}", word=word)
        errors.extend(found)
        whole = whole and not (tree is None and found)
        if tree is not None:
            errors.extend(merge(root, tree, sections=sections, skipped=skipped))
    return root, in_order(errors), whole


def read_file(path: Path, shown: str, *, word: str = "") -> tuple[Tree | None, list[SiteError]]:
    """The tree of one file and its errors; neither when `word`, a regular expression, is not found in it."""
    if path.suffix == ".yml":
        return None, [SiteError.at(Mark(shown), "file_name", "Not read because of its name; rename it to .yaml.")]
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"Cannot be read: {error.strerror}; allow reading it."
        return None, [SiteError.at(Mark(shown), "unreadable", message)]
    return read_yaml(data, shown) if re.search(word.encode(), data) else (None, [])


def _shown(folder: Path) -> str:
    absolute = folder.resolve()
    relative = os.path.relpath(absolute)
    return str(absolute) if relative.startswith("..") else Path(relative).as_posix()


def merge(root: Table, tree: Tree, *, sections: Iterable[str], skipped: AbstractSet[str]) -> list[SiteError]:
    """Add one file to the whole: mapping sections once, lists one after the other."""
    if isinstance(tree, Leaf) and tree.text is None:
        return []
    if not isinstance(tree, Table):
        message = "A file is a mapping of sections such as `floors:` or `loads:`; begin with one."
        return [SiteError.at(tree.mark, "wrong_value", message)]
    errors = []
    for section, value in tree.entries.items():
        if section in skipped:
            continue
        known = root.entries.get(section)
        if known is None:
            root.entries[section] = value
            root.keys[section] = tree.keys[section]
        elif section in ONCE:
            first = root.keys[section]
            message = f"`{section}` stands already in {first.file}:{first.line}; keep it in one file."
            errors.append(SiteError.at(tree.keys[section], "section_twice", message))
        elif isinstance(known, Row) and isinstance(value, Row):
            root.entries[section] = Row(known.mark, [*known.items, *value.items])
        elif section in sections:
            message = f"`{section}` must be a list in every file; make it one."
            errors.append(SiteError.at(value.mark, "wrong_value", message))
    return errors
