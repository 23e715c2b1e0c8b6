"""What the api process is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Settings of one api process.

    Parameters
    ----------
    data
        Folder of the installation: database, bus addresses, the secret that signs cookies.
    site
        Folder of the site model, or its name under `site_models/`.
    database_url
        Where committed rows are read.
    keep_alive_s
        Silence after which an event stream sends a comment, so that proxies keep it open.
    hold_s
        How long a write waits while the dispatcher changes, resent with the same key.
    body_limit
        Largest request body in bytes.
    list_limit
        Largest list of equipment that is imported, in bytes.
    readings_limit
        Largest message of a gateway in bytes.
    """

    data: Path
    site: str
    database_url: str
    keep_alive_s: float = 15.0
    hold_s: float = 10.0
    body_limit: int = 64 * 1024
    list_limit: int = 5 * 1024 * 1024
    readings_limit: int = 1024 * 1024
