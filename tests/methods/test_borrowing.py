"""Learning from a source: who may lend, how much is borrowed, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fewfold as ff
from cohorts import make_cohort
from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.data.source import source_from
from fewfold.methods import borrowing
from fewfold.methods.base import METHODS, load, method
from fewfold.methods.borrowing import borrow, worth

BORROWING = [kind.card.name for kind in METHODS if kind.card.borrows]
QUICK: dict[str, dict[str, Any]] = {
    name: {"steps": 100} for name in ("conditional_gan", "mixed_diffusion", "variational_autoencoder")
}
PAIRS, R = 3, 0.6


def world(n: int, seed: int, r: float = R, shift: float = 1.0) -> Cohort:
    """Three pairs of normal numbers, each correlated by ``r``; the mean of one differs by ``shift`` between classes."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2 * PAIRS))
    x[:, 1::2] = r * x[:, 0::2] + np.sqrt(1 - r * r) * x[:, 1::2]
    ill = rng.random(n) < 0.4
    x[ill, 0] += shift
    table = pd.DataFrame({f"x{j}": column for j, column in enumerate(x.T)})
    table["y"] = pd.Categorical(np.where(ill, "yes", "no"), categories=["no", "yes"])
    numbers = [Variable(name=f"x{j}", kind="numeric") for j in range(2 * PAIRS)]
    target = Variable(name="y", kind="boolean", role="target", levels=("no", "yes"), positive="yes")
    return Cohort.real(table, Schema(variables=(*numbers, target)))


def away(fitted: Any) -> float:
    """How far the correlations of drawn rows of one class are from the true ones: the root of the mean square."""
    drawn = np.corrcoef(fitted.sample(per_class={"no": 3000}, rng=1).matrix.T)
    truth = np.kron(np.eye(PAIRS), [[1, R], [R, 1]])
    return float(np.sqrt(np.mean((drawn - truth)[np.triu_indices(2 * PAIRS, 1)] ** 2)))


def others(n: int, **how: Any) -> Cohort:
    """Other patients of the world of ``make_cohort``."""
    made = make_cohort(n, seed=7, **how)
    return made.with_column("patient", made.table["patient"] + 1000)


# --- what it is worth ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "seeds"), [("gaussian_copula", 8), ("bayesian_network", 3)])
def test_a_related_source_brings_correlations_nearer_the_truth(name: str, seeds: int) -> None:
    alone, taught, shares = [], [], []
    for seed in range(seeds):
        cohort, source = world(30, seed), world(300, 1000 + seed)
        alone.append(away(method(name).fit(cohort, rng=seed)))
        fitted = method(name).fit(cohort, rng=seed, source=source)
        taught.append(away(fitted))
        assert fitted.borrowed is not None
        shares.append(fitted.borrowed.share)
    assert np.mean(taught) < 0.75 * np.mean(alone)
    assert np.mean(np.array(shares) > 0) > 0.6


@pytest.mark.parametrize(("name", "seeds", "loss"), [("gaussian_copula", 8, 0.01), ("bayesian_network", 4, 0.06)])
@pytest.mark.parametrize(("r", "shift"), [(-R, -1.0), (0.0, 0.0)])
def test_a_misleading_source_is_refused(name: str, seeds: int, loss: float, r: float, shift: float) -> None:
    lost, refused = [], []
    for seed in range(seeds):
        cohort, source = world(30, seed), world(300, 1000 + seed, r, shift)
        fitted = method(name).fit(cohort, rng=seed, source=source)
        lost.append(away(fitted) - away(method(name).fit(cohort, rng=seed)))
        refused.append(fitted.choice == "nothing from the source")
    assert np.mean(refused) >= 0.5
    assert np.mean(lost) < loss


def test_nothing_borrowed_is_no_source_to_the_last_bit() -> None:
    cohort, source = world(30, 0), world(300, 1000, -R)
    fitted = method("gaussian_copula").fit(cohort, rng=0, source=source)
    assert fitted.choice == "nothing from the source"
    alone = method("gaussian_copula").fit(cohort, rng=0)
    assert fitted.sample(50, rng=1).modelled.tobytes() == alone.sample(50, rng=1).modelled.tobytes()


def test_margins_are_those_of_the_cohort() -> None:
    cohort, source = world(40, 0), world(300, 1)
    shifted = source.with_column("x1", 50 + 9 * source.table["x1"])
    for name in ("gaussian_copula", "bayesian_network"):
        one, other = (method(name).fit(cohort, rng=0, source=lent) for lent in (source, shifted))
        made = one.sample(200, rng=1)
        assert made.table["x1"].between(cohort.table["x1"].min(), cohort.table["x1"].max()).all()
        assert made.modelled.tobytes() == other.sample(200, rng=1).modelled.tobytes()  # ranks alone are read


# --- how the share is chosen ---------------------------------------------------------------------------------------


def rule(gains: dict[float, float], over: dict[float, float], spread: float) -> borrowing.Borrowed:
    """What is chosen where shares gain so much over nothing and over a shuffled source, with noise in half of it."""
    cohort, source = make_cohort(50), others(60)
    sign = np.resize([-1.0, 1.0], len(cohort))

    def lend(lent: Cohort) -> Any:
        def log_density(train: Any, test: Any, share: float) -> Floats:
            gain = gains.get(share, 0.0) - (0.0 if lent is source else over.get(share, 0.0))
            told: Floats = gain + (spread * sign[test] if share and lent is source else 0 * sign[test])
            return told

        return log_density

    return borrow(cohort, source, lend, np.random.default_rng(0))


def test_the_gain_is_reported_with_its_standard_error() -> None:
    found = rule({0.5: 1.0}, {0.5: 0.4}, 0.3)
    tried = {one.share: one for one in found.tried}[0.5]
    assert (tried.gain, tried.over_shuffled) == (pytest.approx(1.0), pytest.approx(0.4))
    error = 0.3 * np.sqrt(50 / 49) / np.sqrt(50)  # of 25 patients above and 25 below by 0.3
    assert (tried.error, tried.over_shuffled_error) == (pytest.approx(error), pytest.approx(error))
    assert found.share == 0.5


def test_a_gain_within_its_standard_error_is_none() -> None:
    assert rule({0.5: 0.05}, {0.5: 0.05}, 0.3).share == 0.5
    assert rule({0.5: 0.04}, {0.5: 0.9}, 0.3).share == 0.0
    assert rule({0.5: 0.9}, {0.5: 0.04}, 0.3).share == 0.0


def test_what_any_other_cohort_would_tell_is_no_reason_to_borrow() -> None:
    assert rule({0.8: 1.0}, {0.8: 0.01}, 0.3).share == 0.0
    assert rule({0.2: 0.3, 0.8: 1.0}, {0.2: 0.2, 0.8: 0.01}, 0.3).share == 0.2


def test_no_patient_of_the_source_counts_more_than_one_of_the_cohort() -> None:
    assert worth(0.5, 30, 400) == pytest.approx(30)
    assert worth(0.8, 30, 400) == pytest.approx(120)
    assert worth(0.8, 30, 50) == 50
    assert worth(0.0, 30, 50) == 0


# --- who may lend --------------------------------------------------------------------------------------------------


def refused(cohort: Cohort, source: Cohort, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        method("gaussian_copula").fit(cohort, rng=0, source=source)


def test_patients_of_the_cohort_are_refused() -> None:
    cohort = make_cohort(60)
    refused(cohort, make_cohort(200, seed=7), Leakage, "60 of them in both")
    one = others(200).table["patient"].where(lambda p: p != 1001, 5)
    refused(cohort, others(200).with_column("patient", one), Leakage, "1 of them in both, such as 5")


def test_rows_of_the_cohort_are_known_without_names() -> None:
    everybody = world(300, 0)
    cohort, rest = everybody.take(np.arange(30)), everybody.take(np.arange(30, 300))
    refused(cohort, everybody, Leakage, "30 of 30 rows of the cohort in it")
    assert method("gaussian_copula").fit(cohort, rng=0, source=rest).borrowed is not None


def test_synthetic_and_holdout_rows_are_refused() -> None:
    cohort, source = make_cohort(60), others(100)
    made = method("duplication").fit(source, rng=0).sample(50, rng=0)
    refused(cohort, made, Leakage, "holdout or synthetic")
    refused(cohort, Cohort.concat([source, made]), Leakage, "holdout or synthetic")
    refused(cohort, source.as_part("holdout"), Leakage, "holdout or synthetic")


def test_other_variables_are_named() -> None:
    cohort, source = make_cohort(60), others(100)

    def with_schema(*drop: str, **changed: Any) -> Cohort:
        variables = []
        for v in source.schema.variables:
            if v.name not in drop:
                variables.append(v.model_copy(update=changed) if v.name == "stage" else v)
        return Cohort.real(source.table[[v.name for v in variables]], Schema(variables=tuple(variables)))

    refused(cohort, with_schema("age", "sex"), BadInput, "missing: age, sex")
    refused(cohort, with_schema(kind="categorical"), BadInput, "'stage' has kind 'categorical', not 'ordinal'")
    refused(cohort, with_schema(levels=(1, 2, 3, 4, 5)), BadInput, "'stage' has levels")
    refused(cohort, with_schema(unit="mg"), BadInput, "'stage' has unit 'mg'")
    fewer = cohort.schema.with_variables([Variable(name="age", kind="integer", role="ignore")])
    refused(Cohort.real(cohort.table, fewer), source, BadInput, "too many: age")
    unknown = source.with_column("relapse", source.table["relapse"].mask(np.arange(100) < 3))
    refused(cohort, unknown, BadInput, "3 rows without one")


def test_a_method_that_cannot_borrow_says_which_can() -> None:
    with pytest.raises(BadInput, match="gaussian_copula"):
        method("smote").fit(make_cohort(60), rng=0, source=others(100))


def test_a_file_is_read_as_the_cohort_is(tmp_path: Path) -> None:
    cohort, source = make_cohort(60), others(100)
    table = source.table.drop(columns="centre").assign(ward="seven")
    table.loc[:4, "relapse"] = np.nan
    table.to_csv(tmp_path / "registry.csv", index=False)
    read = ff.read_source(tmp_path / "registry.csv", like=cohort)
    assert len(read) == 95
    assert read.schema.modelled == cohort.schema.modelled
    np.testing.assert_allclose(read.modelled, source.modelled[5:])
    with pytest.raises(BadInput, match="age"):
        source_from(table.drop(columns="age"), cohort.schema)
    with pytest.raises(BadInput, match="stage"):
        source_from(table.assign(stage=9), cohort.schema)


def test_a_wide_table_is_no_case_for_a_source() -> None:
    wide, more = (ff.datasets.make_linear(n, n_features=600, rng=n).cohort for n in (40, 60))
    with pytest.raises(NotApplicable, match="borrows for at most 500"):
        method("gaussian_copula").fit(wide, rng=0, source=more)


# --- every method that borrows -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BORROWING)
def test_every_method_that_borrows(name: str, tmp_path: Path) -> None:
    """The same seed gives the same rows; rows, file and refitting keep the record straight."""
    cohort, source = make_cohort(60), others(120)
    one, other = (method(name, **QUICK.get(name, {})).fit(cohort, rng=3, source=source) for _ in range(2))
    made = one.sample(25, rng=1)
    assert made.modelled.tobytes() == other.sample(25, rng=1).modelled.tobytes()
    assert one.borrowed is not None
    assert one.borrowed == other.borrowed
    assert (one.borrowed.patients, one.borrowed.rows, len(one.borrowed.sha256)) == (120, 120, 64)
    assert made.provenance.records[0].params["source"] == one.borrowed.on_record
    assert "source" not in one.params
    one.save(tmp_path / "fitted.npz")
    again = load(tmp_path / "fitted.npz")
    assert (again.borrowed, again.choice) == (one.borrowed, one.choice)
    assert again.sample(25, rng=1).modelled.tobytes() == made.modelled.tobytes()
    assert one.fit(cohort, rng=3).borrowed is None
    assert one.choice == ""
    alone = method(name, **QUICK.get(name, {})).fit(cohort, rng=3)
    assert one.sample(25, rng=1).modelled.tobytes() == alone.sample(25, rng=1).modelled.tobytes()


@pytest.mark.parametrize("task", ["multiclass", "continuous", "none"])
@pytest.mark.parametrize("name", ["gaussian_copula", "bayesian_network"])
def test_other_targets_and_gaps(name: str, task: str) -> None:
    cohort, source = make_cohort(50, task=task), others(150, task=task)
    source = source.with_column("bilirubin", source.table["bilirubin"] * np.nan)  # a variable that it lacks
    fitted = method(name).fit(cohort, rng=0, source=source)
    assert fitted.borrowed is not None
    assert len(fitted.borrowed.tried) == 3
    assert len(fitted.sample(30, rng=0)) == 30


def test_rows_of_a_patient_count_as_one() -> None:
    """A source in which every row stands three times, under one patient, lends what it lends with one row each."""
    cohort, source = make_cohort(50), others(80)
    thrice = Cohort.real(source.table.loc[np.repeat(source.table.index, 3)], source.schema)
    for name in ("gaussian_copula", "bayesian_network"):
        one, three = (method(name).fit(cohort, rng=0, source=lent).borrowed for lent in (source, thrice))
        assert one is not None
        assert three is not None
        for a, b in zip(one.tried, three.tried, strict=True):
            assert a.gain == pytest.approx(b.gain, abs=1e-6)
