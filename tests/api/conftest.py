"""The application over a fake dispatcher, and clients that speak to it without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.faces import Faces
from api.process import configure_logs
from api.settings import ApiSettings
from tests.api.fake_dispatcher import FakeDispatcher, FakeRecords
from tests.api.fake_equipment import FakeEquipment

HERE = "http://127.0.0.1:8600"
JSON = {"Portor-Actor": "anna", "Accept-Language": "en"}
ORDER = {"load": "blood_sample", "from": "s0-tube", "to": "lab-tube", "within_min": 30}


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Log as the process does: without the values of variables."""
    configure_logs()


@pytest.fixture
def anyio_backend() -> str:
    """Tests of coroutines run on asyncio."""
    return "asyncio"


@pytest.fixture
def dispatcher() -> FakeDispatcher:
    """A dispatcher with nothing to do."""
    return FakeDispatcher()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the installation."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def equipment(folder: Path) -> Iterator[FakeEquipment]:
    """Equipment tracking with nothing registered."""
    opened = FakeEquipment(folder)
    yield opened
    opened.close()


@pytest.fixture
def app(dispatcher: FakeDispatcher, equipment: FakeEquipment, folder: Path) -> FastAPI:
    """The application of the small clinic."""
    return build(dispatcher, folder, equipment)


@cache
def clinic() -> Faces:
    """The small clinic, read once for all tests."""
    return Faces.of("clinic_small")


def build(dispatcher: FakeDispatcher, folder: Path, equipment: FakeEquipment) -> FastAPI:
    """Build the application of the small clinic over a dispatcher and equipment tracking."""
    settings = ApiSettings(data=folder, site="clinic_small", database_url=equipment.url)
    return create_app(settings, faces=clinic(), bus=dispatcher, equipment=equipment, records=FakeRecords(dispatcher))


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Start the application, and give a client of it."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            await until_ready(client)
            yield client


async def until_ready(client: httpx.AsyncClient) -> None:
    """Wait until the application has heard its dispatcher."""
    for _ in range(100):
        if (await client.get("/api/v1/ready")).status_code == httpx.codes.OK:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("The application never became ready.")


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A program on this machine that acts as Anna, dispatcher."""
    async with running(app) as opened:
        opened.headers.update(JSON)
        yield opened


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A person's browser in which Anna, dispatcher, has been picked."""
    async with running(app) as opened:
        opened.headers.update({"Accept": "text/html", "Accept-Language": "da", "Origin": HERE})
        await opened.post("/who", data={"pick": "anna|dispatcher", "next": "/"})
        yield opened
