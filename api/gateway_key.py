"""The token that gateways send with their readings: a file of the installation, made by whoever starts first."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

FILE = "gateways.token"
_BEARER = "bearer "


def ensure_gateway_token(data: Path) -> str:
    """Read the installation's token, or make one, readable by its owner alone."""
    file = data / FILE
    data.mkdir(parents=True, exist_ok=True)
    draft = data / f".{FILE}.{secrets.token_hex(4)}"
    if not file.exists():
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(32))
        try:
            os.link(draft, file)  # whole or not at all; a token that is there already stays
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()


def is_gateway(authorization: str | None, token: str) -> bool:
    """Tell whether the header `Authorization` carries the token, in a time that does not tell how nearly."""
    given = authorization or ""
    named = given[: len(_BEARER)].lower() == _BEARER
    return hmac.compare_digest(given[len(_BEARER) :].strip().encode(), token.encode()) and named
