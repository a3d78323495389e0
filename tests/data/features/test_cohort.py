"""Features as columns of their cohort."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.features.cohort import featured
from fewfold.data.features.handcrafted import handcrafted
from smears import smears


def test_each_row_has_the_features_of_its_own_image() -> None:
    cohort = smears(12).take(np.array([7, 2, 11]))
    made = featured(cohort, mask="cell")
    for row in range(3):
        told = handcrafted(cohort.blocks["image"][row], mask="cell")
        assert dict(made.table.iloc[row][list(told)]) == told
    assert made.table.index.tolist() == [7, 2, 11]
    assert made.schema.target == cohort.schema.target
    assert {variable.name for variable in made.schema.features} == set(told)


def test_refused() -> None:
    cohort = smears(12)
    with pytest.raises(BadInput, match="a cohort with images"):
        featured(replace(cohort, blocks={}))
    with pytest.raises(BadInput, match="Found mean, sd"):
        featured(featured(cohort))
