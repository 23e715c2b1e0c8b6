"""Keeps the catalogues complete: `python -m api.catalogue` writes every message of the pages into each `.po` file."""

from __future__ import annotations

import sys
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from api.pages import HERE
from api.texts import DOMAIN, LANGUAGES, LOCALE, Language

METHODS = [
    ("cli/**", "ignore"),
    ("serve/**", "ignore"),
    ("day/**", "ignore"),
    ("templates/**.html", "jinja2"),
    ("**.py", "python"),
]
OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true"}}
HEADER = """# The messages of the pages. `python -m api.catalogue` keeps them complete.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
Id = str | tuple[str, ...] | list[str]
KEYWORDS = {**DEFAULT_KEYWORDS, "say": None}


def extract() -> Catalog:
    """Return every message that the pages can show."""
    found = Catalog(project="Portør", fuzzy=False)
    for file, line, message, _comments, context in extract_from_dir(HERE, METHODS, OPTIONS, KEYWORDS):
        if message:
            found.add(message, locations=[(file, line)], context=context)
    return found


def read(language: Language) -> Catalog:
    """Read a catalogue as it is."""
    with (LOCALE / language / f"{DOMAIN}.po").open("rb") as source:
        return read_po(source, locale=language)


def gaps(language: Language, template: Catalog) -> tuple[list[str], list[str]]:
    """Return the messages that lack a translation, and the translations that nothing uses."""
    catalogue = read(language)
    wanted = {_first(message.id): message.id for message in template if message.id}
    have = {_first(message.id): message for message in catalogue if message.id}
    missing = [
        text
        for text, id in wanted.items()
        if text not in have or have[text].id != id or not _complete(have[text].string)
    ]
    return sorted(missing), sorted(have.keys() - wanted.keys())


def update(language: Language, template: Catalog) -> bytes:
    """Return the catalogue with new messages added and unused ones dropped; English speaks for itself."""
    try:
        catalogue = read(language)
    except FileNotFoundError:
        catalogue = Catalog(locale=language, project="Portør", fuzzy=False)
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
    if language == "en":
        for message in catalogue:
            if message.id:
                message.string = message.id
    out = BytesIO()
    out.write(HEADER.format(language=language).encode())
    write_po(out, catalogue, width=120, omit_header=True, sort_output=True, ignore_obsolete=True, no_location=True)
    return out.getvalue()


def main() -> int:
    """Write all catalogues and say what lacks a translation; 1 when something does."""
    template = extract()
    lacking = 0
    for language in LANGUAGES:
        file = LOCALE / language / f"{DOMAIN}.po"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(update(language, template))
        missing, _ = gaps(language, template)
        lacking += len(missing)
        for text in missing:
            sys.stdout.write(f"{language}: {text}\n")
    return 1 if lacking else 0


def _first(id: Id) -> str:
    return id if isinstance(id, str) else id[0]


def _complete(text: Id | None) -> bool:
    return bool(text) if isinstance(text, str) or text is None else all(text) and len(text) > 0


if __name__ == "__main__":
    sys.exit(main())
