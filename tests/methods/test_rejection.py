"""Rejection keeps the rules and never hides how often they were broken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import make_cohort
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import Repair
from fewfold.data.rules import violations
from fewfold.data.schema import Rule, Schema
from fewfold.methods.base import load, method
from fewfold.methods.drawn import Drawn
from fewfold.methods.rejection import rejected

LOW = Rule(name="low", require="bilirubin < 2")
ADULT = Rule(name="adult", require="age >= 40")


def ruled(*rules: Rule, task: str = "binary") -> Cohort:
    cohort = make_cohort(90, task=task)
    return Cohort.real(cohort.table, Schema(variables=cohort.schema.variables, rules=rules))


def counting(shares: list[float], seed: int = 0) -> Any:
    """A draw whose rows break the rule "first" where the uniform number of the row is above the share of its class."""
    rng = np.random.default_rng(seed)

    def draw(counts: Any) -> Drawn:
        code = np.repeat(np.arange(len(counts)), counts)
        return Drawn(np.column_stack([rng.random(len(code)) > np.array(shares)[code], code]).astype(float))

    return draw


def judged(drawn: Drawn) -> pd.DataFrame:
    return pd.DataFrame({"first": drawn.values[:, 0] > 0, "never": False})


def test_the_counts_are_kept_and_the_rate_is_that_of_the_first_draw() -> None:
    drawn, repair = rejected(counting([0.9, 0.2]), judged, np.array([300, 100]))
    assert drawn.values[:, 1].tolist() == [0.0] * 300 + [1.0] * 100
    assert not drawn.values[:, 0].any()
    first = counting([0.9, 0.2])(np.array([300, 100])).values[:, 0]
    assert repair == Repair(400, int(first.sum()), {"first": int(first.sum())}, repair.drawn)
    assert repair.rate == pytest.approx((300 * 0.1 + 100 * 0.8) / 400, abs=0.05)
    assert repair.drawn == pytest.approx(300 / 0.9 + 100 / 0.2, rel=0.15)


def test_rows_kept_are_those_that_would_have_been_drawn_without_rules() -> None:
    cohort = ruled(LOW, ADULT)
    fitted = method("gaussian_copula").fit(cohort, rng=0)
    free, kept = (fitted.sample(80, rng=1, rules=rules) for rules in ("ignore", "reject"))
    broken = violations(free)
    assert kept.provenance.repair is not None
    assert free.provenance.repair is None
    assert kept.provenance.repair.broken == broken.any(axis=1).sum()
    assert kept.provenance.repair.by_rule == {"low": broken["low"].sum(), "adult": broken["adult"].sum()}
    fine = free.modelled[~broken.any(axis=1).to_numpy()]
    assert {row.tobytes() for row in fine} <= {row.tobytes() for row in kept.modelled}


@pytest.mark.parametrize("name", ["gaussian_copula", "sequential_trees", "smote", "adasyn", "noise_jitter"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous"])
def test_a_method_keeps_rules_counts_and_seeds(name: str, task: str) -> None:
    if task == "continuous" and name in ("smote", "adasyn"):
        return
    fitted = method(name, rules="reject").fit(ruled(LOW, ADULT, task=task), rng=0)
    made, again = fitted.sample(120, rng=3), fitted.sample(120, rng=3)
    assert not violations(made).any(axis=None)
    assert len(made) == 120
    assert made.class_counts == fitted.sample(120, rng=3, rules="ignore").class_counts
    assert made.modelled.tobytes() == again.modelled.tobytes()
    assert made.provenance.repair == again.provenance.repair
    assert made.provenance.repair is not None
    assert made.provenance.repair.broken > 0
    assert made.provenance.records[0].params["rules"] == "reject"


def test_sources_follow_their_rows() -> None:
    cohort = ruled(LOW, ADULT)
    made = method("duplication").fit(cohort, rng=0).sample(100, rng=0, rules="reject")
    assert cohort.modelled[made.provenance.sources[:, 0]].tobytes() == made.modelled.tobytes()


def test_repairs_inside_the_draws_of_trees_are_told_too() -> None:
    """What the trees mend themselves was broken all the same, as often as about in rows drawn without the rule."""
    free = method("sequential_trees").fit(ruled(), rng=0).sample(2000, rng=1)
    expected = violations(Cohort(free.table, ruled(LOW).schema, free.provenance))["low"].mean()
    made = method("sequential_trees").fit(ruled(LOW), rng=0).sample(2000, rng=1)
    assert made.provenance.repair is not None
    assert made.provenance.repair.rate == pytest.approx(expected, abs=0.03)
    assert expected > 0.1
    assert violations(made)["low"].mean() < 0.02  # ten draws are not always enough


def test_a_stream_tells_the_sum() -> None:
    fitted = method("gaussian_copula", rules="reject").fit(ruled(LOW), rng=0)
    pieces = list(fitted.stream(100, rng=0, chunk_rows=30))
    whole = Cohort.concat(pieces)
    assert whole.class_counts == fitted.sample(100, rng=0, rules="ignore").class_counts
    assert not violations(whole).any(axis=None)
    assert whole.provenance.repair is not None
    repairs = [piece.provenance.repair for piece in pieces]
    assert whole.provenance.repair.broken == sum(repair.broken for repair in repairs if repair)
    assert whole.provenance.repair.rows == 100


def test_real_rows_are_not_judged_in_an_expansion() -> None:
    cohort = ruled(LOW)
    grown = method("gaussian_copula").fit(cohort, rng=0).expand(cohort, 1.0, rng=0, rules="reject")
    broken = violations(grown)["low"].to_numpy()
    assert broken[:90].any()
    assert not broken[90:].any()


def test_what_almost_every_row_breaks_is_named() -> None:
    cohort = ruled(Rule(name="too old", require="age > 200"), LOW)
    with pytest.raises(NotApplicable, match=r"'too old' \(90 of 90 rows\)"):
        method("gaussian_copula").fit(cohort, rng=0).sample(90, rng=0, rules="reject")


def test_one_row_in_fifty_is_enough() -> None:
    drawn, _ = rejected(counting([0.02]), judged, np.array([200]))
    assert len(drawn.values) == 200


def test_the_parameter_is_saved_and_checked(tmp_path: Any) -> None:
    fitted = method("gaussian_copula", rules="reject").fit(ruled(LOW), rng=0)
    fitted.save(tmp_path / "fitted.npz")
    again = load(tmp_path / "fitted.npz")
    assert again.params == fitted.params == {"pool_subjects": 20, "rules": "reject"}
    assert again.sample(20, rng=0).modelled.tobytes() == fitted.sample(20, rng=0).modelled.tobytes()
    assert "rules" not in method("gaussian_copula").params
    with pytest.raises(BadInput, match="'ignore' or 'reject'"):
        method("gaussian_copula", rules="mend")
    with pytest.raises(BadInput, match="'ignore' or 'reject'"):
        fitted.sample(5, rng=0, rules="mend")
