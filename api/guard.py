"""The gate in front of every route: whose page asks, under which name, how much it sends, and what browsers may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, refuse

ProblemAnswer = Callable[[Problem, Scope], ASGIApp]
NO_WIDER: Mapping[str, int] = MappingProxyType({})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_SECURITY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    return host.rsplit(":", 1)[0].lower() if not host.endswith("]") else host.lower()


def check_source(method: str, headers: Headers, scheme: str) -> None:
    """Refuse another machine's name (DNS rebinding) and writes that another site's page sends (forged requests).

    Raises
    ------
    Problem
        421 for the name, 403 for the page.
    """
    host = headers.get("host", "")
    if host_name(host) not in LOOPBACK:
        raise refuse(
            421,
            "host_not_loopback",
            "Host",
            da="Tjenesten svarer kun på denne maskine. Brug adressen http://127.0.0.1 med tjenestens port.",
            en="The service answers on this machine only. Use the address http://127.0.0.1 with the service's port.",
        )
    if method in SAFE_METHODS:
        return
    origin = headers.get("origin")
    foreign = origin is not None and urlsplit(origin)[:2] != (scheme, host)
    if foreign or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise refuse(
            403,
            "foreign_origin",
            "Origin",
            da="Anmodningen kom fra en anden side. Åbn Portør, og gør det derfra.",
            en="The request came from another site's page. Open Portør and do it from there.",
        )


class Gate:
    """ASGI middleware: checks the source and the size of each request and sets the security headers of each answer.

    `body_limit` is the largest body in bytes; `wider` has the limits of paths that begin so and may be sent more.
    """

    def __init__(
        self, app: ASGIApp, body_limit: int, answer: ProblemAnswer, wider: Mapping[str, int] = NO_WIDER
    ) -> None:
        self._app = app
        self._body_limit = body_limit
        self._wider = dict(wider)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer with the problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        started = False

        async def send_secured(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                secured = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    secured[name] = value
                secured.setdefault("cache-control", "no-store")
            await send(message)

        received = 0
        limit = self._limit_of(scope["path"])

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit)
            return message

        try:
            check_source(scope["method"], headers, scope["scheme"])
            declared = headers.get("content-length", "0")
            if declared.isdecimal() and int(declared) > limit:
                raise _too_large(limit)
            await self._app(scope, receive_bounded, send_secured)
        except Problem as problem:
            if started:
                raise
            await self._answer(problem, scope)(scope, receive, send_secured)

    def _limit_of(self, path: str) -> int:
        """How many bytes a body may have: those of the paths that begin so, else what holds for all."""
        return next((limit for start, limit in self._wider.items() if path.startswith(start)), self._body_limit)


def _too_large(limit: int) -> Problem:
    limit_kb = limit // 1024
    return refuse(
        413,
        "body_too_large",
        "",
        da=f"Der må højst sendes {limit_kb} KB ad gangen. Send mindre.",
        en=f"At most {limit_kb} KB may be sent at a time. Send less.",
    )
