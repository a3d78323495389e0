"""The short cuts for large tables give what the plain definitions give, and a drawn table says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import ks_2samp, wasserstein_distance
from sklearn.metrics.pairwise import rbf_kernel

from comparisons import numbers, real_thirds
from fewfold.metrics import distances
from fewfold.metrics.base import METRICS, Comparison, RowsMetric, metric
from fewfold.metrics.fidelity import c2st
from fewfold.metrics.ordered import Ordered

SHORT_CUTS = [kind.card.name for kind in METRICS if issubclass(kind, RowsMetric) and not kind.card.roles]


def test_the_short_cuts_are_there() -> None:
    assert {"ks", "wasserstein", "tvd", "missingness", "association"} <= set(SHORT_CUTS)


@pytest.mark.parametrize("name", SHORT_CUTS)
def test_some_rows_counted_are_some_rows_taken(name: str) -> None:
    chosen, c = metric(name), real_thirds(50, rows_per_subject=2)
    parts, rng = (c.train, c.holdout, c.synthetic), np.random.default_rng(0)
    rows = tuple(np.sort(rng.permutation(len(p))[: len(p) * 2 // 3]) for p in parts)
    taken = Comparison(*(p.take(r) for p, r in zip(parts, rows, strict=True)))
    assert chosen._of_rows(parts)(rows) == pytest.approx(chosen.value(taken, rng=0), abs=1e-12)  # type: ignore[misc]


def test_ordered_columns_give_scipys_distances_on_any_rows() -> None:
    rng = np.random.default_rng(1)
    a, b = np.round(rng.normal(size=(70, 3)), 1), np.round(rng.normal(0.4, 2, size=(50, 3)), 1)
    a[::7, 1], b[::3, 2], b[:, 0] = np.nan, np.nan, 5.0
    ordered = Ordered.of([a, b])
    some, other = rng.permutation(70)[:40], rng.permutation(50)[:30]
    gaps = np.abs(ordered.gaps((0, some), (1, other)))
    steps = np.nan_to_num(np.diff(ordered.at, append=np.nan))
    for j, start in enumerate(ordered.starts):
        x, y = (t[r, j][~np.isnan(t[r, j])] for t, r in ((a, some), (b, other)))
        own = slice(start, start + ordered.sizes[j])
        assert gaps[own].max() == pytest.approx(ks_2samp(x, y).statistic)
        assert (gaps * steps)[own].sum() == pytest.approx(wasserstein_distance(x, y))


@pytest.fixture
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of large tables, on small ones, a few rows at a time."""
    monkeypatch.setattr(distances, "BLOCK", 300)


@pytest.mark.usefixtures("in_blocks")
def test_matrix_products_find_the_same_neighbours() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(1000, 1, size=(60, 5)), rng.normal(1000, 1, size=(45, 5))
    x[:10], y[40:] = y[:10], y[:5]  # copies, and rows that are twice there
    every = cdist(x, y)
    found, positions = distances.nearest(x, y)
    np.testing.assert_allclose(found, every.min(axis=1), atol=1e-9)
    assert (found[:10] == 0).all()
    np.testing.assert_allclose(every[np.arange(60), positions], found, atol=1e-9)
    np.testing.assert_allclose(distances.squared(x, y), every**2, rtol=1e-12, atol=1e-12)
    assert (distances.squared(x, y)[:5, :5].diagonal() == 0).all()
    np.testing.assert_allclose(distances.gaussian_kernel(y, x), rbf_kernel(y, gamma=_gamma(x)), atol=1e-9)


def test_a_column_on_another_scale_hides_no_neighbour() -> None:
    """Squares of 1e18, whose rounding is larger than the distances between the rows."""
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=(30, 3))
    x[:, 0], y[:, 0] = 1e9 * (np.arange(20) % 2), 1e9 * (np.arange(30) % 2)
    np.testing.assert_array_equal(distances.nearest(x, y)[1], cdist(x, y).argmin(axis=1))


def _gamma(reference: np.ndarray) -> float:
    apart = cdist(reference, reference)[np.triu_indices(len(reference), 1)]
    return float(1 / (2 * np.median(apart[apart > 0]) ** 2))


@pytest.mark.parametrize("rows_a_patient", [1, 3])
def test_strips_have_the_sums_of_the_whole(rows_a_patient: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "STRIP", 7)
    x = np.random.default_rng(7).normal(size=(60, 4))
    x[40:50] = x[:10]  # equal rows are at a distance of 0
    patients, sides = np.arange(60) // rows_a_patient, np.eye(3)[np.arange(60) % 3]
    whole = np.where(patients[:, None] == patients, 0.0, cdist(x, x))
    np.testing.assert_allclose(distances.pair_sums(x, patients, sides, np.sqrt), sides.T @ whole @ sides, rtol=1e-13)


@pytest.mark.usefixtures("in_blocks")
@pytest.mark.parametrize("rows_a_patient", [1, 3])
def test_the_kth_other_is_of_another_patient(rows_a_patient: int) -> None:
    x = np.random.default_rng(3).normal(size=(60, 4))
    patients = np.arange(60) // rows_a_patient
    every = cdist(x, x)
    every[patients[:, None] == patients] = np.inf
    expected = np.sort(every, axis=1)[:, 2]
    np.testing.assert_allclose(distances.to_kth_other(x, patients, 3), expected)
    some = np.array([5, 40, 7])
    np.testing.assert_allclose(distances.to_kth_other(x, patients, 3, rows=some), expected[some])
    assert np.isinf(distances.to_kth_other(x, np.zeros(60, dtype=np.int64), 1)).all()


@pytest.mark.usefixtures("in_blocks")
@pytest.mark.parametrize("rows_a_patient", [1, 3])
def test_the_next_nearest_is_of_another_patient(rows_a_patient: int) -> None:
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(45, 4))
    patients = np.arange(45) // rows_a_patient
    every = cdist(x, y)
    found, positions, further = distances.nearest_two(x, y, patients)
    np.testing.assert_array_equal(positions, every.argmin(axis=1))
    np.testing.assert_allclose(found, every.min(axis=1))
    every[patients[positions][:, None] == patients] = np.inf
    np.testing.assert_allclose(further, every.min(axis=1))
    assert np.isinf(distances.nearest_two(x, y, np.zeros(45, dtype=np.int64))[2]).all()


def test_one_inverse_gives_the_scores_of_every_fold() -> None:
    """10 x 5 rows: folds of equal size. The scores are those of a ridge fit without the fold."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(50, 3))
    kernel, made = rbf_kernel(x) + 1, np.arange(50) >= 25
    folds = rng.permutation(np.arange(50) % c2st.FOLDS)
    predict = c2st._Discriminant(kernel, made, [folds])
    assert len(predict._left_out) == 1
    for fold in range(c2st.FOLDS):
        fitted, judged = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        aim = np.where(made[fitted], 0.5 / made[fitted].mean(), -0.5 / (~made[fitted]).mean())
        inner = kernel[np.ix_(fitted, fitted)] + c2st.RIDGE * len(fitted) * np.eye(len(fitted))
        expected = kernel[np.ix_(judged, fitted)] @ np.linalg.solve(inner, aim)
        np.testing.assert_allclose(predict(fitted, judged), expected, atol=1e-9)


def test_a_drawn_table_says_how_many_rows_and_what_error_that_adds() -> None:
    tables = numbers(*np.random.default_rng(5).normal(size=(3, 400, 2)))
    chosen = metric("ks")
    chosen.card = replace(chosen.card, most_rows=100)  # type: ignore[misc]
    found = chosen.measure(tables, rng=0)
    assert found.details["subsampled_rows"] == found.n == 100
    standard_error = (found.high - found.low) / (2 * 1.959964)
    assert found.details["subsampling_se"] == pytest.approx(standard_error * np.sqrt(1 - 100 / 400))
    whole = metric("ks").measure(tables, rng=0)
    assert "subsampled_rows" not in whole.details
    assert found.null is not None
    assert whole.null is not None
    assert found.null.high > whole.null.high  # the null is that of tables as small as the drawn ones


def test_whole_patients_are_drawn() -> None:
    tables = real_thirds(60, rows_per_subject=4)
    chosen = metric("ks")
    chosen.card = replace(chosen.card, most_rows=100)  # type: ignore[misc]
    drawn = chosen._drawn(tables, np.random.default_rng(0))
    assert (len(drawn.train), drawn.train.n_subjects, len(drawn.synthetic)) == (100, 25, 100)
    assert set(np.unique(drawn.holdout.subjects, return_counts=True)[1]) == {4}


def test_a_copy_keeps_its_source() -> None:
    """Where a metric asks for more training rows than others, they are kept."""
    tables = numbers(*np.random.default_rng(6).normal(size=(3, 300, 2)))
    chosen = metric("near_copies")
    chosen.card = replace(chosen.card, most_rows=50, most_train_rows=300)  # type: ignore[misc]
    drawn = chosen._drawn(tables, np.random.default_rng(0))
    assert (len(drawn.train), len(drawn.holdout), len(drawn.synthetic)) == (300, 50, 50)


def test_encodings_are_kept_and_never_those_of_other_training_rows() -> None:
    c = real_thirds(40)
    first = distances.encoded(c)
    assert all(a is b for a, b in zip(first, distances.encoded(c), strict=True))
    other = distances.encoded(Comparison(c.holdout.as_part("train"), c.train.as_part("holdout"), c.synthetic))
    assert not np.array_equal(first[2], other[2])
