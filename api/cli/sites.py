"""Finds the site that a command names and says well what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.say import CommandFailed

if TYPE_CHECKING:
    from site_models.schema import Site

SiteName = Annotated[str, typer.Argument(help="A folder, or the name of a site that comes with Portør.")]


def find_site(name: str) -> str:
    """Return the site as the other processes understand it: a known name, or the absolute path of a folder.

    Raises
    ------
    CommandFailed
        It is neither; the sentence lists the known names.
    """
    from site_models.errors import SiteErrors
    from site_models.load import known_sites, site_folder

    try:
        folder = site_folder(name)
    except SiteErrors:
        known = ", ".join(known_sites())
        raise CommandFailed(
            f"There is no site {name!r}: it is neither a folder nor one of {known}. Check the name."
        ) from None
    return name if name in known_sites() else str(folder.absolute())


def read_site(name: str) -> Site:
    """Find and load the site.

    Raises
    ------
    CommandFailed
        It is unknown, or its YAML is wrong; then every place is listed.
    """
    from site_models.errors import SiteErrors
    from site_models.load import load_site

    try:
        return load_site(find_site(name))
    except SiteErrors as error:
        raise CommandFailed(f"The site {name} has {count(len(error.errors))}:\n{error}") from None


def count(number: int) -> str:
    """Return the number of errors in words."""
    return f"{number} error" if number == 1 else f"{number} errors"
