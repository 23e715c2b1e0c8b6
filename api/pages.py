"""Renders the pages: one Jinja environment a language, with the words and shapes of the house at hand."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api import words
from api.access import Actor
from api.lanes import bands
from api.link import Link
from api.phrases import Phrases
from api.texts import Language

HERE = Path(__file__).parent
STATIC = HERE / "static"


class Pages:
    """All templates in all languages."""

    def __init__(self, phrases: dict[Language, Phrases]) -> None:
        self._environments = {language: _environment(voice) for language, voice in phrases.items()}

    def render(
        self,
        language: Language,
        template: str,
        *,
        request: Request,
        link: Link,
        actor: Actor | None,
        **values: Any,
    ) -> str:
        """Render a whole page."""
        return (
            self._environments[language]
            .get_template(template)
            .render(
                path=request.url.path,
                query=request.query_params,
                here=str(request.url.replace(scheme="", netloc="")),
                connected=link.connected,
                lost_ms=link.lost_ms,
                now_ms=link.now_ms,
                mark=link.mark,
                factor=link.live.clock.factor if link.live.clock else 1.0,
                at_wall_ms=link.live.clock.at_wall_ms if link.live.clock else 0,
                site_ms=link.live.clock.site_ms if link.live.clock else 0,
                actor=actor,
                **values,
            )
        )

    def fragment(self, language: Language, template: str, macro: str, *values: Any) -> str:
        """Render one macro of a template: a part of a page that changed."""
        module = self._environments[language].get_template(template).module
        return str(getattr(module, macro)(*values))


@cache
def static_address() -> str:
    """Return where the static files are: the address carries a digest of them, so that browsers keep them for good."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


def _environment(phrases: Phrases) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    environment.install_gettext_translations(phrases.texts, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    environment.globals.update(
        lang=phrases.language,
        p=phrases,
        w=words,
        site=phrases.directory.site.site,
        directory=phrases.directory,
        static=static_address(),
        bands=bands,
    )
    return environment
