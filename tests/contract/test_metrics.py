"""What holds for every metric in the catalogue. A new metric is tested by being there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from comparisons import as_synthetic, comparison_of, numbers, real_thirds
from conftest import make_cohort
from fewfold.core.cards import ALL_TARGETS
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Ints
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Variable
from fewfold.metrics.base import METRICS, Comparison, Estimate, metric

OF_IMAGES = ("image_copies",)  # they read pixels, and have tests of their own

every_metric = pytest.mark.parametrize(
    "name", [kind.card.name for kind in METRICS if not kind.card.roles and kind.card.name not in OF_IMAGES]
)

# how far a value may move with the order of the rows, and why
ORDER_MATTERS = {
    "c2st": (0.1, "the folds are dealt by position"),
    "source_by_class": (2.0, "the folds are dealt by position"),
    "shortcut_reliance": (1.0, "the folds are dealt by position"),
    "label_preservation": (1.0, "the folds are dealt by position"),
    "subgroups": (0.5, "the shuffles are drawn by position"),
    "trtr": (0.01, "an iterative solver stops at a tolerance"),
    "tstr": (0.01, "an iterative solver stops at a tolerance"),
    "trts": (0.01, "an iterative solver stops at a tolerance"),
    "real_plus_synthetic": (0.02, "an iterative solver stops at a tolerance, twice"),
}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Small matrices: threads would only wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize("name", [kind.card.name for kind in METRICS if kind.card.roles])
def test_roles_that_are_needed_are_named(name: str) -> None:
    """These metrics have tests of their own, with columns in the roles."""
    with pytest.raises(NotApplicable, match=METRICS.get(name).card.roles[-1]):
        metric(name).value(numbers(*np.random.default_rng(0).normal(size=(3, 30, 3))), rng=0)


@pytest.mark.parametrize("name", OF_IMAGES)
def test_metrics_of_pixels_say_that_a_table_has_none(name: str) -> None:
    with pytest.raises(NotApplicable, match="images"):
        metric(name).measure(numbers(*np.random.default_rng(0).normal(size=(3, 30, 3))), rng=0)


@pytest.mark.parametrize("name", METRICS.names())
def test_a_best_value_is_named_where_nearer_is_better(name: str) -> None:
    card = METRICS.get(name).card
    assert (card.better == "nearer") == (card.best is not None)


def measured(name: str, comparison: Comparison, seed: int = 0) -> Estimate | None:
    """The estimate; None where the metric says that it does not apply."""
    try:
        return metric(name).measure(comparison, rng=seed)
    except NotApplicable as absent:
        assert len(absent.reason) > 10
        return None


def well_formed(name: str, found: Estimate, n: int) -> None:
    low, high = METRICS.get(name).card.bounds
    assert low <= found.low <= found.value <= found.high <= high
    assert np.isfinite([found.low, found.value, found.high]).all()
    assert found.n == n
    assert found.null is not None
    assert low <= found.null.low <= found.null.high <= high
    assert found.p is None or 0 < found.p <= 1
    assert all(np.isfinite(v) for v in found.details.values())


def changed(comparison: Comparison, **parts: Any) -> Comparison:
    given = {"train": comparison.train, "holdout": comparison.holdout, "synthetic": comparison.synthetic}
    return Comparison(**{**given, **parts})


@every_metric
def test_the_card_is_complete(name: str) -> None:
    kind = METRICS.get(name)
    card = kind.card
    assert card.name == name == kind.__module__.rsplit(".", 1)[1]  # a metric is found in the file of its name
    assert card.family == kind.__module__.rsplit(".", 2)[1]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert card.title
    assert card.question.endswith("?")
    assert card.bounds[0] < card.bounds[1]
    assert card.min_subjects >= 10
    assert set(card.targets) <= set(ALL_TARGETS)
    assert all(re.match(r"10\.\d{4,}/|https://", reference) for reference in card.references)
    assert len(kind.__doc__ or "") > 80
    assert "anonym" not in f"{kind.__doc__} {card}".lower()


@every_metric
@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous", "none"])
def test_mixed_kinds_missing_values_and_every_target(name: str, task: str) -> None:
    comparison = real_thirds(45, task=task)
    if task not in METRICS.get(name).card.targets:
        with pytest.raises(NotApplicable, match=task):
            metric(name).measure(comparison, rng=0)
        return
    well_formed(name, metric(name).measure(comparison, rng=0), 45)
    assert metric(name).value(comparison, rng=3) == metric(name).value(comparison, rng=3)


@every_metric
def test_several_rows_a_patient(name: str) -> None:
    comparison = real_thirds(30, rows_per_subject=3)
    assert len(comparison.train) == 90
    well_formed(name, metric(name).measure(comparison, rng=0), 30)


@every_metric
def test_five_times_as_many_synthetic_rows(name: str) -> None:
    comparison = real_thirds(30)
    more = as_synthetic(make_cohort(150, seed=9))
    comparison = changed(comparison, synthetic=more)
    found = metric(name).measure(comparison, rng=0)
    well_formed(name, found, 30)
    assert found == metric(name).measure(comparison, rng=np.random.default_rng(0))


@every_metric
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    comparison, rng = real_thirds(45), np.random.default_rng(5)
    parts = (comparison.train, comparison.holdout, comparison.synthetic)
    shuffled = Comparison(*(c.take(rng.permutation(len(c))) for c in parts))
    tolerance = ORDER_MATTERS.get(name, (1e-9, ""))[0]
    a, b = (metric(name).value(c, rng=0) for c in (comparison, shuffled))
    assert a == pytest.approx(b, abs=tolerance)


@every_metric
def test_real_against_real_lies_in_the_null(name: str) -> None:
    outside = 0
    for seed in range(8):
        real = real_thirds(40, seed=seed)
        comparison = real  # its synthetic rows are fresh patients
        if METRICS.get(name).card.stand_in != "fresh":
            swapped = metric(name).real_against_real(real.train, real.holdout, 40, np.random.default_rng(seed))
            comparison = changed(swapped, synthetic=as_synthetic(swapped.synthetic))
        null = metric(name).null_values(comparison, 25, rng=np.random.default_rng(seed))
        value = metric(name).value(comparison, rng=seed)
        outside += not np.nanmin(null) <= value <= np.nanmax(null)
    assert outside <= 3  # 8 x 2/26 = 0.6 expected; more than 3 with probability 0.002


@every_metric
def test_nothing_is_modified(name: str) -> None:
    comparison = real_thirds(30)
    parts = (comparison.train, comparison.holdout, comparison.synthetic)
    before = [(c.table.copy(deep=True), c.matrix.copy(), c.y.copy(), c.subjects.copy()) for c in parts]
    metric(name).measure(comparison, rng=0)
    for cohort, (table, matrix, y, subjects) in zip(parts, before, strict=True):
        pd.testing.assert_frame_equal(cohort.table, table)
        np.testing.assert_array_equal(cohort.matrix, matrix)
        np.testing.assert_array_equal(cohort.y, y)
        np.testing.assert_array_equal(cohort.subjects, subjects)


@every_metric
@pytest.mark.parametrize("part", ["train", "holdout", "synthetic"])
def test_too_few_patients_give_a_reason(name: str, part: str) -> None:
    comparison = real_thirds(40)
    least = METRICS.get(name).card.min_subjects
    for n in (0, 1, least - 1):
        few = changed(comparison, **{part: getattr(comparison, part).take(np.arange(n))})
        for ask in (metric(name).value, metric(name).measure):
            with pytest.raises(NotApplicable, match=f"{least} patients"):
                ask(few, rng=0)


def table_of(value: Any, n: int = 30) -> Comparison:
    """Every cell the same: a number, or missing."""
    level = None if value is None else "a"
    frame = pd.DataFrame(
        {
            "x": np.full(n, np.nan if value is None else value),
            "z": pd.Categorical([level] * n, categories=["a", "b"]),
            "when": pd.to_datetime([None if value is None else "2020-01-01"] * n),
            "y": pd.Categorical(["n", "p"] * (n // 2), categories=["n", "p"]),
        }
    )
    variables = [
        Variable(name="x", kind="numeric", low=0),
        Variable(name="z", kind="categorical", levels=("a", "b")),
        Variable(name="when", kind="datetime"),
        Variable(name="y", kind="boolean", levels=("n", "p"), role="target"),
    ]
    return comparison_of(frame, frame, frame, variables)


@every_metric
@pytest.mark.parametrize("value", [None, 3.0])
def test_tables_that_say_nothing(name: str, value: float | None) -> None:
    """First all three, then the synthetic rows alone."""
    comparison = table_of(value)
    found = measured(name, comparison)
    if found is not None:
        well_formed(name, found, 30)
    real = real_thirds(30)
    full = real.train.table.reset_index(drop=True)
    gone = full.copy()
    for variable in real.train.schema.features:
        gone[variable.name] = None if value is None else full[variable.name].iloc[0]
        gone[variable.name] = gone[variable.name].astype(full[variable.name].dtype)
    empty = as_synthetic(Cohort.real(gone, real.train.schema))
    found = measured(name, changed(real, synthetic=empty))
    if found is not None:
        well_formed(name, found, 30)


@every_metric
def test_one_kind_of_variable_only(name: str) -> None:
    rng = np.random.default_rng(0)
    found = measured(name, numbers(*rng.normal(size=(3, 30, 3))))
    if found is not None:
        well_formed(name, found, 30)
    frames = [pd.DataFrame({"z": pd.Categorical.from_codes(rng.integers(0, 2, 30), ["a", "b"])}) for _ in range(3)]
    found = measured(name, comparison_of(*frames, [Variable(name="z", kind="boolean", levels=("a", "b"))]))
    if found is not None:
        well_formed(name, found, 30)


def shuffled_columns(real: Cohort, rng: np.random.Generator) -> Cohort:
    table = real.table.apply(lambda column: column.iloc[rng.permutation(len(column))].to_numpy())
    return as_synthetic(Cohort.real(table.astype(real.table.dtypes), real.schema))


def memoriser(real: Cohort, rng: np.random.Generator) -> Cohort:
    rows: Ints = rng.integers(0, len(real), 5 * len(real))
    return as_synthetic(real.take(rows), sources=real.table.index.to_numpy()[rows][:, None])


def squeezed(real: Cohort, rng: np.random.Generator) -> Cohort:
    table = real.table.copy()
    for name in ("age", "bilirubin"):
        table[name] = table[name].mean() + (table[name] - table[name].mean()) / 2
    table["diagnosed"] = table["diagnosed"].mean() + (table["diagnosed"] - table["diagnosed"].mean()) / 2
    table["diagnosed"] = table["diagnosed"].astype("datetime64[ns]")
    return as_synthetic(Cohort.real(table, real.schema))


def one_level(real: Cohort, rng: np.random.Generator) -> Cohort:
    return as_synthetic(real).with_column("origin", pd.Categorical(["a"] * len(real), categories=["a", "b", "c"]))


def filled_in(real: Cohort, rng: np.random.Generator) -> Cohort:
    table = real.table.fillna({"bilirubin": real.table["bilirubin"].median(), "origin": "a"})
    return as_synthetic(Cohort.real(table, real.schema))


def impossible(real: Cohort, rng: np.random.Generator) -> Cohort:
    return as_synthetic(real).with_column("age", np.where(np.arange(len(real)) % 10 == 0, -5.0, 40.0))


def without_the_young(real: Cohort, rng: np.random.Generator) -> Cohort:
    kept = np.flatnonzero((real.table["age"] > real.table["age"].median()).to_numpy())
    return as_synthetic(real.take(kept))


def mislabelled(real: Cohort, rng: np.random.Generator) -> Cohort:
    flipped = real.table["relapse"].map({"yes": "no", "no": "yes"})
    table = real.table.assign(relapse=pd.Categorical(flipped, categories=["yes", "no"]))
    return as_synthetic(Cohort.real(table, real.schema))


@pytest.mark.parametrize(
    ("fault", "name", "side"),
    [
        (memoriser, "exact_copies", "high"),
        (memoriser, "near_copies", "high"),
        (shuffled_columns, "association", "high"),
        (shuffled_columns, "mmd", "high"),
        (shuffled_columns, "energy", "high"),
        (squeezed, "ks", "high"),
        (squeezed, "wasserstein", "high"),
        (squeezed, "c2st", "high"),
        (one_level, "tvd", "high"),
        (filled_in, "missingness", "high"),
        (impossible, "rule_violations", "high"),
        (without_the_young, "coverage", "low"),
        (without_the_young, "recall", "low"),
        (squeezed, "vendi", "low"),
        (squeezed, "rke", "low"),
        (mislabelled, "tstr", "low"),
        (mislabelled, "trts", "low"),
        (mislabelled, "real_plus_synthetic", "low"),
    ],
)
def test_anchors_move_the_metric_that_asks_about_them(fault: Any, name: str, side: str) -> None:
    real = real_thirds(120, seed=1)
    comparison = changed(real, synthetic=fault(real.train, np.random.default_rng(0)))
    null = metric(name).null_values(comparison, 30, rng=np.random.default_rng(1))
    value = metric(name).value(comparison, rng=0)
    assert value > null.max() if side == "high" else value < null.min()


@pytest.mark.parametrize(
    "name",
    [
        *("ks", "tvd", "wasserstein", "association", "missingness", "mmd", "energy"),
        *("coverage", "density", "precision", "recall", "vendi", "rke"),
    ],
)
def test_a_memoriser_looks_like_real_data_to_what_is_no_privacy_metric(name: str) -> None:
    """Why fidelity alone proves nothing: copies of the training rows lie in the null."""
    real = real_thirds(60, seed=2)
    comparison = changed(real, synthetic=as_synthetic(real.train))
    null = metric(name).null_values(comparison, 40, rng=np.random.default_rng(1))
    assert null.min() <= metric(name).value(comparison, rng=0) <= null.max()
