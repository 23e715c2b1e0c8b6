"""`portor flow calibrate`: fits a flow to an event log and says how well it fits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from api.cli.say import CommandFailed, line, progress

if TYPE_CHECKING:
    from simulation.calibrate import Columns, Fit, Gap, Log, Minutes, Validation

MOST_BYTES = 512 * 1024 * 1024
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]{0,47}")

Classes = Annotated[
    list[str] | None,
    typer.Option("--class", help="A column that tells patients apart; may be repeated.", metavar="[ID=]COLUMN"),
]
Durations = Annotated[
    list[str] | None,
    typer.Option(
        "--duration",
        help="Time between two columns of instants, or a column of minutes; may be repeated.",
        metavar="ID=FROM..TO|ID=COLUMN",
    ),
]
By = Annotated[
    list[str] | None,
    typer.Option(help="The class that tells a duration apart (nothing: none).", metavar="DURATION=CLASS"),
]


def calibrate(
    log: Annotated[Path, typer.Argument(metavar="LOG.csv", help="One row a visit, with a header.")],
    *,
    arrival: Annotated[str, typer.Option(help="The column with the instant of arrival.", metavar="COLUMN")],
    classes: Classes = None,
    duration: Durations = None,
    by: By = None,
    name: Annotated[
        str, typer.Option(help="Id of pattern, arrivals, pathway and flow.", show_default="the file's name")
    ] = "",
    dates: Annotated[str, typer.Option(help="ymd, dmy or mdy.", show_default="found out")] = "",
    timezone: Annotated[
        str, typer.Option(help="Of the hospital, such as Europe/Copenhagen: for instants with offset.")
    ] = "",
    encoding: Annotated[str, typer.Option(help="Of the file's letters.")] = "utf-8-sig",
    skip_bad_rows: Annotated[bool, typer.Option("--skip-bad-rows", help="Leave bad rows out, counted.")] = False,
    criterion: Annotated[str, typer.Option(help="What chooses among families: aic or bic.")] = "bic",
    fit_share: Annotated[
        float, typer.Option(min=0.1, max=0.9, help="Share of the days that is fitted; the last judge.")
    ] = 0.75,
    replications: Annotated[int, typer.Option(min=2, max=1000, help="Simulations of the days held out.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for the flow and the report.")] = Path(),
) -> None:
    """Fit arrivals, mix and durations to a log; write a flow, and a report of what fits and what does not."""
    from simulation.calibrate import as_id

    named = name or as_id(log.stem)
    if not ID.fullmatch(named):
        raise CommandFailed(f"--name {named!r} is no id: use letters, digits, - and _, 48 at most.")
    columns = _columns(arrival, classes or [], duration or [], dates, timezone)
    chosen = dict(_pair(text, "--by", "length_of_stay=triage") for text in by or [])
    best = _criterion(criterion)
    with progress() as bar:
        whole = _read(log, columns, encoding, _teller(bar, f"Reading {log.name}"), skip_bad_rows=skip_bad_rows)
        from simulation.calibrate import CannotFit, as_tree, fit, split, validate

        try:
            first, last = split(whole, fit_share)
            fitted = fit(first, by=chosen, criterion=best, seed=seed, tell=_teller(bar, "Fitting"))
        except CannotFit as error:
            raise CommandFailed(f"{log.name} cannot be fitted: {error}") from None
        tree = as_tree(fitted, named, last.first_day, last.days)
        judged = validate(
            fitted, tree, first, last, replications=replications, seed=seed, tell=_teller(bar, "Simulating")
        )
    files = _write(out, named, tree, fitted, judged)
    _tell(fitted, judged, files)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(calibrate)


def _criterion(text: str) -> Literal["aic", "bic"]:
    if text == "aic":
        return "aic"
    if text == "bic":
        return "bic"
    raise CommandFailed(f"There is no criterion {text!r}: choose aic or bic with --criterion.")


def _columns(arrival: str, classes: Sequence[str], durations: Sequence[str], dates: str, timezone: str) -> Columns:
    """What the options say of the columns."""
    from simulation.calibrate import Columns, as_id
    from simulation.calibrate.instants import ORDERS

    meant = {}
    for text in classes:
        given, sign, column = text.partition("=")
        meant[_id(given, text) if sign else as_id(text)] = column if sign else text
    order = next((one for one in ORDERS if one == dates), None)
    if dates and order is None:
        raise CommandFailed(f"There is no order {dates!r}: choose ymd, dmy or mdy with --dates.")
    if timezone:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise CommandFailed(f"There is no time zone {timezone!r}: say for example Europe/Copenhagen.") from None
    spans = dict(_span(text) for text in durations)
    if len(meant) < len(classes) or len(spans) < len(durations):
        raise CommandFailed("Two classes or two durations have the same id: name them apart, as in ID=COLUMN.")
    return Columns(arrival=arrival, classes=meant, durations=spans, dates=order, zone=timezone or None)


def _span(text: str) -> tuple[str, Gap | Minutes]:
    from simulation.calibrate import Gap, Minutes

    given, what = _pair(text, "--duration", "length_of_stay=arrival..left")
    begin, gap, end = what.partition("..")
    if not what or (gap and not (begin and end)):
        raise CommandFailed(f"--duration {text!r} names no columns: say for example length_of_stay=arrival..left.")
    return _id(given, text), Gap(begin, end) if gap else Minutes(what)


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    left, sign, right = text.partition("=")
    if not sign:
        raise CommandFailed(f"{option} {text!r} has no `=`: say for example {example}.")
    return left.strip(), right.strip()


def _id(text: str, whole: str) -> str:
    if not ID.fullmatch(text):
        raise CommandFailed(f"{text!r} in {whole!r} is no id: use letters, digits, - and _, 48 at most.")
    return text


def _read(file: Path, columns: Columns, encoding: str, tell: Any, *, skip_bad_rows: bool) -> Log:
    from simulation.calibrate import BadLog, read_log

    try:
        if not file.is_file():
            raise CommandFailed(f"{file} is no file: name a CSV file with a header and one row a visit.")
        if file.stat().st_size > MOST_BYTES:
            raise CommandFailed(f"{file} is over {MOST_BYTES // 1024 // 1024} MiB: split it by time.")
        with _lines(file, encoding) as lines:
            return read_log(lines, file.name, columns, skip_bad_rows=skip_bad_rows, tell=tell)
    except BadLog as error:
        for problem in error.problems:
            line(f"{file}:{problem.line}: {problem.message}" if problem.line else f"{file}: {problem.message}")
        more = f", of which the first {len(error.problems)} are listed" if error.total > len(error.problems) else ""
        found = f"{error.total} error{'s' if error.total != 1 else ''}{more}"
        raise CommandFailed(
            f"{file} has {found}. Correct the rows, or leave bad ones out with --skip-bad-rows."
        ) from None
    except (UnicodeError, LookupError):
        raise CommandFailed(
            f"{file} is not in {encoding}: say which encoding it has with --encoding, such as cp1252."
        ) from None
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read ({error.strerror}).") from None


@contextmanager
def _lines(file: Path, encoding: str) -> Iterator[Iterator[str]]:
    """The lines of a file, none of which is read beyond what a line may be."""
    from simulation.calibrate.reading import LONGEST_LINE

    with file.open(encoding=encoding, newline="") as stream:
        yield iter(lambda: stream.readline(LONGEST_LINE + 1), "")


def _write(out: Path, name: str, tree: dict[str, Any], fitted: Fit, judged: Validation) -> list[Path]:
    """The flow and both reports; nothing is left half-written under its own name."""
    from simulation.calibrate import as_json, as_markdown, as_yaml

    texts = {
        f"{name}.yaml": as_yaml(tree, fitted),
        f"{name}.report.md": as_markdown(fitted, judged),
        f"{name}.report.json": as_json(fitted, judged),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            draft = out / f".{file}.part"
            draft.write_text(text, encoding="utf-8")
            draft.replace(out / file)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written ({error.strerror}): name another folder with --out.") from None
    return [out / file for file in texts]


def _tell(fitted: Fit, judged: Validation, files: Sequence[Path]) -> None:
    from simulation.calibrate import misfits
    from simulation.calibrate.validation import Verdict

    for sentence in misfits(fitted, judged):
        line(f"- {sentence}")
    fits, close, wrong = (len(judged.of(verdict)) for verdict in get_args(Verdict))
    line(
        f"{fitted.n} patients fitted, {judged.n} held out; of {len(judged.checks)} figures {fits} fit, {close} are "
        f"close, {wrong} do not fit."
    )
    line(f"Written: {', '.join(map(str, files))}")


def _teller(bar: Any, doing: str) -> Callable[[float, str], None]:
    """Shows how far it is and how long it will take."""
    task = bar.add_task(doing, total=1.0, note="")
    began = time.monotonic()

    def tell(share: float, what: str) -> None:
        spent = time.monotonic() - began
        left = f"  {spent / share * (1 - share):.0f} s left" if 0 < share < 1 else ""
        bar.update(task, completed=share, note=f"{what}{left}")

    return tell
