"""The command `portor`: a module a command group, each a thin shell over the room that does the work."""

from api.cli.app import main

__all__ = ["main"]
