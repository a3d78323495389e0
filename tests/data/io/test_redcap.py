from pathlib import Path

import pandas as pd
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.infer import Inferred
from fewfold.data.io.redcap import infer_redcap, read_redcap
from fewfold.data.io.table import read_frame
from fewfold.data.io.units import ucum

HEADER = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)"'
)
FIELDS = """\
record_id,demo,,text,Record,,,,,,,
name,demo,,text,Name,,,,,,y,
sex,demo,,radio,<b>Sex</b> at birth,"1, Female | 2, Male",,,,,,
origin,demo,,dropdown,Origin,"1, Europe, North | 2, Asia | 3, Africa",,,,,,
pain,demo,,radio,Pain,"3, severe | 1, none | 2, mild",,,,,,
symptom,demo,,checkbox,Symptoms,"1, Fever | 2, Cough",,,,,,
smoker,demo,,yesno,Smoker,,,,,,,
consent,demo,,truefalse,Consent,,,,,,,
seen,demo,,text,First seen,,,date_dmy,1990-01-01,today,,
weight,demo,,text,Weight,,kg,number,0.5,300,,
visits,demo,,text,Visits,,,integer,0,,,
bmi,demo,,calc,BMI,round([weight]/[height]^2),,,,,,
fatigue,demo,,slider,Fatigue,none | worst,,number,0,100,,
story,demo,,notes,Story,,,,,,,
phone,demo,,text,Phone,,,phone,,,,
intro,demo,,descriptive,Welcome,,,,,,,
crp,labs,,text,CRP,,in mg/l,number_comma_decimal,0,,,[sex]='1'
relapse,demo,,yesno,Relapse,,,,,,,
"""
RAW = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,name,sex,origin,pain,symptom___1,symptom___2,smoker,consent,seen,weight,visits,bmi,fatigue,story,phone,demo_complete,crp,labs_complete,relapse
1,base_arm_1,,,paris,Ann,1,1,1,1,0,1,1,2020-01-02,60.5,3,22.1,50,long text,123,2,,,1
1,base_arm_1,labs,1,paris,,,,,,,,,,,,,,,,,"1,5",2,
1,base_arm_1,labs,2,paris,,,,,,,,,,,,,,,,,"2,5",2,
2,base_arm_1,,,rome,Bob,2,3,3,0,1,0,0,2020-02-03,80,1,25,10,other text,456,2,,,0
3,base_arm_1,,,rome,Cid,2,2,2,1,1,0,1,,71.5,2,24,,x,789,0,,,1
4,base_arm_1,,,paris,Dee,1,1,2,0,0,1,1,2021-05-06,55,4,20.5,30,y,012,1,,,0
"""
LABELLED = {
    "sex": {1: "Female", 2: "Male"},
    "origin": {1: "Europe, North", 2: "Asia", 3: "Africa"},
    "pain": {1: "none", 2: "mild", 3: "severe"},
    "symptom___1": {0: "Unchecked", 1: "Checked"},
    "symptom___2": {0: "Unchecked", 1: "Checked"},
    "smoker": {0: "No", 1: "Yes"},
    "consent": {0: "False", 1: "True"},
    "relapse": {0: "No", 1: "Yes"},
}


@pytest.fixture
def export(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "data.csv").write_text(RAW)
    (tmp_path / "dictionary.csv").write_text(f"{HEADER}\n{FIELDS}")
    return tmp_path / "data.csv", tmp_path / "dictionary.csv"


def inferred(export: tuple[Path, Path], **roles: str) -> Inferred:
    return infer_redcap(read_frame(export[0]), export[1], **roles)


def test_the_dictionary_decides(export: tuple[Path, Path]) -> None:
    schema = inferred(export, target="relapse").schema
    found = {v.name: (v.kind, v.role, v.levels, v.low, v.high, v.unit) for v in schema.variables}
    assert found["record_id"][1] == "subject"
    assert found["sex"] == ("boolean", "feature", (1, 2), None, None, None)
    assert found["origin"] == ("categorical", "feature", (1, 2, 3), None, None, None)
    assert found["pain"] == ("ordinal", "feature", (1, 2, 3), None, None, None)
    assert found["symptom___2"] == ("boolean", "feature", (0, 1), None, None, None)
    assert found["smoker"][:3] == found["consent"][:3] == ("boolean", "feature", (0, 1))
    assert found["seen"] == ("datetime", "feature", None, 7305.0, None, None)  # 1990-01-01, days since 1970
    assert found["weight"] == ("numeric", "feature", None, 0.5, 300.0, "kg")
    assert found["visits"] == ("integer", "feature", None, 0.0, None, None)
    assert found["bmi"][:2] == ("numeric", "feature")
    assert found["fatigue"] == ("integer", "feature", None, 0.0, 100.0, None)
    assert found["crp"] == ("numeric", "feature", None, 0.0, None, "mg/L")
    assert found["redcap_data_access_group"][1] == "site"
    assert schema["relapse"].positive == 1 and schema["relapse"].levels == (0, 1)
    ignored = {"name", "story", "phone", "demo_complete", "labs_complete", "redcap_event_name"}
    ignored |= {"redcap_repeat_instrument", "redcap_repeat_instance"}
    assert {v.name for v in schema.variables if v.role == "ignore"} == ignored


def test_labels_say_what_codes_mean(export: tuple[Path, Path]) -> None:
    schema = inferred(export).schema
    assert schema["sex"].label == "Sex at birth (1 Female, 2 Male)"
    assert schema["symptom___2"].label == "Symptoms: Cough"
    assert schema["origin"].label == "Origin (1 Europe, North, 2 Asia, 3 Africa)"


def test_reasons_are_noted(export: tuple[Path, Path]) -> None:
    notes = {note.variable: note.text for note in inferred(export).notes}
    assert "identifier in the dictionary" in notes["name"]
    assert notes["demo_complete"] == "ignored: the state of a form"
    assert notes[None] == "2 rows belong to a record that has another row"


def test_what_the_values_say_is_kept_where_the_dictionary_does_not_know_better(tmp_path: Path) -> None:
    fields = "".join(f"{name},a,,text,,,,,,,,\n" for name in ("id", "story", "ward", "born"))
    fields += "ck,a,,text,,,,number,,,,\n"
    fields += 'grade,a,,radio,,"1, mild | 2, severe",,,,,,\nrelapse,a,,yesno,,,,,,,,\n'
    (tmp_path / "dictionary.csv").write_text(f"{HEADER}\n{fields}")
    frame = pd.DataFrame(
        {
            "id": range(40),
            "story": [f"came with complaint {i}" for i in range(40)],
            "ward": ["ICU", "icu"] * 20,
            "ck": [*(float(i) for i in range(39)), 999.0],
            "born": ["01/02/2020", "03/04/2020"] * 20,
            "grade": [1, 2] * 20,
            "relapse": [0, 0, 0, 1] * 10,
        }
    )
    said: dict[str | None, str] = {}
    for note in infer_redcap(frame, tmp_path / "dictionary.csv", target="relapse").notes:
        said[note.variable] = f"{said.get(note.variable, '')}{note.text}; "
    assert "ignored: free text" in said["story"]
    assert "'ICU' (20), 'icu' (20) differ in capitals" in said["ward"]
    assert "999 may stand for a missing value" in said["ck"]
    assert "day and month" in said["born"] and "ignored" in said["born"]
    assert "the event is taken to be 1" in said["relapse"]
    assert "grade" not in said


def test_repeated_rows_are_one_patient_and_carry_its_class(export: tuple[Path, Path]) -> None:
    cohort = read_redcap(*export, target="relapse")
    assert (len(cohort), cohort.n_subjects) == (6, 4)
    assert cohort.table["relapse"].tolist() == [1, 1, 1, 0, 1, 0]
    assert cohort.table["crp"].tolist()[1:3] == [1.5, 2.5]
    assert cohort.table["weight"].isna().tolist() == [False, True, True, False, False, False]


def test_a_labelled_export_gives_the_same_cohort_with_texts_as_levels(export: tuple[Path, Path]) -> None:
    raw = read_redcap(*export, target="relapse")
    frame = read_frame(export[0]).astype(object)
    for name, texts in LABELLED.items():
        frame[name] = frame[name].map(texts)
    frame.to_csv(export[0], index=False)
    labelled = read_redcap(*export, target="relapse")
    assert labelled.schema["sex"].levels == ("Female", "Male") and labelled.schema["sex"].label == "Sex at birth"
    assert labelled.schema["pain"].levels == ("none", "mild", "severe")
    assert labelled.schema["relapse"].positive == "Yes"
    for name, texts in LABELLED.items():
        assert labelled.table[name].cat.codes.tolist() == raw.table[name].cat.codes.tolist(), (name, texts)


def test_names_of_the_programming_interface(export: tuple[Path, Path]) -> None:
    names = (
        "field_name,form_name,section_header,field_type,field_label,select_choices_or_calculations,field_note,"
        "text_validation_type_or_show_slider_number,text_validation_min,text_validation_max,identifier,branching_logic"
    )
    schema = inferred(export).schema
    export[1].write_text(f"{names}\n{FIELDS}")
    assert inferred(export).schema == schema


def test_a_target_keeps_the_levels_that_are_there(export: tuple[Path, Path]) -> None:
    export[0].write_text(RAW.replace(",Cid,2,2,", ",Cid,2,1,"))
    target = inferred(export, target="origin").schema["origin"]
    assert (target.kind, target.levels) == ("boolean", (1, 3))


def test_what_is_no_export_or_no_dictionary(export: tuple[Path, Path]) -> None:
    data, dictionary = export
    with pytest.raises(BadInput, match="no column field_name or field_type"):
        infer_redcap(read_frame(data), data)
    with pytest.raises(BadInput, match="record's number 'record_id'"):
        infer_redcap(read_frame(data).rename(columns={"record_id": "Record"}), dictionary)
    data.write_text(RAW.replace(",Bob,2,3,", ",Bob,9,3,"))
    with pytest.raises(BadInput, match=r"choices of the field 'sex': 1 Female, 2 Male. Found 9.0 in row 5"):
        infer_redcap(read_frame(data), dictionary)


def test_columns_that_the_dictionary_does_not_know_are_inferred(export: tuple[Path, Path]) -> None:
    frame = read_frame(export[0])
    frame["ratio"] = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    frame["empty"] = pd.NA
    schema = infer_redcap(frame, export[1]).schema
    assert schema["ratio"].kind == "numeric" and schema["empty"].role == "ignore"


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("mg/dL", "mg/dL"), ("in mg/dl", "mg/dL"), ("(mmHg)", "mm[Hg]"), ("IU/L", "[iU]/L"), ("10^9/L", "10*9/L"),
        ("years", "a"), ("%", "%"), ("kg/m2", "kg/m2"), ("", None), ("fasting", None), ("mg/dL if known", None),
        ("YYYY-MM-DD", None), ("/", None),
    ],
)  # fmt: skip
def test_units_in_notes(note: str, code: str | None) -> None:
    assert ucum(note) == code
