"""A whole service in processes of its own, as a person starts it: for tests that kill, fill and stop."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).parents[2]
START_S = 120.0
"""How long a start may take on a busy machine."""


class RunningService:
    """`portor serve` on a free port; leaving the block stops it and leaves no process.

    Without `PORTOR_TAGS="true"` nothing with a simulated tag walks the house.
    """

    def __init__(self, data: Path, *arguments: str, site: str = "clinic_small", **environment: str) -> None:
        self.data = data
        self.said: list[str] = []
        self.address = ""
        command = [sys.executable, "-m", "api.cli", "serve", site, "--data", str(data), "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "PORTOR_TAGS": "false", **environment},
            cwd=data.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._hearing = threading.Thread(target=self._hear, daemon=True)
        self._hearing.start()

    def __enter__(self) -> RunningService:
        try:
            wait_until(lambda: bool(self.address) or self.process.poll() is not None, START_S, "the service is ready")
            assert self.address, "\n".join([*self.said, *self.logs()])
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.http = httpx.Client(base_url=self.address, timeout=30.0, trust_env=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        processes = self.tree()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        psutil.wait_procs(processes, timeout=10)
        self._hearing.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()
        if hasattr(self, "http"):
            self.http.close()
        if error is not None:
            error.add_note("\n".join([*self.said, *self.logs()]))

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            found = re.search(r"ready at (http://\S+)", line)
            if found:
                self.address = found[1]

    def tree(self) -> list[psutil.Process]:
        """Every process of the service, the supervisor first."""
        try:
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def pid(self, part: str) -> int:
        """The process id of a part in its present life."""
        started = [note for note in self.notes() if note["event"] == "part_started" and note["part"] == part]
        return int(started[-1]["pid"])

    def notes(self) -> list[dict[str, Any]]:
        """What the supervisor noted."""
        lines = (self.data / "logs" / "supervisor.log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def logs(self) -> list[str]:
        """The last lines of every log."""
        found = []
        for path in sorted((self.data / "logs").glob("*.log")):
            found += [f"{path.stem}: {line}" for line in path.read_text(encoding="utf-8").splitlines()[-15:]]
        return found

    def kill(self, part: str) -> None:
        """End a part without a word, and wait until it lives again."""
        pid = self.pid(part)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.pid(part) != pid, 30, f"the {part} has been restarted")

    def order(self, body: dict[str, Any], key: str, actor: str = "") -> httpx.Response:
        """Order a transport in the name of a dispatcher."""
        headers = {"Portor-Actor": actor or self.dispatcher(), "Idempotency-Key": key}
        return self.http.post("/api/v1/jobs", json=body, headers=headers)

    def dispatcher(self) -> str:
        """Somebody of the staff who may order."""
        staff = self.http.get("/api/v1/site").json()["staff"]
        return str(next(person["id"] for person in staff if "dispatcher" in person["roles"]))

    def jobs(self, states: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Every job, or those in some states."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            answer = self.http.get("/api/v1/jobs", params={"state": list(states), "limit": 500, **cursor})
            answer.raise_for_status()
            page = answer.json()
            found += page["jobs"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    def set_factor(self, factor: float) -> None:
        """Let site time run so many times as fast."""
        answer = self.http.put("/api/v1/clock", json={"factor": factor}, headers={"Portor-Actor": self.dispatcher()})
        answer.raise_for_status()


def wait_until(done: Callable[[], bool], timeout_s: float, what: str | Callable[[], str]) -> None:
    """Ask again and again until it is so; the time-out is far beyond what it takes, and only ends a broken test."""
    end = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() >= end:
            raise AssertionError(f"waited {timeout_s:g} s in vain until {what if isinstance(what, str) else what()}")
        time.sleep(0.05)
