"""The commands as a person runs them: what they print, and the sentence and exit code when something is wrong."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from pathlib import Path

from api.serve.listen import hold
from ledger.append import Entry, append
from ledger.database import open_engine
from ledger.lease import acquire
from ledger.migrate import upgrade
from tests.support.in_process import portor_here
from tests.support.portor import portor, refused


def test_help_names_every_command() -> None:
    """Whoever types only the name learns what there is."""
    text = portor("--help").stdout
    assert all(command in text for command in ("serve", "day", "site", "ledger", "warm"))


def test_an_unknown_site_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    """The sentence lists what could have been meant, and no data folder is made."""
    text = refused(portor("serve", "nowhere", "--data", str(tmp_path / "data")))
    assert "'nowhere'" in text
    assert "clinic_small" in text
    assert not (tmp_path / "data").exists()


def test_malformed_yaml_is_listed_with_every_place(tmp_path: Path) -> None:
    """Two broken files give two places, each file:line:column, on standard output or error; nothing is started."""
    (tmp_path / "site.yaml").write_text("site: {id: x, name: [unclosed\n", encoding="utf-8")
    (tmp_path / "lifts.yaml").write_text("lifts:\n  - {id: L1, id: L1}\n", encoding="utf-8")
    run = portor_here("site", "check", str(tmp_path))
    refused(run)
    assert "site.yaml:" in run.stdout
    assert "lifts.yaml:2:" in run.stdout
    serving = portor("serve", str(tmp_path), "--data", str(tmp_path / "data"), "--port", "0")
    assert "lifts.yaml:2:" in refused(serving)
    assert not (tmp_path / "data" / "portor.sqlite").exists()


def test_a_sound_site_is_said_to_be_in_order() -> None:
    """The small clinic has no violation."""
    run = portor("site", "check", "clinic_small")
    assert run.returncode == 0, run.stdout
    assert "in order" in run.stdout


def test_a_drawing_is_written_for_every_floor(tmp_path: Path) -> None:
    """The small clinic has two floors, so there are two SVG files."""
    run = portor_here("site", "draw", "clinic_small", "--out", str(tmp_path / "floors"))
    assert run.returncode == 0, run.stderr
    drawings = sorted((tmp_path / "floors").glob("*.svg"))
    assert len(drawings) == 2
    assert all(path.read_text(encoding="utf-8").startswith("<svg") for path in drawings)


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    """The sentence names the port and the way out, and nothing was prepared."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        text = refused(portor("serve", "clinic_small", "--data", str(tmp_path), "--port", str(port)))
    assert str(port) in text
    assert "--port" in text
    assert not (tmp_path / "portor.sqlite").exists()


def test_an_address_of_the_network_is_refused_until_there_is_sign_in(tmp_path: Path) -> None:
    """Only loopback is served."""
    text = refused(portor("serve", "clinic_small", "--data", str(tmp_path), "--host", "0.0.0.0"))  # noqa: S104 - refused
    assert "sign-in" in text


def test_a_data_folder_that_cannot_be_written_is_refused() -> None:
    """Nobody, not even root, makes folders in /proc: the sentence names the folder and --data."""
    text = refused(portor("serve", "clinic_small", "--data", "/proc/portor-data"))
    assert "/proc/portor-data" in text
    assert "--data" in text


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """The sentence names the folder and --data."""
    (tmp_path / "data").write_text("", encoding="utf-8")
    assert "--data" in refused(portor("serve", "clinic_small", "--data", str(tmp_path / "data")))


def test_a_data_folder_in_use_is_refused(tmp_path: Path) -> None:
    """The sentence names the process that holds it."""
    with contextlib.closing(hold(tmp_path)):
        text = refused(portor("serve", "clinic_small", "--data", str(tmp_path), "--port", "0"))
    assert f"process {os.getpid()}" in text


def test_a_database_of_another_kind_is_refused(tmp_path: Path) -> None:
    """The sentence says which URLs can be used."""
    arguments = ("--data", str(tmp_path), "--port", "0", "--database", "mysql://host/name")
    assert "sqlite:///" in refused(portor("serve", "clinic_small", *arguments))


def test_a_missing_ledger_is_named(tmp_path: Path) -> None:
    """Verifying what does not exist makes no empty database."""
    assert "--database" in refused(portor_here("ledger", "verify", "--data", str(tmp_path)))
    assert not (tmp_path / "portor.sqlite").exists()


def test_a_ledger_that_holds_and_one_that_was_changed(tmp_path: Path) -> None:
    """Three rows hold; after one of them is changed the command lists the break and fails."""
    database = tmp_path / "portor.sqlite"
    engine = open_engine(f"sqlite:///{database}")
    upgrade(engine)
    epoch = acquire(engine, "fleet", "a test", time.sleep, time.monotonic)
    entry = Entry(at_ms=1, actor="anna", kind="job.created", version=1, subject="J1", payload=b"{}")
    with engine.begin() as connection:
        append(connection, "fleet", epoch, [entry] * 3)
    whole = portor_here("ledger", "verify", "--data", str(tmp_path))
    assert whole.returncode == 0, whole.stderr
    assert "3 rows" in whole.stdout
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE ledger SET actor = 'bo' WHERE seq = 2")
    engine.dispose()
    broken = portor_here("ledger", "verify", "--data", str(tmp_path))
    assert "not what was written" in refused(broken)
    assert "fleet:2:" in broken.stdout


def test_a_start_without_offset_is_refused(tmp_path: Path) -> None:
    """An instant without its zone could be two instants."""
    assert "+01:00" in refused(portor("serve", "clinic_small", "--data", str(tmp_path), "--start", "2026-03-02T00:00"))


def test_kernels_are_compiled_on_request() -> None:
    """Warming says what it did."""
    run = portor("warm")
    assert run.returncode == 0, run.stderr
    assert "compiled" in run.stdout
