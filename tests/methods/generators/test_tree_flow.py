"""The flow finds dependence that no copula has, and leaves the copula alone where there is none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import ndtri

from fewfold.core.errors import BadInput
from fewfold.methods.generators.gaussian_copula import GaussianCopula
from fewfold.methods.generators.tree_flow import TreeFlow
from methods.generators.worlds import known_world, numbers, of_class


def still(flow):
    """The same, with trees that move nothing."""
    flow.field = replace(flow.field, steps=np.zeros_like(flow.field.steps))
    return flow


@pytest.fixture(scope="module")
def bent():
    rng = np.random.default_rng(0)
    u = rng.normal(size=800)
    return numbers({"u": u, "w": u**2 + 0.4 * rng.normal(size=800)})


def bend(cohort):
    return stats.spearmanr(cohort.table["u"].abs(), cohort.table["w"]).statistic


def test_dependence_that_is_not_monotone_is_found(bent):
    flow = TreeFlow().fit(bent, rng=0)
    assert bend(flow.sample(2000, rng=1)) > 0.5 * bend(bent)
    assert abs(bend(still(flow).sample(2000, rng=1))) < 0.1


def test_without_a_step_the_rows_are_those_of_the_copula(bent):
    made = still(TreeFlow().fit(bent, rng=0)).sample(50, rng=1)
    pd.testing.assert_frame_equal(made.table, GaussianCopula().fit(bent, rng=0).sample(50, rng=1).table)


def test_what_the_copula_says_is_kept():
    real = known_world(1000)
    made = TreeFlow().fit(real, rng=0).sample(4000, rng=1)
    for level in ("yes", "no"):
        here, there = of_class(real, level), of_class(made, level)
        assert stats.ks_2samp(here["albumin"], there["albumin"]).statistic < 0.08
        assert there["copper"].isna().mean() == pytest.approx(here["copper"].isna().mean(), abs=0.05)
        both = [stats.spearmanr(part["albumin"], part["days"]).statistic for part in (here, there)]
        assert both[1] == pytest.approx(both[0], abs=0.12)
    assert (made.table["polyps"] == 0).mean() == pytest.approx(0.6, abs=0.05)


def test_a_row_ends_within_the_steps_of_its_values():
    real = known_world(400)
    flow = TreeFlow(trees=1).fit(real, rng=0)
    columns, within = flow._learn(real)
    end = flow._end(0, columns[within[0]], np.random.default_rng(0))
    names = [v.name for v in real.schema.features]
    for j in (names.index("stage"), names.index("polyps"), names.index("albumin")):
        own = columns[within[0], j]
        low, high = flow.margins[0][j].probabilities(own)
        inside = low < high
        assert inside.any() == (names[j] != "albumin")
        assert (end[inside, j] >= ndtri(low[inside])).all() and (end[inside, j] <= ndtri(high[inside])).all()
        back = flow.margins[0][j].quantile(stats.norm.cdf(end[:, j]))
        assert np.allclose(back[inside], own[inside])
    missing = np.isnan(columns[within[0], names.index("copper")])
    spread = end[missing, names.index("copper")]
    assert stats.kstest(spread, "norm").pvalue > 0.001


@pytest.mark.parametrize("trees", [0, True, 2.5])
def test_a_number_of_trees_that_makes_no_sense_is_refused(trees):
    with pytest.raises(BadInput, match="trees"):
        TreeFlow(trees=trees)
