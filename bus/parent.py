"""The pipe from the process that started this one: when it closes, nobody is left to stop us, so we stop."""

from __future__ import annotations

import os
import select
import sys


def parent_gone() -> bool:
    """Has the pipe from the parent been closed? A terminal or a file is no parent."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return False
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(ready) and not os.read(sys.stdin.fileno(), 1024)
