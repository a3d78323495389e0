"""Patient, split and seed, told apart where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from fewfold.study.contrasts import score_all
from fewfold.study.outcomes import Predicted
from fewfold.study.settings import ArmSpec, Settings
from fewfold.study.variance import seed_matters, variance_splits

SETTINGS = Settings(methods=(ArmSpec(method="gaussian_copula"),), ratios=(1.0,), primary="brier")
KEY = ("gaussian_copula", 1.0)
N, REPEATS = 200, 10


def stage(method: np.ndarray, none: np.ndarray | None, y: np.ndarray) -> object:
    rng = np.random.default_rng(0)
    folds = np.stack([rng.permutation(np.arange(N) % 5) for _ in range(REPEATS)])[: len(method)]
    arms = {KEY: {"logistic": method}}
    if none is not None:
        arms["none", 0.0] = {"logistic": none}
    return score_all(Predicted("binary", 2, y, np.arange(N), folds, arms, {}, 0), only={"brier"})


def split_of(patient: float, repeat: float, seed: float):
    """Predictions that differ from none by an effect of the patient, of the repeat, and of the seed (one a fold)."""
    rng = np.random.default_rng(1)
    y = (np.arange(N) % 2).astype(float)
    none = np.full((REPEATS, N), 0.5)
    fixed = patient * rng.normal(size=N) + repeat * rng.normal(size=(REPEATS, 1))
    draws = [seed * rng.normal(size=(REPEATS, N)) for _ in range(2)]
    sign = 2 * y - 1
    runs = [np.clip(none + sign * 0.1 * (fixed + d), 0, 1) for d in draws]
    (found,) = variance_splits(stage(runs[0], none, y), stage(runs[1][:2], None, y), SETTINGS)
    return found


def test_the_part_that_varies_is_the_part_that_is_named():
    for part, largest in (("patient", (1, 0, 0)), ("split", (0, 1, 0)), ("seed", (0.0, 0.0, 1.0))):
        found = split_of(*largest)
        shares = {"patient": found.patient, "split": found.split, "seed": found.seed}
        assert sum(shares.values()) == pytest.approx(1)
        if part != "seed":
            assert shares["seed"] == pytest.approx(0, abs=1e-9)
        if part == "split":
            assert shares["split"] > 0.9
    still, moved = split_of(1, 0, 0), split_of(1, 0, 1)
    assert moved.seed > still.seed == pytest.approx(0, abs=1e-9)


def test_the_seed_part_is_that_of_the_closed_form():
    """Brier's gain is linear in small effects: half the mean squared difference of two folds of 40 is s^2/40."""
    rng, small = np.random.default_rng(2), 0.001
    y = (np.arange(N) % 2).astype(float)
    none = np.full((REPEATS, N), 0.5)
    sign = 2 * y - 1
    one, two = (none + sign * small * rng.normal(size=(REPEATS, N)) for _ in range(2))
    (found,) = variance_splits(stage(one, none, y), stage(two, None, y), SETTINGS)
    expected = (2 * 0.5 * small) ** 2 / 40 / (REPEATS * 5)
    assert found.seed * found.standard_error**2 == pytest.approx(expected, rel=0.35)  # 50 folds: 20 % standard error


def test_a_seed_that_weighs_more_than_the_patients_is_a_finding():
    noisy = split_of(0.001, 0, 0.001).model_copy(update={"seed": 0.6, "patient": 0.3, "split": 0.1})
    calm = noisy.model_copy(update={"seed": 0.1, "patient": 0.8})
    assert [f.code for f in seed_matters([noisy, calm])] == ["FF210"]


def left_out(method: np.ndarray, none: np.ndarray | None, y: np.ndarray, score="brier", sites=5, folds=5) -> object:
    """One repeat, in which each fold is a site unless there are more sites than folds."""
    where = np.arange(N) % sites
    arms = {KEY: {"logistic": method}} | ({} if none is None else {("none", 0.0): {"logistic": none}})
    return score_all(Predicted("binary", 2, y, where, (np.arange(N) % folds)[None], arms, {}, 0), only={score})


def test_where_each_site_is_left_out_there_is_a_seed_and_no_other_split():
    rng, small = np.random.default_rng(3), 0.001
    y = (np.arange(N) // 5 % 2).astype(float)
    none = np.full((1, N), 0.5)
    one, two = (none + (2 * y - 1) * small * rng.normal(size=(1, N)) for _ in range(2))
    (found,) = variance_splits(left_out(one, none, y), left_out(two, None, y), SETTINGS)
    gains = [(none - y) ** 2 - (p - y) ** 2 for p in (one, two)]
    by_fold = [[gain[0, np.arange(N) % 5 == k].mean() for k in range(5)] for gain in gains]
    expected = np.mean(np.square(np.subtract(*by_fold))) / 2 / 5
    assert found.seed * found.standard_error**2 == pytest.approx(expected)
    assert found.split == 0
    assert found.patient + found.seed == pytest.approx(1)


@pytest.mark.parametrize(("site", "seed"), [(1, 0), (0, 1), (1, 1)])
def test_what_the_seed_does_to_each_site_is_not_put_down_to_the_sites(site, seed):
    """With one fold a site both vary from site to site; of 40 sites each part is known to a third or so."""
    rng, small, where = np.random.default_rng(6), 0.001, np.arange(N) % 40
    y = (np.arange(N) // 40 % 2).astype(float)
    none, own = np.full((1, N), 0.5), site * rng.normal(size=40)
    runs = [none + (2 * y - 1) * small * (own + seed * rng.normal(size=40))[where] for _ in range(2)]
    scored = [left_out(p, bare, y, sites=40, folds=40) for p, bare in zip(runs, (none, None), strict=True)]
    (found,) = variance_splits(*scored, SETTINGS)
    assert found.seed == pytest.approx(seed / (site + seed), abs=0.15)
    assert found.standard_error**2 == pytest.approx(small**2 * (site + seed) / 40, rel=0.5)


def test_a_site_without_a_number_is_left_out_of_the_seed():
    """AUROC where one of five sites has one class: four folds are averaged."""
    rng = np.random.default_rng(4)
    y = np.where(np.arange(N) % 5 == 0, 0.0, np.arange(N) // 5 % 2)
    one, two, none = rng.random((3, 1, N))
    settings = SETTINGS.model_copy(update={"primary": "auroc"})
    (found,) = variance_splits(left_out(one, none, y, "auroc"), left_out(two, None, y, "auroc"), settings)
    both = [[roc_auc_score(y[k::5], p[0, k::5]) for k in range(1, 5)] for p in (one, two)]
    assert found.seed * found.standard_error**2 == pytest.approx(np.mean(np.square(np.subtract(*both))) / 2 / 4)


def test_one_split_of_many_says_nothing_of_the_others():
    y = (np.arange(N) // 5 % 2).astype(float)
    one, two, none = np.random.default_rng(5).random((3, 1, N))
    assert variance_splits(left_out(one, none, y, sites=10), left_out(two, None, y, sites=10), SETTINGS) == []


def test_without_none_there_is_nothing_to_split():
    y = (np.arange(N) % 2).astype(float)
    alone = stage(np.full((REPEATS, N), 0.5), None, y)
    assert variance_splits(alone, alone, SETTINGS) == []
