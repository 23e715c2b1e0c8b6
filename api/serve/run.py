"""Runs one service: holds its folder and port, prepares, supervises, and turns signals into a stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from functools import partial

from api.serve.listen import Refused, answers, hold, listen
from api.serve.logs import note_to, open_log
from api.serve.parts import Service, parts, preparation
from api.serve.supervisor import Stopped, Supervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A service that is ready: what it runs on, with the port it got, and its supervisor."""

    service: Service
    supervisor: Supervisor


def run(service: Service, say: Callable[[str], None]) -> None:
    """Run the service until SIGINT or SIGTERM; `service.port` 0 takes a free port.

    Raises
    ------
    Refused
        It cannot start; nothing was changed.
    PartFailed
        A part could not be kept running; everything has been stopped.
    """
    asyncio.run(_run(service, say))


async def _run(service: Service, say: Callable[[str], None]) -> None:
    try:
        async with serving(service, say) as running:
            say(f"Portør is ready at {running.service.address} (Ctrl-C stops it)")
            await running.supervisor.watch()
    except Stopped:
        pass  # as it was told to, before it was ready
    say("Stopped.")


@contextlib.asynccontextmanager
async def serving(service: Service, say: Callable[[str], None]) -> AsyncIterator[Running]:
    """Start the service, run the block when it is ready, and stop it when the block ends.

    SIGINT and SIGTERM tell the supervisor to stop; whoever runs the block waits for that with `watch`.

    Raises
    ------
    Refused
        It cannot start; nothing was changed.
    PartFailed
        A part could not be started; everything has been stopped.
    Stopped
        A signal came before it was ready.
    """
    with contextlib.ExitStack() as held:
        held.enter_context(hold(service.data))
        listener = held.enter_context(listen(service.host, service.port))
        bound = replace(service, port=listener.getsockname()[1])
        logs = bound.data / "logs"
        note = note_to(held.enter_context(open_log(logs, "supervisor")))
        supervisor = Supervisor(logs=logs, say=say, note=note)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, supervisor.stop)
        say(f"Reading the site {bound.site} and preparing the database …")
        await _prepare(preparation(bound), supervisor.stopping)
        probe = partial(answers, bound.host, bound.port)
        async with supervisor.running(parts(bound, listener.fileno(), probe)):
            yield Running(service=bound, supervisor=supervisor)


async def _prepare(command: tuple[str, ...], stopping: asyncio.Event) -> None:
    """Run the first step to its end."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True
    )
    ending = asyncio.create_task(process.communicate())
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait([ending, stop], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if stopping.is_set():
        with contextlib.suppress(ProcessLookupError):
            process.kill()  # the database is migrated in one transaction
        await ending
        raise Stopped
    _, said = ending.result()
    if process.returncode:
        raise Refused(said.decode(errors="replace").strip() or f"Preparing ended with exit code {process.returncode}.")
