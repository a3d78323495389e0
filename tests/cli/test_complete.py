"""What the shell proposes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from fewfold.data import datasets
from fewfold.study.runner import BACKENDS

NAMED = "import sys; sys.argv[0] = 'fewfold'; from fewfold.cli import main; main()"


def proposed(*words: str) -> list[str]:
    """As bash asks for it: the last word is to be completed."""
    asked = {"_FEWFOLD_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    command = [sys.executable, "-c", NAMED]
    run = subprocess.run(command, env={**os.environ, **asked}, capture_output=True, text=True, check=True)
    return run.stdout.split()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["synthesize", "a.csv", "--method", "gaussian"], ["gaussian_copula"]),
        (["augment", "a.csv", "--method", "smoten"], ["smotenc"]),
        (["augment", "smears", "--preset", "bl"], ["blood-smear"]),
        (["augment", "smears", "--endpoint", "lat"], ["laterality"]),
        (["methods", "smoten"], ["smotenc"]),
        (["metrics", "membership_w"], ["membership_worst_decile"]),
        (["datasets", "hcc"], ["hcc_survival"]),
        (["metrics", "--modality", "t"], ["table"]),
        (["run", "study.toml", "--fail-on", "harms,bl"], ["harms,blocked"]),
        (["run", "study.toml", "--backend", ""], list(BACKENDS)),
    ],
)
def test_values_are_completed(words, found):
    assert proposed("fewfold", *words) == found


def test_one_entry_of_a_catalogue_is_shown_in_full():
    def shown(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", NAMED, *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"}
        )

    assert datasets.card("pbc").citation in shown("datasets", "pbc").stdout
    assert "k_neighbors = 5" in shown("methods", "smote").stdout
    assert [card["name"] for card in json.loads(shown("metrics", "ks", "--json").stdout)] == ["ks"]
    wrong = shown("datasets", "pcb")
    assert (wrong.returncode, "pbc" in wrong.stderr) == (2, True)
