"""Holds the tree of a site against the schema and says in people's words what does not fit."""

from __future__ import annotations

import difflib
import typing
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from site_models.errors import SiteError
from site_models.positions import Path, Positions
from site_models.schema import Site
from site_models.yaml_tree import Table, plain

LONGEST_SHOWN = 40
MEANINGS = {
    "^[A-Za-z0-9][A-Za-z0-9_.+-]*$": "an id begins with a letter or digit and holds letters, digits, and . _ + -",
    r"^([A-Za-z0-9][A-Za-z0-9_.+-]*)?\{n(:0[1-9]d)?\}[A-Za-z0-9_.+-]*$": "a row's id holds {n} or {n:02d}",
    r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$": "a time of day is written 06:30",
    r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$": "a window is written 06:00-22:00",
    "^[A-Z]{1,3}$": "a prefix is one to three capital letters",
}


def validate(root: Table, positions: Positions, *, whole: bool) -> tuple[Site | None, list[SiteError]]:
    """The site, or None with every violation of the schema.

    With `whole` false a file could not be read, so a section that seems to be missing is not held against the site.
    """
    try:
        return Site.model_validate(plain(root)), []
    except ValidationError as error:
        found = [_site_error(detail, positions) for detail in error.errors(include_url=False)]
        kept = [e for detail, e in zip(error.errors(), found, strict=True) if whole or not _section_missing(detail)]
        return None, _said_once(kept)


def _section_missing(detail: ErrorDetails) -> bool:
    return detail["type"] in {"missing", "too_short"} and len(detail["loc"]) == 1


def _said_once(errors: list[SiteError]) -> list[SiteError]:
    """One error a rule and place: a mistake in a plan is one mistake, however many floors use the plan."""
    return list({(e.rule, e.file, e.line, e.column): e for e in reversed(errors)}.values())


def _site_error(detail: ErrorDetails, positions: Positions) -> SiteError:
    path: Path = detail["loc"]
    kind = detail["type"]
    if kind == "missing":
        return SiteError.at(positions.at(path[:-1]), "missing_key", _missing(path, positions))
    if kind == "extra_forbidden":
        return SiteError.at(positions.key(path), "unknown_key", _unknown(path, positions))
    mark = positions.key(path[:-1]) if path[-1] == "[key]" else positions.at(path)
    return SiteError.at(mark, "wrong_value", f"{_place(path, positions)}: {_problem(detail)}; correct it.")


def _missing(path: Path, positions: Positions) -> str:
    model = _model_at(path[:-1])
    field = model.model_fields.get(str(path[-1])) if model else None
    meaning = f" ({field.description})" if field is not None and field.description else ""
    return f"{_place(path, positions)} is missing; add it{meaning}."


def _unknown(path: Path, positions: Positions) -> str:
    model = _model_at(path[:-1])
    names = list(model.model_fields) if model else []
    close = difflib.get_close_matches(str(path[-1]), names, 1)
    hint = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(names)}."
    return f"{_place(path, positions)} is not a known key; {hint}"


def _place(path: Path, positions: Positions) -> str:
    owner, below = positions.owner(path)
    words = ".".join(str(part) for part in below if part != "[key]")
    return f"`{words}` of `{owner}`" if owner else f"`{words}`"


def _problem(detail: ErrorDetails) -> str:
    pattern = detail.get("ctx", {}).get("pattern")
    message = MEANINGS.get(str(pattern)) if pattern else None
    shown = str(detail["input"])
    if isinstance(detail["input"], dict | list):
        return message or detail["msg"]
    cut = shown if len(shown) <= LONGEST_SHOWN else shown[:LONGEST_SHOWN] + "…"
    return f"{message or detail['msg']}, not `{cut}`"


def _model_at(path: Path) -> type[BaseModel] | None:
    """The schema class of the thing at `path`."""
    model: Any = Site
    for part in path:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            if part not in model.model_fields:
                return None
            model = model.model_fields[part].annotation
        model = _inner(model)
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def _inner(annotation: Any) -> Any:
    """The class inside lists and optionals."""
    for argument in typing.get_args(annotation):
        if argument is not type(None):
            return _inner(argument)
    return annotation
