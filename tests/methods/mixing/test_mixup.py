"""Mixup against its formula."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.mixing.labelled import Labelled
from fewfold.methods.mixing.mixup import Mixup

rng = np.random.default_rng(0)
SHAPES = [((7, 9), (1.0, 1.0)), ((7, 9, 3), (1.0, 1.0)), ((5, 6, 7), (2.0, 1.0, 1.0))]


@pytest.mark.parametrize(("shape", "spacing"), SHAPES)
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_values_and_labels_are_blended_by_the_same_share(shape, spacing, dtype) -> None:  # type: ignore[no-untyped-def]
    one, other = (
        Labelled((rng.random(shape) * 250).astype(dtype), spacing, label=np.eye(3)[k], region=None) for k in (0, 2)
    )
    made = Mixup().apply(one, other, {"kept": 0.75})
    mean = 0.75 * one.values.astype(float) + 0.25 * other.values.astype(float)
    np.testing.assert_allclose(made.values, np.rint(mean) if dtype != "float32" else mean, rtol=1e-6)
    assert made.values.dtype == dtype
    assert made.label is not None
    assert made.label.tolist() == [0.75, 0.0, 0.25]


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_shares_are_drawn_from_a_beta_distribution(alpha: float) -> None:
    """Mean 1/2 and variance 1 / (4 (2 alpha + 1)), within four standard errors."""
    one = Labelled(np.zeros((2, 2)), (1.0, 1.0))
    draws = np.array([Mixup(alpha=alpha).draw(rng, one, one)["kept"] for _ in range(4000)])
    variance = 1 / (4 * (2 * alpha + 1))
    assert abs(draws.mean() - 0.5) < 4 * np.sqrt(variance / 4000)
    assert abs(draws.var() / variance - 1) < 0.1
    assert ((draws >= 0) & (draws <= 1)).all()


def test_draws_are_json_and_replay_bit_for_bit() -> None:
    one, other = (Labelled(rng.random((9, 9)), (1.0, 1.0)) for _ in range(2))
    drawn = Mixup().draw(np.random.default_rng(1), one, other)
    again = json.loads(json.dumps(drawn))
    made = Mixup().apply(one, other, drawn).values
    assert np.array_equal(made, Mixup(alpha=3.0).apply(one, other, again).values)
    assert Mixup().draw(np.random.default_rng(1), one, other) == drawn


def test_bad_input_is_named() -> None:
    masked = Labelled(np.zeros((4, 4)), (1.0, 1.0), mask=np.zeros((4, 4), int))
    with pytest.raises(BadInput, match="cutmix"):
        Mixup().apply(masked, masked, {"kept": 0.5})
    for alpha in (0, -1, float("nan"), float("inf")):
        with pytest.raises(BadInput, match="alpha above 0"):
            Mixup(alpha=alpha)
