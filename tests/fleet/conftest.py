"""The small clinic, built once."""

from __future__ import annotations

import pytest

from fleet.hospital import Hospital
from site_models.load import load_site
from tests.fleet.obedient import Clinic


@pytest.fixture(scope="session")
def clinic_site() -> Hospital:
    """The small clinic as the fleet sees it."""
    return Hospital.of(load_site("clinic_small"))


@pytest.fixture
def clinic(clinic_site: Hospital) -> Clinic:
    """The small clinic at seven on a Monday, with agents that obey."""
    return Clinic(clinic_site)
