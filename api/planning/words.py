"""The words of planning: states of experiments, verdicts on targets, kinds of resources and what figures are called."""

from __future__ import annotations

from api.texts import N_
from api.words import Word
from simulation.experiment.progress import State

STATES: dict[State, Word] = {
    "waiting": Word(N_("in the queue"), "i-waiting", "soon"),
    "running": Word(N_("being simulated"), "i-under-way", "info"),
    "stopped": Word(N_("paused"), "i-closed", "soon"),
    "done": Word(N_("finished"), "i-done", "ok"),
    "failed": Word(N_("broken off"), "i-trouble", "late"),
}
MET = Word(N_("target met"), "i-done", "ok")
MISSED = Word(N_("target missed"), "i-trouble", "late")
OPEN = Word(N_("too close to tell"), "i-doubt", "soon")
NO_TARGET = Word(N_("no target"), "i-closed")

BETTER = Word(N_("better"), "i-done", "ok")
WORSE = Word(N_("worse"), "i-trouble", "late")
HIGHER = Word(N_("higher"), "p-up", "info")
LOWER = Word(N_("lower"), "p-down", "info")
SAME = Word(N_("no certain difference"), "i-doubt", "quiet")

RESOURCE_KINDS = {
    "staff": N_("Staff"),
    "bed": N_("Beds"),
    "room": N_("Rooms"),
    "equipment": N_("Equipment (to examine with)"),
}
"""In the order in which they are listed."""

ASSUMED = Word(N_("assumed"), "i-doubt", "soon")
FOREIGN = Word(N_("from abroad"), "i-doubt", "info")
MEASURED = Word(N_("source given"), "i-done", "quiet")

FIGURES = {
    "count": N_("number"),
    "staffed": N_("staffed beds"),
    "physical": N_("physical beds"),
    "per_day": N_("arrivals a day"),
    "each": N_("patients each time"),
    "over": N_("over how long"),
    "at": N_("time of day"),
    "day": N_("on day number"),
    "enabled": N_("happens"),
    "mean": N_("mean"),
    "sd": N_("standard deviation"),
    "phases": N_("phases"),
    "shape": N_("shape"),
    "min": N_("at least"),
    "low": N_("least"),
    "mode": N_("most often"),
    "high": N_("greatest"),
    "plus": N_("added to it"),
    "constant": N_("duration"),
    "share": N_("share"),
    "shares": N_("share"),
    "values": N_("share"),
    "weights": N_("weight"),
    "patience": N_("patience"),
    "priority": N_("priority"),
    "deadline": N_("deadline"),
    "units": N_("units at a time"),
    "at_most": N_("at most"),
    "at_least": N_("at least"),
    "for": N_("duration"),
    "delay": N_("waiting time that is planned"),
    "cleaning": N_("cleaning"),
    "shifts": N_("shift"),
    "breaks": N_("break"),
    "closed": N_("closed"),
    "lateness": N_("lateness"),
    "surge": N_("surge"),
    "schedule": N_("schedule"),
    "hours": N_("weight by hour"),
    "weekend_hours": N_("weight by hour, weekend"),
    "weekdays": N_("weight by weekday"),
    "months": N_("weight by month"),
    "target": N_("target"),
    "limit": N_("limit"),
    "warm_up": N_("warm-up"),
    "runs": N_("simulated time"),
    "repeat": N_("repeated"),
    "until": N_("until"),
    "else": N_("the others"),
    "branch": N_("way"),
    "otherwise": N_("otherwise"),
    "begins": N_("first day"),
}
"""What the last words of a figure's path are called; others are shown as they are declared."""

VALUES = {"red": N_("red"), "orange": N_("orange"), "yellow": N_("yellow"), "green": N_("green"), "blue": N_("blue")}
"""The colours of triage."""
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
DAYS = (
    N_("Mondays"),
    N_("Tuesdays"),
    N_("Wednesdays"),
    N_("Thursdays"),
    N_("Fridays"),
    N_("Saturdays"),
    N_("Sundays"),
)
