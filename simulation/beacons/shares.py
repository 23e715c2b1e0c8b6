"""What a hospital has of which type of equipment and where: the figures behind a made-up stock, all of them assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from equipment_tracking.register.assets import PumpKind

Care = Literal["ward", "newborn", "acute", "intensive", "theatre", "birth", "clinic", "bays", "imaging"]
"""What is done in a room, as far as its equipment goes."""

CARE: Final[Mapping[str, Care]] = {
    "ward_room": "ward",
    "acute_room": "acute",
    "trauma_room": "acute",
    "intensive_room": "intensive",
    "theatre": "theatre",
    "procedure_room": "theatre",
    "delivery_room": "birth",
    "examination_room": "clinic",
    "consulting_room": "clinic",
    "treatment_room": "clinic",
    "triage": "clinic",
    "day_unit": "bays",
    "recovery": "bays",
    "holding": "bays",
    "imaging": "imaging",
    "imaging_ct": "imaging",
    "imaging_mr": "imaging",
    "imaging_xray": "imaging",
    "imaging_ultrasound": "imaging",
    "imaging_nuclear": "imaging",
}
"""Kind of room → care. Equipment is in use there."""
NEWBORN: Final = ("neonat", "newborn", "postnatal")
"""A ward whose English name has one of these cares for newborn children in its ward rooms."""
BAY_M2: Final = 12.0
"""A hall counts as so many rooms as it has bays of this size."""
STORES: Final = ("utility_clean", "equipment_store", "goods_room", "store", "central_store")
"""Kinds of rooms where clean equipment waits, the best first."""
BED_STORE: Final = "bed_store"
SOILED: Final = ("utility_soiled", "soiled_reception")
"""Kinds of rooms where used equipment is put down."""

PER_ROOM: Final[Mapping[Care, Mapping[str, float]]] = {
    "ward": {
        "bed": 1.15,
        "mattress": 0.6,
        "iv_stand": 2.0,
        "infusion_pump": 2.8,
        "feeding_pump": 0.3,
        "pca_pump": 0.25,
        "patient_monitor": 0.5,
        "telemetry": 0.6,
        "wheelchair": 0.7,
        "walker": 0.9,
        "hoist": 0.2,
        "suction": 0.3,
        "scale": 0.12,
        "ecg": 0.06,
        "defibrillator": 0.06,
        "bladder_scanner": 0.06,
        "blanket_warmer": 0.06,
        "high_flow": 0.06,
        "ultrasound": 0.03,
        "bariatric_chair": 0.06,
        "stretcher": 0.06,
    },
    "newborn": {
        "bed": 1.0,
        "incubator": 0.8,
        "phototherapy": 0.4,
        "infusion_pump": 2.5,
        "feeding_pump": 0.6,
        "patient_monitor": 0.8,
        "high_flow": 0.3,
        "suction": 0.5,
        "scale": 0.3,
    },
    "acute": {
        "bed": 1.1,
        "mattress": 0.3,
        "iv_stand": 1.8,
        "infusion_pump": 2.4,
        "patient_monitor": 1.0,
        "telemetry": 0.5,
        "suction": 0.6,
        "defibrillator": 0.15,
        "stretcher": 0.4,
        "wheelchair": 0.4,
        "ecg": 0.15,
        "high_flow": 0.15,
        "ventilator": 0.05,
        "ultrasound": 0.1,
        "bladder_scanner": 0.1,
    },
    "intensive": {
        "bed": 1.1,
        "mattress": 1.0,
        "iv_stand": 2.0,
        "infusion_pump": 6.0,
        "feeding_pump": 1.0,
        "pca_pump": 0.3,
        "patient_monitor": 1.2,
        "ventilator": 0.9,
        "high_flow": 0.4,
        "suction": 1.2,
        "defibrillator": 0.15,
        "ultrasound": 0.15,
        "blanket_warmer": 0.5,
        "hoist": 0.1,
    },
    "theatre": {
        "iv_stand": 2.0,
        "infusion_pump": 3.0,
        "patient_monitor": 0.5,
        "suction": 1.2,
        "blanket_warmer": 1.2,
        "defibrillator": 0.2,
        "stretcher": 0.5,
        "ventilator": 0.3,
        "ultrasound": 0.3,
    },
    "birth": {
        "bed": 1.0,
        "iv_stand": 1.0,
        "infusion_pump": 1.5,
        "patient_monitor": 0.5,
        "suction": 0.5,
        "incubator": 0.3,
        "ultrasound": 0.3,
        "scale": 0.5,
        "wheelchair": 0.3,
    },
    "clinic": {
        "wheelchair": 0.25,
        "stretcher": 0.15,
        "scale": 0.25,
        "ecg": 0.12,
        "ultrasound": 0.15,
        "iv_stand": 0.25,
        "suction": 0.1,
        "defibrillator": 0.04,
        "bladder_scanner": 0.05,
    },
    "bays": {
        "stretcher": 0.5,
        "iv_stand": 1.0,
        "infusion_pump": 1.2,
        "patient_monitor": 0.8,
        "suction": 0.3,
        "blanket_warmer": 0.2,
        "defibrillator": 0.05,
    },
    "imaging": {
        "stretcher": 0.4,
        "wheelchair": 0.4,
        "infusion_pump": 0.6,
        "patient_monitor": 0.3,
        "defibrillator": 0.1,
    },
}
"""So many of each type a room of this care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A model of a type, and how many of the type are of it."""

    share: float = 1.0
    pump: PumpKind = ""
    safe_load_kg: float | None = None
    paediatric: bool = False
    mr_conditional: bool = False


_ONE: Final = (Product(),)
_CHILDREN: Final = (Product(paediatric=True),)

PRODUCTS: Final[Mapping[str, tuple[Product, ...]]] = {
    "infusion_pump": (
        Product(share=0.6, pump="volumetric"),
        Product(share=0.35, pump="syringe"),
        Product(share=0.05, pump="volumetric", mr_conditional=True),
    ),
    "pca_pump": (Product(share=0.8, pump="syringe"), Product(share=0.2, pump="volumetric")),
    "patient_monitor": (Product(share=0.95), Product(share=0.05, mr_conditional=True)),
    "mattress": (Product(share=0.85, safe_load_kg=180.0), Product(share=0.15, safe_load_kg=300.0)),
    "bed": (Product(share=0.95, safe_load_kg=220.0), Product(share=0.05, safe_load_kg=400.0)),
    "stretcher": (Product(share=0.9, safe_load_kg=230.0), Product(share=0.1, safe_load_kg=320.0)),
    "wheelchair": (
        Product(share=0.8, safe_load_kg=130.0),
        Product(share=0.15, safe_load_kg=250.0),
        Product(share=0.05, safe_load_kg=160.0, mr_conditional=True),
    ),
    "hoist": (Product(share=0.8, safe_load_kg=205.0), Product(share=0.2, safe_load_kg=350.0)),
    "walker": (Product(share=0.9, safe_load_kg=130.0), Product(share=0.1, safe_load_kg=200.0)),
    "bariatric_chair": (Product(safe_load_kg=350.0),),
    "incubator": _CHILDREN,
    "phototherapy": _CHILDREN,
}
"""The models of the types that have more than one, or of which something is to be stated."""


def products(type: str) -> tuple[Product, ...]:
    """The models of a type; their shares add up to 1."""
    return PRODUCTS.get(type, _ONE)


LEASED: Final[Mapping[str, float]] = {"mattress": 0.5, "infusion_pump": 0.08, "ventilator": 0.2, "hoist": 0.1}
"""Which share of a type is leased."""
OVERDUE: Final = 0.02
"""Which share is past its date of service."""
PAR_TYPES: Final = ("infusion_pump", "iv_stand", "patient_monitor", "suction", "wheelchair", "feeding_pump")
PAR_SHARE: Final = 0.15
"""A ward shall have so much of its own ready."""
PAR_FROM: Final = 4
"""Wards with fewer of a type have no par level of it."""
EMERGENCY: Final[Mapping[str, int]] = {"defibrillator": 1, "suction": 2}
"""So many of a type are kept back at an acute place, but no more than half of what its ward has."""
ACUTE: Final = ("acute", "intensive")
"""Cares whose places keep a reserve."""
