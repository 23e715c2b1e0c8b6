"""First step of a start, a process of its own: read the site and bring the database to this version's schema."""

from __future__ import annotations

import argparse
import sys

from ledger.database import open_engine
from ledger.errors import StoreError
from ledger.migrate import upgrade
from site_models.errors import SiteErrors
from site_models.load import load_site


def prepare(site: str, database: str) -> None:
    """Read the site and migrate the database.

    Raises
    ------
    SiteErrors
        Everything that is wrong with the site.
    StoreError
        The database cannot be used; it is as it was.
    """
    load_site(site)
    engine = open_engine(database)
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def main() -> int:
    """Prepare from the command line; what is wrong is said on standard error, and the exit code is 1."""
    parser = argparse.ArgumentParser(prog="python -m api.serve.prepare", description=__doc__)
    parser.add_argument("--site", required=True)
    parser.add_argument("--database", required=True)
    arguments = parser.parse_args()
    try:
        prepare(arguments.site, arguments.database)
    except (SiteErrors, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
