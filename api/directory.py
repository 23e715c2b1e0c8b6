"""What people call the things of a site: stations, floors, loads, staff, by language, and the way back from a name."""

from __future__ import annotations

import datetime as dt
import difflib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from api.texts import LANGUAGES, Language
from site_models.expand import Layout, Node, expand
from site_models.schema import Site
from site_models.schema.base import Text
from site_models.schema.building import Floor, Station
from site_models.schema.loads import Load, Precaution, Priority, Specimen
from site_models.schema.site import StaffMember


@dataclass(frozen=True, kw_only=True)
class Directory:
    """The names of one site. Every lookup of an unknown id gives the id itself: a page never fails for a name."""

    site: Site
    layout: Layout

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone that the site's clocks show."""
        return ZoneInfo(self.site.site.timezone)

    @cached_property
    def loads(self) -> dict[str, Load]:
        """Load classes by id."""
        return {load.id: load for load in self.site.loads}

    @cached_property
    def priorities(self) -> dict[str, Priority]:
        """Priorities by id, the most urgent first."""
        return {item.id: item for item in sorted(self.site.priorities, key=lambda item: (item.rank, item.id))}

    @cached_property
    def specimens(self) -> dict[str, Specimen]:
        """The laboratory's table by specimen."""
        return {specimen.id: specimen for specimen in self.site.specimens}

    @cached_property
    def precautions(self) -> dict[str, Precaution]:
        """Precautions by code."""
        return {precaution.id: precaution for precaution in self.site.precautions}

    @cached_property
    def staff(self) -> dict[str, StaffMember]:
        """People who may be picked as the one acting, by id."""
        return {member.id: member for member in self.site.staff}

    @cached_property
    def floors(self) -> dict[str, Floor]:
        """Floors by id, from the lowest to the highest."""
        return {floor.id: floor for floor in sorted(self.site.floors, key=lambda floor: floor.elevation_m)}

    @property
    def stations(self) -> dict[str, Station]:
        """Stations by id, with floor and ward filled in."""
        return self.layout.stations

    def stations_on(self, day: dt.date) -> frozenset[str]:
        """Return the stations that are in use on a day: what a later phase opens is not. Slow the first time."""
        if day not in self._by_day:
            phased = self.site.phases
            self._by_day[day] = frozenset(expand(self.site, day).stations if phased else self.stations)
        return self._by_day[day]

    @cached_property
    def _by_day(self) -> dict[dt.date, frozenset[str]]:
        return {}

    @cached_property
    def _labels(self) -> dict[Language, dict[str, str]]:
        return {language: self._label_stations(language) for language in LANGUAGES}

    @cached_property
    def _by_label(self) -> dict[str, str]:
        own = [(_fold(self.station_parts(id, language)[1]), id) for language in LANGUAGES for id in self.stations]
        meant = {name: {id for other, id in own if other == name} for name, _ in own if name}
        found = {name: next(iter(ids)) for name, ids in meant.items() if len(ids) == 1}
        for labels in self._labels.values():
            found.update((_fold(label), id) for id, label in labels.items())
        return found | {_fold(id): id for id in self.stations}

    @cached_property
    def _places_here(self) -> frozenset[str]:
        corridors = [corridor.id for floor in self.site.floors for corridor in floor.corridors]
        return frozenset((*corridors, *self._wards, *self.layout.rooms, *self.stations))

    @cached_property
    def _place_by_id(self) -> dict[str, str]:
        return {_fold(id): id for id in sorted(self._places_here)}

    @cached_property
    def _ward_by_label(self) -> dict[str, str]:
        named = {_fold(getattr(name, language)): id for id, name in self._wards.items() for language in LANGUAGES}
        return named | {_fold(id): id for id in self._wards}

    @cached_property
    def _room_by_label(self) -> dict[str, str]:
        names = [
            (_fold(getattr(room.name, language)), id)
            for id, room in self.layout.rooms.items()
            for language in LANGUAGES
        ]
        meant: dict[str, set[str]] = {}
        for name, id in names:
            meant.setdefault(name, set()).add(id)
        return {name: next(iter(ids)) for name, ids in meant.items() if len(ids) == 1}

    @cached_property
    def _wards(self) -> dict[str, Text]:
        return {ward.id: ward.name for floor in self.site.floors for ward in floor.wards}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What corridors, lifts, doors and bays are, by id: their names do not say it."""
        found = {corridor.id: "corridor" for floor in self.site.floors for corridor in floor.corridors}
        found.update((lift.id, "lift") for lift in self.site.lifts)
        found.update((door.id, "door") for door in self.site.doors)
        return found | dict.fromkeys(self.layout.bay_node, "bay")

    @cached_property
    def places(self) -> dict[str, Text]:
        """Names of everything that can be closed."""
        names: dict[str, Text] = {id: room.name for id, room in self.layout.rooms.items()}
        names.update((zone.id, zone.name) for zone in self.site.zones)
        names.update((floor.id, floor.name) for floor in self.site.floors)
        return names

    def station(self, id: str, language: Language) -> str:
        """Return what people call a station; `@node` is a place outside any station."""
        return self._labels[language].get(id, id)

    def station_parts(self, id: str, language: Language) -> tuple[str, str]:
        """Return the name of a station in two: whose it is, and which of theirs; the second may be empty."""
        label = self.station(id, language)
        station = self.stations.get(id)
        ward = self.ward(station.ward, language) if station and station.ward else ""
        own = label.removeprefix(f"{ward}, ")
        return (ward, own) if ward and own != label else (label, "")

    @cached_property
    def shift_codes(self) -> dict[str, str]:
        """Return a short code for each shift, from the initials of its id: `day-wards` is DW."""
        initials = {
            shift.id: "".join(part[:1] for part in shift.id.split("-")).upper() for shift in self.site.porters.shifts
        }
        seen = Counter(initials.values())
        return {id: code if seen[code] == 1 else id for id, code in initials.items()}

    def place(self, id: str, language: Language) -> str:
        """Return what people call anything that can be closed."""
        name = self.places.get(id)
        return getattr(name, language) if name else id

    def floor_of(self, station: str) -> str:
        """Return the floor of a station, or nothing."""
        found = self.stations.get(station)
        return found.floor or "" if found else ""

    def ward(self, id: str, language: Language) -> str:
        """Return what people call a ward."""
        name = self._wards.get(id)
        return getattr(name, language) if name else id

    def person(self, id: str) -> str:
        """Return the name of somebody of the site's staff."""
        member = self.staff.get(id)
        return member.name if member else id

    def find_station(self, text: str) -> str | None:
        """Return the station with this id or name, in either language; None when there is none.

        A station of a ward is also found without the ward's name when no other is called the same.
        """
        return self._by_label.get(_fold(text))

    def find_ward(self, text: str) -> str | None:
        """Return the ward with this id or name, in either language; None when there is none."""
        return self._ward_by_label.get(_fold(text))

    def find_place(self, text: str) -> str | None:
        """Return the room, corridor, station or ward with this id or name, in either language; None without one.

        An id goes before a name, a ward before a station, and a room is found by its name when no other is called so.
        """
        wanted = _fold(text)
        if text in self._places_here:
            return text
        maps = (self._place_by_id, self._ward_by_label, self._by_label, self._room_by_label)
        return next((names[wanted] for names in maps if wanted in names), None)

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """Nodes of the floor graph by id."""
        return {node.id: node for node in self.layout.nodes}

    def node_of(self, place: str) -> str:
        """Return the node of a room or station; nothing when it is neither."""
        node = self.layout.station_node.get(place, f"room:{place}")
        return node if node in self.nodes else ""

    def similar_stations(self, text: str, language: Language, most: int = 3) -> list[str]:
        """Return names that resemble what was written, the closest first."""
        wanted = _fold(text)
        labels = list(self._labels[language].values())
        holding = [label for label in labels if wanted and wanted in _fold(label)]
        close = difflib.get_close_matches(text, labels, n=most, cutoff=0.5)
        return list(dict.fromkeys([*sorted(holding, key=len), *close]))[:most]

    def _label_stations(self, language: Language) -> dict[str, str]:
        labels = {id: self._label(station, language) for id, station in self.stations.items()}
        for extra in (self._floor_suffix, lambda id, _language: f" ({id})"):
            seen = Counter(labels.values())
            labels = {id: label + extra(id, language) if seen[label] > 1 else label for id, label in labels.items()}
        return labels

    def _label(self, station: Station, language: Language) -> str:
        room = self.layout.rooms.get(station.room or "")
        name = station.name or (room.name if room else None)
        label: str = getattr(name, language) if name else station.id
        ward = self.ward(station.ward, language) if station.ward else ""
        return label if not ward or _fold(ward) in _fold(label) else f"{ward}, {label}"

    def _floor_suffix(self, id: str, language: Language) -> str:
        floor = self.floors.get(self.floor_of(id))
        return f" · {getattr(floor.name, language)}" if floor else ""


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
