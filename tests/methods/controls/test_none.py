"""No augmentation."""

from __future__ import annotations

from cohorts import make_cohort
from fewfold.methods.base import method


def test_none_gives_back_the_cohort() -> None:
    cohort = make_cohort()
    assert method("none").fit(cohort, rng=0).expand(cohort, 5.0, rng=0) is cohort
