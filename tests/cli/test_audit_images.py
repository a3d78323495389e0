"""``fewfold audit-images FOLDER`` as a user types it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cli.test_cli import fewfold
from fewfold.data.blocks.images import Images
from fewfold.data.io.image import read_image, write_image
from pictures import TAG
from study.pictured import pictured

WORDS = ("audit-images", "smears", "--transform", "reflection", "--border", "mirror", "--seed", 1)


@pytest.fixture
def smears(tmp_path: Path) -> Path:
    cohort = pictured("side", 40)
    images = cohort.blocks["image"]
    assert isinstance(images, Images)
    for k, (image, label) in enumerate(zip(images, cohort.table["sign"], strict=True)):
        path = tmp_path / "smears" / label / f"{k:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_image(image, path)
    return tmp_path


def table(smears: Path) -> None:
    files = sorted((smears / "smears").rglob("*.png"))
    rows = [f"{p.relative_to(smears / 'smears').as_posix()},{int(p.stem) // 4},{p.parent.name}" for p in files]
    (smears / "labels.csv").write_text("\n".join(["image,patient,sign", *rows]) + "\n")


def test_subfolders_are_labels_and_a_page_and_its_numbers_are_written(smears: Path) -> None:
    run = fewfold(*WORDS, cwd=smears)
    assert run.returncode == 0, run.stderr
    assert "40 images of 40 patients (one an image). AUROC of the model" in run.stdout
    assert "reflection: Unsafe: at least 7" in run.stdout
    assert "smears-audit.html" in run.stdout
    page = (smears / "smears-audit.html").read_text(encoding="utf-8")
    assert "How far can each transform go" in page and "data:image/png" in page
    first = (smears / "smears-audit.json").read_text(encoding="utf-8")
    again = fewfold(*WORDS, "--json", "--out", "other.html", "--jobs", 2, cwd=smears)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == json.loads(first)
    assert (smears / "other.html").read_text(encoding="utf-8") == page


def test_a_table_names_labels_and_patients(smears: Path) -> None:
    table(smears)
    named = ("--labels", "../labels.csv", "--target", "sign", "--subject", "patient", "--no-pictures")
    run = fewfold(*WORDS, *named, "--magnitude", 1, "--transform", "blur", "--json", cwd=smears)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert (told["n"], told["patients"], told["grouped"], told["target"]) == (40, 10, True, "sign")
    assert told["picture"] is None and "data:image/png" not in (smears / "smears-audit.html").read_text("utf-8")
    assert [one["label"] for one in told["operations"]] == ["reflection", "blur"]
    assert all(one["safe_up_to"] is None for one in told["operations"]), "10 patients are too few"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("audit-images", "smears"), "--preset: blood-smear"),
        (("audit-images", "smears", "--transform", "refection"), "reflection"),
        (("audit-images", "smears/there", "--transform", "blur"), "20 images in no subfolder"),
        (("audit-images", "smears", "--transform", "blur", "--labels", "labels.csv"), "--target COLUMN"),
        (("audit-images", "smears", "--transform", "blur", "--border", "wrap"), "border"),
        (("audit-images", "smears", "--transform", "blur", "--out", "no/where.html"), "in a folder that is there"),
    ],
)
def test_what_cannot_be_done_is_said(smears: Path, words: tuple[str, ...], told: str) -> None:
    table(smears)
    run = fewfold(*words, cwd=smears)
    assert run.returncode == 2, run.stderr
    assert told in run.stderr
    assert "Traceback" not in run.stderr
    assert not list(smears.glob("*.html"))


def test_made_images_and_broken_files_are_left_out_and_told(smears: Path) -> None:
    source = read_image(smears / "smears" / "there" / "01.png")
    write_image(replace(source, tag=TAG), smears / "smears" / "there" / "made.png")
    (smears / "smears" / "there" / "broken.png").write_bytes(b"")
    run = fewfold(*WORDS, cwd=smears)
    assert run.returncode == 2
    assert "40 images of 40 patients" in run.stdout
    assert "Left out 1 images that say of themselves" in run.stderr
    assert "1 files could not be used" in run.stderr and "broken.png" in run.stderr
