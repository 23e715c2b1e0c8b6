"""Keys are made once, are nobody else's business, and are never a default."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bus.keys import BadKeys, ensure_keys, load_keys


def test_keys_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """The second start finds the keys of the first; folder 0700, secrets 0600."""
    folder = tmp_path / "keys"
    first = ensure_keys(folder)
    assert ensure_keys(folder) == first
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir() if path.is_file())


def test_two_data_folders_have_different_keys(tmp_path: Path) -> None:
    """There is no default key that would open every hospital."""
    assert ensure_keys(tmp_path / "a").server_public != ensure_keys(tmp_path / "b").server_public


def test_processes_that_start_together_agree_on_the_keys(tmp_path: Path) -> None:
    """Whoever writes first wins, everybody reads the same."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ensure_keys(tmp_path / "keys"), range(8)))
    assert made == [made[0]] * 8


def test_a_secret_that_others_can_read_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """A key that has been seen is no secret any more: the sentence names the file and says what to do."""
    ensure_keys(tmp_path / "keys")
    (tmp_path / "keys" / "client.secret").chmod(0o644)
    with pytest.raises(BadKeys, match=r"client\.secret: delete it"):
        ensure_keys(tmp_path / "keys")


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    """Half a key is not used."""
    ensure_keys(tmp_path / "keys")
    (tmp_path / "keys" / "server.key").write_text("short\n")
    with pytest.raises(BadKeys, match="is no CURVE key"):
        load_keys(tmp_path / "keys")


def test_the_secrets_do_not_appear_when_keys_are_printed(tmp_path: Path) -> None:
    """A traceback or a log line gives nothing away."""
    keys = ensure_keys(tmp_path / "keys")
    assert keys.client_secret.decode() not in repr(keys)
    assert keys.server_secret.decode() not in repr(keys)


def test_a_guest_machine_is_admitted_by_its_public_key(tmp_path: Path) -> None:
    """The public key of another machine, laid in `clients/`, lets its agents in."""
    folder = tmp_path / "keys"
    ensure_keys(folder)
    guest = ensure_keys(tmp_path / "guest")
    (folder / "clients" / "tube-gateway.key").write_bytes(guest.client_public)
    assert guest.client_public in load_keys(folder).admitted
