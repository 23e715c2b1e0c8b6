"""The distributions by the names they have in YAML, and their plain form in files of results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import MappingProxyType
from typing import Any

from simulation.distributions.base import BadDistribution, Distribution
from simulation.distributions.plain import Constant, Empirical, Normal, Shifted, Triangular, Uniform
from simulation.distributions.shaped import Erlang, Exponential, Gamma, LogNormal, Weibull

REGISTRY: Mapping[str, type[Any]] = MappingProxyType(
    {
        "constant": Constant,
        "exponential": Exponential,
        "lognormal": LogNormal,
        "gamma": Gamma,
        "erlang": Erlang,
        "weibull": Weibull,
        "normal": Normal,
        "uniform": Uniform,
        "triangular": Triangular,
        "empirical": Empirical,
    }
)
"""Frozen dataclasses by name, all but `Shifted`, which is said by `plus` beside the parameters of another."""

_NAMES = {kind: name for name, kind in REGISTRY.items()}


def parameters(name: str) -> dict[str, str]:
    """The parameters of a distribution as YAML says them, each with the field that takes it.

    Fields in seconds end in `_s`; in YAML they are durations and have no ending: {"mean": "mean_s", "sd": "sd_s"}.
    """
    written = {"mu_s": "mean"}  # in YAML the bell's own mean, before `min` cuts it
    return {written.get(field.name, field.name.removesuffix("_s")): field.name for field in fields(REGISTRY[name])}


def build(name: str, plus_s: float = 0.0, **figures: Any) -> Distribution:
    """The distribution of that name from its parameters as YAML says them, durations in seconds.

    >>> build("lognormal", mean=1200.0, sd=600.0)
    LogNormal(mean_s=1200.0, sd_s=600.0)

    Raises
    ------
    BadDistribution
        If the name is unknown, or with all that is wrong with the parameters.
    """
    if name not in REGISTRY:
        raise BadDistribution([f"there is no distribution {name}; there are {', '.join(REGISTRY)}"])
    known, kind = parameters(name), REGISTRY[name]
    needed = [said for field, said in zip(fields(kind), known, strict=True) if field.default is MISSING]
    problems = [f"{name} has no {said}; it has {', '.join(known)}" for said in figures if said not in known]
    problems += [f"{name} needs {said}" for said in needed if said not in figures]
    problems += [f"{said} must be a number, not {value!r}" for said, value in figures.items() if not _figures(value)]
    if problems:
        raise BadDistribution(problems)
    values = {known[said]: tuple(value) if isinstance(value, list) else value for said, value in figures.items()}
    base: Distribution = kind(**values)
    return base if plus_s == 0 else Shifted(base, plus_s)


def to_plain(distribution: Distribution) -> dict[str, Any]:
    """A distribution as mappings, lists and numbers: {"gamma": {"mean": 60.0, "sd": 30.0}, "plus": 5.0}, seconds."""
    base, plus_s = distribution, 0.0
    while isinstance(base, Shifted):
        plus_s += base.plus_s
        base = base.base
    name = _NAMES[type(base)]
    figures = {said: getattr(base, field) for said, field in parameters(name).items()}
    plain: dict[str, Any] = {
        name: {said: list(value) if isinstance(value, tuple) else value for said, value in figures.items()}
    }
    return plain | {"plus": plus_s} if isinstance(distribution, Shifted) else plain


def from_plain(plain: Mapping[str, Any]) -> Distribution:
    """What `to_plain` wrote.

    Raises
    ------
    BadDistribution
        If it is none.
    """
    names = [name for name in plain if name != "plus"]
    if len(names) != 1:
        raise BadDistribution([f"a distribution has one name, not {', '.join(names) or 'none'}"])
    base = build(names[0], **plain[names[0]])
    return Shifted(base, plain["plus"]) if "plus" in plain else base


def _figures(value: object) -> bool:
    """Whether it is a number, or a row of them."""
    row = value if isinstance(value, list | tuple) else [value]
    return all(isinstance(figure, int | float) and not isinstance(figure, bool) for figure in row)
