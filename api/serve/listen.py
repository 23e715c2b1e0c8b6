"""What one service holds alone: the listening socket and the data folder."""

from __future__ import annotations

import fcntl
import http.client
import ipaddress
import os
import socket
from pathlib import Path
from typing import TextIO

BACKLOG = 512


class Refused(Exception):
    """The service cannot start; the text says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen; port 0 takes a free one.

    Raises
    ------
    Refused
        The host is not of this machine's loopback, is unknown, or the port is in use or may not be used.
    """
    address = _loopback(host)
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((str(address), port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise Refused(
            f"Port {port} on {host} cannot be used ({error.strerror}): stop the program that has it, "
            "or choose another with --port."
        ) from error
    return listener


def _loopback(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise Refused(f"{host!r} is no address: give one of this machine's loopback, such as 127.0.0.1.") from None
    if not address.is_loopback:
        raise Refused(
            f"{host} is reachable from other machines, and there is no sign-in yet: "
            "serve on 127.0.0.1 and put a proxy with sign-in in front of it."
        )
    return address


def hold(data: Path) -> TextIO:
    """Make the data folder, if need be, and hold it until the returned file is closed or this process ends.

    Raises
    ------
    Refused
        It cannot be written, or another service holds it.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        file = (data / "serve.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise Refused(
            f"The data folder {data} cannot be written ({error.strerror}): "
            "give this user the right to, or choose another with --data."
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise Refused(
            f"The data folder {data} is in use by another portor serve (process {holder}): "
            "stop that one, or choose another folder with --data."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def answers(host: str, port: int, path: str = "/api/v1/ready", timeout_s: float = 2.0) -> bool:
    """Whether the service says at this address that it is ready."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
