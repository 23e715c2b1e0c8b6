"""What may be asked of equipment tracking over the bus without changing it, and what gateways send to it."""

from __future__ import annotations

import msgspec

from equipment_tracking.pool.model import ItemState
from equipment_tracking.pool.requests import AnyRequest
from equipment_tracking.register.assets import PumpKind


class Query(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """A question; it is answered from what is committed, at once. The view that answers it stands in its sentence."""


class Find(Query, frozen=True, tag="find"):
    """The nearest of what is wanted, from a room, station or node (`near`) → `views.Found`.

    `states` other than ready are found as they are; of ready ones only those that may be had. `ward` is the owner;
    `text` must stand in id, name, serial or type.
    """

    near: str
    asset_type: str | None = None
    states: tuple[ItemState, ...] = ("ready",)
    ward: str | None = None
    carries_kg: float | None = None
    paediatric: bool | None = None
    pump: PumpKind | None = None
    mr_conditional: bool | None = None
    text: str = ""
    limit: int = 10


class GetAsset(Query, frozen=True, tag="get_asset"):
    """One asset by GIAI, by tag, or by what a scanner reads (GS1 element string, serial) → `views.AssetView`."""

    id: str


class ListAssets(Query, frozen=True, tag="list_assets"):
    """Assets in order of their ids from after `after` on → `views.Assets`; `ward` is the owner, `at` where it is."""

    asset_type: str | None = None
    states: tuple[ItemState, ...] = ()
    ward: str | None = None
    at: str | None = None
    text: str = ""
    after: str = ""
    limit: int = 50


class GetWard(Query, frozen=True, tag="get_ward"):
    """A ward's overview → `views.WardView`."""

    ward: str


class GetPool(Query, frozen=True, tag="get_pool"):
    """The whole pool at a glance → `views.PoolView`."""


class GetFloor(Query, frozen=True, tag="get_floor"):
    """The map of a floor → `views.FloorMap`."""

    floor: str
    asset_type: str | None = None
    text: str = ""


class GetTypes(Query, frozen=True, tag="get_types"):
    """The catalogue → `views.Types`."""


class GetLocator(Query, frozen=True, tag="get_locator"):
    """How locating goes, with all gateways → `views.LocatorView`."""


class Export(Query, frozen=True, tag="export"):
    """The register as CSV → `views.Exported`."""


class Import(Query, frozen=True, tag="import"):
    """Add and change assets from CSV, all or none → `views.ImportPlan`; with `dry_run` nothing is written."""

    text: str
    dry_run: bool = True


class Together(Query, frozen=True, tag="together"):
    """Several requests of one person, judged one after the other and committed at once → `views.Answers`.

    For lists of things that are done at one sitting; a refused one does not keep the others.
    """

    requests: tuple[AnyRequest, ...]


class Heard(Query, frozen=True, tag="heard"):
    """What a gateway sent, as it came; `format` names one of `formats`, `topic` is MQTT's → `views.Taken`."""

    format: str
    body: bytes
    topic: str = ""


AnyQuery = (
    Find
    | GetAsset
    | ListAssets
    | GetWard
    | GetPool
    | GetFloor
    | GetTypes
    | GetLocator
    | Export
    | Import
    | Together
    | Heard
)
