"""One column by itself: quantiles, point masses, grids, limits."""

import numpy as np
import pytest
from scipy import stats

from fewfold.data.schema import Variable
from fewfold.methods.generators.margins import decimals, limits, margin, pack, point_masses, unpack

GRID = (np.arange(20_000) + 0.5) / 20_000
NUMBER = Variable(name="x", kind="numeric")


def test_a_continuous_margin_is_close_to_its_sample_and_stays_inside():
    values = np.random.default_rng(1).exponential(size=200)
    drawn = margin(values, np.empty(0)).quantile(GRID)
    assert stats.ks_2samp(values, drawn).statistic < 1 / 200 + 1e-3
    assert values.min() <= drawn.min() and drawn.max() <= values.max()
    assert len(np.unique(drawn)) == len(GRID)


def test_levels_come_at_their_rates_and_nothing_between_them():
    drawn = margin(np.array([0, 0, 0, 2, 2, 5, np.nan]), None).quantile(GRID)
    atoms, counts = np.unique(drawn, return_counts=True)
    assert atoms.tolist() == [0, 2, 5]
    assert counts / len(GRID) == pytest.approx([3 / 6, 2 / 6, 1 / 6], abs=1e-3)


def test_a_spike_of_zeros_is_kept_and_the_rest_is_smooth():
    values = np.concatenate([np.zeros(60), np.linspace(2, 9, 40)])
    drawn = margin(values, point_masses(values, np.arange(100))).quantile(GRID)
    assert (drawn == 0).mean() == pytest.approx(0.6, abs=1e-3)
    assert ((drawn > 0) & (drawn < 2)).mean() < 0.01
    assert len(np.unique(drawn[drawn >= 2])) > 1000


def test_point_masses_count_patients_not_rows():
    values = np.array([1, 1, 1, 2, 2, 2, 3, np.nan])
    assert point_masses(values, np.array([0, 0, 0, 1, 2, 3, 4, 5])).tolist() == [2]


def test_limits_hold_even_where_the_data_break_them():
    drawn = margin(np.array([-4.0, 1, 2, 3, 99]), np.empty(0), (0.0, 10.0)).quantile(GRID)
    assert 0 <= drawn.min() < 0.01 and 9.99 < drawn.max() <= 10


def test_declared_limits():
    assert limits(NUMBER) == (-np.inf, np.inf)
    assert limits(Variable(name="x", kind="numeric", low=0, high=5)) == (0, 5)


def test_a_margin_of_nothing_is_missing_and_of_one_value_is_that_value():
    assert np.isnan(margin(np.full(3, np.nan), None).quantile(GRID)).all()
    assert (margin(np.array([4.2]), np.empty(0)).quantile(GRID) == 4.2).all()


@pytest.mark.parametrize(
    ("values", "places"),
    [([1.0, 20, 300], 0), ([0.1, 2.5, np.nan], 1), ([1.25, 3], 2), ([np.pi, np.e], -1), ([12345.678, 1e6], 3)],
)
def test_the_grid_of_a_column_is_seen(values, places):
    assert decimals(np.array(values), NUMBER) == places


def test_integers_are_whole_whatever_the_values():
    assert decimals(np.array([0.5]), Variable(name="x", kind="integer")) == 0


def test_packing_loses_nothing():
    held = [margin(np.array(v), None) for v in ([1.0, 2], [np.nan], [3.0, 3, 4])]
    back = unpack(*pack(held))
    assert all((a.knots == b.knots).all() for a, b in zip(held, back, strict=True)) and len(back) == 3
