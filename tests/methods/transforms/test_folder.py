"""A folder of images, augmented: what is written, what is kept, what is left out, and what is refused."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.io.test_dicom_series import series
from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Image
from fewfold.data.io.folder import read_images
from fewfold.data.io.image import read_image, write_image
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.folder.augment import augment_folder
from fewfold.methods.transforms.preset import describe_preset, preset
from fewfold.methods.transforms.record import Record
from pictures import TAG, oblique, values

N, RATIO, PRESET = 4, 3, "blood-smear"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures in two subfolders, without a table."""
    for k in range(N):
        path = tmp_path / "in" / ("sick" if k % 2 else "well") / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_image(Image(values((20, 30, 3), "u1", seed=k), spacing=(0.5, 0.25)), path)
    return tmp_path / "in"


@pytest.fixture
def labelled(folder: Path) -> Path:
    """The same with a table, a mask of what is bright, the box around it and the point in it."""
    rows, boxes, points = [], [], []
    for k in range(N):
        name = f"{'sick' if k % 2 else 'well'}/{k}.png"
        pixels, mask = np.full((24, 24, 3), 100, np.uint8), np.zeros((24, 24), np.uint8)
        pixels[8:13, 12 - k : 17 - k], mask[8:13, 12 - k : 17 - k] = 200, 7
        write_image(Image(pixels), folder / name)
        (folder / "cells").mkdir(exist_ok=True)
        write_image(Image(mask), folder / "cells" / f"{k}.png")
        rows.append({"image": name, "cells": f"cells/{k}.png", "patient": f"P{k}", "sick": k % 2})
        boxes.append({"image": name, "xmin": 12 - k, "ymin": 8, "xmax": 17 - k, "ymax": 13, "label": "cell"})
        points.append({"image": name, "x": 14 - k, "y": 10, "label": "cell"})
    for name, table in (("images", rows), ("boxes", boxes), ("points", points)):
        pd.DataFrame(table).to_csv(folder / f"{name}.csv", index=False)
    return folder


def lines(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "augmented.jsonl").read_text().splitlines()]


def contents(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def run(folder: Path, out: Path, **options):
    return augment_folder(folder, out, PRESET, **{"ratio": RATIO, "seed": 5, **options})


def test_each_image_has_its_copies_and_the_manifest_replays_them(folder, tmp_path):
    done = run(folder, tmp_path / "out")
    assert (done.images, done.written, done.kept, done.left_out, done.failures) == (N, N * RATIO, 0, 0, [])
    told = lines(tmp_path / "out")
    assert [(line["source"], line["epoch"]) for line in told] == [
        (name, epoch) for name in ("sick/1.png", "sick/3.png", "well/0.png", "well/2.png") for epoch in range(RATIO)
    ]
    assert len({json.dumps(line["record"]["steps"]) for line in told}) == N * RATIO  # no two are altered alike
    any_chain = Augmenter([], seed=0, border=describe_preset(PRESET).border)
    for line in told:
        source, made = folder / line["source"], read_image(tmp_path / "out" / line["files"]["image"])
        assert line["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
        assert line["record"]["index"] == line["index"] and line["record"]["seed"] == line["seed"] == 5
        again = any_chain.replay(read_image(source).pixels, Record.from_json(json.dumps(line["record"])))
        assert np.array_equal(made.pixels, again)
        assert made.tag is not None and made.tag.origin == "augmented" and made.spacing == (0.5, 0.25)
        assert made.tag.record.params["preset"] == PRESET
    assert len(set(contents(tmp_path / "out").values())) == N * RATIO + 2


def test_a_copy_is_what_an_augmenter_gives_for_that_index_and_epoch(folder, tmp_path):
    run(folder, tmp_path / "out")
    line = lines(tmp_path / "out")[4]
    augment = Augmenter(preset(PRESET), seed=5, border=describe_preset(PRESET).border)
    source = read_image(folder / line["source"])
    made = augment(source.pixels, index=line["index"], epoch=line["epoch"], spacing=source.spacing)
    assert np.array_equal(made, read_image(tmp_path / "out" / line["files"]["image"]).pixels)


def test_subfolders_are_classes_and_copies_are_not_taken_for_patients(folder, tmp_path):
    run(folder, tmp_path / "out")
    cohort, failures = read_images(tmp_path / "out", target="class", subject="fewfold_source")
    assert not failures and cohort.class_counts == {"sick": 6, "well": 6} and cohort.n_subjects == N
    assert cohort.provenance.is_synthetic.all()


def test_labels_masks_boxes_and_points_go_with_the_image(labelled, tmp_path):
    run(labelled, tmp_path / "out", masks=["cells"])
    again, failures = read_images(tmp_path / "out", target="sick", subject="patient", masks=["cells"])
    assert not failures and again.n_subjects == N and again.class_counts == {0: 6, 1: 6}
    rows = again.table[["fewfold_source", "patient", "sick"]].itertuples(index=False)
    for (name, patient, sick), image in zip(rows, again.blocks["image"], strict=True):
        k = int(name[-5])
        assert (patient, sick) == (f"P{k}", k % 2)
        line = next(each for each in lines(tmp_path / "out") if each["source"] == name)
        assert line["masks_sha256"]["cells"] == hashlib.sha256((labelled / f"cells/{k}.png").read_bytes()).hexdigest()
        assert set(np.unique(image.masks["cells"])) <= {0, 7}
        (row, column), box = image.points.at[0], image.boxes.at[0]
        assert box[0] <= row + 0.5 <= box[2] and box[1] <= column + 0.5 <= box[3]
        for lit in (image.masks["cells"] == 7, image.pixels[..., 0] > 150):
            np.testing.assert_allclose(np.argwhere(lit).mean(axis=0), (row, column), atol=0.5)
            inside = (np.argwhere(lit) + 0.5 >= box[:2]) & (np.argwhere(lit) + 0.5 <= box[2:])
            assert inside.all()


def test_marks_that_leave_the_image_are_dropped_and_cut(tmp_path):
    (tmp_path / "in").mkdir()
    write_image(Image(np.full((40, 40, 3), 9, np.uint8)), tmp_path / "in" / "a.png")
    write_image(Image(np.full((40, 40, 3), 8, np.uint8)), tmp_path / "in" / "b.png")
    corners = pd.DataFrame({"image": ["a.png", "b.png"], "xmin": 0, "ymin": 0, "xmax": [2, 40], "ymax": [2, 40]})
    corners.to_csv(tmp_path / "in" / "boxes.csv", index=False)
    pd.DataFrame({"image": "a.png", "x": [0, 20], "y": [0, 20]}).to_csv(tmp_path / "in" / "points.csv", index=False)
    run(tmp_path / "in", tmp_path / "out", ratio=8)
    told = lines(tmp_path / "out")
    corner = [line for line in told if line["source"] == "a.png"]
    assert {len(line["points"]["at"]) for line in corner} == {1}  # a corner leaves in a turn, and the middle does not
    for line in told:
        for box in line["boxes"]["at"]:
            assert 0 <= box[0] < box[2] <= 40 and 0 <= box[1] < box[3] <= 40
    assert not read_images(tmp_path / "out").failures


def test_volumes_keep_their_geometry_and_units(tmp_path):
    (tmp_path / "in").mkdir()
    scan = Image(values((6, 16, 18), "i2"), volume=True, affine=oblique(), modality="CT")
    write_image(scan, tmp_path / "in" / "scan.nii.gz")
    augment_folder(tmp_path / "in", tmp_path / "out", "ct", ratio=2)
    for line in lines(tmp_path / "out"):
        made = read_image(tmp_path / "out" / line["files"]["image"])
        assert line["files"]["image"].endswith(".nii.gz") and made.volume and made.pixels.dtype == np.int16
        assert made.pixels.shape == (6, 16, 18)
        np.testing.assert_allclose(made.affine, oblique(), atol=1e-4)
        np.testing.assert_allclose(line["record"]["lattice"]["spacing"], scan.spacing, rtol=1e-5)


def test_wide_whole_numbers_keep_their_values(tmp_path):
    (tmp_path / "in").mkdir()
    units, counts = np.arange(-1024, 1280).reshape(4, 24, 24), np.arange(2304).reshape(4, 24, 24) + 70000
    series(tmp_path / "in" / "series")
    for name, voxels in (("units", units), ("counts", counts)):
        write_image(Image(voxels.astype(np.int32), volume=True, spacing=(2, 1, 1)), tmp_path / "in" / f"{name}.nii.gz")
    done = augment_folder(tmp_path / "in", tmp_path / "out", "ct", ratio=2)
    assert not done.failures and done.images == 3
    kinds = {"units": (np.int16, units), "counts": (np.float32, counts)}
    for line in lines(tmp_path / "out"):
        made = read_image(tmp_path / "out" / line["files"]["image"]).pixels
        if line["source"] != "series":
            dtype, source = kinds[line["source"].removesuffix(".nii.gz")]
            assert made.dtype == dtype and source.min() <= made.min() and made.max() <= source.max()


def test_stopped_anywhere_it_goes_on_and_ends_with_the_same_bytes(labelled, tmp_path):
    run(labelled, tmp_path / "whole", masks=["cells"])

    def until(image: int) -> None:
        def stop(done: int, total: int) -> None:
            if done == image * RATIO:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(labelled, tmp_path / "cut", masks=["cells"], progress=stop)

    until(2)
    assert len(lines(tmp_path / "cut")) == 2 * RATIO and not (tmp_path / "cut" / "images.csv").exists()
    manifest = tmp_path / "cut" / "augmented.jsonl"
    manifest.write_text(manifest.read_text()[:-100])  # the last line was being written
    until(3)
    done = run(labelled, tmp_path / "cut", masks=["cells"])
    assert (done.kept, done.written) == (3 * RATIO, (N - 3) * RATIO)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


@pytest.mark.parametrize("jobs", [2, 3])
def test_threads_change_no_byte(labelled, tmp_path, jobs):
    (labelled / "sick" / "1.png").write_bytes(b"torn")
    run(labelled, tmp_path / "one", masks=["cells"])
    several = run(labelled, tmp_path / "several", masks=["cells"], jobs=jobs)
    assert contents(tmp_path / "several") == contents(tmp_path / "one")
    assert (several.images, several.written, several.kept) == (N - 1, (N - 1) * RATIO, 0)
    assert [failure.name for failure in several.failures] == ["sick/1.png"]
    again = run(labelled, tmp_path / "several", masks=["cells"], jobs=jobs)
    assert (again.written, again.kept) == (0, (N - 1) * RATIO)


def test_only_what_changed_is_made_anew(labelled, tmp_path):
    out = tmp_path / "out"
    run(labelled, out, masks=["cells"])
    before = contents(out)
    assert run(labelled, out, masks=["cells"]).written == 0
    (out / "images" / "sick" / "1-0.png").write_bytes(b"cut off")
    (out / "masks" / "cells" / "sick" / "1-1.png").unlink()
    assert run(labelled, out, masks=["cells"]).written == 2
    assert contents(out) == before
    write_image(Image(np.full((24, 24), 3, np.uint8)), labelled / "cells" / "3.png")
    assert run(labelled, out, masks=["cells"]).written == RATIO
    write_image(Image(values((24, 24, 3), "u1")), labelled / "sick" / "1.png")
    assert run(labelled, out, masks=["cells"]).written == RATIO
    more = run(labelled, out, masks=["cells"], ratio=RATIO + 1)
    assert (more.written, more.kept) == (N, N * RATIO)
    assert run(labelled, out, masks=["cells"], ratio=RATIO + 1, seed=6).written == N * (RATIO + 1)


def test_another_image_in_the_folder_changes_no_copy(folder, tmp_path):
    run(folder, tmp_path / "out")
    before = contents(tmp_path / "out")
    write_image(Image(values((20, 30, 3), "u1", seed=9)), folder / "sick" / "0.png")
    assert run(folder, tmp_path / "out").written == RATIO
    after = contents(tmp_path / "out")
    assert all(after[name] == before[name] for name in before if name.startswith("images/"))


def test_broken_files_are_listed_and_the_others_done(folder, tmp_path):
    (folder / "sick" / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)  # seen when it is opened
    payload = (folder / "well" / "0.png").read_bytes()
    (folder / "well" / "0.png").write_bytes(payload[: len(payload) // 2])  # seen when its values are read
    done = run(folder, tmp_path / "out")
    assert (done.images, done.written) == (2, 2 * RATIO)
    assert sorted(each.name for each in done.failures) == ["sick/1.png", "well/0.png"]
    assert len(read_images(tmp_path / "out").cohort) == 2 * RATIO
    (folder / "well" / "0.png").write_bytes(payload)
    done = run(folder, tmp_path / "out")
    assert (done.written, done.kept) == (RATIO, 2 * RATIO)


def test_a_full_disk_stops_it(folder, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise BadInput(expected="room", found="none", fix="Make some.") from OSError(28, "No space left on device")

    monkeypatch.setattr("fewfold.methods.transforms.folder.augment.write_files", full)
    with pytest.raises(BadInput, match="room"):
        run(folder, tmp_path / "out")


def test_what_it_wrote_is_not_read_again(folder):
    run(folder, folder / "made", ratio=1)
    first = contents(folder / "made")
    done = run(folder, folder / "made", ratio=1)
    assert (done.images, done.kept, done.written, done.left_out) == (N, N, 0, 0)
    assert contents(folder / "made") == first
    (folder / "made" / "images" / "sick" / "1-0.png").write_bytes(b"")  # a fault in there is none of the input
    assert not run(folder, folder / "made", ratio=1).failures
    other = run(folder, folder / "other", ratio=1)
    assert other.images == N


def test_images_that_were_made_are_left_out(folder, tmp_path):
    write_image(Image(values((20, 30, 3), "u1"), tag=TAG), folder / "sick" / "made.png")
    done = run(folder, tmp_path / "out")
    assert (done.images, done.left_out) == (N, 1)
    with pytest.raises(BadInput, match="only images that were made"):
        run(tmp_path / "out", tmp_path / "again")


def test_loops_of_links_and_paths_out_of_the_folder(folder, tmp_path):
    os.symlink(folder, folder / "sick" / "loop")
    write_image(Image(values((5, 5, 3), "u1")), tmp_path / "secret.png")
    os.symlink(tmp_path / "secret.png", folder / "well" / "link.png")
    done = run(folder, tmp_path / "out")
    assert done.images == N and {each.name for each in done.failures} == {"sick/loop", "well/link.png"}
    names = ["../secret.png", str(tmp_path / "secret.png"), "sick/1.png", "sick\\..\\..\\secret.png"]
    pd.DataFrame({"image": names}).to_csv(folder / "images.csv", index=False)
    done = run(folder, tmp_path / "listed")
    assert done.images == 1 and len(done.failures) == 3
    assert {name for name in contents(tmp_path) if "secret" in name} == {"secret.png"}


def test_names_that_would_meet(folder, tmp_path):
    write_image(Image(values((20, 30, 3), "u1")), folder / "sick" / "1.bmp")
    write_image(Image(values((20, 30, 3), "u1")), folder / "sick" / "1.bmp.png")
    done = run(folder, tmp_path / "out")
    assert done.images == N + 1 and [each.name for each in done.failures] == ["sick/1.bmp.png"]
    assert len({line["files"]["image"] for line in lines(tmp_path / "out")}) == (N + 1) * RATIO


def test_what_is_refused_writes_nothing(folder, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(BadInput, match=r"reflection may destroy laterality \(which side is which\)"):
        run(folder, out, endpoints=["laterality"])
    with pytest.raises(BadInput, match="chest-xray"):
        augment_folder(folder, out, "x-ray")
    with pytest.raises(BadInput, match="can name a folder"):
        run(folder, out, masks=["../cells"])
    assert not out.exists()
    with pytest.raises(BadInput, match="new, empty"):
        run(folder, folder)
    run(folder, out, endpoints=["size", "shape"])
    with pytest.raises(BadInput, match=r"4 others, the first number 2 of .*the ratio is 2"):
        run(folder, out, ratio=2)
    (folder / "sick" / "1.png").unlink()
    with pytest.raises(BadInput, match=r"3 others.*sick/1\.png.*no longer there"):
        run(folder, out)
