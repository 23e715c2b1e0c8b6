"""`portor serve`: runs the service until it is told to stop."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from api.cli.say import CommandFailed, line
from api.cli.settings import Settings, read_settings
from api.cli.sites import SiteName, find_site
from api.serve.listen import Refused
from api.serve.parts import Service
from api.serve.run import run
from api.serve.supervisor import PartFailed

Data = Annotated[
    Path | None, typer.Option("--data", help="Folder of database, keys and logs.", show_default="./portor-data")
]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.", show_default="8600")]
Host = Annotated[str | None, typer.Option(help="Address of this machine's loopback.", show_default="127.0.0.1")]
Factor = Annotated[float | None, typer.Option(help="Site time runs so many times as fast.", show_default="1")]
Database = Annotated[str | None, typer.Option(help="Database URL.", show_default="SQLite in the data folder")]
Start = Annotated[
    str | None, typer.Option(help="Begin site time at this instant, ISO 8601 with offset.", show_default="now")
]
Tags = Annotated[
    bool | None,
    typer.Option("--tags/--no-tags", help="Whether equipment with simulated tags is there.", show_default="tags"),
]
Seed = Annotated[int | None, typer.Option(help="Seed of the simulated carriers.", show_default="1")]


def serve(
    site: SiteName = "koege",
    data: Data = None,
    port: Port = None,
    host: Host = None,
    factor: Factor = None,
    database: Database = None,
    start: Start = None,
    seed: Seed = None,
    *,
    tags: Tags = None,
) -> None:
    """Run the hospital on this machine: database, dispatcher, equipment, simulated carriers, planner and pages."""
    settings = read_settings(data=data, port=port, host=host, factor=factor, database=database, seed=seed, tags=tags)
    service = service_of(settings, find_site(site), start or "")
    try:
        run(service, line)
    except (Refused, PartFailed) as error:
        raise CommandFailed(str(error)) from None


def service_of(settings: Settings, site: str, start: str) -> Service:
    """Return what the supervisor shall run.

    Raises
    ------
    CommandFailed
        The start is no instant with its offset.
    """
    if start:
        try:
            moment = dt.datetime.fromisoformat(start)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise CommandFailed(f"--start {start!r} is no instant: write it like 2026-03-02T00:00:00+01:00.")
    return Service(
        site=site,
        data=settings.data.absolute(),
        database=settings.database_url,
        host=settings.host,
        port=settings.port,
        factor=settings.factor,
        seed=settings.seed,
        holder=f"portor serve, process {os.getpid()} ({secrets.token_hex(4)})",
        start=start,
        max_pages=settings.sqlite_max_pages,
        tags=settings.tags,
    )
