"""`portor ledger`: proves that the record is what was written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.say import CommandFailed, line, progress
from api.cli.settings import read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from ledger.verify import Break

app = typer.Typer(help="Verify the append-only record of what happened.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """Verify the append-only record of what happened."""


@app.command()
def verify(
    database: Annotated[
        str | None, typer.Option(help="Database URL.", show_default="SQLite in the data folder")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder.", show_default="./portor-data")] = None,
) -> None:
    """Walk every chain and list every break; may run beside a running service."""
    from sqlalchemy.exc import DBAPIError

    from ledger.database import describe, open_engine
    from ledger.errors import StoreError, translate

    try:
        engine = open_engine(read_settings(database=database, data=data).database_url, read_only=True)
        where = describe(engine)
        if engine.dialect.name == "sqlite" and not Path(where).exists():
            raise CommandFailed(
                f"There is no ledger at {where}: start the service once, or name it with --data or --database."
            )
        try:
            breaks, rows = _walk(engine)
        finally:
            engine.dispose()
    except StoreError as error:
        raise CommandFailed(str(error)) from None
    except DBAPIError as error:
        raise CommandFailed(str(translate(error))) from None
    for found in breaks:
        line(str(found))
    if breaks:
        raise CommandFailed(
            f"The ledger of {where} is not what was written, in {len(breaks)} places. "
            "Keep a copy as it is, and restore the last backup whose head hashes agree."
        )
    line(f"The ledger of {where} holds: {rows} rows, every chain unbroken.")


def _walk(engine: Engine) -> tuple[list[Break], int]:
    """Return every break and the number of rows that were walked."""
    from ledger.migrate import require_current
    from ledger.verify import verify as breaks_of

    require_current(engine)
    rows = 0
    with progress() as bar, engine.connect() as connection:
        task = bar.add_task("Verifying", total=None, note="")

        def tell(done: int, total: int) -> None:
            nonlocal rows
            rows = done
            bar.update(task, completed=done, total=total, note=f"{done}/{total} rows")

        breaks = breaks_of(connection, progress=tell)
    return breaks, rows
