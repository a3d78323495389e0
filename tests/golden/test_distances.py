"""Distances between samples against scipy, statsmodels, lifelines, scikit-learn and sums written out."""

from __future__ import annotations

from itertools import combinations
from math import dist, exp
from statistics import median

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lifelines import KaplanMeierFitter
from scipy.stats import chi2_contingency, ks_2samp, spearmanr, wasserstein_distance
from sklearn.neighbors import NearestNeighbors

from cohorts import make_cohort
from comparisons import as_synthetic, comparison_of, split
from fewfold.data.kaplan_meier import survival
from fewfold.data.schema import Variable
from fewfold.metrics.associations import associations
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.distances import BLOCK, nearest, to_kth_other
from fewfold.metrics.diversity.neighbourhoods import counted
from fewfold.metrics.points import Points
from fewfold.metrics.survival import distance

DAY = pd.Timedelta(days=1)


def visits(seed: int = 0) -> Comparison:
    """Mixed kinds with missing values, dates, ties and two rows a patient; another world stands for the synthetic
    rows."""
    train, holdout = split(make_cohort(160, seed=seed, rows_per_subject=2), 2)
    made = make_cohort(60, seed=seed + 50)
    return Comparison(train.as_part("train"), holdout.as_part("holdout"), as_synthetic(made))


def columns(comparison: Comparison, kinds: set[str]) -> list[tuple[pd.Series, pd.Series, pd.Series]]:
    parts = (comparison.train, comparison.holdout, comparison.synthetic)
    names = [v.name for v in comparison.train.schema.features if v.kind in kinds]
    assert names
    return [tuple(part.table[name] for part in parts) for name in names]  # type: ignore[misc]


def days(column: pd.Series) -> np.ndarray:
    known = column.dropna()
    if known.dtype.kind == "M":
        return ((known - pd.Timestamp("1970-01-01")) / DAY).to_numpy(dtype=float)
    return known.to_numpy(dtype=float)


@pytest.mark.parametrize("seed", range(3))
def test_gaps_of_one_variable_are_those_of_scipy(seed: int) -> None:
    comparison = visits(seed)
    numeric = [tuple(map(days, sides)) for sides in columns(comparison, {"numeric", "integer", "datetime"})]
    assert len(numeric) == 3
    gaps = [ks_2samp(real, made).statistic for _, real, made in numeric]
    moves = [wasserstein_distance(real, made) / np.std(train) for train, real, made in numeric]
    assert metric("ks").value(comparison, rng=0) == pytest.approx(np.mean(gaps), rel=1e-12)
    assert metric("wasserstein").value(comparison, rng=0) == pytest.approx(np.mean(moves), rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_total_variation_is_half_the_distance_of_the_shares_of_pandas(seed: int) -> None:
    comparison = visits(seed)
    expected = []
    for _, real, made in columns(comparison, {"ordinal", "categorical", "boolean"}):
        shares = [side.astype(str).value_counts(normalize=True) for side in (real, made)]
        expected.append(shares[0].sub(shares[1], fill_value=0).abs().sum() / 2)
    assert len(expected) == 3
    assert metric("tvd").value(comparison, rng=0) == pytest.approx(np.mean(expected), rel=1e-12)


def cramer(a: pd.Series, b: pd.Series) -> float:
    """Bias-corrected Cramér's V (10.1016/j.jkss.2012.10.002) from scipy's chi-squared statistic."""
    counts = pd.crosstab(a, b).to_numpy()
    n, (r, c) = counts.sum(), counts.shape
    phi2 = max(0.0, chi2_contingency(counts, correction=False).statistic / n - (r - 1) * (c - 1) / (n - 1))
    return float((phi2 / min(r - (r - 1) ** 2 / (n - 1) - 1, c - (c - 1) ** 2 / (n - 1) - 1)) ** 0.5)


def epsilon(values: pd.Series, levels: pd.Series) -> float:
    """Kelley's epsilon is the root of the adjusted R squared of the ranks on the levels."""
    ranks = values.rank()[values.notna() & levels.notna()]
    dummies = pd.get_dummies(levels[ranks.index].astype(str), drop_first=True, dtype=float)
    return float(max(0.0, sm.OLS(ranks, sm.add_constant(dummies)).fit().rsquared_adj) ** 0.5)


def test_associations_are_those_of_scipy_and_statsmodels() -> None:
    """Two ordered variables: Spearman. Ordered and named: epsilon. Two named: Cramér's V."""
    rng, n = np.random.default_rng(5), 400
    u = rng.normal(size=n)
    frame = pd.DataFrame({"u": u, "v": np.round(u + rng.normal(size=n)), "w": rng.integers(0, 9, n).astype(float)})
    for name, noise, edges in (("p", 1.0, [-1.0, 0.2]), ("q", 0.7, [-0.8, 0.0, 1.1]), ("r", 9.0, [0.0, 3.0])):
        codes = np.digitize(u + noise * rng.normal(size=n), edges)
        frame[name] = pd.Categorical.from_codes(codes, categories=list("klmn")[: len(edges) + 1])
    gaps = rng.random((n, 3)) < 0.1
    frame["p"], frame["q"], frame["r"] = (frame[c].mask(gaps[:, k]) for k, c in enumerate("pqr"))
    variables = [Variable(name=c, kind="numeric") for c in "uvw"]
    variables += [Variable(name=c, kind="categorical", levels=tuple(frame[c].cat.categories)) for c in "pqr"]
    found = associations(comparison_of(frame, frame, frame, variables).train)
    for (i, a), (j, b) in combinations(enumerate("uvwpqr"), 2):
        if j < 3:
            expected = spearmanr(frame[a], frame[b]).statistic
        else:
            expected = epsilon(frame[a], frame[b]) if i < 3 else cramer(frame[a], frame[b])
        assert (found[i, j], found[j, i]) == pytest.approx((expected, expected), rel=1e-9, abs=1e-7), (a, b)
    assert found[3, 4] > 0.3  # what is compared is not all 0


def test_mmd_is_the_double_loop_over_pairs_of_different_patients() -> None:
    rng = np.random.default_rng(8)
    names, variables = ["patient", "a", "b"], [Variable(name="patient", kind="integer", role="subject")]
    variables += [Variable(name=name, kind="numeric") for name in "ab"]
    frames = []
    for k, rows_each in enumerate((1, 3, 1)):
        patient = np.repeat(np.arange(12), rows_each) + 100 * k
        frames.append(pd.DataFrame(np.column_stack([patient, rng.normal(k / 4, 1, (len(patient), 2))]), columns=names))
    comparison = comparison_of(*frames, variables)
    centre, scale = frames[0][["a", "b"]].mean().to_numpy(), frames[0][["a", "b"]].std(ddof=0).to_numpy()
    train, real, made = (((f[["a", "b"]].to_numpy() - centre) / scale).tolist() for f in frames)
    width = median(dist(x, y) for x, y in combinations(train, 2))

    def kernel(x: list[float], y: list[float]) -> float:
        return exp(-(dist(x, y) ** 2) / (2 * width**2))

    def mean(pairs: list[float]) -> float:
        return sum(pairs) / len(pairs)

    owners = (np.arange(36) // 3).tolist()
    within_real = [kernel(real[i], real[j]) for i in range(36) for j in range(36) if owners[i] != owners[j]]
    within_made = [kernel(made[i], made[j]) for i in range(12) for j in range(12) if i != j]
    expected = mean(within_real) + mean(within_made) - 2 * mean([kernel(x, y) for x in real for y in made])
    assert metric("mmd").value(comparison, rng=0) == pytest.approx(expected, rel=1e-9)


def followed(seed: int, n: int, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Times in whole units, so that events and censorings fall together."""
    rng = np.random.default_rng(seed)
    event, end = rng.exponential(scale, n), rng.uniform(0, 15, n)
    return np.ceil(np.minimum(event, end)), event <= end


@pytest.mark.parametrize("seed", range(4))
def test_follow_up_curves_are_those_of_statsmodels_and_lifelines(seed: int) -> None:
    times, happened = followed(seed, 90, 6)
    at, curve = survival(times, happened)
    by_lifelines = KaplanMeierFitter().fit(times, happened).survival_function_at_times(at).to_numpy()
    assert curve == pytest.approx(by_lifelines, rel=1e-12, abs=1e-15)
    fitted = sm.SurvfuncRight(times, happened.astype(int))
    steps = np.isin(at, fitted.surv_times)
    assert curve[steps] == pytest.approx(fitted.surv_prob, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("last", [3.0, 8.0, 20.0])
def test_the_distance_of_two_curves_is_that_of_lifelines(last: float) -> None:
    a, b = followed(1, 70, 6), followed(2, 50, 3)
    at = np.linspace(0, last, 1001)
    one, other = (KaplanMeierFitter().fit(*side).survival_function_at_times(at).to_numpy() for side in (a, b))
    assert distance(a, b, last) == pytest.approx(np.abs(one - other).max(), rel=1e-12)


@pytest.mark.parametrize("rows", [40, 1500])
def test_neighbours_are_those_of_scikit_learn_in_one_block_and_in_several(rows: int) -> None:
    rng = np.random.default_rng(rows)
    points, among = rng.normal(50, 3, (rows, 6)), rng.normal(50, 3, (rows, 6))
    assert (rows**2 > BLOCK) == (rows == 1500)
    tree = NearestNeighbors(algorithm="kd_tree").fit(among)
    apart, positions = tree.kneighbors(points, 1)
    found = nearest(points, among)
    assert found[0] == pytest.approx(apart[:, 0], rel=1e-12)
    assert (found[1] == positions[:, 0]).all()
    third = tree.kneighbors(None, 3)[0][:, 2]  # of the rows themselves, each left out of its own neighbours
    assert to_kth_other(among, np.arange(rows), 3) == pytest.approx(third, rel=1e-12)


@pytest.mark.parametrize("rows", [40, 1500])
def test_neighbourhoods_are_those_of_scikit_learn_in_one_block_and_in_several(rows: int) -> None:
    rng = np.random.default_rng(rows)
    real, made = rng.normal(0, 1, (rows, 4)), rng.normal(0.3, 1.2, (rows, 4))
    trees = [NearestNeighbors(algorithm="kd_tree").fit(side) for side in (real, made)]
    reach = [tree.kneighbors(None, 3)[0][:, 2] for tree in trees]
    apart = np.sqrt(((real[:, None] - made[None]) ** 2).sum(axis=2))
    within = apart <= reach[0][:, None]
    seen = counted(Points(real, real, made, np.arange(rows), np.arange(rows)))
    assert seen.coverage == within.any(axis=1).mean()
    assert seen.density == pytest.approx(within.sum() / (3 * rows), rel=1e-12)
    assert seen.precision == within.any(axis=0).mean()
    assert seen.recall == (apart <= reach[1][None]).any(axis=1).mean()
