"""Images of another tool, judged in three folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput, Leakage
from fewfold.data.io.image import write_image
from fewfold.study.three_folders import read_three_folders
from fewfold.study.validate import validate_files
from smears import smears


def by_class(cohort: ff.Cohort, folder: Path) -> Path:
    for k, (kind, image) in enumerate(zip(cohort.table["kind"], cohort.blocks["image"], strict=True)):
        (folder / str(kind)).mkdir(parents=True, exist_ok=True)
        write_image(image, folder / str(kind) / f"{k}.png")
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    path = tmp_path_factory.mktemp("three")
    train = smears(40)
    made = train.take(np.arange(40))  # another tool that gives its training images away
    return (
        by_class(train, path / "train"),
        by_class(smears(40, seed=1), path / "holdout"),
        by_class(made, path / "made"),
    )


def test_copies_are_told_as_such_and_fresh_images_are_not(folders: tuple[Path, Path, Path], tmp_path: Path) -> None:
    train, holdout, made = folders
    copied = validate_files(train, holdout, made, target="class")
    assert copied.title == "Validation of the images in made"
    assert "FF302" in {finding.code for finding in copied.findings}
    fresh = validate_files(train, holdout, by_class(smears(40, seed=2), tmp_path / "fresh"), target="class")
    assert not {"FF301", "FF302"} & {finding.code for finding in fresh.findings}
    kid = {result.title: next(m.value for m in result.metrics if m.name == "kid") for result in (copied, fresh)}
    assert all(value is not None for value in kid.values())


def test_what_cannot_be_used_is_counted(folders: tuple[Path, Path, Path], tmp_path: Path) -> None:
    broken = by_class(smears(20, seed=3), tmp_path / "broken")
    (broken / "large" / "0.png").write_bytes(b"no image")
    three = read_three_folders(folders[0], folders[1], broken, target="class")
    assert len(three.synthetic) == 19
    assert three.excluded == {"with an image that cannot be used": 1}
    assert three.synthetic.provenance.is_synthetic.all()
    assert {"image"} == set(three.train.blocks) == set(three.synthetic.blocks)


def test_a_patient_in_both_real_folders_is_an_error(tmp_path: Path) -> None:
    parts = [smears(40), smears(40, seed=1), smears(40, seed=2)]
    train, holdout, made = (tmp_path / name for name in ("train", "holdout", "made"))
    for cohort, folder in zip(parts, (train, holdout, made), strict=True):
        ff.write_images(cohort, folder)
    three = read_three_folders(train, holdout, made, target="kind", subject="patient", mask="cell")
    assert {"cell_size"} <= set(three.train.schema.names)
    with pytest.raises(Leakage, match="no patient in both"):
        ff.validate(train=three.train, holdout=three.holdout, synthetic=three.synthetic)


def test_images_that_say_that_they_are_made_are_no_real_ones(folders: tuple[Path, Path, Path], tmp_path: Path) -> None:
    cohort = ff.featured(smears(40)).as_part("train")
    tagged = ff.method("image_augmentation", preset="chest-xray").fit(cohort, rng=0).sample(40, rng=0)
    ff.write_images(tagged, tmp_path / "tagged")
    real = read_three_folders(folders[0], folders[1], folders[2], target="class")
    assert len(real.train) == 40
    with pytest.raises((BadInput, Leakage)):
        validate_files(tmp_path / "tagged", folders[1], folders[2], target="kind")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "a target"),
        ({"target": "class", "time": "t"}, "for tables"),
        ({"target": "class", "schema": "s"}, "tables"),
    ],
)
def test_wrong_options_are_refused(folders: tuple[Path, Path, Path], wrong: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        validate_files(*folders, **wrong)


def test_a_mask_is_for_folders(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="for a mask"):
        validate_files(tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv", target="y", mask="cell")
