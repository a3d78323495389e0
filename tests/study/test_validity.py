"""Metrics of the synthetic rows inside a study."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cohorts import make_cohort
from fewfold.core.cards import MethodCard
from fewfold.data.cohort import Cohort
from fewfold.methods.base import METHODS, Drawn, Method
from fewfold.study.result import MetricRow, Result
from fewfold.study.study import Study
from study.small import SMALL

CHOSEN: dict[str, Any] = {
    **SMALL,
    "methods": ["late_copies"],
    "learners": ["logistic"],
    "repeats": 1,
    "metric_splits": 3,
    "metrics": ["exact_copies", "ks", "membership_nearest", "source_by_class"],
}


class LateCopies(Method):
    """Noise for as many rows of each class as there are patients in it, and copies of patients from there on."""

    card = MethodCard(
        name="late_copies", title="Late copies", family="generator", summary="A fault.", release="consortium"
    )

    def _fit(self, cohort: Cohort, rng: np.random.Generator) -> None:
        self.rows = cohort.modelled

    def _sample(self, labels: Any, n: int, rng: np.random.Generator) -> Drawn:
        drawn = []
        for label in np.unique(labels):
            own, asked = self.rows[self.rows[:, -1] == label], int((labels == label).sum())
            noisy = own[np.arange(min(asked, len(own)))].copy()
            noisy[:, 0] = rng.uniform(18, 90, len(noisy)).round()
            noisy[:, 1] = rng.lognormal(size=len(noisy))
            drawn += [noisy, own[np.arange(asked - len(noisy)) % len(own)]]
        return Drawn(np.vstack(drawn))

    def _state(self) -> Any:
        return {}, {}

    def _restore(self, arrays: Any, state: Any) -> None: ...


@pytest.fixture(scope="module", params=[1, 3])
def studied(request: pytest.FixtureRequest) -> tuple[int, Result]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METHODS._catalogue(), "late_copies", LateCopies)
        return request.param, Study(make_cohort(90), **{**CHOSEN, "ratios": sorted({1, request.param})}).run()


def row(result: Result, name: str) -> MetricRow:
    (found,) = [m for m in result.metrics if m.name == name and m.method == "late_copies"]
    return found


def test_privacy_is_read_on_all_rows_that_the_largest_ratio_adds(studied: tuple[int, Result]) -> None:
    most, result = studied
    copies, attack = row(result, "exact_copies"), row(result, "membership_nearest")
    assert (copies.ratio, attack.ratio, row(result, "membership_shadow").ratio) == (most, most, most)
    if most == 1:
        assert copies.value < 0.05
    else:
        assert copies.value == pytest.approx(2 / 3, abs=0.05)
        assert attack.value > 0.95
        assert attack.null is not None
        assert attack.null.high < 0.75


def test_all_else_is_read_at_equal_size(studied: tuple[int, Result]) -> None:
    assert row(studied[1], "ks").ratio == 1


def test_what_a_metric_says_beside_its_value_is_in_the_result(studied: tuple[int, Result]) -> None:
    told = row(studied[1], "source_by_class").details
    assert [name for name in told if name.startswith("synthetic share")]
