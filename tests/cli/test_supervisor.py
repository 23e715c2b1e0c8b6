"""The supervisor with tiny parts: order of start, restarts, giving up, and stopping without a trace."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from api.serve.logs import note_to, open_log
from api.serve.parts import Part
from api.serve.supervisor import PartFailed, Patience, Stopped, Supervisor

QUICK = Patience(first_s=0.01, longest_s=0.05, deaths=5, window_s=60.0, turn_s=1.0, kill_s=2.0)

OBEDIENT = """
import sys
print('{"ready": true}', flush=True)
sys.stdin.read()
"""
"""Serves until its parent's pipe closes."""


def python(source: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", textwrap.dedent(source), *arguments)


def speaking(name: str, source: str = OBEDIENT, *arguments: str) -> Part:
    return Part(name=name, command=python(source, *arguments), says_ready=True)


class Stage:
    """A supervisor with what it said and noted."""

    def __init__(self, folder: Path, patience: Patience = QUICK) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.log = open_log(folder, "supervisor")
        self.supervisor = Supervisor(logs=folder, say=self.said.append, note=note_to(self.log), patience=patience)

    def run(self, *parts: Part, then: Callable[[], bool]) -> None:
        """Run the parts and stop as soon as `then` returns true."""

        async def live() -> None:
            with contextlib.suppress(Stopped):
                async with self.supervisor.running(parts):
                    self.said.append("all ready")
                    await self.supervisor.watch()

        async def scene() -> None:
            running = asyncio.create_task(live())
            try:
                async with asyncio.timeout(30):
                    while not running.done() and not then():
                        await asyncio.sleep(0.01)
            finally:
                self.supervisor.stop()
                await running

        try:
            asyncio.run(scene())
        finally:
            self.log.close()

    def notes(self, event: str) -> list[dict[str, object]]:
        lines = (self.folder / "supervisor.log").read_text().splitlines()
        return [note for note in map(json.loads, lines) if note["event"] == event]

    @property
    def ready(self) -> bool:
        return "all ready" in self.said


def gone(pid: int) -> bool:
    """Whether the process has ended, at the latest in a moment; a killed one is swept by the system, not by us."""
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_parts_start_in_order_each_after_the_one_before_is_ready(tmp_path: Path) -> None:
    """The second part is not started before the first has said that it is ready."""
    waits = "import pathlib, sys, time; time.sleep(0.2); pathlib.Path(sys.argv[1]).touch()\n" + OBEDIENT
    looks = "import pathlib, sys; assert pathlib.Path(sys.argv[1]).exists()\n" + OBEDIENT
    mark = str(tmp_path / "mark")
    stage = Stage(tmp_path)
    stage.run(speaking("first", waits, mark), speaking("second", looks, mark), then=lambda: stage.ready)
    assert [note["part"] for note in stage.notes("part_started")] == ["first", "second"]


def test_parts_stop_in_the_opposite_order_and_leave_no_process(tmp_path: Path) -> None:
    """The part that started last ends first, and nothing is left running."""
    writes = """
        import signal, sys
        def end(*_):
            with open(sys.argv[1], "a") as file:
                file.write(sys.argv[2] + "\\n")
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        print('{"ready": true}', flush=True)
        signal.pause()
    """
    order = tmp_path / "order"
    stage = Stage(tmp_path)
    parts = [speaking(name, writes, str(order), name) for name in ("dispatcher", "agents", "api")]
    stage.run(*parts, then=lambda: stage.ready)
    assert order.read_text().split() == ["api", "agents", "dispatcher"]
    assert all(gone(int(str(note["pid"]))) for note in stage.notes("part_started"))


def test_a_part_that_dies_is_started_again(tmp_path: Path) -> None:
    """After a kill -9 the supervisor notes the death and the part lives again under another process id."""
    stage = Stage(tmp_path)

    def killed_once() -> bool:
        started = stage.notes("part_started")
        if stage.ready and len(started) == 1:
            os.kill(int(str(started[0]["pid"])), signal.SIGKILL)
            stage.said.remove("all ready")
        return len(started) == 2

    stage.run(speaking("dispatcher"), then=killed_once)
    (death,) = stage.notes("part_died")
    assert death["code"] == -signal.SIGKILL
    first, second = stage.notes("part_started")
    assert first["pid"] != second["pid"]


def test_a_part_that_keeps_dying_ends_the_service_with_its_last_words(tmp_path: Path) -> None:
    """The fifth death within the window stops everything; the sentence names the part, its log and its last line."""
    dies = """
        import sys
        print('{"ready": true}', flush=True)
        sys.exit("no carrier answers")
    """
    stage = Stage(tmp_path)
    with pytest.raises(PartFailed, match=r"agents ended with exit code 1 5 times(.|\n)*no carrier answers"):
        stage.run(speaking("dispatcher"), speaking("agents", dies), then=lambda: False)
    assert len(stage.notes("part_died")) == 5
    assert all(gone(int(str(note["pid"]))) for note in stage.notes("part_started"))


def test_a_part_that_never_was_ready_is_not_tried_again(tmp_path: Path) -> None:
    """A first start that fails is a matter of configuration: one death, then the sentence."""
    stage = Stage(tmp_path)
    with pytest.raises(PartFailed, match="before it was ready"):
        stage.run(speaking("dispatcher", "raise SystemExit('held by another')"), then=lambda: False)
    assert len(stage.notes("part_died")) == 1


def test_the_last_words_are_those_of_this_life(tmp_path: Path) -> None:
    """What an earlier service wrote into the same log is not quoted as the reason of today."""
    (tmp_path / "dispatcher.log").write_text("an old trouble\n")
    stage = Stage(tmp_path)
    with pytest.raises(PartFailed) as caught:
        stage.run(speaking("dispatcher", "raise SystemExit('a new trouble')"), then=lambda: False)
    assert "a new trouble" in str(caught.value)
    assert "an old trouble" not in str(caught.value)


def test_a_part_that_will_not_stop_is_killed_with_all_it_started(tmp_path: Path) -> None:
    """A part that ignores the signal and the pipe, and its child, are gone after the deadline."""
    stubborn = """
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with open(sys.argv[1], "w") as file:
            file.write(str(child.pid))
        print('{"ready": true}', flush=True)
        time.sleep(600)
    """
    born = tmp_path / "child"
    stage = Stage(tmp_path)
    stage.run(speaking("worker", stubborn, str(born)), then=lambda: stage.ready)
    assert [note["part"] for note in stage.notes("part_killed")] == ["worker"]
    assert gone(int(born.read_text()))


def test_what_a_dead_part_left_behind_is_swept_before_the_restart(tmp_path: Path) -> None:
    """A child that outlives its dead parent would hold its place: it is killed with it."""
    leaves = """
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with open(sys.argv[1], "a") as file:
            file.write(f"{child.pid}\\n")
        print('{"ready": true}', flush=True)
        time.sleep(600)
    """
    born = tmp_path / "children"
    stage = Stage(tmp_path)

    def killed_once() -> bool:
        started = stage.notes("part_started")
        if stage.ready and len(started) == 1:
            os.kill(int(str(started[0]["pid"])), signal.SIGKILL)
            stage.said.remove("all ready")
        return len(started) == 2 and len(born.read_text().split()) == 2

    stage.run(speaking("worker", leaves, str(born)), then=killed_once)
    assert all(gone(int(pid)) for pid in born.read_text().split())


def test_a_probe_decides_when_a_part_without_words_is_ready(tmp_path: Path) -> None:
    """The service is ready only when the probe says so, however often it must be asked."""
    asked: list[None] = []

    def probe() -> bool:
        asked.append(None)
        return len(asked) == 3

    stage = Stage(tmp_path)
    part = Part(name="api", command=python("import sys; sys.stdin.read()"), probe=probe)
    stage.run(part, then=lambda: stage.ready)
    assert len(asked) == 3


def test_every_part_ends_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    """kill -9 of the supervisor closes the parents' pipes, and each part ends by itself."""
    source = f"""
        import asyncio, pathlib, sys
        from api.serve.logs import note_to, open_log
        from api.serve.parts import Part
        from api.serve.supervisor import Supervisor
        folder = pathlib.Path(sys.argv[1])
        part = Part(name="agents", command=(sys.executable, "-c", {OBEDIENT!r}), says_ready=True)
        supervisor = Supervisor(logs=folder, say=lambda text: print(text, flush=True),
                                note=note_to(open_log(folder, "supervisor")))
        async def live():
            async with supervisor.running([part]):
                print("all ready", flush=True)
                await supervisor.watch()
        asyncio.run(live())
    """
    with subprocess.Popen(python(source, str(tmp_path)), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "all ready" not in process.stdout.readline():
            pass
        children = psutil.Process(process.pid).children()
        assert len(children) == 1
        process.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_a_stop_while_a_part_is_starting_does_not_wait_for_it(tmp_path: Path) -> None:
    """A part that never gets ready is told to end like any other."""
    stage = Stage(tmp_path)
    begun = time.monotonic()
    stage.run(speaking("dispatcher", "import sys; sys.stdin.read()"), then=lambda: time.monotonic() - begun > 0.3)
    assert not stage.ready
    assert stage.notes("part_killed") == []


def test_what_a_part_prints_lands_in_its_log(tmp_path: Path) -> None:
    """Both streams of a part are kept; the line that says ready is not."""
    talks = "import sys; print('on paper'); print('in trouble', file=sys.stderr)\n" + OBEDIENT
    stage = Stage(tmp_path)
    stage.run(speaking("agents", talks), then=lambda: stage.ready)
    assert sorted((tmp_path / "agents.log").read_text().splitlines()) == ["in trouble", "on paper"]
