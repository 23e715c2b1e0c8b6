"""A site's calibrated model: places, emission, motion and confidence, learned from one survey."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from equipment_tracking.columns import Floats, Survey
from equipment_tracking.confidence import Confidence
from equipment_tracking.emission import Emission, EmissionSettings
from equipment_tracking.fingerprints import Fingerprints, PrintSettings
from equipment_tracking.heading import Walker, Walking
from equipment_tracking.locator import Motion, Tracker
from equipment_tracking.places import Places
from equipment_tracking.radio_map import MapSettings, learn
from equipment_tracking.windows import Held, ticks, windows

Position = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything about a site's model that is chosen and not learned.

    An answer within `near_m` counts as right where no rooms are known. With `walking`, whoever moves has a heading and
    answers are for now, not for what was heard last; without, things move as `motion` says.
    """

    radio: MapSettings = field(default_factory=MapSettings)
    prints: PrintSettings = field(default_factory=PrintSettings)
    emission: EmissionSettings = field(default_factory=EmissionSettings)
    motion: Motion = field(default_factory=Motion)
    walking: Walking | None = None
    step_s: float = 0.5
    near_m: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What the locator needs of a site."""

    places: Places
    emission: Emission
    settings: Settings
    confidence: Confidence = field(default_factory=Confidence)

    @staticmethod
    def learn(
        survey: Survey,
        places: Places,
        positions: Mapping[str, Position],
        settings: Settings | None = None,
        mapped: Survey | None = None,
    ) -> Model:
        """The model of a survey, its confidence not yet fitted; its map is learned of `mapped`, if that says more."""
        settings = settings or Settings()
        emission = Emission(
            radio=learn(survey if mapped is None else mapped, places, positions, settings.radio),
            prints=Fingerprints.of(survey, places, settings.prints),
            settings=settings.emission,
        )
        return Model(places=places, emission=emission, settings=settings)

    def sure(self, confidence: Confidence) -> Model:
        """The same model with a fitted confidence."""
        return replace(self, confidence=confidence)

    def follow(
        self, time_s: Floats, gateway: np.ndarray, rssi_dbm: Floats, asked_s: Floats
    ) -> Iterator[tuple[float, Floats, float]]:
        """One tag's readings: for each instant the posterior over places and the novelty of what was heard last.

        `asked_s` ascends. An instant at t knows readings up to t.
        """
        if not len(asked_s):
            return
        first_s = min(float(asked_s[0]), float(time_s[0]) if len(time_s) else float(asked_s[0]))
        instants = ticks(asked_s, first_s, self.settings.step_s)
        tracker: Walker | Tracker
        if self.settings.walking is not None:
            tracker = Walker(self.places, self.settings.walking)
        else:
            tracker = Tracker(self.places, self.emission, self.settings.motion)
        novelty = 1.0
        cut = windows(time_s, gateway, rssi_dbm, len(self.emission.radio.gateways), instants, self.settings.step_s)
        held = Held(len(self.emission.radio.gateways), self.settings.prints.hold_s)
        for instant, (levels_dbm, span_s) in zip(instants.tolist(), cut, strict=True):
            tracker.pass_time(span_s)
            held_dbm = held.hear(levels_dbm, span_s)
            if not np.all(np.isnan(levels_dbm)):
                tracker.hear(self.emission.log_likelihood(levels_dbm, span_s, held_dbm))
                novelty = self.emission.prints.novelty(held_dbm)
            yield instant, tracker.by_now() if isinstance(tracker, Walker) else tracker.posterior, novelty
