"""Settings: their documentation, their order of precedence, and what is said about a wrong one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.cli.say import CommandFailed
from api.cli.settings import PREFIX, Settings, read_settings

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented_with_its_default() -> None:
    """docs/settings.md has a row for each setting, and no row for one that does not exist."""
    rows = re.findall(r"^\| `(PORTOR_\w+)` \|", (ROOT / "docs/settings.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(PREFIX + name.upper() for name in Settings.model_fields)


def test_an_option_overrules_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment gives port and seed, the command gives the port: its port holds, the other seed stays."""
    monkeypatch.setenv("PORTOR_PORT", "9000")
    monkeypatch.setenv("PORTOR_SEED", "7")
    settings = read_settings(port=9100, data=None)
    assert (settings.port, settings.seed) == (9100, 7)


def test_the_database_is_in_the_data_folder_unless_one_is_named(tmp_path: Path) -> None:
    """Without a URL it is SQLite beside the logs; with one it is that."""
    assert read_settings(data=tmp_path).database_url == f"sqlite:///{tmp_path / 'portor.sqlite'}"
    assert read_settings(database="postgresql://u@h/d").database_url == "postgresql://u@h/d"


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port of the environment and a factor of the command are both wrong: both are listed, as they were written."""
    monkeypatch.setenv("PORTOR_PORT", "77777")
    with pytest.raises(CommandFailed, match=r"PORTOR_PORT(.|\n)*--factor"):
        read_settings(factor=0)
