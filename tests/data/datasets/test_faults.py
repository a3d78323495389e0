"""Each fault spoils what it says, as much as it says, and nothing where its strength is 0."""

import numpy as np
import pytest
from scipy import stats

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data import datasets
from fewfold.data.datasets.faults import FAULTS, fresh_rows, plant
from fewfold.data.rules import violations

N = 3_000


def clinic(n, rng):
    return datasets.make_clinic(n, missing=0.0, rng=rng).cohort


def spoilt(name, *, make=clinic, strength=1.0, n=N, train=200):
    train = make(train, 0)
    return train, plant(name, train, make, n, strength=strength, rng=1)


def copies(train, rows, atol=0.0):
    """(n,) whether a row lies within ``atol`` SD of some training row in every feature and the target."""
    scale = train.modelled.std(axis=0)
    away = np.abs(rows.modelled[:, None] - train.modelled[None]) / scale
    return (away <= atol).all(axis=2).any(axis=1)


@pytest.mark.parametrize("name", [f for f in FAULTS if f not in ("scrambled_time", "broken_censoring")])
def test_strength_0_is_fresh_and_every_strength_is_marked_synthetic(name):
    train, rows = spoilt(name, strength=0.0)
    assert rows.provenance.is_synthetic.all()
    assert len(rows) == N
    assert not copies(train, rows).any()
    assert not violations(rows).to_numpy().any()
    real = clinic(N, 7)
    for j in range(rows.matrix.shape[1]):
        assert stats.ks_2samp(rows.matrix[:, j], real.matrix[:, j]).pvalue > 0.001
    assert spoilt(name)[1].provenance.is_synthetic.all()
    assert spoilt(name)[1].table.equals(spoilt(name)[1].table)  # same seed, same rows


@pytest.mark.parametrize(
    ("name", "strength", "share"),
    [("memoriser", 1, 1.0), ("memoriser", 0.5, 0.5), ("exact_copies", 1, 0.2), ("exact_copies", 0.5, 0.1)],
)
def test_copies(name, strength, share):
    train, rows = spoilt(name, strength=strength)
    assert copies(train, rows).mean() == share


def test_near_copies_are_near_and_not_equal():
    train, rows = spoilt("near_copies")
    assert not copies(train, rows).any()
    assert copies(train, rows, atol=0.06).mean() == pytest.approx(0.2, abs=0.002)


def test_mode_collapse_loses_one_cluster():
    world = datasets.make_clusters(N, rng=0)

    def shares(rows):
        away = np.linalg.norm(rows.matrix[:, None] - world.truth["centres"][None], axis=2)
        return np.sort(np.bincount(np.argmin(away, axis=1), minlength=3) / len(rows))

    for strength, least in ((1.0, 0.0), (0.5, 0.2), (0.0, 1 / 3)):
        rows = spoilt("mode_collapse", make=lambda n, rng: datasets.make_clusters(n, rng=rng).cohort, strength=strength)
        assert shares(rows[1])[0] == pytest.approx(least, abs=0.03)


def test_a_column_that_is_constant_in_training_makes_no_cluster_of_its_own():
    world, train = datasets.make_clusters(3000, rng=0), datasets.make_clusters(30, rng=1).cohort
    pool, centres = world.cohort, world.truth["centres"][:, 1:]
    name = train.schema.features[0].name
    train = train.with_column(name, np.zeros(30))  # normal scores of it have an SD of 2e-15, and not 0
    pool = pool.with_column(name, np.tile([0.0, 1.0], 1500))
    rows = plant("mode_collapse", train, pool, 300, rng=0)
    away = np.linalg.norm(rows.matrix[:, None, 1:] - centres, axis=2)
    assert np.bincount(np.argmin(away, axis=1), minlength=3).min() < 30


def test_a_fault_that_would_leave_nobody_is_refused(monkeypatch):
    train = clinic(60, 0)
    monkeypatch.setattr(
        "sklearn.cluster.KMeans.predict", lambda self, x: np.argsort(np.bincount(self.labels_))[[1] * len(x)]
    )
    with pytest.raises(NotApplicable, match="missing"):
        plant("mode_collapse", train, clinic, 60, rng=0)


def test_label_noise_moves_the_rate_as_flips_do():
    rows = spoilt("label_noise")[1]  # 30 % positive: 0.3 (1 - f) + 0.7 f
    assert rows.y.mean() == pytest.approx(0.3 * 0.6 + 0.7 * 0.4, abs=0.03)
    classes = spoilt("label_noise", make=lambda n, rng: datasets.make_classes(n, rng=rng).cohort)[1]
    means = datasets.make_classes(6, rng=0).truth["means"]
    away = np.linalg.norm(classes.matrix[:, None] - means[None], axis=2)
    right = (np.argmin(away, axis=1) == classes.y).mean()
    fresh = datasets.make_classes(N, rng=5).cohort
    best = (np.argmin(np.linalg.norm(fresh.matrix[:, None] - means[None], axis=2), axis=1) == fresh.y).mean()
    assert right == pytest.approx(0.6 * best + 0.4 * (1 - best) / 2, abs=0.03)


def test_broken_dependence_keeps_the_columns_and_loses_the_rest():
    rows = spoilt("broken_dependence")[1]
    assert np.abs(np.corrcoef(rows.modelled.T) - np.eye(rows.modelled.shape[1])).max() < 0.08
    assert rows.matrix[:, 0].std() == pytest.approx(clinic(N, 3).matrix[:, 0].std(), rel=0.05)
    assert np.corrcoef(rows.matrix[:, :2].T)[0, 1] < 0.1 < np.corrcoef(clinic(N, 3).matrix[:, :2].T)[0, 1]


@pytest.mark.parametrize(("strength", "ratio"), [(1.0, 0.5), (0.5, 0.75)])
def test_shrunken_variance(strength, ratio):
    rows, real = spoilt("shrunken_variance", strength=strength)[1], clinic(N, 3)
    np.testing.assert_allclose(rows.matrix[:, :8].std(axis=0) / real.matrix[:, :8].std(axis=0), ratio, rtol=0.06)


@pytest.mark.parametrize(("strength", "share"), [(1.0, 0.0), (0.5, 0.125 / 0.875), (0.0, 0.25)])
def test_erased_subgroup(strength, share):
    rows = spoilt("erased_subgroup", strength=strength)[1]
    assert (rows.table["subgroup"] == 1).mean() == pytest.approx(share, abs=0.03)


def test_source_shortcut_is_in_one_class_only():
    rows, real = spoilt("source_shortcut")[1], clinic(N, 3)
    spread = clinic(200, 0).matrix.std(axis=0)
    moved = [
        (rows.matrix[rows.y == k].mean(axis=0) - real.matrix[real.y == k].mean(axis=0)) / spread for k in (0.0, 1.0)
    ]
    assert np.abs(moved[0]).max() < 0.15
    assert np.sort(moved[1])[-1] == pytest.approx(2, abs=0.2)
    assert np.sort(moved[1])[-2] < 0.3


@pytest.mark.parametrize(("strength", "share"), [(1.0, 0.1), (0.5, 0.05)])
def test_implausible_values_break_the_rule(strength, share):
    rows = spoilt("implausible_values", strength=strength)[1]
    assert violations(rows)["onset first"].mean() == pytest.approx(share)


def test_implausible_values_fall_below_a_limit_where_no_rule_is(shared_data, monkeypatch):
    monkeypatch.setenv("FEWFOLD_DATA", str(shared_data))
    cohort = datasets.fetch_pbc()
    rows = plant("implausible_values", cohort, cohort, 200, rng=0)
    assert violations(rows).to_numpy().any(axis=1).mean() == pytest.approx(0.1)


def test_visits_are_shuffled_within_patients_and_the_months_stay():
    def visits(n, rng):
        return datasets.make_visits(n, rng=rng).cohort

    rows, real = spoilt("scrambled_time", make=visits)[1], visits(N, 3)
    assert (rows.table["month"].to_numpy().reshape(-1, 5) == [0, 6, 12, 18, 24]).all()
    assert rows.n_subjects == N

    def course(cohort):
        return np.diff(cohort.matrix.reshape(N, 5, -1).mean(axis=0), axis=0).mean()

    assert course(real) == pytest.approx(-0.39, abs=0.02)
    assert course(rows) == pytest.approx(0, abs=0.02)
    np.testing.assert_allclose(
        rows.matrix.reshape(N, 5, -1).mean(axis=(0, 1)), real.matrix.reshape(N, 5, -1).mean(axis=(0, 1)), atol=0.1
    )


@pytest.mark.parametrize(("strength", "least"), [(1.0, 1.0), (0.5, 0.7)])
def test_ignored_censoring_calls_every_end_an_event(strength, least):
    def follow_up(n, rng):
        return datasets.make_follow_up(n, rng=rng).cohort

    rows = spoilt("broken_censoring", make=follow_up, strength=strength)[1]
    assert (rows.table["event"] == 1).mean() == pytest.approx(0.5 + strength / 2, abs=0.03)
    assert (rows.table["event"] == 1).mean() >= least


def test_batch_effect_moves_a_fifth_of_the_numbers():
    rows, real = spoilt("batch_effect")[1], clinic(N, 3)
    moved = np.abs(rows.matrix.mean(axis=0) - real.matrix.mean(axis=0)) / clinic(200, 0).matrix.std(axis=0)
    assert np.sort(moved)[-2:] == pytest.approx([1.5, 1.5], abs=0.15)
    assert np.sort(moved)[-3] < 0.1


def test_a_pool_of_patients_is_used_evenly():
    pool = datasets.make_visits(40, rng=0).cohort
    rows = fresh_rows(pool, 100, rng=1)
    assert rows.n_subjects == 100
    first = rows.matrix[:: len(rows) // 100, 0]
    assert set(np.unique(first, return_counts=True)[1]) == {2, 3}


def test_what_cannot_be_spoilt_is_refused():
    train = clinic(60, 0)
    for name in ("scrambled_time", "broken_censoring"):
        with pytest.raises(NotApplicable):
            plant(name, train, clinic, 60, rng=0)
    with pytest.raises(NotApplicable):
        plant("implausible_values", datasets.make_clusters(60, rng=0).cohort, datasets.make_clusters(60, rng=1).cohort,
              60, rng=0)  # fmt: skip
    with pytest.raises(BadInput):
        plant("typo", train, clinic, 60, rng=0)
    with pytest.raises(BadInput):
        plant("memoriser", train, clinic, 60, strength=2, rng=0)
