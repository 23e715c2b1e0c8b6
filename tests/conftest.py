"""What all tests share: the search for counterexamples, and who waits for whom where tests run beside each other."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has types but does not say so

from bus.niceness import NICENESS, step_back

TESTS = Path(__file__).parent
SERVICE = "service"
WHOLE_HOSPITAL = ("browser", "faults")
"""Folders whose tests start all processes of the service: one after the other, so that they do not crowd each other."""


hypothesis.settings.register_profile("portor", deadline=None, max_examples=60, print_blob=True)
hypothesis.settings.load_profile("portor")


def queue_of(file: str) -> str:
    """The tests that wait for one another: those of a file, or all that start the whole service."""
    folder = PurePosixPath(file).parts[1]
    return SERVICE if folder in WHOLE_HOSPITAL else file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: the whole service, a folder at a time, then files with slow tests."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> tuple[int, bool]:
        folder = item.path.relative_to(TESTS).parts[0]
        first = WHOLE_HOSPITAL.index(folder) if folder in WHOLE_HOSPITAL else len(WHOLE_HOSPITAL)
        return first, item.path not in slow

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: the queue of the whole service mostly waits."""
    return (os.cpu_count() or 1) + 1


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where tests run beside each other, all others give way to the longest queue, that of the whole service.

    They step back as far as its planning part does, or that would have nothing left over to think with.
    """
    beside = "PYTEST_XDIST_WORKER" in os.environ and queue_of(item.nodeid.split("::", 1)[0]) != SERVICE
    if beside and os.getpriority(os.PRIO_PROCESS, 0) < NICENESS:
        os.setsid()  # where the system shares its processors out by session
        step_back()


class Queues(LoadScopeScheduling):  # type: ignore[misc]  # for the same reason
    """Gives each process a queue at a time, in the order of the tests."""

    def _split_scope(self, nodeid: str) -> str:
        return queue_of(nodeid.split("::", 1)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Queues:
    """Where tests run beside each other, these are the queues."""
    config.option.loadscopereorder = False  # else a queue of many short tests would begin before one of a few long ones
    return Queues(config, log)
