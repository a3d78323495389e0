"""``fewfold augment FOLDER`` as a user types it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from cli.test_cli import UNCLOSED, fewfold, group
from fewfold.data.blocks.image import Image
from fewfold.data.io.image import read_image, write_image
from pictures import values

PUBLISHED = Path(os.environ.get("FEWFOLD_DATA", "."))


@pytest.fixture
def smears(tmp_path: Path) -> Path:
    for k in range(6):
        path = tmp_path / "smears" / ("sick" if k % 2 else "well") / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_image(Image(values((60, 80, 3), "u1", seed=k)), path)
    return tmp_path


WORDS = ("augment", "smears", "--preset", "blood-smear", "--ratio", 3, "--seed", 1)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_folder_gets_its_copies_beside_it(smears):
    run = fewfold(*WORDS, cwd=smears)
    assert run.returncode == 0, run.stderr
    assert "Wrote 18 copies of 6 images" in run.stdout
    assert "laterality" in run.stderr and "--endpoint" in run.stderr
    made = contents(smears / "smears-augmented")
    assert sum(name.startswith("images/sick/") for name in made) == 9
    assert len(made["augmented.jsonl"].splitlines()) == 18
    again = fewfold(*WORDS, "--json", "--endpoint", "size", cwd=smears)
    assert again.returncode == 0 and not again.stderr.strip()
    told = json.loads(again.stdout)
    assert (told["images"], told["written"], told["kept"], told["failures"]) == (6, 0, 18, [])
    assert contents(smears / "smears-augmented") == made


def test_killed_half_way_it_ends_with_the_same_bytes(smears):
    assert fewfold(*WORDS, "--out", "whole", cwd=smears).returncode == 0
    manifest = smears / "cut" / "augmented.jsonl"
    with group([*UNCLOSED, *map(str, WORDS), "--out", "cut"], cwd=smears) as process:
        while not (manifest.exists() and manifest.read_text().count("\n") >= 2):
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    run = fewfold(*WORDS, "--out", "cut", cwd=smears)
    assert run.returncode == 0, run.stderr
    left = {name: made for name, made in contents(smears / "cut").items() if not Path(name).name.startswith(".")}
    assert left == contents(smears / "whole")


def test_broken_files_are_listed_last_and_end_with_2(smears):
    (smears / "smears" / "sick" / "1.png").write_bytes(b"")
    payload = (smears / "smears" / "well" / "2.png").read_bytes()
    (smears / "smears" / "well" / "2.png").write_bytes(payload[: len(payload) // 2])
    run = fewfold(*WORDS, "--json", cwd=smears)
    assert run.returncode == 2
    told = json.loads(run.stdout)
    assert (told["images"], told["written"]) == (4, 12)
    assert {each["file"] for each in told["failures"]} == {"sick/1.png", "well/2.png"}
    assert "2 files could not be used" in run.stderr and "sick/1.png: Expected" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_name_that_is_no_utf_8_is_listed(smears):
    os.rename(smears / "smears" / "sick" / "1.png", os.fsencode(smears / "smears" / "sick") + b"/\xff.png")
    run = fewfold(*WORDS, "--json", cwd=smears)
    assert run.returncode == 2 and "Traceback" not in run.stderr
    told = json.loads(run.stdout)
    assert told["images"] == 5 and "UTF-8" in told["failures"][0]["error"]
    assert "udcff" in told["failures"][0]["file"] and "udcff" in run.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["smears", "--preset", "smear"], "blood-smear, chest-xray"),
        (["smears", "--preset", "blood-smear", "--endpoint", "laterality"], "reflection may destroy laterality"),
        (["smears", "--preset", "blood-smear", "--endpoint", "side"], "which side is which"),
        (["smears", "--preset", "blood-smear", "--ratio", "1.5"], "whole number"),
        (["smears", "--preset", "blood-smear", "--ratio", "0"], "whole number"),
        (["smears", "--preset", "blood-smear", "--method", "smote"], "--method"),
        (["smears", "--preset", "blood-smear", "--labels", "absent.csv"], "absent.csv"),
        (["smears", "--preset", "blood-smear", "--out", "smears"], "new, empty"),
        (["smears"], "--preset: blood-smear"),
        (["absent", "--preset", "blood-smear"], "absent"),
        (["patients.csv", "--method", "smote", "--endpoint", "size", "-o", "x.csv"], "--endpoint"),
        (["patients.csv", "-o", "x.csv"], "--method"),
        (["patients.csv", "--method", "smote"], "--out"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(smears, words, said):
    before = contents(smears)
    run = fewfold("augment", *words, cwd=smears)
    assert run.returncode == 2
    assert said in run.stderr and "Traceback" not in run.stderr
    assert contents(smears) == before


@pytest.mark.skipif(not (PUBLISHED / "bccd").is_dir(), reason="set FEWFOLD_DATA to the folder that holds bccd")
def test_published_smears_with_their_boxes(tmp_path):
    images = sorted((PUBLISHED / "bccd" / "images").iterdir())[:3]
    (tmp_path / "bccd").mkdir()
    for path in images:
        shutil.copy(path, tmp_path / "bccd")
    names = {path.name for path in images}
    table = (PUBLISHED / "bccd" / "boxes.csv").read_text().splitlines()
    own = [line for line in table[1:] if line.partition(",")[0] in names]
    (tmp_path / "bccd" / "boxes.csv").write_text("\n".join([table[0], *own]) + "\n")
    run = fewfold("augment", "bccd", "--preset", "blood-smear", "--ratio", 2, "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    told = [json.loads(line) for line in (tmp_path / "bccd-augmented" / "augmented.jsonl").read_text().splitlines()]
    assert len(told) == 6
    for line in told:
        source, made = tmp_path / "bccd" / line["source"], tmp_path / "bccd-augmented" / line["files"]["image"]
        assert read_image(made).pixels.shape == read_image(source).pixels.shape == (480, 640, 3)
        assert 0 < len(line["boxes"]["at"]) <= sum(line["source"] in row for row in own)
