"""`/api/v1/readings/{format}`: what gateways hear, in the format that each make speaks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request

from api.access import ANYBODY, access
from api.equipment.schemas import TakenOut
from api.gateway_key import is_gateway
from api.house import Visit
from api.problems import WRITE_ERRORS, documented, refuse
from api.schemas import Words
from equipment_tracking.formats import FORMATS
from equipment_tracking.queries import Heard
from equipment_tracking.views import Taken

router = APIRouter(prefix="/api/v1/readings", tags=["readings"])
BODY = {
    "requestBody": {
        "required": True,
        "description": "As the gateway sends it, up to 1 MiB.",
        "content": {"application/json": {"schema": {}}},
    }
}


@router.post("/{format}", status_code=202, responses=documented(*WRITE_ERRORS), openapi_extra=BODY)
@access(roles=ANYBODY, log="none")
async def hear(
    visit: Visit,
    request: Request,
    spoken: Annotated[
        str, Path(alias="format", max_length=40, description=f"One of {', '.join(FORMATS)}.", examples=["minew"])
    ],
    authorization: Annotated[str | None, Header(max_length=500, description="`Bearer <token of gateways>`.")] = None,
    topic: Annotated[Words, Query(description="MQTT topic, where the format says who heard in it.")] = "",
) -> TakenOut:
    """Take readings of a gateway. The bearer token is the installation's, from its data folder; not a person's name.

    202 says how many could be read. What becomes of them, gateway by gateway, stands in `/api/v1/equipment/locator`.
    """
    if not is_gateway(authorization, visit.house.gateway_token):
        raise refuse(
            401,
            "token_missing",
            "Authorization",
            da="Send læsernes nøgle i headeren Authorization: Bearer.",
            en="Send the token of the gateways in the header Authorization: Bearer.",
        )
    if spoken not in FORMATS:
        raise refuse(
            404,
            "unknown_format",
            "format",
            da=f"Formatet kendes ikke. Kendte formater: {', '.join(FORMATS)}.",
            en=f"The format is not known. Known formats: {', '.join(FORMATS)}.",
        )
    heard = Heard(format=spoken, body=await request.body(), topic=topic)
    taken = await visit.equipment.ask(None, heard, Taken)
    return TakenOut(readings=taken.readings, fixes=taken.fixes, malformed=taken.malformed)
