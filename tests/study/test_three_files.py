"""Three tables with a study file: what the file knows is judged, and what contradicts it is refused."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fewfold.core.errors import BadInput
from fewfold.study import validate as module
from fewfold.study.draft import draft
from fewfold.study.study_file import Horizon
from fewfold.study.three_files import read_three
from fewfold.study.validate import validate_files

PATIENTS, VISITS = 100, 3
JUDGED = ["rule_violations", "soft_rules", "visit_order", "follow_up", "membership"]
RULES = """
[[rules]]
name = "ends in order"
require = "lower < upper"

[[rules]]
name = "seldom high"
require = "lower < 2"
severity = "soft"
rate = [0.8, 1]
"""


def visits(seed: int = 0) -> pd.DataFrame:
    """Three visits a patient in two centres, values that follow each other, and a follow-up with events."""
    rng = np.random.default_rng(seed)
    ill = np.arange(PATIENTS) % 2
    level = rng.normal(0, 0.8, PATIENTS) + 1.5 * ill - 0.75
    where = np.repeat(np.arange(PATIENTS), VISITS)
    lower = level[where] + rng.normal(0, 0.1, len(where))
    return pd.DataFrame(
        {
            "who": where + 1,
            "centre": np.where(np.arange(PATIENTS) // 2 % 2, "north", "south")[where],
            "visit": np.tile(np.arange(VISITS), PATIENTS),
            "lower": lower,
            "upper": lower + 0.1 + rng.exponential(1, len(where)),
            "months": rng.exponential(30, PATIENTS)[where],
            "died": (rng.random(PATIENTS) < 0.6).astype(int)[where],
            "relapse": np.where(ill, "yes", "no")[where],
        }
    )


def write(folder: Path, made: pd.DataFrame) -> list[Path]:
    table = visits()
    cut = PATIENTS // 2 * VISITS
    for name, rows in (("train", table[:cut]), ("holdout", table[cut:]), ("made", made), ("all", table)):
        rows.to_csv(folder / f"{name}.csv", index=False)
    return [folder / f"{name}.csv" for name in ("train", "holdout", "made")]


def describe(folder: Path) -> Path:
    path = folder / "study.toml"
    roles = {"target": "relapse", "subject": "who", "site": "centre", "time": "months", "event": "died"}
    text = draft(folder / "all.csv", path, **roles).text
    old = text[text.index('[variables."visit"]') :].split("\n\n")[0]
    text = text.replace(old, old + '\nrole = "visit_time"') + RULES
    path.write_text(text)
    return path


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(module, "measure_all", partial(module.measure_all, names=JUDGED))


def test_every_fault_that_a_study_file_speaks_of_is_found(tmp_path, quick):
    made = visits(1)
    rng = np.random.default_rng(2)
    shuffled = rng.permutation(len(made))
    made["lower"], made["upper"] = made["lower"].to_numpy()[shuffled] + 3, made["upper"].to_numpy()[shuffled]
    made["died"], made["months"] = 0, 500.0
    made.loc[0, "died"] = 1
    files = write(tmp_path, made)
    planted = validate_files(*files, schema=describe(tmp_path), release="public")
    codes = {f.code for f in planted.findings}
    assert {"FF401", "FF403", "FF405", "FF406", "FF309"} <= codes
    assert planted.verdicts[0].verdict == "blocked"
    assert planted.protocol.settings["release"] == "public"


def test_fresh_patients_raise_none_of_them(tmp_path, quick):
    files = write(tmp_path, visits(1))
    fresh = validate_files(*files, schema=describe(tmp_path))
    assert not {"FF401", "FF403", "FF405", "FF406", "FF309"} & {f.code for f in fresh.findings}
    rows = {row.name: row.status for row in fresh.metrics}
    assert {rows[name] for name in JUDGED} == {"ok"}


def test_a_site_that_pays_is_found(tmp_path, quick):
    made = pd.concat([visits(seed) for seed in (1, 2, 3)], ignore_index=True)
    made["relapse"] = made["relapse"].map({"yes": "no", "no": "yes"})
    told = {"target": "relapse", "subject": "who", "time": "months", "event": "died"}
    files = write(tmp_path, made)
    assert "FF209" in {f.code for f in validate_files(*files, site="centre", **told).findings}


def test_time_and_event_are_no_features_and_come_together(tmp_path):
    files = write(tmp_path, visits(1))
    three = read_three(*files, target="relapse", subject="who", time="months", event="died")
    assert not {"months", "died"} & {v.name for v in three.train.schema.features}
    with pytest.raises(BadInput, match="--time and --event together"):
        read_three(*files, target="relapse", time="months")


def test_rows_of_one_synthetic_patient_stay_together_where_visits_are_known(tmp_path):
    files = write(tmp_path, visits(1))
    assert read_three(*files, target="relapse", subject="who").synthetic.n_subjects == PATIENTS * VISITS
    three = read_three(*files, schema=describe(tmp_path))
    assert three.synthetic.n_subjects == PATIENTS
    assert not set(three.synthetic.table["who"]) & set(map(str, three.train.table["who"]))


def test_options_that_contradict_the_study_file_are_refused(tmp_path):
    files = write(tmp_path, visits(1))
    schema = describe(tmp_path)
    read_three(*files, schema=schema, target="relapse", subject="who")
    with pytest.raises(BadInput, match="--subject centre, and who"):
        read_three(*files, schema=schema, subject="centre")
    with pytest.raises(BadInput, match="or --schema"):
        read_three(*files)


def test_a_study_file_without_a_target_or_with_a_wrong_rule_is_refused(tmp_path):
    files, schema = write(tmp_path, visits(1)), describe(tmp_path)
    text = schema.read_text()
    schema.write_text(text.replace('role = "target"', 'role = "ignore"').replace('role = "event"', 'role = "ignore"'))
    with pytest.raises(BadInput, match="a schema with a target"):
        read_three(*files, schema=schema)
    schema.write_text(text.replace("lower < upper", "lower < uper"))
    with pytest.raises(BadInput, match="uper"):
        read_three(*files, schema=schema)


def test_release_and_subgroups_of_the_study_file_hold_unless_an_option_says_otherwise(tmp_path, monkeypatch):
    files, schema = write(tmp_path, visits(1)), describe(tmp_path)
    schema.write_text(schema.read_text().replace("[study]", '[study]\nrelease = "public"\nsubgroups = ["lower"]'))
    seen = []
    monkeypatch.setattr(module, "validate", lambda **given: seen.append(given))
    validate_files(*files, schema=schema)
    validate_files(*files, schema=schema, release="consortium")
    assert [one["release"] for one in seen] == ["public", "consortium"]
    assert seen[0]["subgroups"] == ["lower"]


def test_a_target_from_a_horizon_is_made_in_all_three_and_who_is_left_out_is_counted(tmp_path):
    files = write(tmp_path, visits(1))
    horizon = Horizon(time="months", event="died", horizon=12)
    draft(tmp_path / "all.csv", tmp_path / "by12.toml", subject="who", horizon=horizon)
    three = read_three(*files, schema=tmp_path / "by12.toml")
    assert three.train.schema.target.name == "died_by_12"
    for part, table in ((three.train, pd.read_csv(files[0])), (three.holdout, pd.read_csv(files[1]))):
        known = (table["months"] >= 12) | (table["died"] == 1)
        assert list(part.table["who"]) == list(table["who"][known])
    lost = {
        name: int(((t["months"] < 12) & (t["died"] == 0)).sum())
        for name, t in (("real", visits()), ("made", visits(1)))
    }
    assert list(three.excluded.values()) == [lost["real"], lost["made"]]
    assert min(lost.values()) > 0
