"""The routes, a module a subject: `ROUTERS` is all of them."""

from __future__ import annotations

from api.routes import (
    act,
    board,
    carriers,
    clock,
    closures,
    events,
    health,
    info,
    job_pages,
    jobs,
    map_pages,
    site,
    static,
    statistics,
    wall,
    who,
)

ROUTERS = (
    jobs.router,
    carriers.router,
    site.router,
    closures.router,
    clock.router,
    statistics.router,
    events.router,
    health.router,
    board.router,
    job_pages.router,
    act.router,
    map_pages.router,
    wall.router,
    who.router,
    info.router,
    static.router,
)
