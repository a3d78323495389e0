"""A study with a source: who teaches is locked, named and reported, and mistakes are refused before the first fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import fewfold as ff
from cohorts import make_cohort
from fewfold.cli import main
from fewfold.core.errors import BadInput, Leakage
from fewfold.data.cohort import Cohort
from fewfold.report.html import render
from fewfold.study.study import Study
from fewfold.study.study_file import open_study
from study.planted import QUICK

BORROWING = {"method": "gaussian_copula", "source": True, "label": "borrowing"}
SETTINGS = {**QUICK, "methods": ["gaussian_copula", BORROWING]}


def others(n: int = 150, seed: int = 7) -> Cohort:
    made = make_cohort(n, seed=seed)
    return made.with_column("patient", made.table["patient"] + 1000)


def test_result_and_report_name_the_source_and_what_was_borrowed() -> None:
    told = Study(make_cohort(60), source=others(), source_name="registry.csv", **SETTINGS).run()
    source = told.provenance.data["source"]
    assert (source["name"], source["patients"]) == ("registry.csv", 150)
    assert len(source["sha256_salted"]) == 64
    alone, borrowing = (a for a in told.provenance.algorithms if a.role == "under test")
    assert (alone.source, alone.choices, borrowing.source) == (False, {}, True)
    assert sum(borrowing.choices.values()) == 2
    assert all("from the source" in choice for choice in borrowing.choices)
    assert "(borrowing also on 150 patients of registry.csv" in told.methods_paragraph
    page = render(told)
    assert "It could learn from 150 patients of <bdi>registry.csv</bdi> too" in page
    assert "of 2 fits" in page


def test_the_source_is_part_of_the_protocol() -> None:
    def hashed(source: Cohort) -> str:
        return str(Study(make_cohort(60), source=source, **SETTINGS).protocol["hash"])

    assert hashed(others()) == hashed(others())
    assert hashed(others()) != hashed(others(seed=8))


def test_an_arm_without_the_source_is_as_in_a_study_without_one() -> None:
    def values(**settings: Any) -> dict[str, Any]:
        told = Study(make_cohort(60), **settings).run()
        return {m.name: m.value for m in told.metrics if m.method == "gaussian_copula" and m.learner}

    assert values(**SETTINGS, source=others()) == values(**QUICK)


@pytest.mark.parametrize(
    ("settings", "kind", "said"),
    [
        ({"methods": [BORROWING]}, BadInput, "and none given"),
        ({"methods": ["gaussian_copula"], "source": others()}, BadInput, "no method learns from"),
        ({"methods": [{"method": "smote", "source": True}], "source": others()}, BadInput, "learn from a source"),
        ({"methods": [BORROWING], "source": make_cohort(150, seed=7)}, Leakage, "60 of them in both"),
        ({"methods": [BORROWING], "source": make_cohort(150, task="continuous")}, BadInput, "too many: fev"),
        (
            {"controls": ["none", {"method": "duplication", "source": True}], "methods": [BORROWING]},
            BadInput,
            "duplication",
        ),
    ],
)
def test_mistakes_are_refused_before_the_first_fit(settings: dict[str, Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        Study(make_cohort(60), **{**QUICK, **settings})


def test_patients_who_are_sealed_cannot_lend() -> None:
    sealed = Study(make_cohort(60), **{**QUICK, "holdout": 0.2}).sealed
    assert sealed is not None
    lent = Cohort.concat([others(), sealed])
    with pytest.raises(Leakage, match="12 of them in both"):
        Study(make_cohort(60), **{**SETTINGS, "holdout": 0.2}, source=lent)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    ff.write(make_cohort(60), tmp_path / "patients.csv")
    table = others().table.drop(columns="centre").assign(ward="seven")
    table.to_csv(tmp_path / "registry.csv", index=False)
    return tmp_path


def test_a_study_file_names_the_source(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    drafted = ["init", "patients.csv", "--target", "relapse", "--subject", "patient", "--site", "centre"]
    assert called(monkeypatch, *drafted) == 0
    text = Path("study.toml").read_text(encoding="utf-8")
    head, rest = text.split("[study]\n")
    arms = 'methods = [{ method = "gaussian_copula", source = true, label = "borrowing" }]'
    lines = [f"{key} = {json.dumps(value)}" for key, value in QUICK.items() if key != "methods"]
    source = '[source]\npath = "registry.csv"\n\n'
    written = head + source + "\n".join(["[study]", arms, *lines, "", rest[rest.index("[variables") :]])
    Path("study.toml").write_text(written, encoding="utf-8")
    study = open_study("study.toml")
    assert study.source is not None
    assert study.source_name == "registry.csv"
    assert study.source.n_subjects == 150
    assert called(monkeypatch, "run", "study.toml", "--out", "out") == 0
    told = json.loads(Path("out/result.json").read_text(encoding="utf-8"))
    assert told["provenance"]["data"]["source"]["name"] == "registry.csv"
    changed = source.replace("\n\n", '\nsha256 = "0"\n\n')
    Path("study.toml").write_text(written.replace(source, changed), encoding="utf-8")
    with pytest.raises(BadInput, match="changed since"):
        open_study("study.toml")
    Path("study.toml").write_text(written.replace(source, "[source]\nfile = 1\n\n"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"in \[source\]"):
        open_study("study.toml")


def test_synthesize_takes_a_source(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(files)
    asked = ["synthesize", "patients.csv", "--target", "relapse", "--subject", "patient", "-n", "20", "-o", "made.csv"]
    assert called(monkeypatch, *asked, "--method", "gaussian_copula", "--source", "registry.csv") == 0
    assert "registry.csv: " in capsys.readouterr().err
    Path("made.csv").unlink()
    assert called(monkeypatch, *asked, "--method", "smote", "--source", "registry.csv") == 2
    assert called(monkeypatch, *asked, "--method", "gaussian_copula", "--source", "patients.csv") == 2
    assert not Path("made.csv").exists()


def called(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of the command line."""
    monkeypatch.setattr("sys.argv", ["fewfold", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)
