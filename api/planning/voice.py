"""How planning is said in one language: figures with their units, targets, differences and changes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel.numbers import format_decimal

from api.phrases import Phrases
from api.planning import words
from api.planning.charts import Scale
from api.planning.model import DECIMALS, Item, Kind, Model, kind_of, name_of
from api.texts import N_, Language
from api.words import Word
from simulation.distributions import REGISTRY
from simulation.experiment.request import Request, Scenario, Target
from simulation.experiment.result import Figure
from simulation.flow.schema.durations import duration_s

UNITS: dict[Kind, str] = {
    "share": "%",
    "units": N_("in use"),
    "per_day": N_("a day"),
    "hours_per_day": N_("h a day"),
    "s": N_("sec."),
    "min": N_("min."),
    "h": N_("h"),
    "d": N_("days"),
}
SHORT = {"s": UNITS["s"], "min": UNITS["min"], "h": UNITS["h"], "d": UNITS["d"]}
"""Units of durations in the model."""
MINUS = "−"
BASIS = "basis"
"""Id of the scenario that the others are compared with, when it is the flow as declared."""
SHOWN_CHANGES = 3
MOST_DECIMALS = 3
PLAIN = frozenset({"count", "staffed", "per_day"})
"""Figures that are named by what they are a number of."""
DULL = frozenset({"shifts", "breaks", "branch", "surge", "schedule", "steps", *REGISTRY})
"""Words of a path that say nothing to a planner beside what follows them."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The planning pages' voice over one declared model."""

    phrases: Phrases
    model: Model

    @property
    def language(self) -> Language:
        """The language spoken."""
        return self.phrases.language

    def say(self, message: str, **figures: object) -> str:
        """Translate a message and fill in its figures."""
        return self.phrases.say(message, **figures)

    def name(self, section: str, id: str) -> str:
        """What something of the model is called."""
        return self.model.name(section, id, self.language)

    def named(self, item: Item) -> str:
        """What an item is called; its id when it has no name."""
        return name_of(item, self.language) or str(item.get("id", ""))

    def plain(self, value: float, decimals: int) -> str:
        """Write a number with so many decimals, always."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        written: str = format_decimal(round(value, decimals) + 0.0, format=pattern, locale=self.language)
        return written.replace("-", MINUS)

    def amount(self, value: float | None, kind: Kind) -> str:
        """Write a figure of an output without its unit, per cent with its sign; a dash when there is none."""
        if value is None or not math.isfinite(value):
            return "–"
        value, decimals = (100 * value, 1) if kind == "share" else (value, DECIMALS[kind])
        written = self.plain(value, decimals)
        return f"{written} %" if kind == "share" else written

    def half(self, value: float | None, kind: Kind) -> str:
        """Write a half-width: of shares in percentage points."""
        if value is None or not math.isfinite(value):
            return "–"
        return self.plain(100 * value, 1) if kind == "share" else self.plain(value, DECIMALS[kind])

    def difference(self, value: float | None, half_width: float | None, kind: Kind) -> tuple[str, str]:
        """Write a difference and its half-width, of shares in percentage points, with as many decimals as it needs."""
        if value is None or half_width is None or not (math.isfinite(value) and math.isfinite(half_width)):
            return "–", "–"
        factor = 100 if kind == "share" else 1
        usual = 1 if kind == "share" else DECIMALS[kind]
        small = min((abs(size) * factor for size in (value, half_width) if size), default=1.0)
        decimals = min(MOST_DECIMALS, max(usual, math.ceil(-math.log10(small))))
        written = self.plain(factor * value, decimals)
        if value > 0:
            written = f"+{written}"
        return written, self.plain(factor * half_width, decimals)

    def unit(self, kind: Kind) -> str:
        """What a figure is counted in."""
        return UNITS[kind] if kind == "share" else self.say(UNITS[kind])

    def difference_unit(self, kind: Kind) -> str:
        """What a difference is counted in."""
        return self.say(N_("percentage points")) if kind == "share" else self.unit(kind)

    def full(self, value: float | None, kind: Kind) -> str:
        """Write a figure with its unit."""
        written = self.amount(value, kind)
        return written if kind == "share" or written == "–" else f"{written} {self.unit(kind)}"

    def target(self, target: Target | None, kind: Kind) -> str:
        """Say a target; nothing when there is none."""
        if target is None:
            return ""
        parts = []
        if target.at_most is not None:
            parts.append(self.say(N_("at most {figure}"), figure=self._round(target.at_most, kind)))
        if target.at_least is not None:
            parts.append(self.say(N_("at least {figure}"), figure=self._round(target.at_least, kind)))
        return ", ".join(parts)

    def verdict(self, figure: Figure) -> Word:
        """Whether a target is met, as far as can be told."""
        if figure.target is None:
            return words.NO_TARGET
        if figure.met is None:
            return words.OPEN
        return words.MET if figure.met else words.MISSED

    def kind(self, output: str) -> Kind:
        """What an output is counted in."""
        return kind_of(self.model.item("outputs", output))

    def ticks(self, scale: Scale, kind: Kind | None = None) -> list[str]:
        """The ticks of an axis as they are written."""
        if kind == "share":
            return [f"{self.plain(100 * tick, max(0, scale.decimals - 2))} %" for tick in scale.ticks]
        return [self.plain(tick, scale.decimals) for tick in scale.ticks]

    def weekdays(self) -> list[str]:
        """Seven short names, Monday first."""
        return [self.say(day) for day in words.WEEKDAYS]

    def source(self, source: str) -> tuple[Word, str]:
        """Whether a figure is assumed, from abroad, or has a source; and what else is said of it."""
        begin, _, rest = source.strip().partition(" ")
        marked = {"assumed": words.ASSUMED, "foreign": words.FOREIGN}.get(begin.strip(":,;.").lower())
        return (marked, rest) if marked else (words.MEASURED, source)

    def written(self, value: object) -> str:
        """Write a value of the model as a person would: decimals of the language, yes and no."""
        if isinstance(value, bool):
            return self.say(N_("yes")) if value else self.say(N_("no"))
        if isinstance(value, int | float):
            written: str = format_decimal(value, format="#,##0.######", locale=self.language)
            return written.replace("-", MINUS)
        if isinstance(value, str):
            return self._duration(value)
        return "…"

    def _duration(self, text: str) -> str:
        """Write a duration of the model with the language's unit; any other words as they are."""
        number, _, unit = text.partition(" ")
        if duration_s(text) is None or unit not in SHORT:
            return text
        return f"{self.written(float(number))} {self.say(SHORT[unit])}"

    def typed(self, value: object) -> str:
        """Write a value as it stands in a field: without marks between thousands."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            text: str = format_decimal(value, format="0.######", locale=self.language)
            return text
        if isinstance(value, str) and duration_s(value) is not None:
            return value.replace(".", self.typed(0.5)[1])
        return self.written(value)

    def change(self, change: object) -> str:
        """Write what is done to a figure: `× 1,2`, `+ 2`, or the new value."""
        if isinstance(change, Mapping):
            if "times" in change:
                return f"× {self.written(change['times'])}"
            if "plus" in change:
                plus = self.written(change["plus"])
                return plus if plus.startswith(MINUS) else f"+{plus}"
        return self.written(change)

    def scenario(self, scenario: Scenario) -> str:
        """What a scenario is called: by its own name, that of the ready-made one, or what it changes."""
        own = scenario.name.get(self.language) or next(iter(scenario.name.values()), "")
        if own:
            return own
        if not scenario.changes:
            return self.say(N_("As it is"))
        if self.model.has("scenarios", scenario.id):
            return self.name("scenarios", scenario.id)
        return self.changes(scenario.changes)

    def changes(self, changes: Mapping[str, object]) -> str:
        """Say the first changes of a scenario in short, and how many more there are."""
        told = [self.changed(path, change) for path, change in list(changes.items())[:SHOWN_CHANGES]]
        more = len(changes) - SHOWN_CHANGES
        return ", ".join(told) + (self.say(N_(" and {n} more"), n=more) if more > 0 else "")

    def changed(self, path: str, change: object) -> str:
        """Say one change in short: what, and how."""
        name, done = self.figure(path, short=True), self.change(change)
        if isinstance(change, Mapping) and change.keys() & {"times", "plus"}:
            return f"{name} {done}"
        if not isinstance(change, bool | int | float | str):
            return self.say(N_("{name} otherwise"), name=name)
        return f"{name}: {self.written(self.model.value_at(path))} → {done}"

    def title(self, request: Request) -> str:
        """What an experiment is called: its scenarios, the changed ones first."""
        first, *others = [self.scenario(item) for item in scenarios_of(request)]
        if not others:
            return first
        return self.say(N_("{changed}, compared with {basis}"), changed=" · ".join(others), basis=inline(first))

    def figure(self, path: str, *, short: bool = False) -> str:
        """Name a figure of the model by its path: whose it is, and which of theirs."""
        section, id, *keys = path.split(".")
        owner = self.name(section, id)
        if short and keys[-1:] and keys[-1] in PLAIN:
            return " ".join([owner, *self._within(section, id, keys[:-1])])
        which = " · ".join(self._within(section, id, keys))
        return f"{owner}: {which}" if which else owner

    def _within(self, section: str, id: str, keys: Sequence[str]) -> list[str]:
        """Name what follows the item in a path; steps and shifts by their own names."""
        trail = self.model.trail(".".join((section, id, *keys)))[1:]
        found: list[str] = []
        for number, (key, at) in enumerate(zip(keys, trail, strict=True)):
            item = at if isinstance(at, Mapping) else {}
            own = name_of(item, self.language) or brief(str(item.get("window") or item.get("at") or ""))
            if own:
                found.append(own)
            elif key in words.FIGURES and not (key in DULL and number + 1 < len(keys)):
                found.append(self.say(words.FIGURES[key]))
            elif key not in DULL:
                found.append(self._value(key))
        return [word for number, word in enumerate(found) if not number or word != found[number - 1]]

    def _value(self, key: str) -> str:
        if key in words.VALUES:
            return self.say(words.VALUES[key])
        for section in ("resources", "arrivals", "attributes"):
            if self.model.has(section, key):
                return self.name(section, key)
        return key.replace("_", " ")

    def _round(self, value: float, kind: Kind) -> str:
        """Write a target without needless decimals."""
        scaled = 100 * value if kind == "share" else value
        return f"{self.written(round(scaled, 3))} {self.unit(kind)}"


def brief(window: str) -> str:
    """A window of the day without needless minutes: `08–16`."""
    return window.replace(":00", "").replace("-", "–")


def inline(name: str) -> str:
    """A name within a sentence: a capital that only begins it becomes small, one of an abbreviation stays."""
    return name[0].lower() + name[1:] if name[1:2].islower() or name[1:2] == " " else name


def scenarios_of(request: Request) -> tuple[Scenario, ...]:
    """The scenarios of a request; the flow as declared when none is named."""
    return request.scenarios or (Scenario(id=BASIS),)
