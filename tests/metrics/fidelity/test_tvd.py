"""TVD against counts by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from comparisons import comparison_of
from fewfold.data.schema import Variable
from fewfold.metrics.base import metric


def test_counts_levels_and_missing_as_a_level() -> None:
    real = [*"aaaabbbb", None, None]  # a .4, b .4, c 0, missing .2
    made = [*"aabbbccc", "c", "c"]  # a .2, b .3, c .5
    same = [*"ddddddeeee"]
    frames = [
        pd.DataFrame({"x": pd.Categorical(x, categories=list("abc")), "y": pd.Categorical(same, categories=["d", "e"])})
        for x in (real, real, made)
    ]
    variables = [
        Variable(name="x", kind="categorical", levels=("a", "b", "c")),
        Variable(name="y", kind="boolean", levels=("d", "e")),
    ]
    expected = ((0.2 + 0.1 + 0.5 + 0.2) / 2 + 0) / 2
    assert metric("tvd").value(comparison_of(*frames, variables), rng=0) == pytest.approx(expected)
