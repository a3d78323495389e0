"""``study.toml``: written, edited, opened, and every mistake in it named."""

from __future__ import annotations

import pytest

import fewfold as ff
from cohorts import make_cohort
from fewfold.core.errors import BadInput
from fewfold.study.draft import draft
from fewfold.study.study_file import Horizon, open_study


@pytest.fixture
def files(tmp_path):
    ff.write(make_cohort(80), tmp_path / "patients.csv")
    draft(tmp_path / "patients.csv", tmp_path / "study.toml", target="relapse", subject="patient", site="centre")
    return tmp_path


def edit(folder, old: str, new: str):
    path = folder / "study.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def test_what_init_writes_opens_as_it_is(files):
    study = open_study(files / "study.toml")
    assert study.cohort.n_subjects == 80
    assert study.cohort.task == "binary"
    assert study.cohort.sites is not None
    assert open_study(files / "study.toml").protocol["hash"] == study.protocol["hash"]


def test_an_edit_changes_the_hash(files):
    before = open_study(files / "study.toml").protocol["hash"]
    assert open_study(edit(files, "seed = 0", "seed = 1")).protocol["hash"] != before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 0", "seed = ", "TOML"),
        ("seed = 0", "sede = 0", "sede"),
        ("repeats = 10", "repeats = 0", "repeats"),
        ("methods = []", 'methods = ["smot"]', "smote"),
        ("[study]", "[stduy]", "stduy"),
        ('path = "patients.csv"', 'path = "gone.csv"', "gone.csv"),
        ('path = "patients.csv"', 'file = "patients.csv"', "path"),
        ('role = "target"', 'role = "traget"', "target"),
    ],
)
def test_a_mistake_is_named(files, old, new, said):
    with pytest.raises(BadInput, match=said):
        open_study(edit(files, old, new))


def test_data_that_changed_since_are_refused(files):
    with (files / "patients.csv").open("a") as stream:
        stream.write("\n")
    with pytest.raises(BadInput, match="changed since"):
        open_study(files / "study.toml")


def test_an_existing_study_file_is_not_overwritten(files):
    before = (files / "study.toml").read_bytes()
    with pytest.raises(BadInput, match="one that is there"):
        draft(files / "patients.csv", files / "study.toml", target="relapse")
    assert (files / "study.toml").read_bytes() == before


def test_no_study_file():
    with pytest.raises(BadInput, match="fewfold init"):
        open_study("nowhere.toml")


def test_a_horizon_makes_a_target_and_counts_who_is_left_out(tmp_path):
    rows = ["id,time,status,age"] + [f"{i},{10 * i},{i % 3},{40 + i % 7}" for i in range(1, 91)]
    (tmp_path / "cohort.csv").write_text("\n".join(rows))
    horizon = Horizon(time="time", event="status", horizon=400, event_values=(2,))
    made = draft(tmp_path / "cohort.csv", tmp_path / "study.toml", subject="id", horizon=horizon)
    study = open_study(tmp_path / "study.toml")
    # of the first 40 rows those without the event (status 0 or 1) ended before the horizon, but for row 40 at 400
    early = sum(1 for i in range(1, 41) if i % 3 != 2 and 10 * i < 400)
    assert study.excluded == {"censored before the horizon": early}
    assert any(f"unknown in {early} of 90 rows, which are censored" in note.text for note in made.inferred.notes)
    assert study.cohort.n_subjects == 90 - early
    assert {v.name for v in study.cohort.schema.features} == {"age"}


def test_a_quick_look_is_not_confirmatory(files):
    study = open_study(files / "study.toml", quick=True)
    assert not study.settings.confirmatory
    assert len(study.settings.ratios) == 1


def test_rows_without_a_target_are_counted(tmp_path):
    rows = ["age,weight,score"] + [f"{30 + i},{60 + i % 9},{i % 13 if i > 2 else ''}" for i in range(40)]
    (tmp_path / "cohort.csv").write_text("\n".join(rows))
    made = draft(tmp_path / "cohort.csv", tmp_path / "study.toml", target="score")
    assert any("missing in 3 of 40" in note.text for note in made.inferred.notes)
    assert open_study(tmp_path / "study.toml").excluded == {"without a value of the target": 3}


DICTIONARY = """\
Variable / Field Name,Form Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"
pid,a,text,Patient,
age,a,text,Age,
relapse,a,yesno,Relapse,
"""


@pytest.mark.parametrize("dictionary", [False, True], ids=["plain", "redcap"])
def test_a_target_of_the_first_event_is_counted_as_it_is_filled_in(tmp_path, dictionary):
    """Forty patients of three events: the target stands on the first one; two patients have none at all."""
    rows = ["pid,redcap_event_name,age,relapse"]
    rows += [
        f"{i},event_{k},{30 + (7 * i + k) % 29},{'' if k or i < 2 else int(i % 3 == 0)}"
        for i in range(40)
        for k in range(3)
    ]
    (tmp_path / "cohort.csv").write_text("\n".join(rows))
    (tmp_path / "dictionary.csv").write_text(DICTIONARY)
    roles = {"dictionary": tmp_path / "dictionary.csv"} if dictionary else {"subject": "pid"}
    made = draft(tmp_path / "cohort.csv", tmp_path / "study.toml", target="relapse", **roles)
    said = " ".join(note.text for note in made.inferred.notes if note.variable == "relapse")
    assert "empty in 76 of 120 rows that take it from another row of the patient" in said
    assert "missing in 6 of 120 rows, which are left out" in said
    study = open_study(tmp_path / "study.toml")
    assert (study.cohort.n_subjects, len(study.cohort)) == (38, 114)
    assert study.excluded == {"without a value of the target": 6}


def test_no_row_is_said_to_be_left_out_where_each_patient_has_a_target(tmp_path):
    rows = ["pid,age,relapse"] + [f"{i // 2},{30 + i % 17},{i // 2 % 2 if i % 2 else ''}" for i in range(80)]
    (tmp_path / "cohort.csv").write_text("\n".join(rows))
    made = draft(tmp_path / "cohort.csv", tmp_path / "study.toml", target="relapse", subject="pid")
    assert not any("left out" in note.text for note in made.inferred.notes)
    assert "drop_missing_target = false" in made.text


def test_a_class_that_changes_within_most_patients_is_a_fact_of_the_row(tmp_path):
    rows = ["pid,age,state"] + [f"{i // 2},{30 + i % 17},{'ab'[i % 2]}" for i in range(80)]
    (tmp_path / "cohort.csv").write_text("\n".join(rows))
    made = draft(tmp_path / "cohort.csv", tmp_path / "study.toml", target="state", subject="pid")
    assert any("40 of the 40" in note.text for note in made.inferred.notes)
    study = open_study(tmp_path / "study.toml")
    assert "FF107" in {f.code for f in study._about()}
    assert study.cohort.n_subjects == 40


def test_one_patient_with_two_labels_is_a_mistake(tmp_path):
    rows = ["pid,age,state"] + [f"{i},{30 + i % 17},{'ab'[i % 2]}" for i in range(80)] + ["4,31,b"]
    (tmp_path / "cohort.csv").write_text("\n".join(rows))
    draft(tmp_path / "cohort.csv", tmp_path / "study.toml", target="state", subject="pid")
    with pytest.raises(BadInput, match="1 patient with several"):
        open_study(tmp_path / "study.toml")


def _broken(what: str):
    table = make_cohort(80).table.copy()
    table["relapse"] = table["relapse"].astype(object)
    yes, no = (table.index[table["relapse"] == level] for level in sorted(table["relapse"].unique(), key=str))
    if what == "one class":
        table["relapse"] = table["relapse"].iloc[0]
    elif what == "constant target":
        table["relapse"] = 3.5
    elif what == "lone patient in a class":
        table = table.loc[[*no, yes[0]]]
    elif what == "few in a class":
        table = table.loc[[*no, *yes[:9]]]
    elif what == "few patients":
        table = table.iloc[:25]
    elif what == "infinite":
        table["age"] = table["age"].astype(float)
        table.loc[4, "age"] = float("inf")
    elif what == "two labels":
        table["patient"] = table["patient"].astype(object)
        table.loc[no[0], "patient"] = table.loc[yes[0], "patient"]
    elif what == "synthetic rows":
        table["fewfold_origin"] = ["real"] * 70 + ["synthetic"] * (len(table) - 70)
    elif what == "no target":
        table["relapse"] = None
    return table


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("one class", "differs between patients"),
        ("constant target", "3.5 in all"),
        ("lone patient in a class", "1 patient with"),
        ("few in a class", "9 with"),
        ("few patients", "25 patients"),
        ("infinite", "inf in row"),
        ("two labels", "1 patient with several"),
        ("synthetic rows", "synthetic rows"),
        ("no target", "none in any row"),
    ],
)
def test_init_says_what_run_will_say(tmp_path, what, said):
    _broken(what).to_csv(tmp_path / "patients.csv", index=False)
    made = draft(tmp_path / "patients.csv", tmp_path / "study.toml", target="relapse", subject="patient")
    notes = [note.text for note in made.inferred.notes if note.variable is None and note.text.startswith("As it is")]
    assert len(notes) == 1
    assert said in notes[0]
    assert f"# {notes[0]}" in (tmp_path / "study.toml").read_text()
    try:
        why = open_study(tmp_path / "study.toml").obstacle
    except BadInput as error:
        why = " ".join(str(error).split())
    assert why
    assert why in notes[0]


def test_init_says_all_that_run_will_refuse(tmp_path):
    table = make_cohort(25).table.astype(object)
    table.loc[3, "age"] = "old"
    table.loc[[4, 5], "bilirubin"] = float("inf")
    table.loc[6, "patient"] = None
    table.to_csv(tmp_path / "patients.csv", index=False)
    made = draft(tmp_path / "patients.csv", tmp_path / "study.toml", target="relapse", subject="patient")
    told = [note.text for note in made.inferred.notes if note.text.startswith("As it is")]
    for said in ("'old' in row 5", "inf in row 6", "a patient in column 'patient'", "24 patients; at least 30"):
        assert sum(said in text for text in told) == 1, said
    assert len(told) == 4
    with pytest.raises(BadInput) as raised:
        open_study(tmp_path / "study.toml")
    assert all(said in str(raised.value) for said in ("'old' in row 5", "inf in row 6", "'patient'"))


def test_init_has_nothing_to_say_of_a_sound_table(files):
    made = draft(files / "patients.csv", files / "other.toml", target="relapse", subject="patient", site="centre")
    assert not [note for note in made.inferred.notes if note.text.startswith("As it is")]
