"""TSTR, TRTS, TRTR and real + synthetic against scikit-learn, by patient."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score, roc_auc_score

from comparisons import as_synthetic, comparison_of, real_thirds
from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.utility.transfer import transfer


def three(task: str, seed: int = 0) -> tuple[list[pd.DataFrame], list[Variable]]:
    rng = np.random.default_rng(seed)
    frames = []
    for noise in (1.0, 1.0, 2.0):
        x = rng.normal(size=(70, 3))
        score = x @ [1.0, -0.5, 0.0] + noise * rng.normal(size=70)
        frame = pd.DataFrame(x, columns=list("abc"))
        frame["y"] = score if task == "continuous" else pd.Categorical.from_codes((score > 0).astype(int), ["n", "p"])
        frames.append(frame)
    variables = [Variable(name=name, kind="numeric") for name in "abc"]
    target = Variable(name="y", kind="numeric", role="target")
    if task == "binary":
        target = Variable(name="y", kind="boolean", role="target", levels=("n", "p"), positive="p")
    return frames, [*variables, target]


def by_scikit_learn(train: pd.DataFrame, test: pd.DataFrame, task: str) -> float:
    centre, scale = train[list("abc")].mean(), train[list("abc")].std(ddof=0)
    a, b = ((f[list("abc")] - centre) / scale for f in (train, test))
    if task == "continuous":
        return float(r2_score(test["y"], Ridge(1.0).fit(a, train["y"]).predict(b)))
    model = LogisticRegression(C=1.0).fit(a, train["y"].cat.codes)
    return float(roc_auc_score(test["y"].cat.codes, model.predict_proba(b)[:, 1]))


@pytest.mark.parametrize("task", ["binary", "continuous"])
def test_who_teaches_and_who_is_tested(task: str) -> None:
    (train, holdout, made), variables = three(task)
    comparison = comparison_of(train, holdout, made, variables)
    values = {name: metric(name).value(comparison, rng=0) for name in ("trtr", "tstr", "trts", "real_plus_synthetic")}
    trtr = by_scikit_learn(train, holdout, task)
    both = by_scikit_learn(pd.concat([train, made], ignore_index=True), holdout, task)
    assert values == pytest.approx(
        {
            "trtr": trtr,
            "tstr": by_scikit_learn(made, holdout, task),
            "trts": by_scikit_learn(train, made, task),
            "real_plus_synthetic": both - trtr,
        },
        abs=2e-3,
    )
    assert len(set(values.values())) == 4


def test_expanded_takes_the_place_of_train_plus_synthetic() -> None:
    comparison = real_thirds(60)
    same = Comparison(comparison.train, comparison.holdout, comparison.synthetic, expanded=comparison.train)
    assert metric("real_plus_synthetic").value(same, rng=0) == 0


def test_a_patient_counts_once() -> None:
    """Repeating the rows of one test patient changes nothing."""
    comparison = real_thirds(30)
    holdout = comparison.holdout
    once = transfer(comparison.train, holdout)
    again = holdout.take(np.concatenate([np.arange(30), np.repeat(3, 40)]))
    assert transfer(comparison.train, again) == pytest.approx(once)


def test_wrong_labels_ruin_tstr() -> None:
    comparison = real_thirds(80)
    table = comparison.synthetic.table.copy()
    table["relapse"] = pd.Categorical(table["relapse"].map({"yes": "no", "no": "yes"}), categories=["yes", "no"])
    wrong = as_synthetic(Cohort.real(table, comparison.train.schema))
    flipped = metric("tstr").value(Comparison(comparison.train, comparison.holdout, wrong), rng=0)
    assert flipped < 0.4 < 0.6 < metric("tstr").value(comparison, rng=0)


def test_rows_without_a_target_are_left_out_and_one_class_is_no_test() -> None:
    comparison = real_thirds(60)
    y = comparison.synthetic.y
    gone = comparison.synthetic.table["relapse"].where(np.arange(60) >= 20)
    some = comparison.synthetic.with_column("relapse", gone)
    kept = comparison.synthetic.take(np.arange(20, 60))
    assert transfer(some, comparison.holdout) == transfer(kept, comparison.holdout)
    one_class = comparison.synthetic.take(np.flatnonzero(y == 0))
    with pytest.raises(NotApplicable, match="train on"):
        transfer(one_class, comparison.holdout)
    with pytest.raises(NotApplicable, match="test on"):
        transfer(comparison.train, one_class)


def test_other_labels_or_patients_give_another_score() -> None:
    c = real_thirds(60, rows_per_subject=2)
    names = c.train.schema.target, c.train.schema.role("subject")
    assert names[0] is not None and names[1] is not None
    first = transfer(c.train, c.holdout)
    for part in ("train", "holdout"):
        for name in (v.name for v in names if v is not None):
            table = getattr(c, part).table
            mixed = getattr(c, part).with_column(name, table[name].sample(frac=1, random_state=0).set_axis(table.index))
            given = {"train": c.train, "holdout": c.holdout, part: mixed}
            same = part == "train" and name == names[1].name  # who a training row is from plays no part
            assert (transfer(given["train"], given["holdout"]) == first) == same
