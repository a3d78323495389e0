"""The benchmark counts right, goes on where it was, and its page has the form that it should have."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benchmarks.proof import helps, page, run, tables
from benchmarks.proof.rows import EXPECTED, FRESH
from benchmarks.proof.setups import SIZES

from fewfold.methods.base import METHODS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FEWFOLD_PROOF", str(tmp_path))
    return tmp_path


class Toss:
    """A task that counts how often it is computed."""

    def __init__(self, name: str) -> None:
        self.key, self.computed = f"toss/{name}", 0

    def compute(self) -> dict[str, Any]:
        self.computed += 1
        return {"name": self.key}


def test_a_rerun_computes_only_what_is_missing(folder: Path) -> None:
    tosses = [Toss(str(k)) for k in range(3)]
    run.run(tosses[:2], Toss.compute, 1)
    (folder / "toss" / "1.json").unlink()
    run.run(tosses, Toss.compute, 1)
    assert [toss.computed for toss in tosses] == [1, 2, 1]
    assert [one["name"] for one in run.results("toss")] == ["toss/0", "toss/1", "toss/2"]


def test_the_method_that_knows_the_truth_is_not_in_the_catalogue_of_who_imports_the_benchmark() -> None:
    assert helps.oracle.Oracle.card.name not in METHODS.names()


def test_a_rate_has_the_limits_of_clopper_and_pearson() -> None:
    assert str(tables.Rate(0, 50)) == "0 % (0 %–7.1 %)"  # 1 - 0.025 ** (1 / 50)
    assert str(tables.Rate(5, 100)) == "5.0 % (1.6 %–11.3 %)"  # published: 1.64 to 11.28
    assert str(tables.Rate()) == ""


def study(fault: str, strength: float, value: float) -> dict[str, Any]:
    null = [0.0] * 25 + [0.01] * 25
    read = {"fault": fault, "strength": strength, "values": {"rule_violations": value}, "nulls": {}}
    return {"setup": "clinic", "n": 60, "task": "binary", "nulls": {"rule_violations": null}, "read": [read]}


def test_detections_and_alarms_are_counted() -> None:
    studies = [study("implausible_values", 1.0, v) for v in (0.2, 0.2, 0.0)] + [study(FRESH, 0.0, 0.0)]
    seen = tables.detections(studies)
    found = seen["clinic", "implausible_values", 1.0, 60]
    assert (found.fitting.hits, found.critical.hits, found.any.hits, found.any.n) == (2, 2, 2, 3)
    assert (seen["clinic", FRESH, 0.0, 60].any.hits, seen["clinic", FRESH, 0.0, 60].any.n) == (0, 1)
    other = tables.detections([study("label_noise", 1.0, 0.2)])["clinic", "label_noise", 1.0, 60]
    assert (other.fitting.hits, other.any.hits) == (0, 1)  # a finding, and not the one that says what is wrong


def said(scenario: str, verdict: str, gains: tuple[float, float], repeat: int) -> dict[str, Any]:
    return {
        "scenario": scenario, "n": 60, "repeat": repeat, "minimum_detectable_effect": 0.1,
        "verdicts": [["oracle", verdict, min(gains), 0.01]],
        "against": {"oracle - none": gains[0], "oracle - duplication": gains[1]},
    }  # fmt: skip


def test_power_is_told_in_units_of_the_detectable_effect() -> None:
    name = "interaction_4_85"
    studies = [said(name, "helps", (0.3, 0.1), 0), said(name, "no_evidence", (0.1, 0.2), 1)]
    row = next(line for line in tables.power(studies).splitlines() if "0.85" in line)
    assert "| 60 | 0.150 | 0.100 | 1.5 | 50.0 % (1.3 %–98.7 %) | 50.0 % (1.3 %–98.7 %) | 0 % (0 %–84.2 %) |" in row


def test_a_gain_is_told_in_the_score_that_the_verdict_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = {"repeats": 1, "methods": ("gaussian_copula",), "ratios": (1.0,), "primary": "log_loss"}
    scenario = replace(helps.SCENARIOS["log_loss_20_100"], settings={**quick, "learners": ("logistic",)})
    monkeypatch.setattr(helps.oracle, "make_known", lambda: None)  # not needed, and other tests read the catalogue
    monkeypatch.setitem(helps.SCENARIOS, "quick", replace(scenario, make=helps._world("linear")))
    told = helps.compute(helps.Task("quick", 60, 0))
    assert set(told["against"]) == {"gaussian_copula - none", "gaussian_copula - duplication"}
    assert told["verdicts"][0][2] == min(told["against"].values())


def test_alarms_of_whole_studies_are_counted_with_their_codes() -> None:
    studies = [{"world": "clinic", "n": 60, "repeat": k, "codes": ["FF304"] * (k == 0)} for k in range(4)]
    row = tables.alarms_of_studies(studies).splitlines()[-1]
    assert row == "| clinic | - | 25.0 % (0.6 %–80.6 %) | - | - | FF304 |"


def test_false_helps_are_counted_by_scenario_and_in_all() -> None:
    studies = [said("noise_oracle", "helps", (0, 0), 0), said("noise_copula", "harms", (0, 0), 0)]
    lines = tables.false_helps(studies).splitlines()
    assert lines[-1].startswith("| all of them | - | 50.0 %")
    assert "| 100 % (2.5 %–100 %) |" in next(line for line in lines if helps.SCENARIOS["noise_oracle"].told in line)


def test_the_page_has_a_place_for_every_table_and_is_filled_again_in_the_same_way(folder: Path) -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    places = re.findall(r"<!-- proof: (\w+) -->", text)
    assert places == [
        "forms", "alarms", "alarms_by_metric", "alarms_of_studies", "strong", "weak", "false_helps", "power", "full",
        "peers",
    ]  # fmt: skip
    assert text.count("<!-- end -->") == len(places)
    for name in EXPECTED:
        assert f"| `{name}` |" in text
    copy = folder / "page.md"
    copy.write_text(text, encoding="utf-8")
    assert page.write(copy) == ["forms"]  # what has no results stays
    assert copy.read_text(encoding="utf-8") == text
    (folder / "helps").mkdir()
    one = said("noise_oracle", "no_evidence", (0.0, 0.0), 0)
    (folder / "helps" / "a.json").write_text(json.dumps(one), encoding="utf-8")
    assert page.write(copy) == ["forms", "false_helps", "power"]
    filled = copy.read_text(encoding="utf-8")
    page.write(copy)
    assert copy.read_text(encoding="utf-8") == filled
    assert "0 % (0 %–97.5 %)" in filled


@pytest.mark.parametrize("part", ["alarms", "strong", "weak", "false_helps"])
def test_published_tables_have_a_column_for_every_n(part: str) -> None:
    slot = re.search(rf"<!-- proof: {part} -->\n(.*?)<!-- end -->", page.PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert slot
    for n in SIZES if slot[1].strip() else ():
        assert f"n = {n}" in slot[1].strip().splitlines()[0]


def test_a_metric_without_a_null_raises_nothing() -> None:
    one = study("implausible_values", 1.0, 0.2)
    one["nulls"] = {"rule_violations": []}
    assert not tables.detections([one])["clinic", "implausible_values", 1.0, 60].any.hits
