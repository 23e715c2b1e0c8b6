"""The api process: serves on a socket that it inherits, and ends with its parent, open streams and all."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

START_S = 90


@pytest.fixture
def listener() -> socket.socket:
    """A listening socket, as the supervisor hands it over."""
    opened = socket.socket()
    opened.bind(("127.0.0.1", 0))
    opened.listen()
    opened.set_inheritable(True)
    return opened


def test_it_ends_when_its_parents_pipe_closes(tmp_path: Path, listener: socket.socket) -> None:
    """Without a dispatcher it lives but is not ready; an event stream that is open does not keep it."""
    command = [sys.executable, "-m", "api.process", "--data", str(tmp_path), "--site", "clinic_small"]
    command += ["--database", f"sqlite:///{tmp_path}/none.sqlite", "--fd", str(listener.fileno())]
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with (
        listener,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=[listener.fileno()]
        ) as process,
        httpx.Client(base_url=address, timeout=START_S, trust_env=False) as client,
    ):
        assert process.stdin is not None
        assert client.get("/api/v1/health").json()["dispatcher"] == "away"
        assert client.get("/api/v1/ready").status_code == 503
        with client.stream("GET", "/api/v1/events") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 1000"
            process.stdin.close()
            assert process.wait(START_S) == 0
            list(lines)  # the stream has ended in good order
