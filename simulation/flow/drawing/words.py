"""What stands in the boxes of a drawn flow, in Danish and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from simulation.flow.check.survey import every_step
from simulation.flow.declared import Declared
from simulation.flow.schema import steps as kinds
from simulation.flow.schema.arrivals import Arrivals
from simulation.flow.schema.durations import ByDuration, ByPatience, Clock, Law
from site_models.schema.base import EVERY_DAY, Text

Language = Literal["da", "en"]
LANGUAGES: tuple[Language, ...] = ("da", "en")

_DA = {
    "release": "Afgiver {thing}",
    "delay": "Tid går",
    "until": "Venter til kl. {times}",
    "priority": "Prioritet {value}",
    "deadline": "Frist: {value}",
    "batch": "Samles {count} ad gangen",
    "at_most": "højst {value}",
    "again": "Ny runde",
    "repeat": "Gentages, højst {count} runder",
    "exhausted": "ikke flere runder",
    "together": "Samtidig",
    "aside": "Imens, ved siden af patienten",
    "chance": "Tilfældighed",
    "state": "Tilstand lige nu",
    "else": "ellers",
    "gives_up": "opgiver efter {value}",
    "gives_up_until": "opgiver kl. {times}",
    "during": "kl. {window}",
    "free": "{thing} er ledig",
    "free_units": "{count} ledige: {thing}",
    "queue": "mindst {count} i kø: {thing}",
    "by": "efter {attribute}",
    "about": "ca. {value}",
    "never": "aldrig",
    "or": " eller ",
    "takes": "optages og beholdes",
    "with_skill": "Kompetence: {skill}",
    "per_day": "{count} pr. døgn",
    "planned": "efter plan",
    "surge": "{count} på én gang",
    "log": "fra log",
    "off": "slået fra",
    "staff": "Personale",
    "room": "Rum",
    "bed": "Seng",
    "equipment": "Udstyr",
    "none": "Uden ressource",
    "run": "Forløb: {name}",
    "beds": "{staffed} normerede af {physical} sengepladser",
    "beds_by_shift": "{physical} sengepladser, normeret efter vagt",
    "by_shift": "efter vagt, højst {count}",
}
_EN = {
    "release": "Gives back {thing}",
    "delay": "Time passes",
    "until": "Waits until {times}",
    "priority": "Priority {value}",
    "deadline": "Deadline: {value}",
    "batch": "Gather, {count} at a time",
    "at_most": "at most {value}",
    "again": "Another round",
    "repeat": "Repeated, at most {count} rounds",
    "exhausted": "no more rounds",
    "together": "At the same time",
    "aside": "Meanwhile, beside the patient",
    "chance": "By chance",
    "state": "State of now",
    "else": "otherwise",
    "gives_up": "gives up after {value}",
    "gives_up_until": "gives up at {times}",
    "during": "{window}",
    "free": "{thing} is free",
    "free_units": "{count} free: {thing}",
    "queue": "at least {count} queue: {thing}",
    "by": "by {attribute}",
    "about": "about {value}",
    "never": "never",
    "or": " or ",
    "takes": "taken and kept",
    "with_skill": "Skill: {skill}",
    "per_day": "{count} a day",
    "planned": "by schedule",
    "surge": "{count} at once",
    "log": "from a log",
    "off": "switched off",
    "staff": "Staff",
    "room": "Room",
    "bed": "Bed",
    "equipment": "Equipment",
    "none": "Without a resource",
    "run": "Pathway: {name}",
    "beds": "{staffed} staffed of {physical} beds",
    "beds_by_shift": "{physical} beds, staffed by shift",
    "by_shift": "by shift, at most {count}",
}
_SAID: Mapping[str, Mapping[str, str]] = MappingProxyType({"da": _DA, "en": _EN})
_UNITS = {"da": ("s", "min", "t", "døgn"), "en": ("s", "min", "h", "d")}
_DAYS = {
    "da": ("man", "tir", "ons", "tor", "fre", "lør", "søn"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


class Words:
    """Names and sentences in one language."""

    def __init__(self, declared: Declared, language: Language) -> None:
        self._declared = declared
        self._language = language
        self._kept = {
            step.as_: step.seize
            for pathway in declared.sections.pathways
            for _, step in every_step(pathway.steps, ())
            if isinstance(step, kinds.Seize) and step.as_ is not None
        }

    def say(self, key: str, **values: object) -> str:
        """A sentence of the language with these values."""
        return _SAID[self._language][key].format(**values)

    def text(self, text: Text | None, fallback: str) -> str:
        """A name in the language, or made from an id."""
        if text is None:
            return _plain(fallback)
        return text.en if self._language == "en" else text.da

    def resource(self, name: str) -> str:
        """The name of a resource."""
        known = self._declared.resources.get(name)
        return self.text(known.name if known else None, name)

    def attribute(self, name: str) -> str:
        """The name of an attribute."""
        known = self._declared.attributes.get(name)
        return self.text(known.name if known else None, name)

    def choice(self, choice: str | kinds.Several) -> str:
        """What is asked for."""
        if isinstance(choice, str):
            return self.resource(choice)
        if choice.any is not None:
            return self.say("or").join(self.resource(name) for name in choice.any)
        return self.say("with_skill", skill=_plain(choice.skill or ""))

    def kept(self, name: str) -> str:
        """What is kept under a name."""
        return self.choice(self._kept.get(name, name))

    def number(self, value: float) -> str:
        """A figure with at most three digits, in the language's way."""
        text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
        return text.replace(".", ",") if self._language == "da" else text

    def percent(self, share: float) -> str:
        """A share."""
        return f"{self.number(100 * share)} %"

    def span(self, seconds: float) -> str:
        """A duration in the unit that people would use."""
        second, minute, hour, day = _UNITS[self._language]
        for limit, length, unit in ((90, 1, second), (5_400, 60, minute), (172_800, 3_600, hour)):
            if seconds < limit:
                return f"{self.number(round(seconds / length, 1))} {unit}"
        return f"{self.number(round(seconds / 86_400, 1))} {day}"

    def duration(self, value: float | Law | ByDuration | ByPatience | str | None) -> str:
        """How long: as it is, the mean of what varies, the range of means by an attribute."""
        if value is None or isinstance(value, str):
            return self.say("never")
        if isinstance(value, Law):
            return self.say("about", value=self.span(value.distribution().mean_s))
        if isinstance(value, float | int):
            return self.span(value)
        rows = [row for row in [*value.rows.values(), value.else_] if isinstance(row, float | Law)]
        means = sorted({row.distribution().mean_s if isinstance(row, Law) else row for row in rows})
        if not means:
            return self.say("never")
        shown = list(dict.fromkeys(self.span(mean) for mean in (means[0], means[-1])))
        return f"{'–'.join(shown)} {self.say('by', attribute=self.attribute(value.by).lower())}"

    def clock(self, clock: Clock) -> str:
        """Times of day, and the days when they are not all."""
        times = ", ".join(clock.times)
        return times if len(clock.days) == len(EVERY_DAY) else f"{times} ({self.days(clock.days)})"

    def days(self, days: tuple[str, ...]) -> str:
        """Days of the week; neighbours as a range."""
        numbers = sorted(EVERY_DAY.index(day) for day in EVERY_DAY if day in days)
        names = _DAYS[self._language]
        if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
            return f"{names[numbers[0]]}–{names[numbers[-1]]}"
        return ", ".join(names[number] for number in numbers)

    def arrival(self, arrivals: Arrivals) -> str:
        """A source of patients and how many come."""
        if arrivals.per_day is not None:
            many = self.say("per_day", count=self.number(arrivals.per_day))
        elif arrivals.surge is not None:
            many = self.say("surge", count=arrivals.surge.count)
        else:
            many = self.say("planned" if arrivals.schedule is not None else "log")
        off = "" if arrivals.enabled else f" ({self.say('off')})"
        return f"{self.text(arrivals.name, arrivals.id)} · {many}{off}"

    def priority(self, priority: int | kinds.ByPriority) -> str:
        """A priority, or that it depends on an attribute."""
        if isinstance(priority, int):
            return str(priority)
        return self.say("by", attribute=self.attribute(priority.by).lower())

    def share(self, share: float | kinds.ByShare) -> str:
        """A share, or the range of shares by an attribute."""
        if isinstance(share, float | int):
            return self.percent(share)
        values = sorted({row for row in [*share.rows.values(), share.else_] if row is not None})
        low, high = self.number(100 * values[0]), self.percent(values[-1])
        shown = high if len(values) == 1 else f"{low}–{high}"
        return f"{shown} {self.say('by', attribute=self.attribute(share.by).lower())}"

    def arm(self, arm: kinds.Arm) -> str:
        """When one goes this way."""
        if arm.else_:
            said = self.say("else")
        elif arm.share is not None:
            said = self.share(arm.share)
        elif arm.is_ is not None:
            said = ", ".join(_plain(value) for value in ((arm.is_,) if isinstance(arm.is_, str) else arm.is_))
        else:
            said = self.when(arm.when) if arm.when is not None else ""
        if arm.name is None:
            return said
        name = self.text(arm.name, "")
        return name if arm.is_ is not None or arm.when is not None else f"{name} · {said}"

    def when(self, when: kinds.When) -> str:
        """A state of now."""
        if when.during is not None:
            days = "" if len(when.days) == len(EVERY_DAY) else f" ({self.days(when.days)})"
            return self.say("during", window=when.during.replace("-", "–")) + days
        if when.free is not None:
            key = "free" if when.units == 1 else "free_units"
            return self.say(key, count=when.units, thing=self.resource(when.free))
        return self.say("queue", count=when.at_least, thing=self.resource(when.queue or ""))


def _plain(name: str) -> str:
    """An id as words."""
    words = name.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]
