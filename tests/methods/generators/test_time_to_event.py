"""Times drawn from the model against lifelines' estimates of the times that it learned from."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from fewfold.methods.generators.time_to_event import CENSORED, TimeToEvent

N = 40_000


def followed(n: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two competing causes, the second one late, and censoring that is heavier early."""
    rng = np.random.default_rng(seed)
    first, second, end = rng.exponential(4, n), 2 + rng.exponential(5, n), rng.uniform(0.2, 9, n)
    times = np.minimum(np.minimum(first, second), end)
    return times, np.where(end <= np.minimum(first, second), CENSORED, np.where(first < second, 0, 1))


def curve(times: np.ndarray, happened: np.ndarray, at: np.ndarray) -> np.ndarray:
    return KaplanMeierFitter().fit(times, happened).survival_function_at_times(at).to_numpy()


@pytest.mark.parametrize("ends", ["events", "censoring"])
def test_both_curves_are_kept(ends: str) -> None:
    times, causes = followed()
    made, drawn = TimeToEvent.of(times, causes).draw(N, np.random.default_rng(1))
    at = np.quantile(times, np.linspace(0.05, 0.85, 15))
    real, synthetic = ((c != CENSORED) == (ends == "events") for c in (causes, drawn))
    assert np.abs(curve(times, real, at) - curve(made, synthetic, at)).max() < 0.03


def test_the_incidence_of_each_cause_is_kept() -> None:
    times, causes = followed(400)
    made, drawn = TimeToEvent.of(times, causes).draw(N, np.random.default_rng(1))
    at = np.quantile(times, np.linspace(0.1, 0.85, 10))
    for cause in (1, 2):
        shares = []
        for t, c in ((times, causes), (made, drawn)):
            fitted = AalenJohansenFitter(calculate_variance=False, jitter_level=1e-9, seed=0).fit(t, c + 1, cause)
            steps = fitted.cumulative_density_
            shares.append(np.interp(at, steps.index, steps.to_numpy()[:, 0]))
        np.testing.assert_allclose(*shares, atol=0.03)


def test_early_censoring_is_not_taken_for_survival() -> None:
    """Half are censored at once; the others have the event at a time that is uniform on 1 to 2."""
    times = np.concatenate([np.full(50, 0.5), np.linspace(1, 2, 50)])
    causes = np.repeat([CENSORED, 0], 50)
    made, drawn = TimeToEvent.of(times, causes).draw(N, np.random.default_rng(0))
    assert (drawn == CENSORED).mean() == pytest.approx(0.5, abs=0.02)
    assert set(made[drawn == CENSORED]) == {0.5}
    assert made[drawn == 0].mean() == pytest.approx(1.5, abs=0.02)


def test_without_events_all_are_censored_and_without_censoring_none() -> None:
    times, rng = np.linspace(1, 5, 20), np.random.default_rng(0)
    made, drawn = TimeToEvent.of(times, np.full(20, CENSORED)).draw(1000, rng)
    assert (drawn == CENSORED).all()
    assert made.min() >= 1
    assert made.max() <= 5
    made, drawn = TimeToEvent.of(times, np.zeros(20, dtype=np.int64)).draw(1000, rng)
    assert (drawn == 0).all()
    assert made.max() <= 5


def test_one_patient_is_enough() -> None:
    made, drawn = TimeToEvent.of(np.array([3.0]), np.array([1])).draw(5, np.random.default_rng(0))
    assert made.tolist() == [3.0] * 5
    assert drawn.tolist() == [1] * 5
    assert TimeToEvent.from_arrays(TimeToEvent.of(np.array([3.0]), np.array([1])).arrays()).last == 3.0
