"""`portor locate`: surveys a floor, learns its model, and says how well tags are found there."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.say import ERR, CommandFailed, line, progress
from api.cli.sites import read_site

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from equipment_tracking.calibration.round import Stop
    from equipment_tracking.columns import Survey
    from equipment_tracking.places import Places

app = typer.Typer(help="Survey a floor, learn where tags are, measure how well they are found.", no_args_is_help=True)
SHOWN_AFTER_S = 2.0
"""From then on a bar says how long it will still take."""


@app.command()
def evaluate(
    survey: Annotated[Path, typer.Option(help="CSV: x,y,floor,gateway,rssi[,time].")],
    readings: Annotated[Path, typer.Option(help="CSV: time,tag,gateway,rssi.")],
    truth: Annotated[Path, typer.Option(help="CSV: time,tag,x,y,floor[,room].")],
    out: Annotated[Path, typer.Option(help="CSV file that the estimates are written to.")],
    site: Annotated[str, typer.Option(help="Site whose floors and rooms are meant; without one, a bare floor.")] = "",
) -> None:
    """Locate tags whose way is known (metres, seconds) and print the figures as one JSON object."""
    from equipment_tracking import evaluate as core
    from equipment_tracking.tables import TableErrors, read_readings, read_survey, read_truth

    try:
        surveyed = read_survey(survey)
        heard = read_readings(readings, surveyed.gateways)
        known = read_truth(truth)
    except TableErrors as errors:
        raise CommandFailed(f"Nothing was evaluated; mend this and try again.\n{errors}") from None
    places = _places(site, surveyed, "evaluated", (*surveyed.floors, *known.floors))
    with progress() as bar:
        bar.add_task("Learning the radio map", total=None, note="")
        model = core.learn_model(surveyed, places)
        task = bar.add_task("Locating", total=len(known.tags), note="")
        found = core.locate(model, heard, known, lambda done, _all: bar.update(task, completed=done))
    try:
        core.write_estimates(out, found)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written ({error.strerror}): choose another file with --out.") from None
    line(json.dumps(core.figures(found, known, model.settings.near_m)))


@app.command()
def survey(
    *,
    site: Annotated[str, typer.Option(help="Site that is to be walked.")],
    out: Annotated[Path, typer.Option(help="CSV file that a survey is written to, with --join.")] = Path("survey.csv"),
    floor: Annotated[str, typer.Option(help="Floor to walk.", show_default="all")] = "",
    walk: Annotated[Path, typer.Option(help="CSV file of what was walked; it is gone on with.")] = Path("walk.csv"),
    pause: Annotated[float, typer.Option(min=0.0, max=60.0, help="Seconds to stand in each room.")] = 5.0,
    language: Annotated[str, typer.Option(help="Language of the list and the names: da or en.")] = "da",
    plan: Annotated[Path | None, typer.Option(help="Folder for a drawing of each floor with the stops.")] = None,
    join: Annotated[Path | None, typer.Option(help="Walk to join with --readings; none is walked.")] = None,
    readings: Annotated[Path | None, typer.Option(help="CSV: time,tag,gateway,rssi.")] = None,
    tag: Annotated[str, typer.Option(help="The surveyor's tag.")] = "",
) -> None:
    """Plan a round through all rooms and corridors, print it, guide the walk, and afterwards join it with readings."""
    import numpy as np

    from equipment_tracking.calibration.round import of_floor, plan_stops
    from equipment_tracking.calibration.walk import Walk
    from equipment_tracking.calibration.walk_list import WORDS, draw_plan, names, walk_list
    from equipment_tracking.places import Places
    from site_models.expand import expand

    if language not in WORDS:
        raise CommandFailed(f"There is no language {language!r}: use {' or '.join(WORDS)}.")
    model = read_site(site)
    layout = expand(model)
    places = Places.of(layout)
    if join is not None:
        corridors = tuple(node.ref if node.kind == "corridor" else None for node in layout.nodes)
        _join(join, readings, tag, out, places, corridors)
        return
    spare = np.array([node.kind in {"station", "bay", "lift"} for node in layout.nodes])
    try:
        if floor:
            places, kept = of_floor(places, floor)
            spare = spare[kept]
    except ValueError as error:
        raise CommandFailed(f"Nothing was planned: {error}.") from None
    stops = plan_stops(places, spare)
    called = names(stops, places, layout, language)
    if plan is not None:
        try:
            plan.mkdir(parents=True, exist_ok=True)
            for name in places.floors:
                drawing = draw_plan(model, layout, stops, places, name, language)
                (plan / f"{name}.svg").write_text(drawing, encoding="utf-8")
        except OSError as error:
            raise CommandFailed(f"{plan} cannot be written ({error.strerror}): choose another with --plan.") from None
    if sys.stdin.isatty():
        _guide(stops, called, places, walk, language, pause)
        return
    for text in walk_list(stops, called, places, language, Walk(stops=stops).left_s(pause)):
        line(text)


@app.command()
def retrain(
    survey: Annotated[Path, typer.Option(help="CSV: x,y,floor,gateway,rssi[,time].")],
    labels: Annotated[
        Path | None,
        typer.Option(
            help="CSV: x,y,floor,gateway,rssi,time,source[,tag], source one of robot, dock, tap, survey.",
            show_default="the survey alone",
        ),
    ] = None,
    site: Annotated[str, typer.Option(help="Site whose floors and rooms are meant; without one, a bare floor.")] = "",
    model: Annotated[
        Path | None, typer.Option(help="Model of now, whose settings are kept and which changes are told beside.")
    ] = None,
    out: Annotated[Path, typer.Option(help="File that the model is written to.")] = Path("model.npz"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
) -> None:
    """Learn the model of a site; labels are adopted if those left out are found no worse. Prints a JSON report."""
    import msgspec

    from equipment_tracking.calibration import report
    from equipment_tracking.calibration import retrain as core
    from equipment_tracking.calibration.labels import read_labels
    from equipment_tracking.calibration.learning import settings_for
    from equipment_tracking.calibration.model_file import Made, ModelFileError, load, save
    from equipment_tracking.tables import TableErrors, both, read_survey

    try:
        surveyed, known = both(lambda: read_survey(survey), lambda: read_labels(labels) if labels else None)
    except TableErrors as errors:
        raise CommandFailed(f"Nothing was learned; mend this and try again.\n{errors}") from None
    floors = (*surveyed.floors, *(known.rows.floors if known else ()))
    places = _places(site, surveyed, "learned", floors)
    try:
        current = load(model, places)[0] if model else None
    except ModelFileError as error:
        raise CommandFailed(f"Nothing was learned: {error}.") from None
    with progress() as bar:
        task = core.Task(
            places=places, settings=current.settings if current else settings_for(places), tell=_teller(bar)
        )
        if known is None:
            found = core.learn_from_survey(surveyed, task)
        else:
            found = core.retrain(surveyed, known, task, current.emission.radio if current else None)
    _explain(report.lines(found.report))
    line(msgspec.json.encode(found.report).decode())
    if found.learned is None:
        raise CommandFailed(f"The model is not adopted: {found.report.reason}. {out} is as it was.")
    if dry_run:
        return
    made = Made(
        at_ms=time.time_ns() // 1_000_000, by_source=found.learned.by_source, by_gateway=found.learned.by_gateway
    )
    try:
        save(out, found.learned.model, made)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written ({error.strerror}): choose another file with --out.") from None


def _guide(
    stops: tuple[Stop, ...], called: Sequence[str], places: Places, file: Path, language: str, pause_s: float
) -> None:
    """Walk with somebody who sits at a terminal, keeping every step."""
    from equipment_tracking.calibration.guide import Company, guide
    from equipment_tracking.calibration.walk import resume, write_walk
    from equipment_tracking.tables import TableErrors

    def ask(text: str) -> str | None:
        try:
            return ERR.input(f"{text} > ", markup=False)
        except EOFError:
            return None

    company = Company(
        ask=ask,
        say=lambda text: ERR.print(text, markup=False),
        now_s=time.time,
        wait=time.sleep,
        keep=lambda walked: write_walk(file, walked, places),
    )
    try:
        guide(resume(file, stops, places), called, company, language, pause_s)
    except TableErrors as errors:
        raise CommandFailed(f"{file} is not a walk of this round; nothing was changed.\n{errors}") from None
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written ({error.strerror}): choose another with --walk.") from None


def _join(
    walk: Path, readings: Path | None, tag: str, out: Path, places: Places, corridors: tuple[str | None, ...]
) -> None:
    """Write the survey of a walk and say what it covers."""
    import msgspec

    from equipment_tracking.calibration.coverage import coverage, lines
    from equipment_tracking.calibration.join import join, write_survey
    from equipment_tracking.calibration.walk import read_track
    from equipment_tracking.tables import TableErrors, both, read_readings

    missing = [name for name, given in (("--readings", readings), ("--tag", tag)) if not given]
    if missing or readings is None:
        raise CommandFailed(f"Nothing was joined: {' and '.join(missing)} must be given with --join.")
    try:
        track, heard = both(lambda: read_track(walk), lambda: read_readings(readings))
        strange = sorted({*track.floors} - {*places.floors})
        if strange:
            raise CommandFailed(
                f"Nothing was joined: no floor {', '.join(strange)}; use the floors {', '.join(places.floors)}."
            )
        surveyed, left_out = join(track, heard, tag)
    except TableErrors as errors:
        raise CommandFailed(f"Nothing was joined; mend this and try again.\n{errors}") from None
    except ValueError as error:
        raise CommandFailed(f"Nothing was joined: {error}.") from None
    try:
        write_survey(out, surveyed)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written ({error.strerror}): choose another file with --out.") from None
    covered = coverage(surveyed, track, heard, left_out, places, corridors)
    _explain(lines(covered))
    line(msgspec.json.encode(covered).decode())


def _places(site: str, surveyed: Survey, done: str, floors: Iterable[str]) -> Places:
    """The places of a site, or of a bare floor around the survey; all the floors named must be among them."""
    from equipment_tracking.evaluate import places_around
    from equipment_tracking.site_places import site_places
    from site_models.expand import expand

    try:
        places = site_places(expand(read_site(site))) if site else places_around(surveyed)
    except ValueError as error:
        raise CommandFailed(f"Nothing was {done}: {error}.") from None
    strange = sorted({*floors} - set(places.floors))
    if strange:
        raise CommandFailed(
            f"Nothing was {done}: no floor {', '.join(strange)}; use the floors {', '.join(places.floors)}."
        )
    return places


def _teller(bar: Progress) -> Callable[[str, int, int], None]:
    """Shows each kind of work as a bar of its own, with the time that it will still take."""
    tasks: dict[str, tuple[float, TaskID]] = {}

    def tell(doing: str, done: int, of: int) -> None:
        now_s = time.monotonic()
        if doing not in tasks or done < bar.tasks[tasks[doing][1]].completed:
            tasks[doing] = now_s, bar.add_task(doing, total=of, note="")
        began_s, task = tasks[doing]
        spent_s = now_s - began_s
        left_s = spent_s / done * (of - done) if done else 0.0
        bar.update(task, completed=done, note=f"{left_s:.0f} s left" if spent_s > SHOWN_AFTER_S else "")

    return tell


def _explain(sentences: Iterable[str]) -> None:
    """Write for people, beside what is printed for programs."""
    for sentence in sentences:
        ERR.print(sentence, markup=False)
