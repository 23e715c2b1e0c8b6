"""`/api/v1/events` for programs and `/live` for the pages: server-sent events that go on where they broke off."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse
from starlette.responses import StreamingResponse

from api.access import ANYBODY, access
from api.fanout import Change, Listener
from api.frames import Frames
from api.house import House, Visit, VisitContext
from api.problems import READ_ERRORS, documented
from api.schemas import Name, SnapshotOut
from api.texts import Language

router = APIRouter()
Write = Callable[[Change, Language], bytes]
RETRY_MS = 1000
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
Topics = Annotated[
    Name | None,
    Query(description="Only these, with commas: job, carrier, lift, closure, clock, counts, positions, reservations."),
]
After = Annotated[str | None, Query(max_length=40, description="Go on after this event: epoch.seq.")]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=40)]
STREAM = {
    200: {
        "description": "A stream that does not end. `reset` means: take a new snapshot.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    **documented(*READ_ERRORS),
}


@router.get("/api/v1/events", tags=["events"], response_class=StreamingResponse, responses=STREAM)
@access(roles=ANYBODY, log="none")
async def events(
    visit: Visit, topics: Topics = None, after: After = None, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Follow every change. `id` is epoch.seq; send it back as `Last-Event-ID` to go on where the stream broke off."""
    return _stream(visit, topics, last_event_id or after, Frames(visit.house).data)


@router.get("/live", response_class=StreamingResponse, include_in_schema=False)
@access(roles=ANYBODY, log="none")
async def live(
    visit: Visit, topics: Topics = None, after: After = None, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Follow every change as parts of pages, in the visitor's language."""
    return _stream(visit, topics, last_event_id or after, Frames(visit.house).page)


@router.get("/api/v1/snapshot", tags=["events"], responses=documented(*READ_ERRORS))
@access(roles=ANYBODY, log="none")
async def snapshot(visit: Visit) -> SnapshotOut:
    """Return everything that is open, and the event after which `events` goes on."""
    return visit.present.snapshot(visit.link)


def _stream(visit: VisitContext, topics: str | None, after: str | None, write: Write) -> StreamingResponse:
    wanted = frozenset(topic.strip() for topic in topics.split(",")) if topics else None
    listener = visit.link.fanout.join(wanted, after, visit.link.mark)
    stream = frames(visit.house, listener, write, visit.language)
    return StreamingResponse(stream, headers=HEADERS, media_type=EventSourceResponse.media_type)


async def frames(house: House, listener: Listener, write: Write, language: Language) -> AsyncGenerator[bytes]:
    """Yield what a listener is to be sent until it leaves or the process stops; a comment after silence."""
    live = house.link.live
    try:
        yield f"retry: {RETRY_MS}\n\n".encode()
        yield write(Change(live.epoch, live.seq, "link"), language)
        while not listener.closed:
            changes = await listener.take(house.settings.keep_alive_s)
            if changes:
                yield b"".join(write(change, language) for change in changes)
            elif not listener.closed:
                yield KEEPALIVE_COMMENT
    finally:
        house.link.fanout.leave(listener)
