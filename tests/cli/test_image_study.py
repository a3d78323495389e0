"""A study of a folder of images, as a user runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import fewfold as ff
from cli.test_cli import fewfold
from smears import discs, smears

INIT = ("init", "cells", "--target", "kind", "--preset", "chest-xray")
BRIEF = "repeats = 1\nnegative_control_repeats = 1\nseed_repeats = 0\nmetric_splits = 2\nmetrics = ['ks']\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("smears")
    cohort = smears(44)
    ff.write_images(cohort, path / "cells")
    table = path / "cells" / "images.csv"
    lines = table.read_text().splitlines()
    cut = [",".join("" if cell in ("small", "large") else cell for cell in lines[40].split(","))]
    table.write_text("\n".join([*lines[:40], *cut, *lines[41:]]) + "\n")
    (path / "cells" / lines[1].split(",")[lines[0].split(",").index("image")]).write_bytes(b"no image")
    return path


def brief(path: Path) -> None:
    text = path.read_text()
    for old, new in (("[1, 2, 5]", "[1]"), ('"logistic", "boosting"', '"logistic"'), ("repeats = 10\n", BRIEF)):
        text = text.replace(old, new)
    path.write_text(text)


def test_an_unsafe_preset_is_refused_before_anything_is_written(folder: Path) -> None:
    run = fewfold(*INIT, "--endpoint", "texture", "-o", "refused.toml", cwd=folder)
    assert run.returncode == 2
    assert "may destroy texture" in run.stderr
    assert not (folder / "refused.toml").exists()


def test_what_is_left_out_is_told_and_counted(folder: Path) -> None:
    made = fewfold(*INIT, "--subject", "patient", "--mask", "cell", cwd=folder)
    assert made.returncode == 0, made.stderr
    assert "1 files could not be used:" in made.stderr
    assert "42 images" in made.stdout
    assert "1 images have no kind" in made.stdout
    brief(folder / "study.toml")
    run = fewfold("run", "study.toml", "--out", "results", cwd=folder)
    assert run.returncode == 0, run.stderr
    told = json.loads((folder / "results" / "result.json").read_text())
    assert told["composition"]["initial"]["excluded"] == {
        "with an image that cannot be used": 1,
        "without a value of the target": 1,
    }
    assert [arm["method"] for arm in told["verdicts"]] == ["image_augmentation"]
    again = fewfold("run", "study.toml", "--out", "results", cwd=folder)
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize("words", [(), ("--target", "kind"), ("--preset", "ct")])
def test_a_folder_needs_a_target_and_a_preset(folder: Path, words: tuple[str, ...]) -> None:
    run = fewfold("init", "cells", *words, "-o", "none.toml", cwd=folder)
    assert run.returncode == 2
    assert "--target or --segment, and --preset for a folder of images" in run.stderr
    assert not (folder / "none.toml").exists()


def test_a_mask_is_found_in_a_folder(tmp_path: Path) -> None:
    ff.write_images(discs(40), tmp_path / "scans")
    init = ("init", "scans", "--segment", "cell", "--preset", "chest-xray", "--subject", "patient")
    made = fewfold(*init, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    study = tmp_path / "study.toml"
    text = study.read_text()
    assert 'segment = "cell"' in text
    assert "will refuse" not in text
    for old, new in (("[1, 2]", "[1]"), ("repeats = 4\n", BRIEF)):
        assert old in text
        text = text.replace(old, new)
    study.write_text(re.sub("learners = .*", 'learners = ["voxel_forest"]', text))
    run = fewfold("run", "study.toml", "--out", "results", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    told = json.loads((tmp_path / "results" / "result.json").read_text())
    assert (told["task"], told["target"]) == ("segmentation", "cell")
    dice = [row["value"] for row in told["metrics"] if row["name"] == "dice" and row["method"] == "none"]
    assert all(value > 0.95 for value in dice) and dice
    both = fewfold(*init, "--target", "site", "-o", "both.toml", cwd=tmp_path)
    assert both.returncode == 2 and "--target or --segment" in both.stderr
