"""Optimal computing budget allocation: replications go where they tell most about which system is best.

Chen, C.-H., Lin, J., Yücesan, E. and Chick, S. E. (2000): Simulation budget allocation for further enhancing the
efficiency of ordinal optimization. Discrete Event Dynamic Systems 10, 251–270.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr


def allocation(means: NDArray[np.float64], variances: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """How many of `total` replications each system should have in the end, to find the greatest mean.

    N_i / N_j = (σ_i / δ_i)² / (σ_j / δ_j)² for all but the best b, δ their distance to it, and
    N_b = σ_b sqrt(Σ N_i² / σ_i²). Shares are rounded down; what is left goes to the greatest fractions, the earlier
    first. Systems equal to the best are taken at a millionth of the range, systems without variance get none of it.
    """
    best = int(np.argmax(means))
    distance = means[best] - means
    scale = max(float(np.ptp(means)), abs(float(means[best])) * 1e-6, 1e-12)
    distance = np.maximum(distance, 1e-6 * scale)
    deviation = np.sqrt(np.maximum(variances, 0.0))
    weight = (deviation / distance) ** 2
    weight[best] = 0.0
    noisy = deviation > 0.0
    weight[best] = deviation[best] * math.sqrt(float(np.sum((weight[noisy] / deviation[noisy]) ** 2)))
    if not weight.sum() > 0.0:
        weight = np.ones_like(weight)
    exact = weight / weight.sum() * total
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    order = np.lexsort((np.arange(len(means)), -(exact - whole)))
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def next_step(
    counts: NDArray[np.int64], means: NDArray[np.float64], variances: NDArray[np.float64], step: int
) -> NDArray[np.int64]:
    """Numbers of replications after `step` more in all: those below their share of the new total get them.

    Those that already have more than their share keep what they have; the step is divided by the shortfall of the
    others, at least one replication in all.
    """
    wanted = allocation(means, variances, int(counts.sum()) + step)
    short = np.maximum(wanted - counts, 0)
    if not short.any():
        short[int(np.argmax(means))] = 1
    exact = short / short.sum() * step
    more: NDArray[np.int64] = np.minimum(np.floor(exact).astype(np.int64), short)
    order = np.lexsort((np.arange(len(counts)), -(exact - more)))
    for place in order:
        if more.sum() >= step:
            break
        if short[place] > more[place]:
            more[place] += 1
    after: NDArray[np.int64] = counts + more
    return after


def probability_of_correct_selection(
    counts: NDArray[np.int64], means: NDArray[np.float64], variances: NDArray[np.float64]
) -> float:
    """Bonferroni's lower bound (APCS-B): 1 - Σ Φ(-δ_i / sqrt(σ_b²/N_b + σ_i²/N_i)), 0 at least."""
    best = int(np.argmax(means))
    wrong = 0.0
    for i in range(len(means)):
        if i == best:
            continue
        spread = math.sqrt(float(variances[best] / counts[best] + variances[i] / counts[i]))
        distance = float(means[best] - means[i])
        wrong += float(ndtr(-distance / spread)) if spread > 0.0 else (0.0 if distance > 0.0 else 0.5)
    return max(0.0, 1.0 - wrong)
