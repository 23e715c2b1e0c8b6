"""`portor equipment`: brings the register of equipment into a running service as a list, and out of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.say import CommandFailed, line
from api.cli.settings import read_settings

if TYPE_CHECKING:
    import httpx

app = typer.Typer(help="Bring the register of equipment in and out as CSV.", no_args_is_help=True)
Url = Annotated[str, typer.Option(help="Address of the running service.", show_default="the one of the settings")]
IMPORT, EXPORT = "/api/v1/equipment/import", "/api/v1/equipment/export"
ROLES = ("technician", "dispatcher")
"""Who may import; the first of them on the site's staff list acts."""

PATIENCE_S = 120.0
UNPROCESSABLE = 422


@app.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(help="CSV, UTF-8: giai,name,type,ward,home and more; see `export`.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    actor: Annotated[str, typer.Option(help="Staff id of whoever acts.", show_default="the first technician")] = "",
    url: Url = "",
) -> None:
    """Add and change equipment from a list, all or none; what the list does not name stays as it is."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read ({error.strerror}): name a CSV file.") from None
    with _opened(url) as service:
        headers = {"Portor-Actor": actor or _somebody(service), "Content-Type": "text/csv"}
        answer = _sent(service, "POST", IMPORT, content=body, params={"dry_run": dry_run}, headers=headers)
    plan: dict[str, Any] = answer.json()
    faults = plan["violations"]
    if answer.is_error and not (answer.status_code == UNPROCESSABLE and faults):
        raise _refused(answer)
    for fault in faults:
        line(f"{file}:{_place(fault)}: {fault['message']}")
    if faults:
        raise CommandFailed(f"Mend what is wrong with {file} ({len(faults)}) and try again. Nothing was changed.")
    done = "would be " if dry_run else ""
    line(f"{len(plan['added'])} {done}added, {len(plan['changed'])} {done}changed, {plan['unchanged']} as they were.")


@app.command("export")
def export_list(
    *,
    out: Annotated[Path | None, typer.Option(help="File to write.", show_default="standard output")] = None,
    url: Url = "",
) -> None:
    """Write the register as CSV, as `import` reads it back."""
    with _opened(url) as service:
        answer = _sent(service, "GET", EXPORT)
    if answer.is_error:
        raise _refused(answer)
    if out is None:
        typer.echo(answer.content, nl=False)
        return
    try:
        out.write_bytes(answer.content)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written ({error.strerror}): choose another file with --out.") from None
    line(f"{answer.text.count(chr(10)) - 1} assets written to {out}.")


def _opened(url: str) -> httpx.Client:
    import httpx

    settings = read_settings()
    address = url or f"http://{settings.host}:{settings.port}"
    return httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False, headers={"Accept-Language": "en"})


def _sent(service: httpx.Client, method: str, path: str, **what: Any) -> httpx.Response:
    import httpx

    try:
        return service.request(method, path, **what)
    except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise CommandFailed(
            f"The service at {service.base_url} does not answer ({error}): start it with `portor serve`, "
            "or give its address with --url."
        ) from None


def _somebody(service: httpx.Client) -> str:
    """The first of the site's staff who may import."""
    answer = _sent(service, "GET", "/api/v1/site")
    if answer.is_error:
        raise _refused(answer)
    staff = answer.json()["staff"]
    found = next((person["id"] for role in ROLES for person in staff if role in person["roles"]), None)
    if found is None:
        raise CommandFailed("Nobody on the site's staff list is a technician or dispatcher: add one to its YAML.")
    return str(found)


def _place(fault: dict[str, Any]) -> str:
    """Line and column of a fault; in a refusal they stand in its field."""
    if "line" in fault:
        return f"{fault['line']}:{fault['column']}"
    return ":".join(str(fault["field"]).split(":")[:2]) or "0:0"


def _refused(answer: httpx.Response) -> CommandFailed:
    from api.day.client import said

    return CommandFailed(f"The service refused: {said(answer)}")
