"""`portor day`: runs a day of demand against a service of its own, or a running one, and prints what came of it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from api.cli.say import ERR, OUT, CommandFailed, progress
from api.cli.sites import SiteName, find_site, read_site

if TYPE_CHECKING:
    from api.day.report import Report
    from api.day.run import Progress
    from api.day.start import Wanted


def day(
    site: SiteName,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the demand and of the simulated carriers.")] = 1,
    factor: Annotated[float, typer.Option(min=1, max=1000, help="Site time runs so many times as fast.")] = 300.0,
    hours: Annotated[float, typer.Option(min=0.01, max=24.0, help="How much of the day.")] = 24.0,
    begin: Annotated[str, typer.Option(help="Time of day at which it begins.")] = "00:00",
    date: Annotated[str | None, typer.Option(help="Date.", show_default="a Monday with all parts open")] = None,
    url: Annotated[str, typer.Option(help="Address of a running service to use.", show_default="its own")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON object.")] = False,
) -> None:
    """Post a day of demand, watch it being carried, and print how it went."""
    import msgspec

    from api.day.start import Wanted, full_opening

    model = read_site(site)
    wanted = Wanted(
        name=find_site(site),
        site=model,
        begin=_moment(date or full_opening(model).isoformat(), begin, ZoneInfo(model.site.timezone)),
        hours=hours,
        seed=seed,
        factor=factor,
        url=url,
    )
    report = run_wanted(wanted)
    if json:
        OUT.print(msgspec.json.encode(report).decode(), markup=False)
    else:
        show(report)
    if report.lost or report.refused:
        raise CommandFailed(
            f"The day is not right: {report.lost} jobs lost, {sum(report.refused.values())} orders refused."
        )


def run_wanted(wanted: Wanted) -> Report:
    """Run a day with a progress bar on standard error.

    Raises
    ------
    CommandFailed
        It could not be run.
    """
    from api.day.client import DayFailed
    from api.day.start import run_day
    from api.serve.listen import Refused
    from api.serve.supervisor import PartFailed, Stopped

    with progress() as bar:
        task = bar.add_task(f"A day at {wanted.site.site.id}", total=None, note="")
        zone = ZoneInfo(wanted.site.site.timezone)
        try:
            return asyncio.run(
                run_day(
                    wanted,
                    say=lambda text: bar.update(task, note=text),
                    tell=_teller(lambda **figures: bar.update(task, **figures), zone),
                )
            )
        except (DayFailed, Refused, PartFailed) as error:
            raise CommandFailed(str(error)) from None
        except Stopped:
            raise CommandFailed("The day was stopped before its end; its service has been stopped too.") from None


def _teller(update: Callable[..., None], zone: ZoneInfo) -> Callable[[Progress], None]:
    def tell(now: Progress) -> None:
        clock = dt.datetime.fromtimestamp(now.site_ms / 1000, tz=zone)
        left = f"{now.left_s:.0f} s left" if now.left_s > 0 else "waiting for the last"
        note = f"{clock:%H:%M} · {now.posted}/{now.total} posted, {now.open} open · ×{now.factor:.0f} · {left}"
        update(total=now.total, completed=now.posted - now.open, note=note)

    return tell


def _moment(date: str, time_of_day: str, zone: ZoneInfo) -> dt.datetime:
    try:
        return dt.datetime.combine(dt.date.fromisoformat(date), dt.time.fromisoformat(time_of_day), tzinfo=zone)
    except ValueError:
        raise CommandFailed(
            f"{date!r} {time_of_day!r} is no date and time of day: write --date 2026-03-02 --begin 07:00."
        ) from None


def show(report: Report) -> None:
    """Print a report as tables."""
    OUT.print(f"{report.site} on {report.date}, {report.hours:g} h, seed {report.seed}", markup=False)
    OUT.print(
        f"{report.posted} jobs posted: {report.delivered} delivered, {report.cancelled} cancelled, "
        f"{report.trouble} in trouble, {report.lost} lost; {report.by_calendar} more by calendar.",
        markup=False,
    )
    OUT.print(
        f"On time {report.on_time_share:.1%}. "
        f"Factor {report.factor.reached:g} of {report.factor.asked:g}, {report.wall_s:g} s in all.",
        markup=False,
    )
    loads = Table("load", "delivered", "on time", "p50 min", "p95 min", "p99 min", title="Ready to delivered")
    for load, row in report.by_load.items():
        minutes = (f"{row.p50:.1f}", f"{row.p95:.1f}", f"{row.p99:.1f}")
        loads.add_row(load, str(row.delivered), f"{row.on_time_share:.1%}", *minutes)
    fleets = Table("fleet", "carriers", "utilisation", "empty travel", title="Carriers")
    for fleet, use in report.by_fleet.items():
        empty = "–" if use.empty_share is None else f"{use.empty_share:.1%}"
        fleets.add_row(fleet, str(use.carriers), f"{use.utilisation:.1%}", empty)
    OUT.print(loads, fleets)
    for title, figures in (("Latency, ms", report.latency), ("Refused orders", report.refused)):
        if figures:
            OUT.print(f"{title}: " + ", ".join(f"{name} {value:g}" for name, value in figures.items()), markup=False)
    for job in report.lost_jobs:
        ERR.print(f"lost: {job}", markup=False)
