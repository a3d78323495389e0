"""Copies of training images are found where they are planted, and not among fresh images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import comb

import numpy as np
import pytest

from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats
from fewfold.data.provenance import Provenance, Record
from fewfold.metrics.base import metric
from fewfold.metrics.privacy.image_copies import Matches, _exchanged, image_matches
from images import clouds, images_compared

FIELDS = clouds(90)
TRAIN, HOLDOUT, FRESH = FIELDS[:30], FIELDS[30:60], FIELDS[60:]


def noisy(field: Floats) -> Floats:
    return field + 0.02 * np.random.default_rng(0).normal(size=field.shape)


ALTERED: list[Callable[[Floats], Floats]] = [
    lambda field: field,
    noisy,
    np.fliplr,
    np.rot90,
    lambda field: np.rot90(np.flipud(field), 3),
    lambda field: field[4:43, 2:41],
    lambda field: np.roll(field, (4, -5), axis=(0, 1)),
    lambda field: noisy(np.rot90(field[5:47, 5:47])),
]


@pytest.mark.parametrize("alter", ALTERED)
def test_planted_copies_are_found(alter: Callable[[Floats], Floats]) -> None:
    """Six of thirty."""
    found = metric("image_copies").measure(
        images_compared(TRAIN, HOLDOUT, [alter(field) for field in TRAIN[:6]] + FRESH[6:]), rng=0
    )
    assert 0.2 <= found.value <= 0.3
    assert found.null is not None and found.value >= found.null.high
    assert found.p is not None and found.p <= 0.05
    assert found.low < 0.2 < found.high
    assert found.details["planted"] == 30 and found.details["planted_found"] >= 0.8


def test_fresh_images_are_no_copies() -> None:
    comparison = images_compared(TRAIN, HOLDOUT, FRESH)
    found = metric("image_copies").measure(comparison, rng=0)
    assert found.null is not None and found.null.low <= found.value <= found.null.high
    assert found.p is not None and found.p > 0.05
    assert found == metric("image_copies").measure(images_compared(TRAIN, HOLDOUT, FRESH), rng=0)


def test_volumes() -> None:
    solids = clouds(60, (20, 22, 24), smooth=1.5)
    copied = [np.flip(solid, (0, 2)) for solid in solids[:8]] + [solid[1:18, 2:20, 4:24] for solid in solids[8:12]]
    found = metric("image_copies").measure(
        images_compared(solids[:20], solids[20:40], copied + solids[52:], volume=True), rng=0
    )
    assert 0.6 <= found.value <= 0.75
    assert found.p is not None and found.p <= 0.01


def test_where_patients_are_as_alike_as_copies_nothing_can_be_told() -> None:
    template = FIELDS[0]
    rng = np.random.default_rng(0)
    same = [template + 0.02 * rng.normal(size=template.shape) for _ in range(60)]
    with pytest.raises(NotApplicable, match="cannot be told"):
        metric("image_copies").measure(images_compared(same[:20], same[20:40], same[:20]), rng=0)


def test_a_training_image_in_the_holdout_takes_the_bound_to_one() -> None:
    with pytest.raises(NotApplicable, match="cannot be told"):
        metric("image_copies").measure(images_compared(TRAIN, [TRAIN[0], *HOLDOUT[1:]], FRESH), rng=0)


def test_the_nearest_image_and_the_lineage_are_told() -> None:
    comparison = images_compared(TRAIN, HOLDOUT, [np.rot90(field) for field in TRAIN[10:22]])
    assert image_matches(comparison).nearest.tolist() == list(range(10, 22))
    right, wrong = (np.arange(10, 22) + shift for shift in (0, 1))
    for sources, share in ((right, 1.0), (wrong, 0.0)):
        lineage = Provenance.synthetic(12, Record("test", "0"), sources[:, None])
        told = replace(comparison, synthetic=replace(comparison.synthetic, provenance=lineage))
        assert metric("image_copies").measure(told, rng=0).details["nearest_is_source"] == share


def test_the_null_is_the_negative_hypergeometric_distribution() -> None:
    """The chance that the j nearest of m + k exchangeable images are all among the k synthetic ones is
    C(m + k - j, m) / C(m + k, m)."""
    comparison = images_compared(TRAIN, HOLDOUT[:12], FRESH[:20])
    rng = np.random.default_rng(1)
    matches = Matches(rng.random(20), rng.random(12), np.ones(1), np.zeros(20, dtype=np.int64))
    counts = _exchanged(comparison, matches, 20_000, np.random.default_rng(2)) * 20
    for j in (1, 2, 4):
        expected = comb(32 - j, 12) / comb(32, 12)
        assert np.mean(counts > j - 0.5) == pytest.approx(expected, abs=4 * np.sqrt(expected / 20_000))


def test_images_of_one_patient_change_sides_together() -> None:
    patients = np.concatenate([np.arange(30), 30 + np.arange(30) // 3])
    comparison = images_compared(TRAIN, HOLDOUT, FRESH, patients=patients)
    real = np.repeat([1.0, 0.0], [3, 27])  # one patient is the nearest, with three images
    matches = Matches(np.full(30, 0.5), real, np.ones(1), np.zeros(30, dtype=np.int64))
    shares = _exchanged(comparison, matches, 500, np.random.default_rng(0))
    assert np.isfinite(shares).all()
    won = shares[shares > 0]  # all three images of that patient are then on the synthetic side
    assert len(won) and (np.round(won * 100, 6) > 0).all() and won.min() >= 3 / 57
