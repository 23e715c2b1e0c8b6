"""The small pool that the pages of equipment show."""

from __future__ import annotations

import pytest

from equipment_tracking.pool.requests import SetPar
from tests.api.fake_equipment import FakeEquipment, a_small_pool


@pytest.fixture
def equipment(equipment: FakeEquipment) -> FakeEquipment:
    """Pumps 1 (in S0) and 2 (in S1) and a bed (in S1) are ready, pump 3 (in S0) is used; S0 should have 3 pumps."""
    a_small_pool(equipment).do(SetPar("S0", "infusion_pump", 3))
    return equipment
