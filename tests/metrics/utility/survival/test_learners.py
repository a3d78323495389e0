"""Cox regression is a penalised partial likelihood; the forest sees what it does not; both learn from training rows."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import NelsonAalenFitter
from scipy.optimize import minimize

from fewfold.core.errors import NotApplicable
from fewfold.data.schema import Variable
from fewfold.metrics.utility.survival import cox
from fewfold.metrics.utility.survival.forest import _hazard
from fewfold.metrics.utility.survival.learners import SURVIVAL_LEARNERS
from fewfold.metrics.utility.survival.scores import c_index, evenly, marginal, risk_of

NAMES = sorted(SURVIVAL_LEARNERS)


def features(p: int) -> list[Variable]:
    return [Variable(name=f"a{j}", kind="numeric") for j in range(p)]


def followed(x: np.ndarray, log_hazard: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    true, end = rng.exponential(np.exp(-log_hazard)), rng.exponential(2.0, len(x))
    return np.where(true <= end, true, -end)


@pytest.mark.parametrize("rare", [False, True])
def test_cox_maximises_the_penalised_partial_likelihood(rare: bool) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 3))
    if rare:
        x[:, 2] = np.arange(60) == 0
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    y = followed(x, x[:, 0] - 0.5 * x[:, 1], 1)
    if rare:
        y[0] = np.abs(y).min() / 2  # who alone has it dies first
    order = np.argsort(-np.abs(y))

    def loss(b: np.ndarray) -> float:
        eta = x[order] @ b
        return float(-((y[order] > 0) * (eta - np.logaddexp.accumulate(eta))).sum() + (b**2).sum() / 2)

    b = minimize(loss, np.zeros(3)).x
    curves = SURVIVAL_LEARNERS["cox"].predict(x, y, x[:5], features(3), (0.3, 0.6, 0.9))
    apart = np.log(-np.log(curves))  # hazards are proportional
    assert apart - apart[0] == pytest.approx(np.tile(((x[:5] - x[0]) @ b)[:, None], 3), abs=0.02)


def test_coefficients_that_do_not_converge_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(size=(60, 3))
    monkeypatch.setitem(cox.STEPS, "max_steps", 1)
    with pytest.raises(NotApplicable, match="does not converge"):
        SURVIVAL_LEARNERS["cox"].predict(x, followed(x, x[:, 0], 1), x[:5], features(3), (0.3, 0.6))


def test_the_hazard_is_that_of_nelson_and_aalen() -> None:
    rng = np.random.default_rng(2)
    y = np.ceil(4 * rng.exponential(size=50)) / 4 * rng.choice([-1, 1], 50)
    known = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(np.abs(y), y > 0)
    at = np.array([0.1, 0.25, 0.6, 1.5])
    assert _hazard(np.ones((1, 50)), y, at)[0] == pytest.approx(known.cumulative_hazard_at_times(at).to_numpy())
    weights = rng.random((3, 50))
    doubled = _hazard(np.repeat(weights, 2, axis=1) / 2, np.repeat(y, 2), at)
    assert _hazard(weights, y, at) == pytest.approx(doubled)


@pytest.mark.parametrize("name", NAMES)
def test_who_dies_early_is_told(name: str) -> None:
    x = np.random.default_rng(3).normal(size=(500, 4))
    y = followed(x, 1.5 * x[:, 0], 4)
    curves = SURVIVAL_LEARNERS[name].predict(x[:200], y[:200], x[200:], features(4), evenly(y[:200]))
    assert ((curves >= 0) & (curves <= 1)).all() and (np.diff(curves, axis=1) <= 1e-12).all()
    assert c_index(y[200:], risk_of(curves)) > 0.72


def test_only_trees_see_an_interaction() -> None:
    x = np.random.default_rng(5).normal(size=(1000, 2))
    y = followed(x, 2.0 * np.sign(x[:, 0] * x[:, 1]), 6)
    cox, forest = (
        c_index(y[500:], risk_of(SURVIVAL_LEARNERS[name].predict(x[:500], y[:500], x[500:], features(2), evenly(y))))
        for name in ("cox", "survival_forest")
    )
    assert cox < 0.56 and forest > 0.66


@pytest.mark.parametrize("name", NAMES)
def test_without_an_event_or_a_feature_everybody_gets_one_curve(name: str) -> None:
    x = np.random.default_rng(7).normal(size=(40, 2))
    y = -np.arange(1.0, 41)
    learner = SURVIVAL_LEARNERS[name]
    assert (learner.predict(x, y, x[:3], features(2), (5.0, 10.0)) == 1).all()
    y[::2] *= -1
    told = learner.predict(np.ones((40, 2)), y, x[:3], features(2), (5.0, 10.0))
    assert told == pytest.approx(np.tile(marginal(y, np.array([5.0, 10.0])), (3, 1)))


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_follow_up_teach_nothing_and_gaps_are_filled(name: str) -> None:
    x = np.random.default_rng(8).normal(size=(60, 3))
    y = followed(x, x[:, 0], 9)
    x[::7, 1] = np.nan
    learner, at = SURVIVAL_LEARNERS[name], (0.2, 0.5)
    known = learner.predict(x, y, x[:4], features(3), at)
    more = learner.predict(np.vstack([x, x[:9]]), np.append(y, np.full(9, np.nan)), x[:4], features(3), at)
    assert known == pytest.approx(more, abs=1e-9) and np.isfinite(known).all()
