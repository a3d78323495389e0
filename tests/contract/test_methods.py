"""What every method must do. A new method is under this suite without a line added here."""

from __future__ import annotations

import inspect
import json
import re
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cohorts
import fewfold
from fewfold.core.cards import ALL_TARGETS
from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema
from fewfold.methods.base import METHODS, Method, load, method

NAMES = [name for name in METHODS.names() if "table" in METHODS.get(name).card.modalities]
ADDING = [name for name in NAMES if METHODS.get(name).card.adds_rows]
FOLDERS = {"control": "controls", "oversampler": "oversamplers", "generator": "generators", "transform": "transforms"}

# method -> parameters with which it fits more quickly than by default; what it must do is the same.
QUICK: dict[str, dict[str, Any]] = {
    "auto": {"candidates": [{"method": "gaussian_copula"}], "ratios": [1.0]},
    "conditional_gan": {"steps": 100},
    "mixed_diffusion": {"steps": 100},
    "tree_flow": {"trees": 10},
    "variational_autoencoder": {"steps": 100},
    "dp_copula": {"epsilon": 1e5, "force": True},  # with next to no noise, so that what holds without any can be seen
    "dp_network": {"epsilon": 1e5, "force": True},
}
# what can be true of anybody, for the columns of the cohort that have no limits; days since 1970 for a date
LIMITS = {"bilirubin": (0.0, 60.0), "diagnosed": (10957.0, 14610.0), "fev": (-50.0, 200.0)}
# test -> method -> why the test does not hold for it.
REASONS: dict[str, dict[str, str]] = {
    "constant numbers": {
        "dp_copula": "draws numbers evenly within public cells; that all patients share one is not made known",
        "dp_network": "draws numbers evenly within public cells; that all patients share one is not made known",
    },
    "missingness": {
        "adasyn": "draws more often from rows near other classes, whose missing values may be more or fewer",
        "borderline_smote": "draws from rows at the border alone, whose missing values may be more or fewer",
    },
    "missing in one class": {
        "independent_marginals": "draws each column from the whole cohort, whatever the class",
    },
}


def quick(name: str) -> Method:
    """The method, ready to fit without delay."""
    return method(name, **QUICK.get(name, {}))


def thorough(name: str) -> Method:
    """As :func:`quick`, where quick networks have not learned what is asked."""
    return method(name) if name == "conditional_gan" else quick(name)


def excused(test: str, name: str, holds: bool) -> None:
    """Fail where ``holds`` is false without a written reason."""
    reason = REASONS.get(test, {}).get(name)
    assert holds or reason, f"{name} fails {test}, and no reason is written down"


def test_every_reason_names_a_method() -> None:
    assert {name for reasons in REASONS.values() for name in reasons} <= set(NAMES)


def for_card(name: str) -> str:
    """A target that the method is for."""
    targets = METHODS.get(name).card.targets
    return "binary" if "binary" in targets else targets[0]


def make_cohort(n: int = 90, **how: Any) -> Cohort:
    """As ``cohorts.make_cohort``, with limits of all numbers and dates, which a private method cannot do without."""
    made = cohorts.make_cohort(n, **how)
    known = (v for v in made.schema.variables if v.name in LIMITS)
    limited = [v.model_copy(update=dict(zip(("low", "high"), LIMITS[v.name], strict=True))) for v in known]
    return Cohort.real(made.table, made.schema.with_variables(limited))


@cache
def cohort(task: str = "binary", n: int = 90) -> Cohort:
    return make_cohort(n, task=task)


@cache
def fitted(name: str, task: str = "binary") -> Method:
    return quick(name).fit(cohort(task), rng=3)


def fit_on(name: str, table: Any, schema: Schema) -> Method:
    return quick(name).fit(Cohort.real(table, schema), rng=3)


def changed(schema: Schema, column: str, **values: Any) -> Schema:
    return Schema(variables=tuple(v.model_copy(update=values) if v.name == column else v for v in schema.variables))


def same(one: Cohort, other: Cohort) -> bool:
    return one.table.equals(other.table) and np.array_equal(one.provenance.sources, other.provenance.sources)


# --- what it says about itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_card_is_complete(name: str) -> None:
    kind = METHODS.get(name)
    card = kind.card
    assert re.fullmatch(r"[a-z][a-z0-9_]*", card.name)
    assert card.title
    assert card.cost
    assert card.summary.endswith(".")
    assert kind.__doc__
    assert f".{FOLDERS[card.family]}." in kind.__module__
    assert set(card.targets) <= set(ALL_TARGETS)
    assert card.targets
    assert card.min_subjects >= 1
    assert card.min_per_class >= 1
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", doi) for doi in card.references)
    assert card.references or card.family == "control"
    assert card.may_destroy or not card.adds_rows


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_json_and_come_back(name: str) -> None:
    default = method(name)
    signature = inspect.signature(type(default)).parameters.values()
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in signature)
    assert method(name, **json.loads(json.dumps(default.params))).params == default.params
    with pytest.raises(BadInput, match="no_such_parameter"):
        method(name, no_such_parameter=1)


# --- what it gives -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_fit_returns_itself(name: str) -> None:
    ready = quick(name)
    assert ready.fit(cohort(for_card(name)), rng=0) is ready


@pytest.mark.parametrize("name", NAMES)
def test_unfitted_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="fit"):
        quick(name).sample(3, rng=0)


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(ADDING)))
def test_a_method_without_rows_says_so(name: str) -> None:
    ready = quick(name).fit(cohort(), rng=0)
    assert len(ready.sample(0, rng=0)) == 0
    assert ready.expand(cohort(), 2.0, rng=0) is cohort()
    with pytest.raises(NotApplicable, match="adds no rows"):
        ready.sample(5, rng=0)


@pytest.mark.parametrize("task", ALL_TARGETS)
@pytest.mark.parametrize("name", NAMES)
def test_every_task_works_or_is_not_on_the_card(name: str, task: str) -> None:
    if task not in METHODS.get(name).card.targets:
        with pytest.raises(NotApplicable, match="draws no follow-up" if task == "survival" else f"not {task}"):
            quick(name).fit(cohort(task), rng=0)
    elif name in ADDING:
        made = fitted(name, task).sample(41, rng=1)
        assert len(made) == 41
        conforms(made, cohort(task))
    else:
        fitted(name, task)


def conforms(made: Cohort, train: Cohort) -> None:
    """Columns, types, levels and limits are those of the schema."""
    assert made.schema == train.schema
    assert made.table.index.is_unique
    assert list(made.table.columns) == train.schema.names
    if train.task == "survival":
        assert np.isfinite(made.y).all() and (np.abs(made.y) > 0).all()
    for variable in train.schema.modelled:
        column = made.table[variable.name]
        assert column.dtype == train.table[variable.name].dtype, variable.name
        known = made.modelled[:, train.schema.modelled.index(variable)]
        known = known[~np.isnan(known)]
        assert np.isfinite(known).all()
        assert (known >= (-np.inf if variable.low is None else variable.low)).all(), variable.name
        assert (known <= (np.inf if variable.high is None else variable.high)).all(), variable.name
        if variable.kind in ("integer", "datetime"):
            assert (known == np.round(known)).all(), variable.name
    target = train.schema.target
    assert target is None or not made.table[target.name].isna().any()


@pytest.mark.parametrize("name", ADDING)
def test_exactly_n_rows_in_proportion(name: str) -> None:
    train = cohort()
    for n in (1, 7, 90, 333):
        made = fitted(name).sample(n, rng=1)
        conforms(made, train)
        assert len(made) == n
        for level, count in train.class_counts.items():
            assert abs(made.class_counts[level] - n * count / len(train)) < 1


@pytest.mark.parametrize("name", ADDING)
def test_per_class_counts_are_met(name: str) -> None:
    have = cohort().class_counts
    for asked in ({"yes": 3, "no": 40}, {"yes": 17}, {"no": 1}):
        made = fitted(name).sample(rng=1, per_class=asked)
        assert made.class_counts == {"yes": 0, "no": 0} | asked
        assert (np.diff(made.y) >= 0).all()
    balanced = fitted(name).sample(rng=1, per_class="balance").class_counts
    assert {k: have[k] + balanced[k] for k in have} == dict.fromkeys(have, max(have.values()))


@pytest.mark.parametrize("name", NAMES)
def test_zero_rows(name: str) -> None:
    for made in (
        fitted(name).sample(0, rng=0),
        fitted(name).sample(rng=0, per_class={}),
        fitted(name).sample(rng=0, per_class={"yes": 0}),
    ):
        assert len(made) == 0
        conforms(made, cohort())


@pytest.mark.parametrize("name", ADDING)
@pytest.mark.parametrize("asked", [{"maybe": 2}, {"yes": -1}, {"yes": 1.5}, "equal"])
def test_counts_that_make_no_sense_are_refused(name: str, asked: Any) -> None:
    with pytest.raises(BadInput):
        fitted(name).sample(rng=0, per_class=asked)


@pytest.mark.parametrize("name", ADDING)
def test_seeds(name: str) -> None:
    before = np.random.get_state()  # noqa: NPY002 - that nobody touches it is what is tested
    one = quick(name).fit(cohort(), rng=3).sample(30, rng=5)
    assert same(one, fitted(name).sample(30, rng=5))
    assert same(one, fitted(name).sample(30, rng=np.random.default_rng(5)))
    assert not same(one, fitted(name).sample(30, rng=6))
    after = np.random.get_state()  # noqa: NPY002
    assert before[2] == after[2]
    assert np.array_equal(before[1], after[1])
    with pytest.raises(TypeError):
        fitted(name).sample(3, rng=None)


@pytest.mark.parametrize("name", NAMES)
def test_training_rows_are_not_touched(name: str) -> None:
    train, before = make_cohort(), make_cohort()
    ready = quick(name).fit(train, rng=0)
    if name in ADDING:
        made = ready.sample(40, rng=0)
        made.modelled[:] = -1.0
    pd.testing.assert_frame_equal(train.table, before.table)
    np.testing.assert_array_equal(train.modelled, before.modelled)
    assert train.provenance.sources.shape == (90, 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_second_fit_forgets_the_first(name: str) -> None:
    other = make_cohort(60, task="multiclass", seed=1)
    twice = quick(name).fit(cohort(), rng=0).fit(other, rng=3)
    fresh = quick(name).fit(other, rng=3)
    assert twice.class_counts == other.class_counts
    if name in ADDING:
        assert same(twice.sample(25, rng=0), fresh.sample(25, rng=0))


@pytest.mark.parametrize("name", NAMES)
def test_row_weights_are_positive_with_mean_1(name: str) -> None:
    weights = fitted(name).row_weights(cohort())
    assert weights.shape == (90,)
    assert (weights > 0).all()
    assert weights.mean() == pytest.approx(1.0)


# --- only training patients teach ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_holdout_and_synthetic_rows_are_refused(name: str) -> None:
    train, rest = cohort().take(np.arange(60)).as_part("train"), cohort().take(np.arange(60, 90)).as_part("holdout")
    synthetic = fitted("duplication").sample(5, rng=0)
    quick(name).fit(train, rng=0)
    for leaking in (rest, Cohort.concat([train, rest]), Cohort.concat([train, synthetic])):
        with pytest.raises(Leakage):
            quick(name).fit(leaking, rng=0)


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_a_target_are_refused(name: str) -> None:
    table = cohort().table.copy()
    table.loc[4, "relapse"] = None
    with pytest.raises(BadInput, match="relapse"):
        fit_on(name, table, cohort().schema)


@pytest.mark.parametrize("name", ADDING)
def test_provenance_is_complete(name: str) -> None:
    train = cohort().take(np.arange(89, 20, -1)).as_part("train")  # row labels are not positions
    ready = quick(name).fit(train, rng=0)
    made = ready.sample(50, rng=9)
    facts = made.provenance
    assert facts.is_synthetic.all()
    assert [(r.method, r.version, r.params) for r in facts.records] == [(name, fewfold.__version__, ready.params)]
    assert facts.records[0].seed.isdigit()
    sources = facts.sources
    assert sources.shape[0] == 50
    assert np.isin(sources, [-1, *train.table.index]).all()
    if sources.shape[1]:  # made from rows: the first parent is always there, and all are of the row's class
        assert (sources[:, 0] >= 0).all()
        classes = train.table["relapse"].reindex(sources.ravel()).to_numpy().reshape(sources.shape)
        assert (pd.isna(classes) | (classes == made.table["relapse"].to_numpy()[:, None])).all()
    subjects = made.table["patient"]
    assert subjects.is_unique
    assert not subjects.isin(train.table["patient"]).any()
    assert made.table["centre"].isna().all()


@pytest.mark.parametrize("name", ADDING)
def test_expand_puts_real_rows_first(name: str) -> None:
    grown = fitted(name).expand(cohort(), 0.5, rng=0)
    added = round(90 * fitted(name).advised(0.5))
    assert added == 45 or METHODS.get(name).card.chooses_ratio
    assert grown.provenance.is_synthetic.tolist() == [False] * 90 + [True] * added
    assert grown.take(np.arange(90)).modelled.tobytes() == cohort().modelled.tobytes()


# --- what real tables do -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ADDING)
def test_missingness_is_reproduced(name: str) -> None:
    train = cohort()
    made = thorough(name).fit(train, rng=0).sample(1000, rng=2)
    apart = np.abs(np.isnan(made.matrix).mean(axis=0) - np.isnan(train.matrix).mean(axis=0))
    assert (apart[~np.isnan(train.matrix).any(axis=0)] == 0).all()
    excused("missingness", name, bool((apart < 0.05).all()))


@pytest.mark.parametrize("name", ADDING)
def test_several_rows_a_patient(name: str) -> None:
    train = make_cohort(90, rows_per_subject=3)
    made = quick(name).fit(train, rng=0).sample(40, rng=0)
    conforms(made, train)


@pytest.mark.parametrize("name", ADDING)
@pytest.mark.parametrize("column", ["bilirubin", "age", "origin", "stage", "diagnosed"])
def test_a_column_that_was_never_observed_stays_so(name: str, column: str) -> None:
    table = cohort().table.copy()
    table[column] = table[column].mask(np.ones(len(table), dtype=bool))
    made = fit_on(name, table, cohort().schema).sample(30, rng=0)
    assert made.table[column].isna().all()


@pytest.mark.parametrize("name", ADDING)
def test_a_column_missing_in_one_class_stays_so(name: str) -> None:
    table = cohort().table.copy()
    events = table["relapse"] == "yes"
    table.loc[events, "bilirubin"] = np.nan
    table.loc[events, "origin"] = None
    made = fit_on(name, table, cohort().schema).sample(rng=0, per_class={"yes": 40, "no": 40})
    gone = made.table[["bilirubin", "origin"]].isna().groupby(made.table["relapse"], observed=True).mean()
    excused("missing in one class", name, bool((gone.loc["yes"] == 1).all()))
    assert (gone.loc["no"] < 0.8).all()


@pytest.mark.parametrize("name", ADDING)
def test_constant_columns_stay_constant(name: str) -> None:
    table = cohort().table.copy()
    table["bilirubin"], table["age"], table["sex"] = 1.25, 40.0, table["sex"].where(table["sex"] == "f", "f")
    made = fit_on(name, table, cohort().schema).sample(30, rng=0)
    kept = np.allclose(made.table["bilirubin"], 1.25, rtol=0, atol=1e-12) and bool((made.table["age"] == 40.0).all())
    excused("constant numbers", name, kept)
    assert (made.table["sex"] == "f").all()


@pytest.mark.parametrize("name", ADDING)
def test_more_columns_than_patients(name: str) -> None:
    base, rng = make_cohort(24), np.random.default_rng(0)
    extra = {f"gene{j}": rng.normal(size=24) for j in range(40)}
    gene = base.schema["bilirubin"].model_copy(update={"low": -10.0, "high": 10.0})
    added = tuple(gene.model_copy(update={"name": key}) for key in extra)
    wide = Cohort.real(base.table.assign(**extra), Schema(variables=base.schema.variables + added))
    made = thorough(name).fit(wide, rng=0).sample(30, rng=0)
    assert len(made) == 30
    assert np.isfinite(made.table[list(extra)].to_numpy()).all()


@pytest.mark.parametrize("name", ADDING)
def test_the_smallest_class_of_the_card_works_and_a_smaller_one_is_refused(name: str) -> None:
    train, smallest = cohort(), METHODS.get(name).card.min_per_class
    events, others = np.flatnonzero(train.y == 1), np.flatnonzero(train.y == 0)
    enough = train.take(np.concatenate([events[:smallest], others]))
    made = quick(name).fit(enough, rng=0).sample(rng=0, per_class={"yes": 12, "no": 3})
    assert made.class_counts == {"yes": 12, "no": 3}
    if smallest > 1:
        with pytest.raises(NotApplicable, match=f"'yes' has {smallest - 1}"):
            quick(name).fit(train.take(np.concatenate([events[: smallest - 1], others])), rng=0)


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_cohort_of_the_card_works_and_a_smaller_one_is_refused(name: str) -> None:
    train, card = cohort(), METHODS.get(name).card
    mixed = np.stack([np.flatnonzero(train.y == 1)[:20], np.flatnonzero(train.y == 0)[:20]], axis=1).ravel()
    ready = quick(name).fit(train.take(mixed[: card.min_subjects]), rng=0)
    if name in ADDING:
        assert len(ready.sample(11, rng=0)) == 11
    with pytest.raises(NotApplicable, match=f"needs {card.min_subjects} subjects"):
        quick(name).fit(train.take(mixed[: card.min_subjects - 1]), rng=0)


@pytest.mark.parametrize("name", ADDING)
def test_limits_are_kept_where_the_data_touch_them(name: str) -> None:
    train = cohort()
    schema = changed(train.schema, "age", low=float(train.table["age"].min()), high=float(train.table["age"].max()))
    schema = changed(schema, "bilirubin", low=train.table["bilirubin"].min(), high=train.table["bilirubin"].max())
    days = train.matrix[:, [v.name for v in train.schema.features].index("diagnosed")]
    schema = changed(schema, "diagnosed", low=days.min(), high=days.max())
    narrow = Cohort.real(train.table, schema)
    conforms(quick(name).fit(narrow, rng=0).sample(1000, rng=0), narrow)


@pytest.mark.parametrize("name", ADDING)
def test_what_was_never_seen_is_never_drawn(name: str) -> None:
    train = cohort()
    wider = ("a", "unseen", "b", "c")
    table = train.table.assign(origin=train.table["origin"].cat.set_categories(wider))
    made = fit_on(name, table, changed(train.schema, "origin", levels=wider)).sample(200, rng=0)
    assert set(made.table["origin"].dropna()) <= {"a", "b", "c"}


@pytest.mark.parametrize("name", NAMES)
def test_a_class_without_rows_adds_none_and_cannot_be_asked_for(name: str) -> None:
    train = cohort("multiclass")
    two = train.take(np.flatnonzero(train.y != 1))
    ready = quick(name).fit(two, rng=0)
    with pytest.raises(BadInput, match="'x', 'z'"):
        ready.sample(rng=0, per_class={"y": 3})
    if name in ADDING:
        assert ready.sample(30, rng=0).class_counts["y"] == 0
        assert ready.sample(rng=0, per_class="balance").class_counts["y"] == 0


# --- kept on disk, and streamed ------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ALL_TARGETS)
@pytest.mark.parametrize("name", NAMES)
def test_saved_and_loaded_gives_the_same_rows(name: str, task: str, tmp_path: Any) -> None:
    if task not in METHODS.get(name).card.targets:
        return
    path = tmp_path / "fitted.npz"
    fitted(name, task).save(path)
    again = load(path)
    assert again.params == fitted(name, task).params
    assert again.schema == fitted(name, task).schema
    assert again.class_counts == fitted(name, task).class_counts
    if name in ADDING:
        one, other = (m.sample(60, rng=4) for m in (fitted(name, task), again))
        assert one.modelled.tobytes() == other.modelled.tobytes()
        assert same(one, other)
    with np.load(path, allow_pickle=False) as archive:
        assert all(archive[key].dtype != object for key in archive.files)
    assert b"pickle" not in path.read_bytes()


@pytest.mark.parametrize("name", ADDING)
def test_a_stream_adds_up(name: str) -> None:
    pieces = list(fitted(name).stream(101, rng=1, chunk_rows=25))
    assert [len(piece) for piece in pieces] == [len(piece) for piece in fitted(name).stream(101, rng=2, chunk_rows=25)]
    assert max(map(len, pieces)) <= 26
    small = Cohort.concat(list(fitted(name).stream(64, rng=1, chunk_rows=3)))
    assert small.class_counts == fitted(name).sample(64, rng=0).class_counts
    whole = Cohort.concat(pieces)
    assert len(whole) == 101
    assert whole.class_counts == fitted(name).sample(101, rng=0).class_counts
    assert whole.table["patient"].is_unique
    again = Cohort.concat(list(fitted(name).stream(101, rng=1, chunk_rows=25)))
    assert whole.modelled.tobytes() == again.modelled.tobytes()
    first, second = (piece.modelled for piece in pieces[:2])
    assert first[: len(second)].tobytes() != second[: len(first)].tobytes()


def test_the_suite_catches_a_method_that_breaks_its_word() -> None:
    """The checks above can fail: a row out of limits, a wrong level and a wrong type are seen."""
    good = fitted("duplication").sample(20, rng=0)
    for column, bad in (("age", 40.5), ("age", 121.0), ("bilirubin", -1.0), ("bilirubin", np.inf)):
        with pytest.raises(AssertionError):
            conforms(good.with_column(column, good.table[column].where(good.table.index > 3, bad)), cohort())
    for column, other in (("sex", "category"), ("bilirubin", "float32")):
        wrong = pd.Series(["f"] * 20) if column == "sex" else good.table[column]
        with pytest.raises(AssertionError):
            conforms(good.with_column(column, wrong.astype(other)), cohort())
    with pytest.raises(AssertionError):
        excused("missingness", "duplication", holds=False)


def test_columns_that_no_method_draws_are_empty_and_of_their_kind() -> None:
    whole = cohort()
    roles = {"stage": "visit_time", "origin": "event", "diagnosed": "event_time"}
    schema = whole.schema.with_variables(
        [whole.schema[column].model_copy(update={"role": role}) for column, role in roles.items()]
    )
    real = Cohort.real(whole.table, schema)
    made = method("gaussian_copula").fit(real, rng=0).sample(5, rng=0)
    assert made.table[[*roles]].isna().all(axis=None)
    assert made.table[[*roles]].dtypes.equals(real.table[[*roles]].dtypes)
