"""The two languages of the pages: catalogues read from `locale/<language>/portor.po` when the process starts."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

Language = Literal["da", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "da"
LOCALE = Path(__file__).with_name("locale")
DOMAIN = "portor"


def N_(message: str) -> str:  # noqa: N802  # the name that gettext tools look for
    """Mark a message for extraction where it is declared; it is translated where it is shown."""
    return message


def load_texts(language: Language) -> Translations:
    """Read the catalogue of one language.

    Raises
    ------
    FileNotFoundError
        When the language has no catalogue: the installation is incomplete.
    """
    with (LOCALE / language / f"{DOMAIN}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def choose_language(chosen: str | None, accept_language: str | None) -> Language:
    """Choose a language: the cookie's, then the best that the browser accepts, then Danish."""
    for language in LANGUAGES:
        if chosen == language:
            return language
    best: tuple[float, Language] | None = None
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.split("-")[0].lower()
        try:
            quality = float(parameters.strip().removeprefix("q=") or 1) if parameters else 1.0
        except ValueError:
            continue
        for language in LANGUAGES:
            if primary == language and quality > 0 and (best is None or quality > best[0]):
                best = (quality, language)
    return best[1] if best else DEFAULT
