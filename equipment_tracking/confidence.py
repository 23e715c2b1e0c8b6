"""Confidence: how often an answer is right that looks like this one, learned where the truth was known.

The posterior alone is too sure of itself where the survey never was; novelty tells. Both are joined by logistic
regression (Platt, Probabilistic outputs for support vector machines, 1999), fitted on held-out data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

from equipment_tracking.columns import Floats

CERTAIN = 1e-4
"""Probabilities are taken as at most so near to 0 or 1: beyond it the model only knows itself."""
RIDGE = 0.01


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
    def fit(probability: Floats, novelty: Floats, right: np.ndarray) -> Confidence:
        """Weights with which right and wrong answers are told apart best. Novelty never makes an answer surer."""
        raw = logit(np.clip(probability, CERTAIN, 1.0 - CERTAIN))
        side = np.where(right, 1.0, -1.0)

        def loss(weights: Floats) -> float:
            score = weights[0] + weights[1] * raw + weights[2] * novelty
            return float(-np.mean(log_expit(side * score)) + RIDGE * (weights[1] - 1.0) ** 2)

        found = minimize(loss, np.array([0.0, 1.0, 0.0]), bounds=[(None, None), (0.0, None), (None, 0.0)])
        offset, odds, new = (float(weight) for weight in found.x)
        return Confidence(offset=offset, odds=odds, novelty=new)
