"""The HTTP application: translates between people, programs and the dispatcher, and decides nothing itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache, partial

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api.access import Badge
from api.description import DescribedApp
from api.equipment.link import EquipmentLink
from api.equipment.records import EquipmentRecords
from api.equipment.trackables import Trackables
from api.errors import answer_at_gate, install
from api.faces import Faces
from api.gateway_key import ensure_gateway_token
from api.guard import Gate
from api.house import House, visit
from api.link import Link
from api.planning.desk import PlanningDesk
from api.records import Records, StoreRecords
from api.routes import ROUTERS
from api.settings import ApiSettings
from bus.address import DISPATCHER, EQUIPMENT, KEYS_FOLDER, read_address
from bus.client import BusClient
from bus.keys import ensure_keys

TITLE = "Portør"
DESCRIPTION = """Carries things through a hospital: order transports, follow them, and see why.

Every write names who acts (`Portor-Actor`, an id from `GET /api/v1/site`) and may carry an `Idempotency-Key`.
Every refusal is a problem (RFC 9457) with all broken rules. Text that looks like a patient's identity is refused."""


def create_app(
    settings: ApiSettings,
    *,
    faces: Faces | None = None,
    bus: BusClient | None = None,
    equipment: BusClient | None = None,
    records: Records | None = None,
) -> FastAPI:
    """Build the application of one site.

    Parameters
    ----------
    settings
        What the process was told.
    faces
        The site, already read; None reads the one of the settings.
    bus
        A connection to the dispatcher that is already open; None opens one for as long as the application runs.
    equipment
        The same to the equipment process.
    records
        Where committed rows are read; None is the database of the settings.

    Raises
    ------
    SiteErrors
        When the site cannot be read.
    """
    faces = faces or Faces.of(settings.site)

    def connect(part: str) -> BusClient:
        return BusClient("api", ensure_keys(settings.data / KEYS_FOLDER), partial(read_address, settings.data, part))

    client = bus or connect(DISPATCHER)
    link = EquipmentLink(equipment or connect(EQUIPMENT), settings.hold_s, own=equipment is None)
    store = StoreRecords(settings.database_url)
    house = House(
        settings=settings,
        faces=faces,
        link=Link(client, settings.hold_s),
        equipment=link,
        trackables=Trackables(link),
        records=records or store,
        equipment_records=EquipmentRecords(store),
        planning=PlanningDesk(settings.site, settings.data),
        badge=Badge.of_folder(settings.data),
        gateway_token=ensure_gateway_token(settings.data),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if bus is None:
                await stack.enter_async_context(client)
            await stack.enter_async_context(house.link.running())
            await stack.enter_async_context(house.equipment.running())
            yield

    app = DescribedApp(
        title=TITLE,
        description=DESCRIPTION,
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        separate_input_output_schemas=False,
    )
    app.state.house = house
    install(app, house)
    app.router.routes.extend(_gate().routes)
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=6)
    app.add_middleware(
        Gate,
        body_limit=settings.body_limit,
        answer=partial(answer_at_gate, house),
        wider={
            "/api/v1/equipment/import": settings.list_limit,
            "/api/v1/readings/": settings.readings_limit,
        },
    )
    return app


@cache
def _gate() -> APIRouter:
    """All routes behind the one visit; their parameters are worked out once a process, however many applications."""
    gate = APIRouter(dependencies=[Depends(visit)])
    for router in ROUTERS:
        gate.include_router(router)
    return gate
