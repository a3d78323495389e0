"""Shadow models: the likelihood ratio by hand, no gain from nothing, and a leak that one run hides."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from comparisons import real_thirds
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Bools, Floats
from fewfold.metrics.privacy.shadow import joined, patient_signals, shadow_scores


def sides(signals: Floats, members: Bools) -> tuple[Floats, Floats]:
    return np.where(members, signals, np.nan), np.where(members, np.nan, signals)


def halves(n: int, runs: int, rng: np.random.Generator) -> Bools:
    return np.column_stack([rng.permutation(n) < n // 2 for _ in range(runs)])


def test_is_the_likelihood_ratio_of_the_predictive_normals_of_the_other_runs() -> None:
    rng = np.random.default_rng(0)
    members = halves(8, 8, rng)
    signals = rng.normal(size=(8, 8)) + members
    found = shadow_scores(*sides(signals, members), rng=rng)
    x = signals - signals.mean(axis=0)
    variance = {}
    for side in (True, False):
        groups = [x[i, members[i] == side] for i in range(8)]
        groups = [g for g in groups if len(g)]
        squares = sum(((g - g.mean()) ** 2).sum() for g in groups)
        variance[side] = squares / sum(len(g) - 1 for g in groups)
    checked = 0
    for i in range(8):
        for r in range(8):
            others = {side: [x[i, k] for k in range(8) if k != r and members[i, k] == side] for side in (True, False)}
            if min(map(len, others.values())) < 2:
                assert np.isnan(found.scores[i, r])
                continue
            z = {s: (x[i, r] - np.mean(o)) / np.sqrt(variance[s] * (1 + 1 / len(o))) for s, o in others.items()}
            density = {s: norm.logpdf(z[s]) - np.log(np.sqrt(variance[s])) for s in (True, False)}
            assert found.scores[i, r] == pytest.approx(density[True] - density[False])
            checked += 1
    assert checked > 30


def test_nothing_gives_half_and_its_interval_holds_it() -> None:
    values, covered, rare = [], 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found = shadow_scores(
            *sides(rng.normal(size=(30, 1)) + rng.normal(size=(30, 10)), halves(30, 10, rng)), rng=rng
        )
        values.append(found.auroc)
        covered += found.low <= 0.5 <= found.high
        assert (found.p < 0.025) == (found.low > 0.5)
        rare += found.p < 0.01
    assert rare <= 3  # of 60 at a level of 1 %
    assert np.mean(values) == pytest.approx(0.5, abs=0.02)
    assert covered >= 50


def test_a_leak_that_differences_between_patients_hide_from_one_run_is_found() -> None:
    rng = np.random.default_rng(0)
    members = halves(40, 10, rng)
    signals = 10 * rng.normal(size=(40, 1)) + rng.normal(size=(40, 10)) + 2 * members
    within = [np.mean(s[m][:, None] > s[~m][None, :]) for s, m in zip(signals.T, members.T, strict=True)]
    found = shadow_scores(*sides(signals, members), rng=rng)
    assert np.mean(within) < 0.65
    assert found.low > 0.75
    assert np.nanmean(found.worst) > 0


def test_signals_follow_the_patients_over_runs() -> None:
    whole = real_thirds(30, rows_per_subject=2)
    first = patient_signals(whole)
    swapped = patient_signals(
        type(whole)(whole.holdout.as_part("train"), whole.train.as_part("holdout"), whole.synthetic)
    )
    assert set(first) == set(whole.train.table["patient"]) | set(whole.holdout.table["patient"])
    assert all(first[k][0] == pytest.approx(swapped[k][0]) and first[k][1] != swapped[k][1] for k in first)
    inside, outside = joined([first, swapped])
    assert inside.shape == (60, 2)
    np.testing.assert_array_equal(np.isnan(inside), ~np.isnan(outside))
    np.testing.assert_allclose(inside[:30, 0], outside[:30, 1])


def test_too_few_runs_give_a_reason() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(NotApplicable, match="4 runs"):
        shadow_scores(*sides(rng.normal(size=(30, 3)), halves(30, 3, rng)), rng=rng)
    with pytest.raises(NotApplicable, match="two runs"):
        shadow_scores(*sides(rng.normal(size=(30, 4)), np.ones((30, 4), dtype=bool)), rng=rng)
