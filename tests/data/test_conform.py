import numpy as np
import pandas as pd
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.conform import conform, conform_noted
from fewfold.data.infer import Note, infer_schema
from fewfold.data.schema import Schema, Variable

SCHEMA = Schema(
    variables=(
        Variable(name="id", kind="integer", role="subject"),
        Variable(name="centre", kind="categorical", role="site"),
        Variable(name="age", kind="integer"),
        Variable(name="bili", kind="numeric"),
        Variable(name="grade", kind="ordinal", levels=("low", "mid", "high")),
        Variable(name="seen", kind="datetime"),
        Variable(name="relapse", kind="boolean", role="target", levels=(0, 1), positive=1),
    )
)


def raw(**columns: object) -> pd.DataFrame:
    """Six rows of three patients, numbered as in a file."""
    frame = pd.DataFrame(
        {
            "id": [1, 1, 2, 2, 3, 4],
            "centre": ["n", "n", "s", "s", "n", "s"],
            "age": [50.0, 51, 60, 61, 70, np.nan],
            "bili": [0.5, 1.5, np.nan, 2, 3, 4],
            "grade": ["low", "mid", None, "high", "low", "low"],
            "seen": ["2020-01-02", None, "2020-03-04", "2020-05-06", "2020-07-08", "2020-09-10"],
            "relapse": [0, 0, 1, 1, 0, 1],
        },
        index=pd.RangeIndex(2, 8, name="row"),
    )
    return frame.assign(**columns)


def variable(**fields: object) -> Schema:
    return Schema(variables=(Variable.model_validate({"name": "x", **fields}),))


def refused(frame: pd.DataFrame, schema: Schema = SCHEMA, **options: object) -> str:
    with pytest.raises(BadInput) as caught:
        conform(frame, schema, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_dtypes_are_those_that_the_schema_asks_for() -> None:
    table = conform(raw(), SCHEMA).table
    assert table["age"].dtype == table["bili"].dtype == np.float64
    assert table["grade"].dtype == pd.CategoricalDtype(["low", "mid", "high"], ordered=True)
    assert table["relapse"].dtype == pd.CategoricalDtype([0, 1], ordered=False)
    assert table["seen"].dtype == "datetime64[ns]"
    assert table["id"].dtype == np.int64
    assert table.isna().sum().to_dict() == {
        "id": 0, "centre": 0, "age": 1, "bili": 1, "grade": 1, "seen": 1, "relapse": 0
    }  # fmt: skip
    assert table.index.tolist() == list(range(6))


def test_columns_come_into_the_order_of_the_schema() -> None:
    shuffled = raw()[["relapse", "seen", "grade", "bili", "age", "centre", "id"]]
    assert list(conform(shuffled, SCHEMA).table.columns) == SCHEMA.names


def test_columns_that_do_not_match_are_named_with_near_matches() -> None:
    told = refused(raw().rename(columns={"bili": "bilirubin", "age": "Age"}))
    assert "without 'age', 'bili'" in told and "unknown 'Age', 'bilirubin'" in told and "'Age' what the schema" in told
    assert "unknown 'spare'" in refused(raw(spare=1))
    assert "without 'bili'" in refused(raw().drop(columns="bili"))
    assert "more than once" in refused(pd.concat([raw(), raw()[["age"]]], axis=1))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"bili": [1, 2, np.inf, 4, -np.inf, 6]}, "beyond 1e+150. Found inf in row 4, -inf in row 6"),
        (
            {"bili": [1, 2, 1e308, 4, 5, 6]},
            "numbers in column 'bili', none beyond 1e+150. Found 1e+308 in row 4",
        ),
        ({"bili": ["1", "2", "n.d.", "<3", None, "6"]}, "Found 'n.d.' in row 4, '<3' in row 5"),
        ({"bili": pd.date_range("2020", periods=6)}, "numbers in column 'bili'"),
        ({"age": [1, 2, 3.5, 4, 5, 6]}, "whole numbers in column 'age' (integer). Found 3.5 in row 4"),
        ({"grade": ["low", "Mid", "hihg", None, "low", "low"]}, "Found 'Mid' in row 3, 'hihg' in row 4. Did you mean"),
        ({"seen": ["2020-01-02", "2020-13-01", None, None, None, None]}, "Found '2020-13-01' in row 3"),
        ({"seen": ["01/02/2020"] * 6}, "day and month cannot be told apart"),
        ({"seen": [43831.0] * 6}, "are no dates: 43831.0 in row 2"),
        ({"seen": ["9999-12-31"] * 6}, "dates from 1678 to 2261"),
        ({"seen": np.array(["9999-12-31"] * 6, dtype="datetime64[s]")}, "dates from 1678 to 2261"),
        ({"relapse": [0, 0, 1, 1, 0, 2]}, "levels 0, 1 in column 'relapse'. Found 2 in row 7"),
        ({"id": [1, 1, None, 2, 3, None]}, "none in rows 4, 7"),
        ({"centre": ["n", "s", "s", "s", "n", "s"]}, "one site ('centre') for each patient. Found 1 patient"),
        ({"relapse": [0, 1, 1, 0, 0, 1]}, "2 patients with several: 1, 2 (1: 0, 1)"),
        ({"relapse": [0, 0, 1, 1, 0, None]}, "none in 1 of 6 rows (row 7)"),
        ({"relapse": [None] * 6}, "Found none in any row"),
        ({"relapse": [1] * 6}, "in all 6 rows"),
        ({"relapse": [0, 0, 1, 1, 0, 0]}, "1 patient with 1. Merge that level with another, or drop it"),
    ],
)
def test_bad_values_are_named_with_their_rows(columns: dict[str, object], words: str) -> None:
    assert words in refused(raw(**columns))


def test_a_class_is_counted_in_patients_and_must_exist() -> None:
    several = raw().drop(index=[6, 7])  # two rows a class, of one patient
    assert "1 patient with 0" in refused(several)
    assert len(conform(several, SCHEMA, check_target=False)) == 4
    schema = SCHEMA.with_variables([Variable(name="relapse", kind="categorical", role="target", levels=(0, 1, 2))])
    assert "no patients with 2" in refused(raw(), schema)


def test_numbers_and_dates_stored_as_text_are_converted() -> None:
    table = conform(raw(bili=["1,5", "2", None, "3", "4", "5"], age=list("123456")), SCHEMA).table
    assert table["bili"].tolist()[:2] == [1.5, 2.0] and np.isnan(table["bili"][2])
    assert table["age"].tolist() == [1, 2, 3, 4, 5, 6]
    assert table["seen"][0] == pd.Timestamp("2020-01-02")


@pytest.mark.parametrize(
    ("levels", "values", "codes"),
    [
        ((0, 1), [1.0, 0.0, np.nan], [1, 0, -1]),
        ((0, 1), ["1", "0", None], [1, 0, -1]),
        ((0, 1), [True, False, None], [1, 0, -1]),
        ((False, True), [1, 0, np.nan], [1, 0, -1]),
        ((False, True), ["TRUE", "false", None], [1, 0, -1]),
        (("1", "2"), [2, 1.0, None], [1, 0, -1]),
        (("01", "02"), [2, 1, None], [1, 0, -1]),
        (("TRUE", "FALSE"), [False, True, None], [1, 0, -1]),
        ((0.0, 0.5, 1.0), [0.5, 0, "1"], [1, 0, 2]),
        (("1", 1), ["1", 1, None], [0, 1, -1]),
    ],
)
def test_levels_are_met_however_a_file_writes_them(levels: object, values: list[object], codes: list[int]) -> None:
    schema = variable(kind="categorical", levels=levels)
    column = conform(pd.DataFrame({"x": pd.Series(values, dtype=object)}), schema).table["x"]
    assert column.cat.codes.tolist() == codes
    assert [type(c) for c in column.cat.categories.tolist()] == [type(c) for c in schema["x"].levels or ()]


def test_two_levels_that_a_number_could_be_are_not_guessed() -> None:
    told = refused(pd.DataFrame({"x": [1.0]}), variable(kind="categorical", levels=("01", "001")))
    assert "Found 1.0 in row 0" in told


def test_zones_and_spans() -> None:
    stamps = pd.to_datetime(["2020-01-01T01:00:00+02:00", None], utc=True)
    assert conform(pd.DataFrame({"x": stamps}), variable(kind="datetime")).table["x"][0] == pd.Timestamp(
        "2019-12-31 23:00"
    )
    spans = pd.DataFrame({"x": pd.to_timedelta([36, None], unit="h")})
    assert conform(spans, variable(kind="duration")).table["x"][0] == 1.5
    assert conform(spans, variable(kind="duration", unit="h")).table["x"][0] == 36.0


def test_event_columns_get_the_levels_that_are_there() -> None:
    column = conform(pd.DataFrame({"x": [2, 0, 1]}), variable(kind="categorical", role="event")).table["x"]
    assert column.cat.categories.tolist() == [0, 1, 2] and column.tolist() == [2, 0, 1]


def test_rows_without_a_target_are_dropped_only_on_request_and_noted() -> None:
    frame = raw(relapse=[0, 0, 1, 1, 0, 1]).assign(id=[1, 2, 3, 4, 5, 6], relapse=[0, 0, 1, 1, None, None])
    done = conform_noted(frame, SCHEMA, drop_missing_target=True)
    assert len(done.cohort) == len(done.cohort.provenance.record) == 4
    assert done.notes == (Note("relapse", "left out 2 of 6 rows, which have no value of it"),)
    assert "drop_missing_target" in refused(frame)


def test_a_patient_s_class_and_site_are_filled_from_his_other_rows() -> None:
    done = conform_noted(raw(relapse=[0, None, None, 1, 0, 1], centre=["n", None, "s", "s", "n", "s"]), SCHEMA)
    assert done.cohort.table["relapse"].tolist() == [0, 0, 1, 1, 0, 1]
    assert done.cohort.table["centre"].tolist() == ["n", "n", "s", "s", "n", "s"]
    assert {note.variable: note.text[:16] for note in done.notes} == {
        "relapse": "filled in 2 rows", "centre": "filled in 1 rows"
    }  # fmt: skip
    assert done.cohort.table["grade"].isna().sum() == 1  # a value that may change is not


def test_several_classes_a_patient_and_targets_that_vary() -> None:
    torn = raw(relapse=[0, 1, 1, 0, 0, 1])
    assert conform(torn, SCHEMA, several_classes=True).table["relapse"].tolist() == [0, 1, 1, 0, 0, 1]
    schema = SCHEMA.with_variables([Variable(name="relapse", kind="numeric", role="target")])
    assert conform(torn, schema).task == "continuous"


def test_synthetic_rows_of_another_tool() -> None:
    made = raw(grade=["low", "Mid", "x", None, "low", "low"], relapse=[1] * 6, age=[50.3] * 6).drop(
        columns=["id", "centre"]
    )
    done = conform_noted(made.assign(spare=1), SCHEMA, unknown_levels="missing")
    assert done.unknown == {"grade": 2}
    assert done.cohort.table["grade"].isna().tolist() == [False, True, True, True, False, False]
    assert done.cohort.n_subjects == 6
    assert done.cohort.table["age"].tolist() == [50.3] * 6
    assert [note.variable for note in done.notes] == ["spare"]
    with pytest.raises(BadInput, match="without 'bili'"):
        conform(made.drop(columns="bili"), SCHEMA, unknown_levels="missing")
    with pytest.raises(BadInput, match="finite"):
        conform(made.assign(bili=np.inf), SCHEMA, unknown_levels="missing")


def test_the_origin_of_rows_is_read_into_the_provenance() -> None:
    frame = raw(fewfold_origin=["real", "real", "synthetic", "synthetic", "real", "real"])
    cohort = conform(frame, SCHEMA)
    assert cohort.provenance.is_synthetic.tolist() == [False, False, True, True, False, False]
    gone = frame.assign(id=range(6), relapse=[None, 0, 1, 1, 0, 1])
    kept = conform(gone, SCHEMA, drop_missing_target=True)
    assert kept.provenance.is_synthetic.tolist() == [False, True, True, False, False]


def test_all_faults_are_told_at_once() -> None:
    torn = raw(
        relapse=[0, 1, None, None, 0, 1], age=["x", 1, 2, 3, 4, 5], grade=["low", "odd", "low", None, "mid", "low"]
    )
    told = refused(torn)
    for fault in ("'x' in row", "'odd' in row", "1 patient with several", "none in 2 of 6 rows"):
        assert fault in told, fault


def test_a_table_with_repeated_row_labels() -> None:
    frame = pd.concat([raw().assign(id=range(6)), raw().assign(id=range(6, 12))])
    assert len(conform(frame, SCHEMA)) == 12


def test_no_target_is_allowed() -> None:
    schema = infer_schema(raw().drop(columns="relapse"), subject="id").schema
    assert conform(raw().drop(columns="relapse"), schema).task == "none"
