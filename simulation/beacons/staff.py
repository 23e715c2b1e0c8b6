"""Who does what with equipment: people of the site's own staff list, by role and ward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from equipment_tracking.pool.steps import StepName
from site_models.schema import Site
from site_models.schema.site import StaffMember

CARERS: Final = ("clinician", "porter")
PORTERS: Final = ("porter", "technician")
TECHNICIANS: Final = ("technician",)
DOES: Final[Mapping[StepName, tuple[str, ...]]] = {
    "take": CARERS,
    "lend": CARERS,
    "put_down": CARERS,
    "report_defect": CARERS,
    "send_to_cleaning": PORTERS,
    "clean": PORTERS,
    "confirm": ("technician", "porter"),
    "receive": TECHNICIANS,
    "repair": TECHNICIANS,
    "pass_test": TECHNICIANS,
    "release": TECHNICIANS,
}
"""Roles that take each step, those first whose work it is."""


@dataclass(frozen=True, slots=True)
class Staff:
    """The people of a site."""

    members: Sequence[StaffMember]

    @staticmethod
    def of(site: Site) -> Staff:
        """The site's own list."""
        return Staff(tuple(site.staff))

    def who(self, step: StepName, ward: str, draw: float) -> tuple[str, str]:
        """Somebody and the role in which they act: of the ward if it has somebody, else anybody whose work it is."""
        for role in DOES[step]:
            able = [member for member in self.members if role in member.roles]
            here = [member for member in able if member.ward == ward] or able
            if here:
                return here[int(draw * len(here))].id, role
        first = self.members[0]
        return first.id, first.roles[0]
