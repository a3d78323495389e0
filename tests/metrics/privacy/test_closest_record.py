"""Rows that pass a check of the distance to the closest record, and that every attack here breaks."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from comparisons import numbers
from fewfold.core.types import Floats
from fewfold.metrics.base import Comparison, metric

ATTACKS = ("membership", "membership_worst_decile", "attribute_inference", "singling_out", "rare_combinations")


def release(seed: int) -> tuple[Comparison, Floats, Floats]:
    """Eight columns of every training patient, three times each, beside eight columns of noise, drawn anew and a
    little wider; with the distances to the closest training record of the rows and of the holdout."""
    rng = np.random.default_rng(seed)
    latent, loading = rng.normal(size=(2, 60, 3)), rng.normal(size=(3, 8))
    telling = latent @ loading / np.sqrt(3) + 0.4 * rng.normal(size=(2, 60, 8))
    train, holdout = np.concatenate([telling, rng.normal(size=(2, 60, 8))], axis=2)
    made = np.hstack([np.repeat(telling[0], 3, axis=0), 1.2 * rng.normal(size=(180, 8))])
    scale = train.std(axis=0)
    closest = [cdist(x / scale, train / scale).min(axis=1) for x in (made, holdout)]
    return numbers(train, holdout, made), closest[0], closest[1]


def test_the_distance_passes_and_the_attacks_do_not() -> None:
    passed, broken = 0, dict.fromkeys(ATTACKS, 0)
    for seed in range(10):
        comparison, made, holdout = release(seed)
        passed += np.median(made) >= 0.95 * np.median(holdout) and metric("near_copies").value(comparison, rng=0) == 0
        for name in ATTACKS:
            found = metric(name).measure(comparison, rng=seed)
            assert found.null is not None
            broken[name] += found.value > found.null.high
    assert passed >= 9
    assert min(broken.values()) >= 8, broken
