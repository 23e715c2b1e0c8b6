"""Confidence: how often an answer is right that looks like this one, learned where the truth was known.

The posterior alone is too sure of itself where the survey never was; novelty tells. Both are joined by logistic
regression (Platt, Probabilistic outputs for support vector machines, 1999), fitted on held-out data. Answers a moment
apart are nearly the same news, so a thousand of them may be only a few: how far the weights may move away from
believing the posterior is chosen by leaving out whole stretches in turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

from equipment_tracking.columns import Floats

CERTAIN = 1e-4
"""Probabilities are taken as at most so near to 0 or 1: beyond it the model only knows itself."""
LOOSE = 0.01
"""How strongly the posterior is believed where nothing can be left out to choose it."""
BELIEFS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, np.inf)
"""To choose from: at infinity what was held out changes nothing."""
PARTS = 10
"""So many parts are left out in turn at most."""
NOVELTY_UNIT = 10.0
"""Weights of novelty are about so much larger than the others: novelties lie between 0 and a few tenths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """Weights of the posterior's log-odds and of novelty, and an offset. The default believes the posterior."""

    offset: float = 0.0
    odds: float = 1.0
    novelty: float = 0.0

    def of(self, probability: Floats, novelty: Floats) -> Floats:
        """Calibrated probabilities that the answers are right, for raw ones and novelties of the same shape."""
        raw = logit(np.clip(probability, CERTAIN, 1.0 - CERTAIN))
        sure: Floats = expit(self.offset + self.odds * raw + self.novelty * novelty)
        return sure

    @staticmethod
    def fit(probability: Floats, novelty: Floats, right: np.ndarray, belief: float = LOOSE) -> Confidence:
        """Weights with which right and wrong answers are told apart best. Novelty never makes an answer surer.

        The greater the `belief`, the nearer they stay to those that believe the posterior.
        """
        if np.isinf(belief):
            return Confidence()
        raw = logit(np.clip(probability, CERTAIN, 1.0 - CERTAIN))
        side = np.where(right, 1.0, -1.0)

        def loss(weights: Floats) -> float:
            score = weights[0] + weights[1] * raw + weights[2] * novelty
            away = weights[0] ** 2 + (weights[1] - 1.0) ** 2 + (weights[2] / NOVELTY_UNIT) ** 2
            return float(-np.mean(log_expit(side * score)) + belief * away)

        found = minimize(loss, np.array([0.0, 1.0, 0.0]), bounds=[(None, None), (0.0, None), (None, 0.0)])
        offset, odds, new = (float(weight) for weight in found.x)
        return Confidence(offset=offset, odds=odds, novelty=new)

    @staticmethod
    def learn(probability: Floats, novelty: Floats, right: np.ndarray, stretch: np.ndarray) -> Confidence:
        """As `fit`, with the belief that foretells best the answers of each stretch from those of the others.

        `stretch` numbers what belongs together: answers of one walk or one part of it. Of many, neighbours are left out
        together.
        """
        names, numbered = np.unique(stretch, return_inverse=True)
        parts = min(len(names), PARTS)
        part = numbered * parts // max(len(names), 1)
        if parts < 2:
            return Confidence.fit(probability, novelty, right)

        def surprise(belief: float) -> float:
            """Mean log loss of answers whose stretch was left out."""
            total = 0.0
            for left_out in range(parts):
                mine = part == left_out
                fitted = Confidence.fit(probability[~mine], novelty[~mine], right[~mine], belief)
                said = np.clip(fitted.of(probability[mine], novelty[mine]), CERTAIN, 1.0 - CERTAIN)
                total -= float(np.sum(np.log(np.where(right[mine], said, 1.0 - said))))
            return total / len(part)

        return Confidence.fit(probability, novelty, right, min(BELIEFS, key=surprise))
