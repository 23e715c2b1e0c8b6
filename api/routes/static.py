"""Static files under an address that changes with them, so that browsers keep each for good."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.access import ANYBODY, access
from api.house import Visit
from api.pages import STATIC
from api.problems import Problem

router = APIRouter(include_in_schema=False)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOR_GOOD = "public, max-age=31536000, immutable"
FILES = {
    file.name: (file.read_bytes(), TYPES[file.suffix]) for file in sorted(STATIC.iterdir()) if file.suffix in TYPES
}


@router.get("/static/{version}/{name}")
@access(roles=ANYBODY, log="none")
async def get_static(
    visit: Visit,  # noqa: ARG001  # every route is admitted
    version: Annotated[str, Path(max_length=64)],  # noqa: ARG001  # part of the address only
    name: Annotated[str, Path(max_length=64)],
) -> Response:
    """Return a file of the pages."""
    if name not in FILES:
        raise Problem(404)
    body, media_type = FILES[name]
    return Response(body, headers={"Cache-Control": FOR_GOOD}, media_type=media_type)
