"""Equipment in the shapes of the omlox hub (API 2.0), so that other systems can read it without knowing Portør.

An asset is a trackable, its tag the location provider, a floor a zone with its own metres, a room a fence. What omlox
has no field for stands in `properties`. Source: omlox Hub API 2.0, schemas Trackable, LocationProvider, Location, Zone
and Fence.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import Field

from api.directory import Directory
from api.schemas import Out
from api.texts import Language
from equipment_tracking.readings import plain_id
from equipment_tracking.views import AssetView
from site_models.layout import PlacedRoom
from site_models.schema.building import Floor

Crs = Literal["local"]
ProviderType = Literal["ibeacon", "virtual"]
"""A tag is a Bluetooth beacon; an asset without one is placed by what people say: a virtual provider."""

MAC_DIGITS = (12, 16)


class PointOut(Out):
    """GeoJSON point: metres on the floor."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


class PolygonOut(Out):
    """GeoJSON polygon: one closed ring, counter-clockwise, in metres on the floor."""

    type: Literal["Polygon"] = "Polygon"
    coordinates: list[list[tuple[float, float]]]


class TrackableOut(Out):
    """An asset; its id is made from its GIAI and never changes."""

    id: UUID
    type: Literal["virtual"] = "virtual"
    name: str
    location_providers: list[str]
    properties: dict[str, Any]


class ProviderOut(Out):
    """What an asset is located by."""

    id: str
    type: ProviderType
    name: str
    properties: dict[str, Any]


class LocationOut(Out):
    """Where an asset is, only while one is sure of the room or of two; `source` is the zone of its floor."""

    position: PointOut
    source: UUID
    provider_type: ProviderType
    provider_id: str
    trackables: list[UUID]
    timestamp_generated: datetime
    crs: Crs = "local"
    floor: float
    properties: dict[str, Any]


class ZoneOut(Out):
    """A floor: a plane with metres of its own that nobody has tied to the globe."""

    id: UUID
    type: Literal["ibeacon"] = "ibeacon"
    foreign_id: str
    name: str
    floor: float
    site: str
    incomplete_configuration: Literal[True] = True
    properties: dict[str, Any]


class FenceOut(Out):
    """A room."""

    id: UUID
    region: PolygonOut
    floor: float
    foreign_id: str
    name: str
    crs: Crs = "local"
    zone_id: UUID
    properties: dict[str, Any] = Field(description="`kind` of room, and `ward`.")


def trackable_id(giai: str) -> UUID:
    """The id of an asset's trackable: of its GS1 Digital Link, so that everybody arrives at the same."""
    return uuid5(NAMESPACE_URL, f"https://id.gs1.org/8004/{giai}")


def trackable(asset: AssetView) -> TrackableOut:
    """An asset as a trackable."""
    return TrackableOut(
        id=trackable_id(asset.id),
        name=asset.name,
        location_providers=[provider_id(asset)],
        properties={
            "giai": asset.id,
            "type": asset.type,
            "state": asset.state,
            "ward": asset.ward,
            "holder": asset.holder,
            "known": asset.where.known,
            "rooms": list(asset.where.rooms),
        },
    )


def provider_id(asset: AssetView) -> str:
    """The tag's address in capitals without separators; the GIAI of an asset without a tag."""
    if not asset.tag:
        return asset.id
    plain = plain_id(asset.tag)
    return plain.upper() if len(plain) in MAC_DIGITS and _is_hex(plain) else asset.tag


def provider(asset: AssetView) -> ProviderOut:
    """What an asset is located by."""
    more = {} if asset.battery is None else {"battery": asset.battery}
    return ProviderOut(
        id=provider_id(asset), type=_provider_type(asset), name=asset.name, properties={"giai": asset.id, **more}
    )


class Plan:
    """The site's floors and rooms as zones and fences."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._site = directory.site.site.id

    def location(self, asset: AssetView) -> LocationOut | None:
        """Where an asset is; None while nobody is sure enough for a point."""
        where = asset.where
        if where.x_m is None or where.y_m is None or where.seen_ms is None:
            return None
        return LocationOut(
            position=PointOut(coordinates=(where.x_m, where.y_m)),
            source=self.zone_id(where.floor),
            provider_type=_provider_type(asset),
            provider_id=provider_id(asset),
            trackables=[trackable_id(asset.id)],
            timestamp_generated=datetime.fromtimestamp(where.seen_ms / 1000, tz=UTC),
            floor=self.number(where.floor),
            properties={"known": where.known, "rooms": dict(zip(where.rooms, where.shares, strict=False))},
        )

    def zones(self, language: Language) -> list[ZoneOut]:
        """All floors, from the lowest to the highest."""
        return [self._zone(floor, language) for floor in self._directory.floors.values()]

    def fences(self, language: Language) -> list[FenceOut]:
        """All rooms."""
        return [self._fence(room, language) for room in self._directory.layout.rooms.values()]

    def zone_id(self, floor: str) -> UUID:
        """The id of a floor's zone."""
        return uuid5(NAMESPACE_URL, f"portor:{self._site}:floor:{floor}")

    def fence_id(self, room: str) -> UUID:
        """The id of a room's fence."""
        return uuid5(NAMESPACE_URL, f"portor:{self._site}:room:{room}")

    def number(self, floor: str) -> float:
        """A floor's number, 0 being the ground: its id where that is a number, else its place in the house."""
        try:
            return float(floor)
        except ValueError:
            order = list(self._directory.floors)
            ground = min(order, key=lambda id: abs(self._directory.floors[id].elevation_m))
            return float(order.index(floor) - order.index(ground))

    def _zone(self, floor: Floor, language: Language) -> ZoneOut:
        return ZoneOut(
            id=self.zone_id(floor.id),
            foreign_id=floor.id,
            name=getattr(floor.name, language),
            floor=self.number(floor.id),
            site=self._site,
            properties={"crs": "local", "unit": "m", "elevation_m": floor.elevation_m},
        )

    def _fence(self, room: PlacedRoom, language: Language) -> FenceOut:
        return FenceOut(
            id=self.fence_id(room.id),
            region=PolygonOut(coordinates=[_ring(room.outline)]),
            floor=self.number(room.floor),
            foreign_id=room.id,
            name=getattr(room.name, language),
            zone_id=self.zone_id(room.floor),
            properties={"kind": room.kind, "ward": room.ward or ""},
        )


def _provider_type(asset: AssetView) -> ProviderType:
    return "ibeacon" if asset.tag else "virtual"


def _is_hex(text: str) -> bool:
    return all(letter in "0123456789abcdef" for letter in text)


def _ring(outline: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The outline as a closed ring, counter-clockwise as GeoJSON wants the outer one."""
    points = [(float(x), float(y)) for x, y in outline]
    doubled = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise([*points, points[0]]))
    turned = points if doubled > 0 else points[::-1]
    return [*turned, turned[0]]
