"""CURVE certificates of the bus: made once for each data folder, readable by their owner alone, never a default."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import zmq

SERVER = "server"
CLIENT = "client"
GUESTS = "clients"
_KEY_LENGTH = 40


class BadKeys(Exception):
    """Keys cannot be used; the sentence says which file, why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of one machine, Z85 text as bytes.

    `server_secret` is empty where only agents run. `admitted` are the public client keys that a broker lets in.
    """

    server_public: bytes
    client_public: bytes
    client_secret: bytes = field(repr=False)
    server_secret: bytes = field(default=b"", repr=False)
    admitted: tuple[bytes, ...] = ()


def ensure_keys(folder: Path) -> Keys:
    """Load the keys in `folder`, making first what is missing; safe when several processes start at once.

    Raises `BadKeys` when a secret can be read by others or a file is no key.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / GUESTS).mkdir(mode=0o700, exist_ok=True)
    for name in (SERVER, CLIENT):
        secret = folder / f"{name}.secret"
        if not secret.exists():
            _write_once(secret, zmq.curve_keypair()[1])
        public = folder / f"{name}.key"
        if not public.exists():
            _write_once(public, zmq.curve_public(_read_secret(secret)))
    return load_keys(folder)


def load_keys(folder: Path) -> Keys:
    """Load what `ensure_keys` made; on an agent's own machine `server.secret` is absent.

    Public keys of further machines are files `clients/<name>.key`.
    """
    mode = folder.stat().st_mode if folder.is_dir() else None
    if mode is None:
        raise BadKeys(f"No folder of bus keys at {folder}: start the dispatcher once, it makes them.")
    if mode & 0o077:
        raise BadKeys(f"Others can enter the key folder {folder}: run `chmod 700 {folder}` and make new keys.")
    server_secret = folder / f"{SERVER}.secret"
    client_public = _read_key(folder / f"{CLIENT}.key")
    guests = tuple(_read_key(path) for path in sorted((folder / GUESTS).glob("*.key")))
    return Keys(
        server_public=_read_key(folder / f"{SERVER}.key"),
        server_secret=_read_secret(server_secret) if server_secret.exists() else b"",
        client_public=client_public,
        client_secret=_read_secret(folder / f"{CLIENT}.secret"),
        admitted=(client_public, *guests),
    )


def _read_secret(path: Path) -> bytes:
    if path.is_file() and path.stat().st_mode & 0o077:
        raise BadKeys(f"Others can read the secret key {path}: delete it, start again, and new keys are made.")
    return _read_key(path)


def _read_key(path: Path) -> bytes:
    try:
        key = path.read_bytes().strip()
    except OSError as problem:
        raise BadKeys(f"Cannot read the key {path} ({problem.strerror}): copy it from the dispatcher.") from problem
    if len(key) != _KEY_LENGTH:
        raise BadKeys(f"{path} is no CURVE key ({len(key)} characters, not {_KEY_LENGTH}): delete it and start again.")
    return key


def _write_once(path: Path, key: bytes) -> None:
    """Write with mode 0600 so that of several writers the first wins and no reader sees half a file."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, key + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
