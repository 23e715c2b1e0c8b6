"""Where replications are run: in this process, in a pool of processes, or on a cluster; the numbers are the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor as PoolExecutor
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any, Protocol

from simulation.experiment.address import DECIDING, versions_now
from simulation.experiment.memory import keep_memory
from simulation.experiment.work import Chunk, Task, work

NICE = 19
"""Workers of a pool give way to everything else on the machine."""


class Executor(Protocol):
    """Runs tasks. `workers` is how many at once; 1 may mean that `submit` returns when the task is done."""

    @property
    def workers(self) -> int:
        """How many tasks run at once."""
        ...

    def submit(self, task: Task) -> Future[Chunk]:
        """Run a task, now or soon."""
        ...


class ClusterError(Exception):
    """The cluster cannot be used; the text says why and what to do."""


HERE_S = 1.0
"""So much work is done in this process before others are started, which takes seconds by itself."""


RETRIES = 2
"""A task is given to another worker so many times when its worker is lost."""


class _Here:
    workers = 1

    def submit(self, task: Task) -> Future[Chunk]:
        done: Future[Chunk] = Future()
        try:
            done.set_result(work(task))
        except Exception as error:  # handed on to whoever asks for the result
            done.set_exception(error)
        return done


class _Pool:
    def __init__(self, pool: PoolExecutor, workers: int, here_s: float = 0.0) -> None:
        self._pool, self.workers, self._here_s = pool, workers, here_s

    def submit(self, task: Task) -> Future[Chunk]:
        if self._here_s <= 0.0:
            return self._pool.submit(work, task)
        began = time.perf_counter()
        done = _Here().submit(task)
        self._here_s -= time.perf_counter() - began
        return done


class _Cluster:
    """Dask's own executor leaves a future open for ever when a worker cannot read its task; this one does not."""

    def __init__(self, client: Any, workers: int) -> None:
        self._client, self.workers = client, workers

    def submit(self, task: Task) -> Future[Chunk]:
        done: Future[Chunk] = Future()
        remote = self._client.submit(work, task, pure=False, retries=RETRIES)
        done.add_done_callback(lambda future: remote.cancel() if future.cancelled() else None)
        remote.add_done_callback(lambda future: _hand_on(future, done))
        return done


def _hand_on(remote: Any, done: Future[Chunk]) -> None:
    if not done.set_running_or_notify_cancel():
        return
    try:
        done.set_result(remote.result())
    except BaseException as error:  # handed on to whoever asks for the result
        done.set_exception(error)


def _refuse_others(client: Any, address: str) -> None:
    """Every worker must have the same versions, or its numbers would be others."""
    here = versions_now()
    try:
        found = client.run(versions_now)
    except ImportError as error:
        raise ClusterError(f"A worker of {address} has no Portør ({error}): install it there as it is here.") from None
    other = [
        f"{worker} has {name} {versions.get(name)}, here it is {here[name]}"
        for worker, versions in sorted(found.items())
        for name in DECIDING
        if versions.get(name) != here[name]
    ]
    if other:
        raise ClusterError("The workers must be as this machine is: " + "; ".join(other) + ".")


def in_process() -> Executor:
    """One task after another, in this process, which keeps their memory."""
    keep_memory()
    return _Here()


@contextmanager
def pool(
    workers: int | None = None, here_s: float = HERE_S, *, at_once: Callable[[], object] | None = None
) -> Iterator[Executor]:
    """Processes that are spawned (never forked), niced, and end with this one; as many as there are cores.

    The first `here_s` seconds of work are done in this process: what is short needs no others. For what is known to be
    long, `at_once` is called in each of the others, which then start now, while this one still reads the question; it
    is something that they can import, and loads what they will need.
    """
    count = workers or cores()
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_begin)
    try:
        if at_once is not None:
            for _ in range(count):
                executor.submit(at_once)
        yield _Pool(executor, count, here_s)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask scheduler, which must have the same Portør installed.

    Raises
    ------
    ClusterError
        Dask is not installed, the scheduler does not answer, or it has no workers.
    """
    try:
        from distributed import Client  # noqa: PLC0415  (an extra)
    except ImportError:
        raise ClusterError("Dask is not installed: pip install 'portor[cluster]'.") from None
    try:
        connect: Any = Client  # publishes no types
        client = connect(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"No Dask scheduler answers at {address} ({error}): start one, or check --dask.") from None
    try:
        count = sum(client.nthreads().values())
        if not count:
            raise ClusterError(f"The Dask scheduler at {address} has no workers: start some with `dask worker`.")
        _refuse_others(client, address)
        yield _Cluster(client, count)
    finally:
        client.close()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin() -> None:
    """A new worker: gives way, keeps its memory, leaves Ctrl-C to its parent, and does not outlive it."""
    os.nice(NICE - os.nice(0))
    keep_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(0)
