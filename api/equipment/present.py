"""Turns the read models of equipment tracking into the bodies of the HTTP interface, in one language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from api.equipment import schemas as out
from api.equipment.pages_history import tell
from api.equipment.pages_voice import Equipped
from api.phrases import Phrases
from api.schemas import HistoryOut
from api.times import to_datetime
from equipment_tracking import views
from equipment_tracking.pool.utilisation import Utilisation
from equipment_tracking.register.catalogue import Label
from fleet.views import HistoryEntry


class EquipmentPresenter:
    """Writes views for one language; what is empty inside is null outside."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    def asset(self, view: views.AssetView) -> out.AssetOut:
        """Write an asset."""
        return out.AssetOut(**self._asset(view))

    def assets(self, found: Iterable[views.AssetView]) -> list[out.AssetOut]:
        """Write several assets."""
        return [self.asset(view) for view in found]

    def asset_with_history(
        self, view: views.AssetView, history: Sequence[HistoryEntry], now_ms: int
    ) -> out.AssetWithHistoryOut:
        """Write an asset with its history."""
        voice = Equipped(self._phrases, now_ms)
        rows = [
            HistoryOut(
                at=self.moment(entry.at_ms),
                actor=entry.actor,
                kind=entry.kind,
                seq=entry.seq,
                args=entry.args,
                text=tell(voice, entry),
            )
            for entry in history
        ]
        return out.AssetWithHistoryOut(**self._asset(view), history=rows)

    def found(self, view: views.Found) -> out.EquipmentOut:
        """Write what a search found."""
        listed = [
            out.ListedOut(**self._asset(offer.asset), cost_s=offer.cost_s, walk_s=offer.walk_s) for offer in view.offers
        ]
        return out.EquipmentOut(equipment=listed, total=view.total, next_cursor=None)

    def listed(self, view: views.Assets) -> out.EquipmentOut:
        """Write a page of the list."""
        rows = [out.ListedOut(**self._asset(asset)) for asset in view.assets]
        return out.EquipmentOut(equipment=rows, total=view.total, next_cursor=view.next or None)

    def done(self, view: views.Done) -> out.StepOut:
        """Write what a request did."""
        asset = None if view.asset is None else self.asset(view.asset)
        return out.StepOut(id=view.id, repeated=view.repeated, asset=asset)

    def types(self, view: views.Types) -> out.TypesOut:
        """Write the catalogue."""
        kinds = [out.TypeOut(id=kind.id, name=self.label(kind.name), checks=list(kind.checks)) for kind in view.types]
        return out.TypesOut(types=kinds)

    def ward(self, view: views.WardView) -> out.WardOut:
        """Write a ward's overview."""
        return out.WardOut(
            ward=view.ward,
            levels=[self._par(level) for level in view.levels],
            here=self.assets(view.here),
            borrowed=[self._loan(loan) for loan in view.borrowed],
            reserved=[self._reservation(kept) for kept in view.reserved],
            away=self.assets(view.away),
            picks=[self._pick(pick) for pick in view.picks],
            alarms=self.alarms(view.alarms),
        )

    def pool(self, view: views.PoolView) -> out.PoolOut:
        """Write the whole pool."""
        return out.PoolOut(
            at=self.moment(view.now_ms),
            types=[out.TypeCountOut(**asdict(count) | {"name": self.label(count.name)}) for count in view.types],
            levels=[self._par(level) for level in view.levels],
            emergency=[
                out.LevelOut(**asdict(level) | {"type_name": self.label(level.type_name)}) for level in view.emergency
            ],
            picks=[self._pick(pick) for pick in view.picks],
            alarms=self.alarms(view.alarms),
            loans=[self._loan(loan) for loan in view.loans],
            recalls=[self._recall(recall) for recall in view.recalls],
        )

    def alarms(self, found: Iterable[views.AlarmView]) -> list[out.AlarmOut]:
        """Write alarms."""
        return [
            out.AlarmOut(
                id=alarm.id,
                what=alarm.what,
                subject=alarm.subject,
                since=self.moment(alarm.since_ms),
                seen_by=alarm.seen_by or None,
                asset=alarm.asset or None,
                ward=alarm.ward or None,
            )
            for alarm in found
        ]

    def floor(self, view: views.FloorMap) -> out.FloorMapOut:
        """Write the map of a floor."""
        dots = [
            out.DotOut(
                id=dot.id,
                name=dot.name,
                type=dot.type,
                state=dot.state,
                known="sure" if dot.known == "sure" else "either",
                x_m=dot.x_m,
                y_m=dot.y_m,
                rooms=list(dot.rooms),
                seen=self._optional(dot.seen_ms),
            )
            for dot in view.dots
        ]
        return out.FloorMapOut(at=self.moment(view.now_ms), floor=view.floor, equipment=dots, unplaced=view.unplaced)

    def locator(self, view: views.LocatorView) -> out.LocatorOut:
        """Write how locating goes."""
        return out.LocatorOut(
            running=view.running,
            reason=view.reason or None,
            tags=view.tags,
            heard_tags=view.heard_tags,
            readings=view.readings,
            readings_per_s=view.readings_per_s,
            model_made=self._optional(view.model_made_ms),
            refused=view.refused,
            gateways=[
                out.GatewayOut(
                    id=gateway.id,
                    last_heard=self._optional(gateway.last_heard_ms),
                    silent=gateway.silent,
                    skew_ms=gateway.skew_ms,
                    refused=gateway.refused,
                    room=gateway.room or None,
                    floor=gateway.floor or None,
                    x_m=gateway.x_m,
                    y_m=gateway.y_m,
                )
                for gateway in view.gateways
            ],
        )

    def utilisation(self, view: Utilisation, since_ms: int, until_ms: int) -> out.UtilisationOut:
        """Write how much equipment was in use."""
        return out.UtilisationOut(
            since=self.moment(since_ms),
            until=self.moment(until_ms),
            owned=[
                out.OwnedOut(
                    type=row.type,
                    ward=row.ward,
                    in_use_s=row.in_use_ms / 1000,
                    total_s=row.total_ms / 1000,
                    share=round(row.share, 4),
                )
                for row in view.owned
            ],
            used=[out.UsedByOut(type=row.type, ward=row.ward, in_use_s=row.in_use_ms / 1000) for row in view.used],
        )

    def label(self, label: Label) -> str:
        """Name something of the catalogue."""
        return label.da if self._phrases.language == "da" else label.en

    def moment(self, instant_ms: int) -> datetime:
        """Write an instant with the site's offset."""
        return to_datetime(instant_ms, self._phrases.directory.zone)

    def _asset(self, view: views.AssetView) -> dict[str, Any]:
        return {
            **{name: getattr(view, name) for name in _SAME},
            **{name: getattr(view, name) or None for name in _EMPTY_IS_NONE},
            **{name: list(getattr(view, name)) for name in _LISTS},
            "type_name": self.label(view.type_name),
            "since": self.moment(view.since_ms),
            "service_due": self._optional(view.service_due_ms),
            "where": self._where(view.where),
            "cleaned": None
            if view.cleaned_ms is None
            else out.CleanedOut(by=view.cleaned_by, how=view.cleaned_how, at=self.moment(view.cleaned_ms)),
            "released": None
            if view.released_ms is None
            else out.ReleasedOut(by=view.released_by, at=self.moment(view.released_ms)),
            "loan": view.loan and self._loan(view.loan),
            "reservation": view.reservation and self._reservation(view.reservation),
            "transport": view.transport and self._transport(view.transport),
        }

    def _where(self, view: views.WhereView) -> out.WhereOut:
        shares = [*view.shares, *([None] * (len(view.rooms) - len(view.shares)))]
        return out.WhereOut(
            known=view.known,
            rooms=[
                out.RoomShareOut(id=room, name=self._phrases.place(room), share=share)
                for room, share in zip(view.rooms, shares, strict=False)
            ],
            seen=self._optional(view.seen_ms),
            floor=view.floor or None,
            x_m=view.x_m,
            y_m=view.y_m,
        )

    def _loan(self, view: views.LoanView) -> out.LoanOut:
        return out.LoanOut(
            id=view.id,
            asset=view.asset,
            ward=view.ward,
            since=self.moment(view.since_ms),
            due=self.moment(view.due_ms),
            by=view.by,
            reminders=view.reminders,
            overdue=view.overdue,
        )

    def _reservation(self, view: views.ReservationView) -> out.ReservationOut:
        return out.ReservationOut(
            id=view.id, asset=view.asset, ward=view.ward, by=view.by, until=self.moment(view.until_ms)
        )

    def _transport(self, view: views.TransportView) -> out.TransportOut:
        return out.TransportOut(
            key=view.key,
            asset=view.asset,
            purpose=view.purpose,
            origin=view.origin,
            destination=view.destination,
            due=self._optional(view.due_ms),
            job=view.job or None,
        )

    def _par(self, view: views.ParView) -> out.ParOut:
        return out.ParOut(**asdict(view) | {"type_name": self.label(view.type_name)})

    def _pick(self, view: views.PickView) -> out.PickOut:
        return out.PickOut(
            ward=view.ward,
            type=view.type,
            type_name=self.label(view.type_name),
            asset=None if view.asset is None else self.asset(view.asset),
        )

    def _recall(self, view: views.RecallView) -> out.RecallOut:
        return out.RecallOut(
            id=view.id,
            reason=view.reason,
            since=self.moment(view.since_ms),
            type=view.type or None,
            gtin=view.gtin or None,
            serial_from=view.serial_from or None,
            serial_to=view.serial_to or None,
            open=view.open,
            done=view.done,
        )

    def _optional(self, instant_ms: int | None) -> datetime | None:
        return None if instant_ms is None else self.moment(instant_ms)


_SAME = (
    "id",
    "name",
    "type",
    "ward",
    "home",
    "state",
    "suggestion",
    "wiped",
    "overdue",
    "emergency",
    "battery",
    "safe_load_kg",
    "paediatric",
    "mr_conditional",
    "leased",
)
_EMPTY_IS_NONE = ("holder", "reason", "picture", "tag", "gtin", "serial", "pump")
_LISTS = ("missing", "recalls", "pictures")
