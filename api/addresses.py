"""Where a browser is sent on to: never outside these pages."""

from __future__ import annotations

from urllib.parse import urlsplit

SEE_OTHER = 303


def inside(address: str, otherwise: str = "/") -> str:
    """Return an address of these pages, or `otherwise` when it leads elsewhere."""
    parts = urlsplit(address)
    ours = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if ours and address.isprintable() else otherwise
