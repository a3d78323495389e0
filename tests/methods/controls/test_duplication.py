"""Count-matched duplication."""

from __future__ import annotations

import numpy as np

from cohorts import make_cohort
from fewfold.methods.base import method


def test_duplication_uses_every_row_about_as_often() -> None:
    cohort = make_cohort()
    made = method("duplication").fit(cohort, rng=0).sample(rng=0, per_class={"yes": 100, "no": 20})
    np.testing.assert_array_equal(made.modelled, cohort.modelled[made.provenance.sources[:, 0]])
    uses = np.bincount(made.provenance.sources[:, 0], minlength=90)
    events = int((cohort.y == 1).sum())
    assert set(uses[cohort.y == 1]) == {100 // events, 100 // events + 1}
    assert set(uses[cohort.y == 0]) == {0, 1}
