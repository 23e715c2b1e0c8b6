"""Who may do what: each route declares its roles and what is logged; until sign-in exists a person picks a name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import structlog
from starlette.requests import HTTPConnection

from api.directory import Directory
from api.problems import Problem, refuse
from site_models.schema.site import Role

ROLES: tuple[Role, ...] = get_args(Role)
ANYBODY: tuple[Role, ...] = ()
COOKIE = "portor_actor"
COOKIE_AGE_S = 12 * 3600
Log = Literal["none", "ledger", "process"]
"""Where use of a route is noted: nowhere (a read without personal data), by the dispatcher in the chained ledger
together with its actor, or in the log of the process."""

F = TypeVar("F", bound=Callable[..., Any])
_logger = structlog.get_logger("api.access")


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares. No roles: anybody who reaches the service."""

    roles: tuple[Role, ...]
    log: Log


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which role."""

    id: str
    name: str
    role: Role


def access(*, roles: tuple[Role, ...], log: Log) -> Callable[[F], F]:
    """Declare who may use a route and where its use is logged; `admit` enforces it."""

    def declare(endpoint: F) -> F:
        endpoint.__portor_access__ = Access(roles, log)  # type: ignore[attr-defined]  # a declaration on the function
        return endpoint

    return declare


def declared(endpoint: Callable[..., Any]) -> Access | None:
    """Return what an endpoint declares, or None when it declares nothing."""
    found: Access | None = getattr(endpoint, "__portor_access__", None)
    return found


class Badge:
    """Signs and reads the cookie that carries the name a person picked; its secret is a file of the installation."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @staticmethod
    def of_folder(folder: Path) -> Badge:
        """Read the installation's secret, or make one, readable by its owner alone."""
        file = folder / "cookie.secret"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return Badge(bytes.fromhex(file.read_text(encoding="ascii")))
        with os.fdopen(handle, "w", encoding="ascii") as out:
            secret = secrets.token_bytes(32)
            out.write(secret.hex())
        return Badge(secret)

    def write(self, staff: str, role: str, now_s: float) -> str:
        """Return the cookie's value."""
        body = base64.urlsafe_b64encode(f"{staff}|{role}|{int(now_s)}".encode()).decode()
        return f"{body}.{self._sign(body)}"

    def read(self, value: str, now_s: float) -> tuple[str, str] | None:
        """Return staff id and role, or None when the value was not signed here or is too old."""
        body, _, signature = value.rpartition(".")
        if not hmac.compare_digest(signature, self._sign(body)):
            return None
        staff, role, issued_s = base64.urlsafe_b64decode(body).decode().split("|")
        return (staff, role) if 0 <= now_s - int(issued_s) <= COOKIE_AGE_S else None

    def _sign(self, body: str) -> str:
        return hmac.new(self._secret, body.encode(), hashlib.sha256).hexdigest()


def who_acts(request: HTTPConnection, directory: Directory, badge: Badge, wanted: tuple[Role, ...]) -> Actor | None:
    """Return who acts: the header `Portor-Actor` (with `Portor-Role`), else the cookie; None when nobody is named.

    Without a role the first of the person's roles that the route allows holds.

    Raises
    ------
    Problem
        401 when the named person is not on the staff list, 403 when the person does not have the role.
    """
    staff, role = request.headers.get("portor-actor"), request.headers.get("portor-role")
    if staff is None:
        picked = badge.read(request.cookies.get(COOKIE, ""), time.time()) if COOKIE in request.cookies else None
        if picked is None:
            return None
        staff, role = picked
    member = directory.staff.get(staff)
    if member is None:
        raise refuse(
            401,
            "unknown_actor",
            "Portor-Actor",
            da="Denne person står ikke på stedets personaleliste. Brug et id fra /api/v1/site, "
            "eller vælg et navn på /who.",
            en="This person is not on the site's staff list. Use an id from /api/v1/site, or pick a name at /who.",
        )
    for mine in member.roles:
        if mine == role or (role is None and (mine in wanted or not wanted)):
            return Actor(member.id, member.name, mine)
    if role is None:
        return Actor(member.id, member.name, member.roles[0])
    raise refuse(
        403,
        "not_your_role",
        "Portor-Role",
        da=f"{member.name} har ikke den rolle. Vælg en af: {', '.join(member.roles)}.",
        en=f"{member.name} does not have that role. Choose one of: {', '.join(member.roles)}.",
    )


def admit(request: HTTPConnection, directory: Directory, badge: Badge) -> Actor | None:
    """Enforce what the route of this request declares, and note its use when it says so.

    Raises
    ------
    Problem
        401 when somebody must be named and nobody is, 403 when the role may not do this.
    """
    rule = declared(request.scope["endpoint"])
    if rule is None:
        raise Problem(500)
    try:
        actor = who_acts(request, directory, badge, rule.roles)
    except Problem:
        if rule.roles:
            raise
        actor = None
    if rule.roles and actor is None:
        raise refuse(
            401,
            "actor_missing",
            "Portor-Actor",
            da="Sig, hvem der handler: vælg dit navn på /who, "
            "eller send headeren Portor-Actor med et id fra personalelisten.",
            en="Say who acts: pick your name at /who, or send the header Portor-Actor with an id from the staff list.",
        )
    if rule.roles and actor and actor.role not in rule.roles:
        raise refuse(
            403,
            "role_not_allowed",
            "Portor-Role",
            da=f"Rollen {actor.role} må ikke gøre dette. Det må: {', '.join(rule.roles)}.",
            en=f"The role {actor.role} may not do this. These may: {', '.join(rule.roles)}.",
        )
    if rule.log == "process":
        _logger.info(
            "used", route=request.scope["path"], actor=actor.id if actor else "", role=actor.role if actor else ""
        )
    return actor
