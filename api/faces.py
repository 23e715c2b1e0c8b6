"""How one site is shown: its names, words, pages and drawings in all languages, made once."""

from __future__ import annotations

from dataclasses import dataclass

from api.directory import Directory
from api.drawings import Drawings
from api.pages import Pages
from api.phrases import Phrases
from api.present import Presenter
from api.texts import LANGUAGES, Language, load_texts
from site_models.expand import expand
from site_models.load import load_site


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """Everything about showing a site that does not change while the service runs."""

    directory: Directory
    phrases: dict[Language, Phrases]
    presenters: dict[Language, Presenter]
    pages: Pages
    drawings: Drawings

    @staticmethod
    def of(site: str) -> Faces:
        """Read a site, by its folder or its name.

        Raises
        ------
        SiteErrors
            When the site cannot be read.
        """
        model = load_site(site)
        directory = Directory(site=model, layout=expand(model))
        phrases = {language: Phrases(language, load_texts(language), directory) for language in LANGUAGES}
        return Faces(
            directory=directory,
            phrases=phrases,
            presenters={language: Presenter(voice) for language, voice in phrases.items()},
            pages=Pages(phrases),
            drawings=Drawings(directory),
        )
