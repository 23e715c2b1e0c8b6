"""How things are said in one language: names, times, amounts, states, reasons and events as the pages show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent
from babel.support import Translations

from api import reasons, words
from api.attention import Need, order
from api.directory import Directory
from api.texts import N_, Language
from api.times import DAY_MS, to_datetime
from fleet.views import CarrierView, HistoryEntry, JobView, ModeName, Reason

Value = str | int | float
_PERCENT: dict[Language, tuple[str, str]] = {"da": ("#,##0.0 %", "0 %"), "en": ("#,##0.0%", "0%")}
OLD_SCAN_MS = 600_000
_NODE_MARKS = re.compile("[#@:]")
SPOTS = {
    "corridor": N_("corridor {id}"),
    "lift": N_("lift {id}"),
    "door": N_("door {id}"),
    "bay": N_("bay {id}"),
}
_URGENCY = {"trouble": 0, "silent": 1, "out_of_service": 2, "busy": 4, "charging": 5, "idle": 6}
CHOICES = frozenset({"cheapest", "only_mode", "override", "later", "dearer"})


@dataclass(frozen=True, slots=True)
class Phrases:
    """The pages' voice in one language over one site."""

    language: Language
    texts: Translations
    directory: Directory

    def say(self, message: str, **figures: object) -> str:
        """Translate a message and fill in its figures."""
        translated: str = self.texts.gettext(message)
        return translated.format(**figures) if figures else translated

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number with the language's separators."""
        return format_decimal(round(value, decimals), locale=self.language)

    def share(self, part: int, whole: int) -> str:
        """Write a share as per cent with one decimal; a dash when there is nothing to share."""
        return format_percent(part / whole, format=_PERCENT[self.language][0], locale=self.language) if whole else "–"

    def clock(self, instant_ms: int, now_ms: int | None = None) -> str:
        """Write an instant as a 24-hour time, with its weekday or date when it is not on the day of `now_ms`."""
        moment = to_datetime(instant_ms, self.directory.zone)
        pattern = "HH:mm"
        if now_ms is not None:
            now = to_datetime(now_ms, self.directory.zone)
            if moment.date() != now.date():
                pattern = "EEE HH:mm" if abs(instant_ms - now_ms) < 6 * DAY_MS else "d MMM HH:mm"
        written: str = format_datetime(moment, pattern, locale=self.language)
        return written

    def seconds(self, instant_ms: int) -> str:
        """Write an instant as a 24-hour time with seconds."""
        written: str = format_datetime(to_datetime(instant_ms, self.directory.zone), "HH:mm:ss", locale=self.language)
        return written

    def day(self, instant_ms: int) -> str:
        """Write the day of an instant, such as "lørdag 21. november"."""
        pattern = "EEEE d. MMMM" if self.language == "da" else "EEEE d MMMM"
        written: str = format_datetime(to_datetime(instant_ms, self.directory.zone), pattern, locale=self.language)
        return written

    def span(self, duration_s: float) -> str:
        """Write a duration in the unit that a person would use."""
        size = abs(duration_s)
        if size < 60:
            return self.say("{n} sec.", n=round(size))
        if size < 90 * 60:
            return self.say("{n} min.", n=round(size / 60))
        if size < 48 * 3600:
            return self.say("{h} h {m} min.", h=int(size // 3600), m=int(size % 3600 // 60))
        return self.say("{d} days", d=self.number(size // 86_400))

    def minutes(self, duration_s: float | None) -> str:
        """Write a duration as minutes and seconds, `3:52`; a dash when it is not known."""
        return "–" if duration_s is None else f"{int(duration_s) // 60}:{int(duration_s) % 60:02d}"

    def station(self, id: str) -> str:
        """Name a station, or the floor of a place outside any station."""
        if id.startswith("@"):
            return self.say("on the way ({node})", node=self.spot(id[1:]))
        return self.directory.station(id, self.language)

    def spot(self, name: str) -> str:
        """Name a part of the site, with its kind where the name alone does not say it; also by one of its nodes."""
        kind, _, rest = name.partition(":")
        id = _NODE_MARKS.split(rest)[0] if rest else kind
        text = SPOTS.get(self.directory.kinds.get(id, ""))
        return self.say(text, id=id) if text else self.place(id) if id in self.directory.places else self.station(id)

    def station_parts(self, id: str) -> tuple[str, str]:
        """Name a station in two: whose it is, and which of theirs."""
        return (self.station(id), "") if id.startswith("@") else self.directory.station_parts(id, self.language)

    def floor(self, id: str) -> str:
        """Name a floor."""
        floor = self.directory.floors.get(id)
        return getattr(floor.name, self.language) if floor else id

    def load(self, id: str) -> str:
        """Name a class of loads."""
        load = self.directory.loads.get(id)
        return getattr(load.name, self.language) if load else id

    def priority(self, id: str) -> str:
        """Name a priority."""
        priority = self.directory.priorities.get(id)
        return getattr(priority.name, self.language) if priority else id

    def specimen(self, id: str) -> str:
        """Name a specimen of the laboratory's table."""
        specimen = self.directory.specimens.get(id)
        return getattr(specimen.name, self.language) if specimen else id

    def precaution(self, id: str) -> str:
        """Name a precaution."""
        precaution = self.directory.precautions.get(id)
        return getattr(precaution.name, self.language) if precaution else id

    def mode(self, mode: str) -> str:
        """Name a way of carrying."""
        return self.say(words.MODES.get(mode, words.UNKNOWN).text)

    def carrier(self, id: str, mode: ModeName | None = None) -> str:
        """Name a carrier as the staff call it: robots by their number, porters as porter and number."""
        if mode == "tube" or id in self._tubes:
            return self._tubes.get(id, id)
        shift, _, number = id.rpartition("-")
        if shift in self.directory.shift_codes:
            return self.say("Porter {id}", id=self.directory.shift_codes[shift] + number)
        return self.say("Porter {id}", id=id) if mode == "porter" else id

    @property
    def _tubes(self) -> dict[str, str]:
        return {tube.id: getattr(tube.name, self.language) for tube in self.directory.site.tubes}

    def place(self, id: str) -> str:
        """Name anything that can be closed."""
        return self.directory.place(id, self.language)

    def is_person(self, load: str) -> bool:
        """Tell whether this class of loads is a patient."""
        found = self.directory.loads.get(load)
        return bool(found and found.person)

    def actor(self, id: str) -> str:
        """Name who did something: somebody of the staff, or the service itself."""
        return self.directory.person(id) if id in self.directory.staff else self.say("Portør")

    def requester(self, id: str) -> str:
        """Name who ordered a job: somebody of the staff, or the site's rounds."""
        return self.say(N_("a fixed round")) if id == "calendar" else self.directory.person(id)

    def percent(self, share: float) -> str:
        """Write a share as whole per cent."""
        written: str = format_percent(share, format=_PERCENT[self.language][1], locale=self.language)
        return written

    @property
    def first_priority(self) -> str:
        """The most urgent priority."""
        return next(iter(self.directory.priorities))

    def search_text(self, job: JobView) -> str:
        """Return everything that a search in the list looks at, in small letters."""
        parts = [job.id, self.load(job.load), self.station(job.origin), self.station(job.destination)]
        if job.carrier:
            parts.append(self.carrier(job.carrier, job.mode))
        return " ".join([*parts, *self.details(job)]).casefold()

    def need_order(self, need: Need) -> str:
        """Return the text by which the list of needs is sorted."""
        ranks = {id: item.rank for id, item in self.directory.priorities.items()}
        kind, rank, due_ms, id = order(need, ranks)
        return f"{kind}.{rank}.{due_ms:015d}.{id}"

    def stale(self, view: CarrierView, now_ms: int) -> bool:
        """Tell whether nobody knows where a carrier is now: it is silent, or a porter's last scan is old."""
        return view.status == "silent" or (view.mode == "porter" and now_ms - view.seen_ms > OLD_SCAN_MS)

    def carrier_short(self, view: CarrierView) -> str:
        """Name a carrier on the map."""
        return view.id if view.mode == "robot" else self.carrier(view.id, view.mode).rpartition(" ")[2]

    @staticmethod
    def metres(value_m: float) -> str:
        """Write a coordinate of a drawing as short as it can be."""
        return f"{round(value_m, 2) + 0.0:g}"

    def robots(self, count: int) -> str:
        """Write a number of robots."""
        written: str = self.texts.ngettext("%(n)s robot", "%(n)s robots", count) % {"n": count}
        return written

    def waits_for(self, view: CarrierView) -> str:
        """Return the robot for which this one stands and waits; nothing when it does not wait for one."""
        reason = view.reason
        return str(reason.args.get("robot", "")) if reason is not None and reason.code == "waiting_for_traffic" else ""

    def carrier_state(self, view: CarrierView) -> words.Word:
        """Return the word for what a carrier does: one that could go on but for something that holds it up waits."""
        waits = view.status in ("busy", "idle") and self.waiting(view.reason)
        return words.CARRIER_WAITS if waits else words.CARRIER_STATES[view.status]

    def mover(self, view: CarrierView) -> str:
        """Say in one line what a carrier on the map does, and for a waiting robot for whom and where it waits."""
        name = self.carrier(view.id, view.mode)
        robot = self.waits_for(view)
        if robot and view.reason is not None and "place" in view.reason.args:
            place = self.spot(str(view.reason.args["place"]))
            return self.say(N_("{carrier} waits for {robot} at {place}."), carrier=name, robot=robot, place=place)
        return f"{name}: {self.reason(view.reason) or self.say(self.carrier_state(view).text)}"

    def carrier_order(self, view: CarrierView) -> str:
        """Return the text by which the list of carriers is sorted: those in trouble first, then those that wait."""
        urgency = 3 if self.carrier_state(view) is words.CARRIER_WAITS else _URGENCY.get(view.status, 9)
        return f"{urgency}.{view.mode != 'robot':d}.{view.id}"

    def in_doubt(self, job: JobView) -> bool:
        """Tell whether somebody must say where the load is."""
        return any(leg.state == "in_doubt" for leg in job.legs)

    def need(self, id: str) -> str:
        """Name what a move needs."""
        return self.say(words.NEEDS.get(id, id))

    def reason(self, reason: Reason | None) -> str:
        """Say a reason as a sentence; an unknown code still makes one."""
        if reason is None:
            return ""
        saved_s = reason.args.get("saved_s", 0)
        earlier = isinstance(saved_s, int | float) and saved_s > 0
        args = {name: value for name, value in reason.args.items() if name != "saved_s" or earlier}
        return self._sentence(reasons.REASONS.get(reason.code, (reasons.GENERIC,)), reason.code, args)

    def waiting(self, reason: Reason | None) -> str:
        """Say what is waited for at this moment; nothing when the reason is another."""
        return self.reason(reason) if reason is not None and reason.code in words.WAITING else ""

    def hindrance(self, job: JobView) -> str:
        """Say what holds a job up; why it goes the way it goes is no hindrance."""
        return "" if job.reason is None or job.reason.code in CHOICES else self.reason(job.reason)

    def event(self, entry: HistoryEntry) -> str:
        """Say a row of a job's history as a sentence; an unknown kind still makes one."""
        args = dict(entry.args)
        if "reason.code" in args:
            inner = {name.removeprefix("reason.args."): value for name, value in args.items() if "reason.args." in name}
            args["reason"] = self.reason(Reason(str(args["reason.code"]), inner))
        return self._sentence(reasons.HISTORY.get(entry.kind, (reasons.GENERIC_EVENT,)), entry.kind, args)

    def details(self, job: JobView) -> list[str]:
        """List what distinguishes this job from others of its load: specimen, mass, precaution, needs, note."""
        found = []
        if job.specimen:
            found.append(self.specimen(job.specimen))
        if job.precaution:
            found.append(self.precaution(job.precaution))
        found += [self.need(need) for need in job.needs]
        load = self.directory.loads.get(job.load)
        if job.mass_kg is not None and not (load and (load.person or abs(load.mass_kg - job.mass_kg) < 0.05)):
            found.append(self.show("mass_kg", job.mass_kg))
        if job.note:
            found.append(job.note)
        return found

    def show(self, name: str, value: Value) -> str:
        """Write one figure of a reason or event; its name tells its unit."""
        if isinstance(value, int | float):
            return self._amount(name, value)
        names = {
            "station": self.station,
            "origin": self.station,
            "destination": self.station,
            "carrier": self.carrier,
            "mode": self.mode,
            "other": self.mode,
            "specimen": self.specimen,
            "precaution": self.precaution,
            "priority": self.priority,
            "load": self.load,
            "actor": self.directory.person,
            "robot": self.carrier,
            "place": self.spot,
            "node": self.spot,
        }
        if name == "carriers":
            return ", ".join(self.carrier(id.strip()) for id in value.split(","))
        if name == "places":
            return ", ".join(dict.fromkeys(self.spot(cell.strip()) for cell in value.split(",")))
        if name == "where":
            return self.say(words.PLACES.get(value, value)).lower()
        return names[name](value) if name in names else value

    def _amount(self, name: str, value: float) -> str:
        if name.endswith("_ms"):
            return self.clock(int(value))
        if name.endswith("_s") or name == "seconds":
            return self.span(value)
        if name == "battery":
            return self.percent(value)
        for ending, unit in (("_kg", "kg"), ("_m", "m"), ("_min", "min.")):
            if name.endswith(ending):
                return f"{self.number(value, 1)} {unit}"
        return self.number(value, 1)

    def _sentence(self, variants: tuple[str, ...], code: str, args: Mapping[str, Value]) -> str:
        return reasons.sentence(variants, {**args, "code": code}, self.say, self.show)
