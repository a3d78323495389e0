"""The judgement of rows that another tool has made."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fewfold as ff
from cohorts import make_cohort
from fewfold.core.errors import BadInput, Leakage
from fewfold.study.result import Result
from fewfold.study.validate import validate, validate_files


def parts(n: int = 240, task: str = "binary"):
    cohort = make_cohort(n, task=task)
    return cohort.take(np.arange(n // 2)), cohort.take(np.arange(n // 2, n))


@pytest.fixture(scope="module")
def judged() -> Result:
    train, holdout = parts()
    synthetic = ff.method("gaussian_copula").fit(train, rng=0).sample(240, rng=1)
    return validate(train=train, holdout=holdout, synthetic=synthetic)


def test_the_same_keys_as_a_study(judged):
    assert {v.method for v in judged.verdicts} == {"supplied"}
    assert judged.verdicts[0].ratio == 2.0
    assert judged.negative_control.passed, judged.negative_control.statement
    assert judged.minimum_detectable_effect
    assert {m.family for m in judged.metrics} == {"utility", "fidelity", "diversity", "privacy", "plausibility"}
    assert all(m.null for m in judged.metrics if m.status == "ok" and m.family != "utility")
    assert Result.model_validate_json(judged.to_json()) == judged
    assert (judged.protocol.kind, judged.protocol.confirmatory) == ("validation", False)
    assert "locked" not in judged.methods_paragraph
    assert [m.method for m in judged.metrics if m.name == "trtr"] == ["none"]


def test_rows_of_shuffled_columns_are_found_out():
    train, holdout = parts(480)
    rng = np.random.default_rng(0)
    shuffled = train.table.apply(lambda column: column.to_numpy()[rng.permutation(len(column))])
    columns = {name: shuffled[name].astype(train.table[name].dtype) for name in shuffled}
    loose = ff.Cohort.real(shuffled.assign(**columns), train.schema)
    result = validate(train=train, holdout=holdout, synthetic=loose)
    codes = {f.code for f in result.findings}
    assert codes & {"FF502", "FF503"}
    assert result.verdicts[0].verdict != "helps"


def test_copies_of_training_patients_are_blocked():
    train, holdout = parts()
    result = validate(train=train, holdout=holdout, synthetic=ff.Cohort.real(train.table, train.schema))
    assert result.verdicts[0].verdict == "blocked"
    assert "FF301" in {f.code for f in result.findings}


def test_flipped_labels_harm():
    train, holdout = parts(400)
    flipped = ff.method("duplication").fit(train, rng=0).sample(600, rng=0)
    other = flipped.table["relapse"].cat.rename_categories({"yes": "no", "no": "yes"}).cat.set_categories(["yes", "no"])
    result = validate(train=train, holdout=holdout, synthetic=flipped.with_column("relapse", other))
    assert result.verdicts[0].verdict in ("harms", "blocked")
    assert any(f.code in ("FF202", "FF203", "FF301") for f in result.findings)


@pytest.mark.parametrize("task", ["multiclass", "continuous"])
def test_other_targets(task):
    train, holdout = parts(task=task)
    synthetic = ff.method("gaussian_copula").fit(train, rng=0).sample(120, rng=1)
    assert validate(train=train, holdout=holdout, synthetic=synthetic).verdicts[0].primary.estimate is not None


def test_a_patient_in_train_and_holdout_is_refused():
    train, _ = parts()
    with pytest.raises(Leakage, match="in both"):
        validate(train=train, holdout=train, synthetic=train)


def test_the_same_rows_as_train_and_holdout_are_refused_without_a_patient_column():
    train, _ = parts()
    nameless = train.schema.with_variables([train.schema["patient"].model_copy(update={"role": "ignore"})])
    same = ff.Cohort.real(train.table, nameless)
    later = ff.Cohort(same.table.set_axis(same.table.index + 1000), nameless, same.provenance)
    with pytest.raises(Leakage, match="120 of its 120 rows"):
        validate(train=same, holdout=later, synthetic=same)


def test_a_holdout_that_shares_some_rows_with_train_is_refused_with_what_to_do():
    train, holdout = parts()
    nameless = train.schema.with_variables([train.schema["patient"].model_copy(update={"role": "ignore"})])
    mixed = pd.concat([holdout.table.iloc[:90], train.table.iloc[:30]], ignore_index=True)
    with pytest.raises(Leakage, match="30 of its 120 rows in train too") as raised:
        validate(
            train=ff.Cohort.real(train.table, nameless),
            holdout=ff.Cohort.real(mixed, nameless),
            synthetic=ff.Cohort.real(train.table, nameless),
        )
    assert "Leave those rows out" in str(raised.value)


def test_rows_of_one_class_are_named_as_a_shortcut():
    train, holdout = parts()
    made = ff.method("gaussian_copula").fit(train, rng=0).sample(240, rng=1)
    result = validate(train=train, holdout=holdout, synthetic=made.take(np.flatnonzero(made.y == 1)))
    told = next(f for f in result.findings if f.code == "FF506" and "synthetic rows have" in f.detail)
    assert "'yes'" in told.detail


def test_too_few_patients_are_not_estimable():
    train, holdout = parts(40)
    result = validate(train=train, holdout=holdout, synthetic=train)
    assert result.verdicts[0].verdict == "not_estimable"
    assert not result.metrics
    assert not result.composition.final
    assert not result.provenance.algorithms


def test_three_files_with_unknown_levels_and_no_identifiers(tmp_path):
    train, holdout = parts()
    synthetic = ff.method("gaussian_copula").fit(train, rng=0).sample(120, rng=1)
    ff.write(train, tmp_path / "train.csv")
    ff.write(holdout, tmp_path / "holdout.csv")
    table = synthetic.table.drop(columns=["patient", "centre"])
    table["origin"] = table["origin"].astype(object)
    table.loc[3, "origin"] = "atlantis"
    table.to_csv(tmp_path / "synthetic.csv", index=False)
    files = [tmp_path / f"{name}.csv" for name in ("train", "holdout", "synthetic")]
    result = validate_files(*files, target="relapse", subject="patient")
    assert result.verdicts[0].method == "supplied"
    assert result.composition.initial.n == 120


def test_the_holdout_given_as_synthetic_is_refused():
    train, holdout = parts()
    with pytest.raises(Leakage, match="holdout rows among them"):
        validate(train=train, holdout=holdout, synthetic=ff.Cohort.real(holdout.table, holdout.schema))


def test_an_augmented_file_is_refused_by_name(tmp_path):
    train, holdout = parts()
    expanded = ff.method("gaussian_copula").fit(train, rng=0).expand(train, 1.0, rng=1)
    for name, cohort in (("train", train), ("holdout", holdout), ("augmented", expanded)):
        ff.write(cohort, tmp_path / f"{name}.csv")
    words = {"target": "relapse", "subject": "patient"}
    files = [tmp_path / f"{name}.csv" for name in ("train", "holdout", "augmented")]
    with pytest.raises(Leakage, match=r"synthetic rows only in augmented.csv. Found 120 of 240 rows"):
        validate_files(*files, **words)
    with pytest.raises(Leakage, match=r"real rows only in augmented.csv. Found 120 of 240 rows"):
        validate_files(files[2], files[1], files[2], **words)
    with pytest.raises(Leakage, match="120 real ones among 240"):
        validate(train=train, holdout=holdout, synthetic=expanded)


def test_files_with_other_codes_are_refused(tmp_path):
    train, holdout = parts()
    ff.write(train, tmp_path / "train.csv")
    ff.write(holdout, tmp_path / "holdout.csv")
    text = (tmp_path / "holdout.csv").read_text()
    (tmp_path / "coded.csv").write_text(text.replace(",f,", ",female,").replace(",m,", ",male,"))
    (tmp_path / "blank.csv").write_text(text.replace(",yes", ",").replace(",no", ","))
    words = {"target": "relapse", "subject": "patient"}
    with pytest.raises(BadInput, match="'sex'"):
        validate_files(tmp_path / "train.csv", tmp_path / "coded.csv", tmp_path / "train.csv", **words)
    with pytest.raises(BadInput, match="most rows of sex"):
        validate_files(tmp_path / "train.csv", tmp_path / "holdout.csv", tmp_path / "coded.csv", **words)
    with pytest.raises(BadInput, match="target in every synthetic row"):
        validate_files(tmp_path / "train.csv", tmp_path / "holdout.csv", tmp_path / "blank.csv", **words)
