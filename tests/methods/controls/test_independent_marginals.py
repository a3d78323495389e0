"""The anchor keeps every margin and no dependence."""

import numpy as np
import pytest

from conftest import make_cohort
from fewfold.methods.base import method


def test_margins_stay_and_dependence_goes() -> None:
    cohort = make_cohort(90)
    made = method("independent_marginals").fit(cohort, rng=0).sample(rng=1, per_class={"yes": 10_000, "no": 10_000})
    for real, drawn in zip(cohort.matrix.T, made.matrix.T, strict=True):
        values = np.unique(real[~np.isnan(real)])
        assert np.isin(drawn[~np.isnan(drawn)], values).all()
        rates = [np.array([(column == value).mean() for value in values]) for column in (real, drawn)]
        assert rates[1] == pytest.approx(rates[0], abs=0.015)
        assert np.isnan(drawn).mean() == pytest.approx(np.isnan(real).mean(), abs=0.015)
    rows = ~np.isnan(made.modelled).any(axis=1)
    apart = np.corrcoef(made.modelled[rows].T) - np.eye(made.modelled.shape[1])
    assert np.abs(apart).max() < 0.05
    real = cohort.modelled[~np.isnan(cohort.modelled).any(axis=1)]
    assert np.abs(np.corrcoef(real.T) - np.eye(real.shape[1])).max() > 0.4  # there was something to lose


def test_a_continuous_target_is_drawn_by_itself_too() -> None:
    cohort = make_cohort(90, task="continuous")
    made = method("independent_marginals").fit(cohort, rng=0).sample(5000, rng=1)
    assert np.isin(made.y, cohort.y).all()
    stage = [v.name for v in cohort.schema.features].index("stage")
    assert abs(np.corrcoef(made.y, made.matrix[:, stage])[0, 1]) < 0.06
    assert abs(np.corrcoef(cohort.y, cohort.matrix[:, stage])[0, 1]) > 0.3
