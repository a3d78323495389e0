from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.decomposition import PCA

from fewfold.core.errors import BadInput
from fewfold.methods.image_models.components import Components, check_spread


def test_components_are_those_of_an_independent_implementation() -> None:
    rows = np.random.default_rng(0).normal(size=(12, 40)) * np.linspace(1, 3, 40) + 5
    for share, most in ((1.0, 11), (0.5, None)):
        told = Components.of(rows, share)
        other = PCA(n_components=most or share, svd_solver="full").fit(rows)
        assert len(told.sd) == other.n_components_
        assert np.allclose(told.mean, other.mean_)
        assert np.allclose(told.sd**2, other.explained_variance_)
        assert np.allclose(np.abs(np.sum(told.axes * other.components_, axis=1)), 1)
    peaks = told.axes[np.arange(len(told.axes)), np.abs(told.axes).argmax(axis=1)]
    assert (peaks > 0).all()


def test_rank_bounds_the_components() -> None:
    rows = np.outer([1.0, 2.0, 4.0], np.arange(5.0)) + 1e6
    assert len(Components.of(rows, 1.0).sd) == 1
    # the mean of three times 0.1 is not 0.1: what is left is rounding
    still = Components.of(np.full((3, 6), 0.1), 0.95)
    assert len(still.sd) == 0
    assert np.array_equal(still.away(still.draw(3.0, np.random.default_rng(0))), np.zeros(6))


@pytest.mark.parametrize("limit", [0.7, 2.0, 40.0])
def test_draws_are_normal_and_truncated(limit: float) -> None:
    """Against the distribution of scipy: 4,000 draws pass a Kolmogorov-Smirnov test at 0.001."""
    told = Components(np.zeros(2), np.eye(2), np.array([2.0, 0.5]))
    rng = np.random.default_rng(3)
    drawn = np.array([told.draw(limit, rng) for _ in range(4000)])
    for k, sd in enumerate(told.sd):
        assert np.abs(drawn[:, k]).max() <= limit * sd
        assert stats.kstest(drawn[:, k], stats.truncnorm(-limit, limit, scale=sd).cdf).pvalue > 0.001
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 4 / np.sqrt(4000)


def test_bad_input_is_named() -> None:
    with pytest.raises(BadInput, match="finite"):
        Components.of(np.array([[0.0, np.nan], [1.0, 2.0]]), 0.9)
    for share, limit, strength in ((0.0, 1, 1), (1.1, 1, 1), (0.9, 0, 1), (0.9, 1, 0), (np.nan, 1, 1)):
        with pytest.raises(BadInput, match="share"):
            check_spread(share, limit, strength)
