"""Holds the tree of a site against a model of its schema and says in people's words what does not fit."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from site_models.errors import SiteError
from site_models.positions import Path, Positions
from site_models.yaml_tree import Table, plain

LONGEST_SHOWN = 40
MEANINGS = {
    "^[A-Za-z0-9][A-Za-z0-9_.+-]*$": "an id begins with a letter or digit and holds letters, digits, and . _ + -",
    r"^([A-Za-z0-9][A-Za-z0-9_.+-]*)?\{n(:0[1-9]d)?\}[A-Za-z0-9_.+-]*$": "a row's id holds {n} or {n:02d}",
    r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$": "a time of day is written 06:30",
    r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$": "a window is written 06:00-22:00",
    "^[A-Z]{1,3}$": "a prefix is one to three capital letters",
}
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that does not fit the model, where it stands in the tree; `absent`: a whole section is missing."""

    path: Path
    error: SiteError
    absent: bool


def validate(root: Table, positions: Positions, model: type[M], *, whole: bool) -> tuple[M | None, list[SiteError]]:
    """The tree as the model, or None with every violation of its schema.

    With `whole` false a file could not be read, so a section that seems to be missing is not held against the site.
    """
    found = violations(root, positions, model)
    if isinstance(found, BaseModel):
        return found, []
    return None, said_once(violation.error for violation in found if whole or not violation.absent)


def violations(root: Table, positions: Positions, model: type[M]) -> M | list[Violation]:
    """The tree as the model, or all that does not fit.

    Kinds of a union of models carry tags in angle brackets (`<seize>`), which are no part of a path.
    """
    try:
        return model.model_validate(plain(root))
    except ValidationError as error:
        details = error.errors(include_url=False)
        around = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
        return [
            Violation(_without_tags(detail["loc"]), _site_error(detail, positions, model), _section_missing(detail))
            for detail in details
            if not (detail["type"] == "too_short" and detail["loc"] in around)
        ]


def said_once(errors: Iterable[SiteError]) -> list[SiteError]:
    """One error a rule and place: a mistake in a plan is one mistake, however many floors use the plan."""
    return list({(e.rule, e.file, e.line, e.column): e for e in reversed(list(errors))}.values())


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The hint after an unknown word: the known one that is closest, or all that are known."""
    close = difflib.get_close_matches(word, known, 1)
    return f"did you mean `{close[0]}`?" if close else f"known are {', '.join(known) or 'none'}."


def model_at(loc: Path, model: type[BaseModel]) -> type[BaseModel] | None:
    """The schema class of the thing at a place of the model; a tag in the place picks the kind of a union."""
    annotation = annotation_at(loc, model)
    inner = _inner(annotation)
    return inner if _is_model(inner) else None


def annotation_at(loc: Path, model: type[BaseModel]) -> Any:
    """The type of the thing at a place of the model, None where there is no such place."""
    annotation: Any = model
    for part in loc:
        if _is_tag(part):
            annotation = _tagged(annotation, str(part))
            continue
        inner = _inner(annotation)
        if isinstance(part, str) and _is_model(inner):
            field = fields_by_key(inner).get(part)
            annotation = field.annotation if field else _extra(inner)
        else:
            members = [member for member in typing.get_args(_bare(annotation)) if member is not Ellipsis]
            annotation = members[-1] if members else None
    return annotation


def fields_by_key(model: type[BaseModel] | None) -> Mapping[str, FieldInfo]:
    """The fields of a model by the words that YAML has for them."""
    return {field.alias or name: field for name, field in model.model_fields.items()} if model else {}


def _section_missing(detail: ErrorDetails) -> bool:
    return detail["type"] in {"missing", "too_short"} and len(detail["loc"]) == 1


def _without_tags(loc: Path) -> Path:
    return tuple(part for part in loc if not _is_tag(part))


def _is_tag(part: str | int) -> bool:
    return isinstance(part, str) and part.startswith("<") and part.endswith(">")


def _site_error(detail: ErrorDetails, positions: Positions, model: type[BaseModel]) -> SiteError:
    loc: Path = detail["loc"]
    path = _without_tags(loc)
    kind = detail["type"]
    if kind == "missing":
        field = fields_by_key(model_at(loc[:-1], model)).get(str(path[-1]))
        meaning = f" ({field.description})" if field is not None and field.description else ""
        return SiteError.at(
            positions.at(path[:-1]), "missing_key", f"{_place(path, positions)} is missing; add it{meaning}."
        )
    if kind == "extra_forbidden":
        hint = did_you_mean(str(path[-1]), list(fields_by_key(model_at(loc[:-1], model))))
        message = f"{_place(path, positions)} is not a known key; {hint}"
        return SiteError.at(positions.key(path), "unknown_key", message)
    if kind == "union_tag_invalid":
        context = detail["ctx"]
        word, known = context["tag"].strip("<>"), [tag.strip("'<> ") for tag in context["expected_tags"].split(",")]
        said = f"`{word}` is no kind of {_place(path, positions)}; " if word else f"{_place(path, positions)}: "
        return SiteError.at(positions.at(path), "unknown_kind", said + did_you_mean(word, known))
    mark = positions.key(path[:-1]) if path and path[-1] == "[key]" else positions.at(path)
    return SiteError.at(mark, "wrong_value", f"{_place(path, positions)}: {_problem(detail)}; correct it.")


def _place(path: Path, positions: Positions) -> str:
    owner, below = positions.owner(path)
    words = ".".join(str(part) for part in below if part != "[key]")
    return f"`{words}` of `{owner}`" if owner else f"`{words}`"


def _problem(detail: ErrorDetails) -> str:
    pattern = detail.get("ctx", {}).get("pattern")
    message = MEANINGS.get(str(pattern)) if pattern else None
    said = message or detail["msg"].removeprefix("Value error, ")
    if isinstance(detail["input"], dict | list):
        return said
    shown = str(detail["input"])
    cut = shown if len(shown) <= LONGEST_SHOWN else shown[:LONGEST_SHOWN] + "…"
    return f"{said}, not `{cut}`"


def _tagged(annotation: Any, tag: str) -> Any:
    """The member of a union that carries the tag, wherever it stands within lists and optionals."""
    if any(isinstance(mark, Tag) and mark.tag == tag for mark in getattr(annotation, "__metadata__", ())):
        return annotation
    members = (_tagged(argument, tag) for argument in typing.get_args(annotation))
    return next((member for member in members if member is not None), None)


def _bare(annotation: Any) -> Any:
    """Without what `Annotated` adds, and without `| None`."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    rest = [argument for argument in typing.get_args(annotation) if argument is not type(None)]
    return _bare(rest[0]) if type(None) in typing.get_args(annotation) and len(rest) == 1 else annotation


def _extra(model: type[BaseModel]) -> Any:
    """The type of values under keys of the writer's own, for models that take such."""
    hint = typing.get_type_hints(model, include_extras=True).get("__pydantic_extra__")
    return typing.get_args(hint)[-1] if model.model_config.get("extra") == "allow" and hint else None


def _inner(annotation: Any) -> Any:
    """The class inside lists and optionals."""
    bare = _bare(annotation)
    for argument in typing.get_args(bare):
        if argument is not type(None):
            return _inner(argument)
    return bare


def _is_model(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseModel)
