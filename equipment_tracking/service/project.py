"""From the pool's state to what people see: the read models of assets, wards and the whole pool. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from equipment_tracking.pool.available import free, held_back
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.figures import ParLine, par_lines, pick_list
from equipment_tracking.pool.model import Alarm, Item, Loan, Recall, Reservation, Transport
from equipment_tracking.pool.recalls import concerns
from equipment_tracking.pool.rules import Rules
from equipment_tracking.register.catalogue import Label
from equipment_tracking.views import (
    AlarmView,
    AssetView,
    LevelView,
    LoanView,
    ParView,
    PickView,
    PoolView,
    RecallView,
    ReservationView,
    TransportView,
    TypeCount,
    WardView,
    WhereView,
)

Where = Callable[[str], WhereView]
"""Where an asset is, by its id."""


class Projection:
    """Views of one committed state at one instant; what several views need is worked out once."""

    def __init__(self, state: State, rules: Rules, where: Where, now_ms: int) -> None:
        self._state = state
        self._rules = rules
        self._where = where
        self._now_ms = now_ms
        self._held_back: frozenset[str] | None = None

    def asset(self, item: Item) -> AssetView:
        """Everything about one asset."""
        state, asset = self._state, self._state.assets[item.id]
        confirmed = {done.what for done in item.confirmed}
        checks = self._rules.catalogue.checks(asset.type)
        reservation = state.reservations.get(item.reservation) if item.reservation else None
        transport = state.transports.get(item.transport) if item.transport else None
        loan = state.loans.get(item.loan) if item.loan else None
        return AssetView(
            id=item.id,
            name=asset.name,
            type=asset.type,
            type_name=self.type_name(asset.type),
            ward=asset.ward,
            home=asset.home,
            state=item.state,
            since_ms=item.since_ms,
            where=self._where(item.id),
            holder=item.holder,
            place=item.place,
            suggestion=item.suggestion,
            wiped=item.wiped,
            cleaned_by=item.cleaning.by if item.cleaning else "",
            cleaned_how=item.cleaning.method if item.cleaning else "",
            cleaned_ms=item.cleaning.at_ms if item.cleaning else None,
            missing=tuple(check for check in checks if check not in confirmed) if item.state == "cleaned" else (),
            reason=item.reason,
            picture=item.picture,
            recalls=item.recalls,
            released_by=item.released_by,
            released_ms=item.released_ms or None,
            loan=None if loan is None else self.loan(loan),
            reservation=None if reservation is None else _reservation(reservation),
            transport=None if transport is None else _transport(transport),
            overdue=asset.overdue(self._now_ms),
            service_due_ms=asset.service_due_ms,
            emergency=item.id in self._kept,
            battery=item.battery,
            tag=asset.tag,
            gtin=asset.gtin,
            serial=asset.serial,
            safe_load_kg=asset.safe_load_kg,
            paediatric=asset.paediatric,
            pump=asset.pump,
            mr_conditional=asset.mr_conditional,
            leased=asset.leased,
            pictures=asset.pictures,
        )

    def assets(self, items: Iterable[Item]) -> tuple[AssetView, ...]:
        """Several assets in their order."""
        return tuple(self.asset(item) for item in items)

    def type_name(self, type: str) -> Label:
        """What a type is called; its id where nobody knows it any more."""
        kind = self._rules.catalogue.get(type)
        return Label(type, type) if kind is None else kind.name

    def loan(self, loan: Loan) -> LoanView:
        """Who has borrowed it."""
        return LoanView(
            id=loan.id,
            asset=loan.asset,
            ward=loan.ward,
            since_ms=loan.since_ms,
            due_ms=loan.due_ms,
            by=loan.by,
            reminders=loan.reminders,
            overdue=loan.due_ms <= self._now_ms,
        )

    def ward(self, ward: str) -> WardView:
        """A ward's own overview; `here` and `away` are in order of type and id."""
        state = self._state
        items = sorted(state.items.unordered(), key=lambda item: (state.assets[item.id].type, item.id))
        return WardView(
            ward=ward,
            levels=tuple(self._par(line) for line in par_lines(state, self._now_ms) if line.ward == ward),
            here=self.assets(item for item in items if item.ward == ward),
            borrowed=tuple(self.loan(loan) for loan in state.loans.values() if loan.ward == ward),
            reserved=tuple(_reservation(kept) for kept in state.reservations.values() if kept.ward == ward),
            away=self.assets(item for item in items if state.assets[item.id].ward == ward and item.ward != ward),
            picks=tuple(pick for pick in self._picks() if pick.ward == ward),
            alarms=tuple(alarm for alarm in self.alarms() if alarm.ward == ward),
        )

    def pool(self) -> PoolView:
        """The whole pool at a glance."""
        state = self._state
        return PoolView(
            types=self._types(),
            levels=tuple(self._par(line) for line in par_lines(state, self._now_ms)),
            emergency=self._emergency(),
            picks=self._picks(),
            alarms=self.alarms(),
            loans=tuple(self.loan(loan) for loan in state.loans.values()),
            recalls=tuple(self._recall(recall) for recall in state.recalls.values()),
            now_ms=self._now_ms,
        )

    def alarms(self) -> tuple[AlarmView, ...]:
        """What a person should see to, the oldest first."""
        alarms = sorted(self._state.alarms.values(), key=lambda alarm: (alarm.since_ms, alarm.id))
        return tuple(self._alarm(alarm) for alarm in alarms)

    def _alarm(self, alarm: Alarm) -> AlarmView:
        asset = ward = ""
        if alarm.what == "loan":
            loan = self._state.loans.get(alarm.subject)
            asset, ward = ("", "") if loan is None else (loan.asset, loan.ward)
        elif alarm.what == "hoarding":
            ward = alarm.subject.partition("/")[0]
        elif alarm.what == "emergency":
            ward = self._rules.places.get(alarm.subject.partition("/")[0], "")
        elif (item := self._state.items.get(alarm.subject)) is not None:
            asset, ward = item.id, item.ward or self._state.assets[item.id].ward
        return AlarmView(
            id=alarm.id,
            what=alarm.what,
            subject=alarm.subject,
            since_ms=alarm.since_ms,
            seen_by=alarm.seen_by,
            asset=asset,
            ward=ward,
        )

    def _types(self) -> tuple[TypeCount, ...]:
        states: dict[str, Counter[str]] = defaultdict(Counter)
        able: Counter[str] = Counter()
        overdue: Counter[str] = Counter()
        for item in self._state.items.unordered():
            asset = self._state.assets[item.id]
            states[asset.type][item.state] += 1
            able[asset.type] += free(self._state, item, self._now_ms) and item.id not in self._kept
            overdue[asset.type] += asset.overdue(self._now_ms)
        order = [kind.id for kind in self._rules.catalogue.types]
        listed = [*(type for type in order if type in states), *sorted(set(states) - set(order))]
        return tuple(
            TypeCount(
                type=type,
                name=self.type_name(type),
                by_state=dict(sorted(states[type].items())),
                free=able[type],
                overdue=overdue[type],
            )
            for type in listed
        )

    def _emergency(self) -> tuple[LevelView, ...]:
        there = Counter((self._state.items[id].place, self._state.assets[id].type) for id in self._kept)
        return tuple(
            LevelView(
                place=level.where,
                type=level.type,
                type_name=self.type_name(level.type),
                count=level.count,
                there=there[level.where, level.type],
            )
            for level in self._state.levels.values()
            if level.of == "emergency"
        )

    def _picks(self) -> tuple[PickView, ...]:
        return tuple(
            PickView(
                ward=pick.ward,
                type=pick.type,
                type_name=self.type_name(pick.type),
                asset=self.asset(self._state.items[pick.asset]) if pick.asset else None,
            )
            for pick in pick_list(self._state, self._now_ms)
        )

    def _par(self, line: ParLine) -> ParView:
        return ParView(
            ward=line.ward,
            type=line.type,
            type_name=self.type_name(line.type),
            par=line.par,
            ready=line.ready,
            coming=line.coming,
            missing=line.missing,
        )

    def _recall(self, recall: Recall) -> RecallView:
        matching = [asset.id for asset in self._state.assets.unordered() if concerns(recall, asset)]
        done = sum(self._state.items[id].state == "quarantined" for id in matching)
        waiting = sum(recall.id in self._state.items[id].recalls for id in matching) - done
        return RecallView(
            id=recall.id,
            reason=recall.reason,
            since_ms=recall.since_ms,
            type=recall.type,
            gtin=recall.gtin,
            serial_from=recall.serial_from,
            serial_to=recall.serial_to,
            open=max(0, waiting),
            done=done,
        )

    @property
    def _kept(self) -> frozenset[str]:
        if self._held_back is None:
            self._held_back = held_back(self._state, self._now_ms)
        return self._held_back


def _reservation(kept: Reservation) -> ReservationView:
    return ReservationView(id=kept.id, asset=kept.asset, ward=kept.ward, by=kept.by, until_ms=kept.until_ms)


def _transport(transport: Transport) -> TransportView:
    return TransportView(
        key=transport.id,
        asset=transport.asset,
        purpose=transport.purpose,
        origin=transport.origin,
        destination=transport.destination,
        due_ms=transport.due_ms,
        job=transport.job,
    )
