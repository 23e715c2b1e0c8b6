"""The command line within the process of the tests: for commands that start no others, and many times faster."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from api.cli.app import main


def portor_here(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    raw = io.BytesIO()
    out, err = io.TextIOWrapper(raw, encoding="utf-8", write_through=True), io.StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["portor", *arguments]):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    return subprocess.CompletedProcess(arguments, int(str(code)), raw.getvalue().decode(), err.getvalue())
