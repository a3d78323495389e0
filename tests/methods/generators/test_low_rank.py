"""Few factors and a rest have the covariance that the dense correlation has."""

import numpy as np
import pytest

from fewfold.methods.base import load
from fewfold.methods.generators import correlation, gaussian_copula, low_rank
from fewfold.methods.generators.gaussian_copula import GaussianCopula
from methods.generators.worlds import numbers


def wide(n=40, columns=120, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)) @ rng.normal(size=(3, columns)) + 2 * rng.normal(size=(n, columns))
    died = x[:, 0] + rng.normal(size=n) > 0
    return numbers({**{f"g{j}": column for j, column in enumerate(x.T)}, "died": died}, target="died")


def implied(copula):
    return copula.factors @ copula.factors.transpose(0, 2, 1) + np.apply_along_axis(np.diag, 1, copula.rest**2)


@pytest.fixture
def low(monkeypatch):
    monkeypatch.setattr(gaussian_copula, "WIDE", 100)
    return GaussianCopula().fit(wide(), rng=0)


def test_the_covariance_is_the_closed_form(low):
    """Of each class n / (n + 20) times its correlation of the scores, the rest the pooled one shrunk by the published
    formula, over the variance of the scores; the diagonal is 1."""
    cohort = wide()
    scored = [correlation.scores(cohort.matrix[cohort.y == code]) for code in (0, 1)]
    pooled = np.corrcoef(np.concatenate([own.values for own in scored]).T)
    off = ~np.eye(120, dtype=bool)
    kept = 1 - ((1 - pooled[off] ** 2) ** 2 / 40).sum() / (pooled[off] ** 2).sum()
    assert 0.1 < kept < 0.9
    for own, found in zip(scored, implied(low), strict=True):
        weight = len(own.values) / (len(own.values) + 20)
        mixed = weight * np.corrcoef(own.values.T) + (1 - weight) * kept * pooled
        assert found[off] == pytest.approx((mixed / own.values.var(axis=0)[0])[off], abs=1e-9)
        assert np.diag(found) == pytest.approx(1.0)


def test_it_is_near_the_dense_correlation_in_full(low, monkeypatch):
    """The terms of the Hermite series that are left out are worth a few hundredths at 20 rows a class."""
    monkeypatch.undo()
    dense = GaussianCopula().fit(wide(), rng=0)
    assert dense.factors.shape == (2, 120, 120)
    assert implied(low) == pytest.approx(dense.factors @ dense.factors.transpose(0, 2, 1), abs=0.02)


def test_what_is_drawn_has_that_covariance(low):
    made = low.sample(rng=0, per_class={0: 0, 1: 20_000})
    got = np.corrcoef(correlation.scores(made.matrix).values.T)
    assert got == pytest.approx(implied(low)[1], abs=0.05)


def test_the_blocks_add_up_to_the_shrinkage_of_all_pairs(monkeypatch):
    monkeypatch.setattr(low_rank, "BLOCK", 7)
    columns = wide().matrix
    columns[:, 3], columns[::3, 5], columns[4, 6] = 1.0, np.nan, np.nan
    scored = correlation.scores(columns)
    unit = low_rank.unit_columns(scored.values)
    dense = unit.T @ unit
    np.fill_diagonal(dense, 1.0)
    known = scored.known.astype(float)
    shrunk = correlation.shrink(dense, 0.5 * known.T @ known)
    assert shrunk[0, 1] == pytest.approx(low_rank.kept(unit, scored.known, 0.5) * dense[0, 1])


def test_levels_missing_values_and_constants_keep_their_margins(monkeypatch, tmp_path):
    monkeypatch.setattr(gaussian_copula, "WIDE", 100)
    cohort = wide()
    table = cohort.table.assign(g1=0.0, g2=(cohort.table["g0"] > 0).astype(float))
    table.loc[::4, "g5"] = np.nan
    copula = GaussianCopula().fit(type(cohort).real(table, cohort.schema), rng=0)
    made = copula.sample(4000, rng=1)
    assert (made.table["g1"] == 0).all()
    assert set(made.table["g2"]) == {0.0, 1.0}
    assert made.table["g2"].mean() == pytest.approx(table["g2"].mean(), abs=0.03)
    assert made.table["g5"].isna().mean() == pytest.approx(0.25, abs=0.03)
    copula.save(tmp_path / "wide.npz")
    assert load(tmp_path / "wide.npz").sample(50, rng=3).table.equals(copula.sample(50, rng=3).table)


def test_a_wide_table_keeps_nothing_of_columns_by_columns():
    arrays, _ = GaussianCopula().fit(wide(columns=1500), rng=0)._state()
    assert max(array.size for array in arrays.values()) <= 2 * 1500 * 80
