"""One service for all tests that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.service import RunningService


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The small clinic on a Monday morning, sixty times as fast."""
    data = tmp_path_factory.mktemp("shared") / "data"
    with RunningService(data, "--factor", "60", "--start", "2026-03-02T08:00:00+01:00") as running:
        yield running
