"""Settings of an installation: read from the environment as `PORTOR_<NAME>`, overruled by options of the command."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.cli.say import CommandFailed

PREFIX = "PORTOR_"


class Settings(BaseSettings):
    """Every setting with its default; each is described in `docs/settings.md`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    data: Path = Field(default=Path("portor-data"), description="Folder of database, keys and logs.")
    database: str = Field(default="", description="Database URL; empty is SQLite in the data folder.")
    host: str = Field(default="127.0.0.1", description="Address that is listened on.")
    port: int = Field(default=8600, ge=0, le=65535, description="Port that is listened on; 0 takes a free one.")
    factor: float = Field(default=1.0, gt=0, le=1000, description="How many times as fast as the wall clock.")
    seed: int = Field(default=1, ge=0, description="Seed of the simulated carriers.")
    tags: bool = Field(default=True, description="Whether equipment with simulated tags walks the house.")
    mqtt: str = Field(default="", description="Address of the MQTT broker of gateways; its part reads it from here.")
    sqlite_max_pages: int | None = Field(default=None, ge=1, description="Greatest size of the SQLite file in pages.")

    @property
    def database_url(self) -> str:
        """The database that is used: the one given, or the file in the data folder."""
        return self.database or f"sqlite:///{self.data.absolute() / 'portor.sqlite'}"


def read_settings(**options: object) -> Settings:
    """Read the environment, overruled by those options that are not None.

    Raises
    ------
    CommandFailed
        Every value that cannot be used, each with its name.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        lines = [f"  {_name(item['loc'], given)}: {item['msg']}, not {item['input']!r}." for item in error.errors()]
        raise CommandFailed("These settings cannot be used:\n" + "\n".join(lines)) from None


def _name(place: tuple[int | str, ...], given: dict[str, object]) -> str:
    """Return the setting as the person wrote it: an option, or a variable of the environment."""
    name = str(place[0]) if place else "settings"
    return f"--{name}" if name in given else f"{PREFIX}{name.upper()}"
