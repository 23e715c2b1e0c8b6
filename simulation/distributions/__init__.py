"""How long things take: distributions with known mean and variance, by the names they have in YAML."""

from simulation.distributions.base import BadDistribution, Distribution
from simulation.distributions.plain import Constant, Empirical, Normal, Shifted, Triangular, Uniform
from simulation.distributions.registry import REGISTRY, build, from_plain, parameters, to_plain
from simulation.distributions.shaped import Erlang, Exponential, Gamma, LogNormal, Weibull

__all__ = [
    "REGISTRY",
    "BadDistribution",
    "Constant",
    "Distribution",
    "Empirical",
    "Erlang",
    "Exponential",
    "Gamma",
    "LogNormal",
    "Normal",
    "Shifted",
    "Triangular",
    "Uniform",
    "Weibull",
    "build",
    "from_plain",
    "parameters",
    "to_plain",
]
