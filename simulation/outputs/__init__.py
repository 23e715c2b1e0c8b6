"""What a replication says: a figure for each output, tables of the week, and where patients wait."""

from simulation.outputs.bottleneck import Bottlenecks, Load, Waiting, bottlenecks
from simulation.outputs.measure import measure
from simulation.outputs.patients import PatientFigures
from simulation.outputs.times import TIME_EDGES_S, TimesOfWeek, times_of
from simulation.outputs.weekly import Tables, Week, week_of, weekly_tables

__all__ = [
    "TIME_EDGES_S",
    "Bottlenecks",
    "Load",
    "PatientFigures",
    "Tables",
    "TimesOfWeek",
    "Waiting",
    "Week",
    "bottlenecks",
    "measure",
    "times_of",
    "week_of",
    "weekly_tables",
]
