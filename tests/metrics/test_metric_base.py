"""The general interval, null and guards of a metric, on metrics whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from comparisons import as_synthetic, comparison_of, numbers, real_thirds, split
from conftest import make_cohort
from fewfold.core.cards import MetricCard
from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.base import FEWEST_SPLITS, NULL_SPLITS, Comparison, Metric, average, null_splits, share_interval

CARD = {"title": "t", "family": "fidelity", "question": "q", "better": "lower"}


class MeanGap(Metric):
    """Difference between the means of synthetic and holdout values, and a diary of what it was asked."""

    card = MetricCard(name="mean_gap", bounds=(-np.inf, np.inf), min_subjects=5, **CARD)

    def __init__(self) -> None:
        self.asked: list[Comparison] = []

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        self.asked.append(comparison)
        return float(comparison.synthetic.matrix[:, 0].mean() - comparison.holdout.matrix[:, 0].mean())


class Sometimes(MeanGap):
    """Has no number for half of the re-splits, or for most."""

    card = MetricCard(name="sometimes", bounds=(-np.inf, np.inf), min_subjects=5, **CARD)
    share = 0.3

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        if rng.random() < self.share:
            raise NotApplicable("no luck")
        return super()._value(comparison, rng)

    def _interval(self, comparison, value, rng):  # type: ignore[no-untyped-def]
        return share_interval(1, 2)


def test_the_jackknife_gives_the_standard_error_of_a_mean() -> None:
    x = np.random.default_rng(0).normal(size=(3, 100, 1)) * [[[1.0]], [[2.0]], [[3.0]]]
    found = MeanGap().measure(numbers(*x), rng=0)
    half = t.ppf(0.975, 19) * np.sqrt(x[1].var(ddof=1) / 100 + x[2].var(ddof=1) / 100)
    assert found.value == pytest.approx(x[2].mean() - x[1].mean())
    assert found.high - found.value == pytest.approx(half, rel=0.35)  # one draw of 20 groups
    halves = [MeanGap().measure(numbers(*x), rng=seed) for seed in range(30)]
    assert np.sqrt(np.mean([(e.high - e.value) ** 2 for e in halves])) == pytest.approx(half, rel=0.07)


def test_the_jackknife_covers_the_truth() -> None:
    covered = 0
    for seed in range(100):
        x = np.random.default_rng(seed).normal(size=(3, 40, 1))
        estimate = MeanGap()._interval(numbers(*x), float(x[2].mean() - x[1].mean()), np.random.default_rng(seed))
        covered += estimate.low <= 0 <= estimate.high
    assert covered >= 90


def test_interval_and_null_go_by_patient() -> None:
    """Ten equal rows a patient: the interval is that of the patients, ten times the patients would be narrower."""
    variables = [Variable(name="patient", kind="integer", role="subject"), Variable(name="x", kind="numeric")]
    rng = np.random.default_rng(0)
    single = [pd.DataFrame({"patient": np.arange(30) + 100 * k, "x": rng.normal(size=30)}) for k in range(3)]
    many = [frame.loc[np.repeat(np.arange(30), 10)].reset_index(drop=True) for frame in single[:2]]
    probe = MeanGap()
    repeated = probe.measure(comparison_of(*many, single[2], variables), rng=0)
    alone = MeanGap().measure(comparison_of(*single, variables), rng=0)
    assert repeated.n == alone.n == 30
    assert repeated.high - repeated.low == pytest.approx(alone.high - alone.low, rel=0.3)
    for asked in probe.asked:
        for cohort in (asked.train, asked.holdout):
            assert set(np.unique(cohort.table["patient"], return_counts=True)[1]) == {10}


def test_the_null_keeps_the_sizes_and_takes_the_stand_in() -> None:
    comparison = numbers(*(np.random.default_rng(0).normal(size=(n, 1)) for n in (40, 30, 25)))
    for side in ("train", "holdout"):
        probe = MeanGap()
        probe.card = MetricCard(name="x", bounds=(-9, 9), stand_in=side, **CARD)  # type: ignore[misc, arg-type]
        probe.null_values(comparison, 3, rng=np.random.default_rng(0))
        for asked in probe.asked:
            assert (len(asked.train), len(asked.holdout), len(asked.synthetic)) == (40, 30, 25)
            assert set(asked.synthetic.table["a0"]) <= set(getattr(asked, side).table["a0"])
        assert set(probe.asked[0].train.table["a0"]) != set(probe.asked[1].train.table["a0"])


def test_synthetic_rows_are_cut_to_the_size_of_the_real_ones() -> None:
    x = [np.random.default_rng(k).normal(size=(n, 1)) for k, n in enumerate((20, 20, 200))]
    probe = MeanGap()
    found = probe.measure(numbers(*x), rng=0)
    assert max(len(asked.synthetic) for asked in probe.asked) == 20
    firsts = probe.asked[:5]  # the mean over five random cuts
    assert len({tuple(c.synthetic.table["a0"]) for c in firsts}) == 5
    assert found.value == pytest.approx(np.mean([c.synthetic.matrix.mean() - c.holdout.matrix.mean() for c in firsts]))
    assert found.n == 20


def test_re_splits_without_a_number_leave_the_null_to_the_others() -> None:
    comparison = numbers(*np.random.default_rng(0).normal(size=(3, 30, 1)))
    assert Sometimes()._null(comparison, NULL_SPLITS, np.random.default_rng(0)) is not None
    rarely = Sometimes()
    rarely.share = 0.9
    assert rarely._null(comparison, NULL_SPLITS, np.random.default_rng(0)) is None


def test_a_null_has_fewer_re_splits_of_many_patients_and_as_many_where_rows_are_drawn() -> None:
    def of(n: int) -> Comparison:
        return numbers(*np.random.default_rng(0).normal(size=(3, n, 1)))

    assert [null_splits(of(n)) for n in (30, 300, 600, 2000)] == [199, 199, 100, 30]
    assert null_splits(of(50_000)) == FEWEST_SPLITS

    class Drawing(MeanGap):
        card = MetricCard(name="drawing", bounds=(-np.inf, np.inf), most_rows=100, **CARD)

    many = of(600)
    plain, drawing = MeanGap().measure(many, rng=0).null, Drawing().measure(many, rng=0).null
    assert plain is not None
    assert drawing is not None
    assert len(plain.draws) == len(drawing.draws) == 100


def test_no_interval_where_a_group_of_patients_decides() -> None:
    class Fragile(MeanGap):
        def _value(self, comparison: Comparison, rng: Rng) -> float:
            return 1.0 if len(comparison.synthetic) == 30 else float("nan")

    with pytest.raises(NotApplicable):
        Fragile().measure(numbers(*np.random.default_rng(0).normal(size=(3, 30, 1))), rng=0)


def test_average_leaves_out_what_is_not_known() -> None:
    assert average([1.0, float("nan"), 3.0]) == 2
    assert np.isnan(average([float("nan")]))
    assert np.isnan(average([]))


def test_a_patient_on_both_sides_is_refused() -> None:
    cohort = make_cohort(40)
    with pytest.raises(Leakage, match="10 in both"):
        Comparison(cohort.take(np.arange(25)), cohort.take(np.arange(15, 40)), as_synthetic(cohort))
    repeated = make_cohort(40, rows_per_subject=2)
    with pytest.raises(Leakage, match="1 in both"):  # different rows of one patient
        Comparison(repeated.take(np.arange(19)), repeated.take(np.arange(19, 40)), as_synthetic(repeated))


def test_swapped_parts_are_refused() -> None:
    good = real_thirds(20)
    with pytest.raises(Leakage, match="other part"):
        Comparison(good.holdout, good.train, good.synthetic)


def test_synthetic_rows_are_never_real_ones() -> None:
    good = real_thirds(20)
    with pytest.raises(Leakage, match="among them"):
        Comparison(good.synthetic, good.holdout, good.train)
    with pytest.raises(Leakage, match="among them"):
        Comparison(good.train, as_synthetic(good.holdout), good.synthetic)


def test_other_columns_and_other_levels_are_refused() -> None:
    good = real_thirds(20)
    a, b = split(make_cohort(40, task="none"))
    with pytest.raises(BadInput, match="relapse"):
        Comparison(good.train, a, good.synthetic)
    variables = [v if v.name != "stage" else v.model_copy(update={"levels": (4, 3, 2, 1)}) for v in a.schema.variables]
    other = Cohort(a.table, Schema(variables=tuple(variables)), a.provenance)
    with pytest.raises(BadInput, match="stage"):
        Comparison(b, other, as_synthetic(a))
