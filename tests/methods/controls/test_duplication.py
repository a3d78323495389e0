"""Count-matched duplication."""

from __future__ import annotations

import numpy as np

from cohorts import make_cohort
from fewfold.data.features.cohort import featured
from fewfold.methods.base import method
from smears import smears


def test_duplication_uses_every_row_about_as_often() -> None:
    cohort = make_cohort()
    made = method("duplication").fit(cohort, rng=0).sample(rng=0, per_class={"yes": 100, "no": 20})
    np.testing.assert_array_equal(made.modelled, cohort.modelled[made.provenance.sources[:, 0]])
    uses = np.bincount(made.provenance.sources[:, 0], minlength=90)
    events = int((cohort.y == 1).sum())
    assert set(uses[cohort.y == 1]) == {100 // events, 100 // events + 1}
    assert set(uses[cohort.y == 0]) == {0, 1}


def test_images_come_with_the_rows() -> None:
    cohort = featured(smears(20)).as_part("train")
    made = method("duplication").fit(cohort, rng=0).sample(30, rng=1)
    for (source,), image in zip(made.provenance.sources, made.blocks["image"], strict=True):
        assert image is cohort.blocks["image"][source]
    assert "image" not in method("duplication").fit(make_cohort(), rng=0).sample(5, rng=1).blocks
