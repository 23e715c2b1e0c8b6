"""Answers to questions, from what is committed: searches, lists, overviews, the map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from equipment_tracking import queries as ask
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.model import Item
from equipment_tracking.pool.rules import Rules
from equipment_tracking.pool.search import Costs, Wish, count_met, search
from equipment_tracking.readings import plain_id
from equipment_tracking.register.answers import Violation
from equipment_tracking.register.assets import Asset
from equipment_tracking.register.gs1 import scanned_giai
from equipment_tracking.service.building import Building
from equipment_tracking.service.project import Projection
from equipment_tracking.service.sightings import FRESH_MS, Sightings
from equipment_tracking.views import (
    Assets,
    Catalogued,
    Dot,
    FloorMap,
    Found,
    LocatorView,
    OfferView,
    Refused,
    Types,
)

COSTS = Costs(stale_ms=FRESH_MS)
MOST = 500
"""Rows of one answer at most."""
Answer = tuple[int, msgspec.Struct]


class Watched(Protocol):
    """The locator, as far as questions go."""

    def view(self) -> LocatorView:
        """How locating goes."""
        ...


class Questions:
    """Reads the state; changes nothing."""

    def __init__(self, building: Building, rules: Rules, state: State, sightings: Sightings) -> None:
        self._building = building
        self._rules = rules
        self._state = state
        self._sightings = sightings

    def answer(self, query: ask.Query, watched: Watched, now_ms: int) -> Answer:
        """Status (as in HTTP) and view."""
        if isinstance(query, ask.GetLocator):
            return 200, _in_site_time(watched.view(), self._sightings.ahead_ms)
        return _ANSWERS[type(query)](self, query, now_ms)

    def projection(self, now_ms: int) -> Projection:
        """Views as of now."""
        return Projection(self._state, self._rules, lambda asset: self._sightings.where(asset, now_ms), now_ms)

    def find(self, query: ask.Find, now_ms: int) -> Answer:
        """The nearest of what is wanted."""
        node = self._building.node_of(query.near)
        if not node:
            return 422, Refused((_unknown_place(query.near, "near"),))
        wish = Wish(
            type=query.asset_type,
            ward=query.ward,
            carries_kg=query.carries_kg,
            paediatric=query.paediatric,
            pump=query.pump,
            mr_conditional=query.mr_conditional,
            wanted=frozenset(query.states),
        )
        guesses = self._sightings.guesses()
        if query.text:
            guesses = guesses[self._sightings.rows(self._matching(query.text))]
        walking_s = self._building.walking_s(node)
        limit = min(max(query.limit, 1), MOST)
        offers = search(self._state, guesses, walking_s, now_ms, wish=wish, costs=COSTS, limit=limit)
        projection = self.projection(now_ms)
        found = tuple(
            OfferView(asset=projection.asset(self._state.items[offer.asset]), cost_s=offer.cost_s, walk_s=offer.walk_s)
            for offer in offers
        )
        return 200, Found(offers=found, total=count_met(self._state, guesses, wish, now_ms), now_ms=now_ms)

    def asset(self, query: ask.GetAsset, now_ms: int) -> Answer:
        """One asset, by whatever names it."""
        item = self._named(query.id)
        if item is None:
            return 404, Refused((_unknown_asset(query.id),))
        return 200, self.projection(now_ms).asset(item)

    def assets(self, query: ask.ListAssets, now_ms: int) -> Answer:
        """A page of assets, in order of their ids."""
        projection = self.projection(now_ms)
        limit = min(max(query.limit, 1), MOST)
        met = [item for item in self._state.items.values() if self._is_listed(item, query)]
        page = [item for item in met if item.id > query.after]
        more = page[limit - 1].id if len(page) > limit else ""
        return 200, Assets(assets=projection.assets(page[:limit]), next=more, total=len(met))

    def ward(self, query: ask.GetWard, now_ms: int) -> Answer:
        """A ward's overview."""
        if query.ward not in self._building.wards:
            return 404, Refused((_unknown_ward(query.ward),))
        return 200, self.projection(now_ms).ward(query.ward)

    def pool(self, _: ask.GetPool, now_ms: int) -> Answer:
        """The whole pool."""
        return 200, self.projection(now_ms).pool()

    def floor(self, query: ask.GetFloor, now_ms: int) -> Answer:
        """The map of a floor."""
        if query.floor not in self._building.places.floors:
            return 404, Refused((_unknown_place(query.floor, "floor"),))
        dots, unplaced = [], 0
        for item in self._state.items.values():
            asset = self._state.assets[item.id]
            if query.asset_type not in (None, asset.type) or not _says(asset, query.text):
                continue
            where = self._sightings.where(item.id, now_ms)
            if where.x_m is None or where.y_m is None:
                unplaced += 1
            elif where.floor == query.floor:
                dots.append(
                    Dot(
                        id=item.id,
                        name=asset.name,
                        type=asset.type,
                        state=item.state,
                        known=where.known,
                        x_m=where.x_m,
                        y_m=where.y_m,
                        rooms=where.rooms,
                        seen_ms=where.seen_ms,
                    )
                )
        return 200, FloorMap(floor=query.floor, dots=tuple(dots), unplaced=unplaced, now_ms=now_ms)

    def types(self, _: ask.GetTypes, _now_ms: int) -> Answer:
        """The catalogue."""
        return 200, Types(tuple(Catalogued(kind.id, kind.name, kind.checks) for kind in self._rules.catalogue.types))

    def _named(self, text: str) -> Item | None:
        items = self._state.items
        giai = scanned_giai(text)
        found = items.get(text.strip()) or (items.get(giai) if giai else None)
        if found is not None:
            return found
        try:
            tagged = self._sightings.asset_of(plain_id(text))
        except ValueError:
            return None
        if tagged is not None:
            return items.get(tagged)
        serials = [asset.id for asset in self._state.assets.values() if asset.serial and asset.serial == text.strip()]
        return items.get(serials[0]) if len(serials) == 1 else None

    def _matching(self, text: str) -> list[str]:
        return [asset.id for asset in self._state.assets.values() if _says(asset, text)]

    def _is_listed(self, item: Item, query: ask.ListAssets) -> bool:
        asset = self._state.assets[item.id]
        return (
            query.asset_type in (None, asset.type)
            and (not query.states or item.state in query.states)
            and query.ward in (None, asset.ward)
            and query.at in (None, item.ward, item.place)
            and _says(asset, query.text)
        )


def _in_site_time(view: LocatorView, ahead_ms: int) -> LocatorView:
    """The locator's instants are the machine's: gateways know no other."""

    def shifted(at_ms: int | None) -> int | None:
        return None if at_ms is None else at_ms + ahead_ms

    gateways = tuple(replace(gateway, last_heard_ms=shifted(gateway.last_heard_ms)) for gateway in view.gateways)
    return replace(view, model_made_ms=shifted(view.model_made_ms), gateways=gateways)


def _says(asset: Asset, text: str) -> bool:
    """Whether every word stands in id, name, serial or type, however it is written."""
    if not text:
        return True
    whole = f"{asset.id} {asset.name} {asset.serial} {asset.type}".casefold()
    return all(word in whole for word in text.casefold().split())


def _unknown_asset(text: str) -> Violation:
    return Violation(
        "unknown_asset",
        "id",
        f"“{text[:40]}” er ikke registreret. Scan mærkaten igen, eller søg på navnet.",
        f"“{text[:40]}” is not registered. Scan the label again, or search by name.",
    )


def _unknown_place(place: str, field: str) -> Violation:
    return Violation(
        "unknown_place",
        field,
        f"“{place[:40]}” findes ikke på stedet; brug id for et rum, en afsætningsplads eller en afdeling.",
        f"The site has no “{place[:40]}”; give the id of a room, a station or a ward.",
    )


def _unknown_ward(ward: str) -> Violation:
    return Violation(
        "unknown_ward",
        "ward",
        f"Afdelingen “{ward[:40]}” findes ikke på stedet; brug dens id.",
        f"The site has no ward “{ward[:40]}”; give its id.",
    )


_ANSWERS: dict[type, Callable[[Questions, Any, int], Answer]] = {
    ask.Find: Questions.find,
    ask.GetAsset: Questions.asset,
    ask.ListAssets: Questions.assets,
    ask.GetWard: Questions.ward,
    ask.GetPool: Questions.pool,
    ask.GetFloor: Questions.floor,
    ask.GetTypes: Questions.types,
}
