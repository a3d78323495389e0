from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.conform import conform
from fewfold.data.infer import Inferred, infer_schema
from fewfold.data.io.table import read_frame
from fewfold.data.scales import event_level, known_order
from fewfold.data.schema import Variable

N = 60


def infer(values: object, **roles: str) -> tuple[Variable, str]:
    frame = pd.DataFrame({"x": values, "other": np.linspace(0.1, 7.3, len(values))})  # type: ignore[arg-type]
    inferred = infer_schema(frame, **roles)
    return inferred.schema["x"], "; ".join(note.text for note in inferred.notes if note.variable == "x")


@pytest.mark.parametrize(
    ("values", "kind", "levels"),
    [
        ([0.5, 1.25, 2.0] * 20, "numeric", None),
        ([i * i for i in range(N)], "integer", None),
        ([0, 1] * 30, "boolean", (0, 1)),
        ([0.0, 1.0, np.nan] * 20, "boolean", (0, 1)),
        ([1, 2] * 30, "boolean", (1, 2)),
        ([1990, 2020] * 30, "integer", None),
        (["yes", "no", None] * 20, "boolean", ("no", "yes")),
        ([True, False, None] * 20, "boolean", (False, True)),
        ([1, 2, 3, 4] * 15, "ordinal", (1, 2, 3, 4)),
        ([1, 2, 4] * 20, "integer", None),  # a gap
        ([0.0, 0.5, 1.0] * 20, "ordinal", (0.0, 0.5, 1.0)),
        ([1, 2, 3] * 4, "integer", None),  # too few rows to call it a scale
        ([8, 9, 10, 11] * 15, "integer", None),
        (["b", "a", "c"] * 20, "categorical", ("a", "b", "c")),
        (["severe", "none", "mild"] * 20, "ordinal", ("none", "mild", "severe")),
        (["III", "I", "II"] * 20, "ordinal", ("I", "II", "III")),
        (["grade 2", "grade 1", "grade 3"] * 20, "ordinal", ("grade 1", "grade 2", "grade 3")),
        (["2+", "0", "1+"] * 20, "ordinal", ("0", "1+", "2+")),
        (["1,5", "2,25"] * 30, "numeric", None),
        (["2020-01-02", "2021-01-02"] * 30, "datetime", None),
        (pd.to_timedelta(np.arange(N), unit="D"), "duration", None),
        (pd.date_range("2020-01-01", periods=N), "datetime", None),
        (pd.Categorical(["lo", "hi"] * 30, ["lo", "hi"]), "boolean", ("lo", "hi")),
        (pd.Categorical(["lo", "hi", "mid"] * 20, ["lo", "mid", "hi"], ordered=True), "ordinal", ("lo", "mid", "hi")),
    ],
)
def test_kinds_and_levels(values: object, kind: str, levels: tuple[object, ...] | None) -> None:
    variable, _ = infer(values)
    assert (variable.kind, variable.levels, variable.role) == (kind, levels, "feature")
    assert [type(level) for level in variable.levels or ()] == [type(level) for level in levels or ()]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None] * N, "no value"),
        ([np.nan] * N, "no value"),
        ([3] * N, "3 in every row"),
        (["x"] * 40 + [None] * 20, "20 rows are empty"),
        (list(range(100, 100 + N)), "an identifier"),
        ([f"P{i}" for i in range(N)], "free text or an identifier"),
        ([f"came with complaint {i // 2} and left" for i in range(N)], "free text"),
        (["01/02/2020", "03/04/2020"] * 30, "day and month"),
    ],
)
def test_columns_that_are_ignored_say_why(values: object, reason: str) -> None:
    variable, text = infer(values)
    assert variable.role == "ignore" and variable.levels is None
    assert "ignored" in text and reason in text


@pytest.mark.parametrize("name", ["patient_id", "HospID", "SUBJECT", "mrn", "study.id"])
def test_identifiers_that_repeat_are_proposed_and_not_taken(name: str) -> None:
    inferred = infer_schema(pd.DataFrame({name: [900 + 7 * (i // 2) for i in range(N)], "x": np.arange(N) / 7}))
    assert inferred.schema[name].role == "ignore"
    assert f"--subject {name}" in inferred.notes[-1].text
    assert inferred.schema.role("subject") is None


@pytest.mark.parametrize("name", ["acid", "paid", "width", "days", "capacity", "identity_score"])
def test_names_that_only_resemble_identifiers_are_features(name: str) -> None:
    inferred = infer_schema(pd.DataFrame({name: [900 + 7 * (i // 2) for i in range(N)], "x": np.arange(N) / 7}))
    assert inferred.schema[name].role == "feature"


def test_a_site_is_proposed() -> None:
    inferred = infer_schema(pd.DataFrame({"centre": ["a", "b", "c"] * 20, "x": np.arange(N) / 7}))
    assert inferred.schema["centre"].role == "ignore" and "--site centre" in inferred.notes[-1].text


def test_low_is_zero_or_nothing_and_never_the_range_of_the_sample() -> None:
    for values, low in (
        (np.linspace(3, 9, N), 0.0),
        (np.linspace(-3, 9, N), None),
        (np.linspace(3, 9, 9), None),  # nine rows are too few to say
        ([f"{v},5" for v in range(N)], 0.0),
    ):
        variable, _ = infer(values)
        assert (variable.low, variable.high) == (low, None)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1.5, 3.25, 999] * 20, "999 may stand for a missing value"),
        ([1.5, 3.25, -9] * 20, "-9 may stand for a missing value"),
        (["1,5"] * 30 + ["2,5"] * 25 + ["<0,1"] * 5, "numbers but for '<0,1'"),
        (["1.5"] * 55 + ["<0.1"] * 5, "numbers but for '<0.1'"),
        ([f"{i}.5" for i in range(55)] + ["<0.1"] * 5, "numbers but for '<0.1': correct or empty"),
        (["f", "m", "F "] * 20, "'f' (20), 'F ' (20) differ in capitals or space only and count as different"),
        (["a", "A", "b", "b  c", "B C"] * 12, "'a' (12), 'A' (12); 'b  c' (12), 'B C' (12) differ"),
        ([1, 2, 3] * 20, "codes without order"),
        (["1.5", "2.5"] * 30, "numbers stored as text"),
        (["2020-01-02", "2021-01-02"] * 30, "dates stored as text"),
    ],
)
def test_doubtful_columns_are_noted(values: object, text: str) -> None:
    assert text in infer(values)[1]


def test_numbers_with_a_few_other_cells_are_refused_by_row_and_not_ignored() -> None:
    frame = pd.DataFrame({"x": [f"{i}.5" for i in range(59)] + ["#DIV/0!"], "y": np.arange(N) / 7})
    schema = infer_schema(frame).schema
    assert (schema["x"].kind, schema["x"].role) == ("numeric", "feature")
    with pytest.raises(BadInput, match="'#DIV/0!' in row 59"):
        conform(frame, schema)


def test_notes_on_the_table() -> None:
    frame = pd.DataFrame({f"c{i}": [1.5, 2.5, 1.5] for i in range(5)})
    texts = [note.text for note in infer_schema(frame).notes if note.variable is None]
    assert "1 rows are exact copies" in texts[0] and "5 columns and only 3 rows" in texts[1]


@pytest.mark.parametrize(
    ("values", "kind", "levels", "positive"),
    [
        ([0, 1, 2] * 20, "categorical", (0, 1, 2), None),
        ([0, 1] * 30, "boolean", (0, 1), 1),
        ([1, 2] * 30, "boolean", (1, 2), 2),
        (["alive", "dead"] * 30, "boolean", ("alive", "dead"), "dead"),
        (["carrier", "normal"] * 30, "boolean", ("carrier", "normal"), "carrier"),
        (["a"] * 20 + ["b"] * 40, "boolean", ("a", "b"), "a"),  # the rarer
        (["mild", "none", "severe"] * 20, "ordinal", ("none", "mild", "severe"), None),
        ([f"type {i}" for i in range(N)], "categorical", tuple(sorted(f"type {i}" for i in range(N))), None),
        (np.linspace(1.1, 7, N), "numeric", None, None),
    ],
)
def test_targets(values: object, kind: str, levels: object, positive: object) -> None:
    variable, _ = infer(values, target="x")
    assert (variable.kind, variable.levels, variable.positive, variable.role) == (kind, levels, positive, "target")


def test_a_target_without_values_is_left_for_conform_to_refuse() -> None:
    frame = pd.DataFrame({"x": [None] * N, "y": np.arange(N) / 7, "z": ["k"] * N})
    for name, text in (("x", "none in any row"), ("z", "in all 60 rows")):
        with pytest.raises(BadInput, match=text):
            conform(frame, infer_schema(frame, target=name).schema)


def test_roles_that_are_named() -> None:
    frame = pd.DataFrame({"a": range(N), "b": range(N), "t": np.arange(N) / 2, "e": [0, 1] * 30, "s": ["u", "v"] * 30})
    schema = infer_schema(frame, subject="a", time="t", event="e", site="s").schema
    assert [v.role for v in schema.variables] == ["subject", "ignore", "event_time", "event", "site"]
    assert (schema["t"].kind, schema["t"].low, schema["e"].levels) == ("duration", 0.0, (0, 1))
    with pytest.raises(BadInput, match="Did you mean relapse"):
        infer_schema(frame.rename(columns={"e": "relapse"}), target="relaps")
    with pytest.raises(BadInput, match="as target and as event"):
        infer_schema(frame, target="e", event="e")


def test_a_message_names_some_of_many_columns() -> None:
    frame = pd.DataFrame({f"gene{i}": np.arange(9) for i in range(130)})
    with pytest.raises(BadInput, match=r"gene19 and 110 more. Found .GENE7.. Did you mean gene7\?"):
        infer_schema(frame, target="GENE7")


def test_labels_are_kept_and_the_origin_is_no_variable() -> None:
    frame = pd.DataFrame({"x": [0, 1] * 30, "fewfold_origin": "real"})
    frame.attrs["labels"] = {"x": "Relapse"}
    schema = infer_schema(frame).schema
    assert schema.names == ["x"] and schema["x"].label == "Relapse"


def test_known_orders_and_events() -> None:
    assert known_order(["High", "low", "Medium"]) == ("low", "Medium", "High")
    assert known_order(["stage 10", "stage 1", "stage 2"]) is None
    assert known_order(["type 1", "type 2", "type 3"]) is None
    assert known_order(["t1", "n1", "t2"]) is None
    assert known_order(["yes", "no"]) is None
    assert known_order(["mild", "slight", "none"]) is None  # one step named twice
    assert event_level(("no", "yes"), (1, 9)) == "yes"
    assert event_level(("a", "b"), (5, 5)) == "b"


def real(shared_data: Path, name: str, **roles: str) -> Inferred:
    frame = read_frame(shared_data / name)
    inferred = infer_schema(frame, **roles)
    conform(frame, inferred.schema, several_classes=True)
    return inferred


def kinds(inferred: Inferred) -> dict[str, str]:
    return {v.name: v.kind for v in inferred.schema.variables}


def test_pbc(shared_data: Path) -> None:
    inferred = real(shared_data, "pbc/pbc.csv", target="status", time="time")
    schema = inferred.schema
    assert schema["id"].role == "ignore" and schema["time"].role == "event_time"
    assert (schema["status"].kind, schema["status"].levels) == ("categorical", (0, 1, 2))
    assert schema["sex"].levels == ("f", "m") and schema["stage"].levels == (1, 2, 3, 4)
    assert (schema["edema"].kind, schema["edema"].levels) == ("ordinal", (0.0, 0.5, 1.0))
    numeric = {"age", "bili", "albumin", "alk.phos", "ast", "protime", "chol", "copper", "trig", "platelet"}
    assert {n for n, k in kinds(inferred).items() if k in ("numeric", "integer")} == numeric | {"id"}


def test_repeated_visits_of_pbcseq(shared_data: Path) -> None:
    proposed = real(shared_data, "pbc/pbcseq.csv")
    assert any("312 values in 1945 rows" in note.text and note.variable == "id" for note in proposed.notes)
    assert real(shared_data, "pbc/pbcseq.csv", subject="id").schema["id"].role == "subject"


def test_hcc(shared_data: Path) -> None:
    inferred = real(shared_data, "hcc_survival/hcc.csv", target="survival")
    found = kinds(inferred)
    assert sum(kind == "boolean" for kind in found.values()) == 24  # 23 yes/no columns and the outcome
    assert {n for n, k in found.items() if k == "ordinal"} == {"PS", "Encephalopathy", "Ascites", "Nodule"}
    assert inferred.schema["survival"].positive == 1


def test_the_other_cohorts(shared_data: Path) -> None:
    carriers = real(shared_data, "dmd_carriers/dystrophy.csv", target="Class", subject="HospID")
    assert carriers.schema["Class"].positive == "carrier"
    trial = real(shared_data, "rhdnase_cf/rhDNase.csv", subject="id", site="inst")
    assert kinds(trial)["entry.dt"] == kinds(trial)["end.dt"] == "datetime"
    assert any(n.variable == "inst" and "site" in n.text for n in real(shared_data, "rhdnase_cf/rhDNase.csv").notes)
    marrow = real(shared_data, "kmsurv_bmt/bmt.csv", target="d3", site="z9")
    assert kinds(marrow)["z3"] == "boolean" and kinds(marrow)["t1"] == "integer"
    larynx = real(shared_data, "kmsurv_bmt/larynx.csv", time="time", event="delta")
    assert kinds(larynx) == {
        "stage": "ordinal", "time": "duration", "age": "integer", "diagyr": "integer", "delta": "boolean"
    }  # fmt: skip
    cushing = real(shared_data, "tiny_endocrine_fap/cushings.csv", target="Type")
    assert cushing.schema["Type"].levels == ("a", "b", "c", "u")
    polyps = real(shared_data, "tiny_endocrine_fap/fap_polyps.csv", target="treatment")
    assert polyps.schema["participant_id"].role == "ignore" and kinds(polyps)["number12m"] == "integer"


def test_a_mark_of_thousands_is_told() -> None:
    frame = pd.DataFrame({"platelets": [f"{i},{100 + i}.5" for i in range(1, 31)], "count": ["1,234", "567"] * 15})
    inferred = infer_schema(frame)
    said = {note.variable: note.text for note in inferred.notes}
    assert inferred.schema["platelets"].kind == "numeric"
    assert "1,101.5 is read as 1101.5" in said["platelets"]
    assert inferred.schema["count"].role == "ignore"
    assert "decimal comma or a mark of thousands" in said["count"]


def test_classes_of_a_target_are_not_called_ordinal() -> None:
    inferred = infer_schema(pd.DataFrame({"y": [0, 1, 2] * 10, "x": [0.5 * i for i in range(30)]}), target="y")
    assert inferred.schema["y"].kind == "categorical"
    assert not any("ordinal" in note.text for note in inferred.notes if note.variable == "y")


def test_a_column_that_counts_the_rows_of_a_patient_is_told() -> None:
    frame = pd.DataFrame(
        {
            "id": [i for i in range(20) for _ in range(3)],
            "k": [1, 2, 3] * 20,
            "obs": [2, 5, 3] * 20,
            "ck": [7, 8, 2, 9] * 15,
            "dose": [1, 2, 2] * 20,
        }
    )
    told = [note.variable for note in infer_schema(frame, subject="id").notes if "visit_time" in note.text]
    assert told == ["k", "obs"]
    assert not [note for note in infer_schema(frame).notes if "visit_time" in note.text]
