"""The api process: serves the application on a socket that the supervisor opened, and ends when its parent does."""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
import threading
from pathlib import Path

import structlog
import uvicorn

from api.app import create_app
from api.house import House
from api.settings import ApiSettings
from bus.process import write_log

GRACE_S = 3


class Server(uvicorn.Server):
    """Ends the event streams before it waits for open requests, so that stopping is prompt."""

    def __init__(self, config: uvicorn.Config, house: House) -> None:
        super().__init__(config)
        self._house = house

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: streams first, then what is left."""
        self._house.link.fanout.close()
        await super().shutdown(sockets)


def main() -> int:
    """Serve until a signal comes or the parent's pipe (standard input) closes."""
    parser = argparse.ArgumentParser(prog="python -m api.process", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the installation")
    parser.add_argument("--site", required=True, help="folder of a site, or its name")
    parser.add_argument("--database", required=True, help="database URL")
    parser.add_argument("--fd", type=int, required=True, help="listening socket, inherited")
    options = parser.parse_args()
    configure_logs()
    app = create_app(ApiSettings(data=options.data, site=options.site, database_url=options.database))
    config = uvicorn.Config(
        app,
        lifespan="on",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        ws="none",
    )
    server = Server(config, app.state.house)
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    asyncio.run(server.serve([socket.socket(fileno=options.fd)]))
    return 0


def configure_logs() -> None:
    """Log JSON lines to standard error; tracebacks without the values of variables, which may be people's words."""
    write_log()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _end_with_parent(server: uvicorn.Server) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
