"""What the supervisor starts: a command line, how it says that it is ready, and the parts of the service."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A process that runs as long as the service does.

    Parameters
    ----------
    name
        For people, and the name of its log.
    command
        Program and arguments.
    says_ready
        It prints the JSON line `{"ready": true}` on standard output once it serves; otherwise `probe` tells, and
        without one it counts as ready when it has started.
    probe
        Called in a thread again and again until it returns true.
    files
        Open file descriptors that it inherits under their own numbers.
    """

    name: str
    command: tuple[str, ...]
    says_ready: bool = False
    probe: Callable[[], bool] | None = None
    files: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What one service runs on; `start` is the ISO instant at which site time begins, empty for the clock of now.

    `tags`: equipment with simulated tags walks the house, as carriers do.
    """

    site: str
    data: Path
    database: str
    host: str
    port: int
    factor: float
    seed: int
    holder: str
    start: str = ""
    max_pages: int | None = None
    tags: bool = True

    @property
    def address(self) -> str:
        """Where the pages are."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def preparation(service: Service) -> tuple[str, ...]:
    """The command that reads the site and migrates the database before anything else starts."""
    return _python("api.serve.prepare", "--site", service.site, "--database", service.database)


def parts(service: Service, listener: int, probe: Callable[[], bool]) -> tuple[Part, ...]:
    """The parts in the order in which they start; they stop in the opposite one.

    Parameters
    ----------
    service
        What they run on.
    listener
        File descriptor of the socket that is listened on.
    probe
        Whether the address answers.
    """
    where = ("--data", str(service.data), "--site", service.site)
    stored = ("--database", service.database)
    dispatcher = [*where, *stored, "--holder", service.holder, "--factor", f"{service.factor:g}"]
    if service.start:
        dispatcher += ["--start", service.start]
    if service.max_pages is not None:
        dispatcher += ["--max-pages", str(service.max_pages)]
    equipment = [*where, *stored, "--holder", service.holder]
    seeded = [*where, "--seed", str(service.seed)]
    tags = [Part(name="tags", command=_python("simulation.beacons", *seeded))] if service.tags else []
    return (
        Part(name="dispatcher", command=_python("fleet.service", *dispatcher), says_ready=True),
        Part(name="equipment", command=_python("equipment_tracking.service", *equipment), says_ready=True),
        Part(name="agents", command=_python("fleet.simulated", *seeded)),
        Part(name="worker", command=_python("fleet.worker", *where)),
        *tags,
        Part(name="planning", command=_python("simulation.worker", *where)),
        Part(
            name="api",
            command=_python("api.process", *where, *stored, "--fd", str(listener)),
            probe=probe,
            files=(listener,),
        ),
    )


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
