"""Runs the command line where the package is not installed: `python -m api.cli`."""

from api.cli.app import main

main()
