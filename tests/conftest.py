"""What all tests share: one way to search for counterexamples, without time limits that a busy machine would break."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

WHOLE_HOSPITAL = frozenset({"browser", "faults"})
"""Folders whose tests start all processes of the service: one after the other, so that they do not crowd each other."""


hypothesis.settings.register_profile("portor", deadline=None, max_examples=60, print_blob=True)
hypothesis.settings.load_profile("portor")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run beside each other, a file stays together, and what starts the whole service is one queue."""
    tests = Path(__file__).parent
    for item in items:
        where = item.path.relative_to(tests)
        group = "service" if where.parts[0] in WHOLE_HOSPITAL else where.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
