"""Folders of images with a table, and without one; what is wrong with some of them, and the others all the same."""

import pickle

import nibabel
import numpy as np
import pandas as pd
import pytest

from data.io.test_dicom import plain, save
from data.io.test_dicom_series import series
from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Image, Marks
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.io.folder import read_images
from fewfold.data.io.folder_write import write_images
from fewfold.data.io.image import write_image
from fewfold.data.provenance import Provenance, Record
from fewfold.data.schema import Schema, Variable
from pictures import TAG, oblique, values

N = 12


@pytest.fixture
def folder(tmp_path):
    """Twelve pictures of six patients with masks, boxes and points."""
    (tmp_path / "masks").mkdir()
    for k in range(N):
        write_image(Image(values((20, 30, 3), "u1", seed=k), spacing=(0.5, 0.5)), tmp_path / f"{k}.png")
        write_image(Image((values((20, 30), "u1", seed=k) > 99).astype(np.uint8)), tmp_path / "masks" / f"{k}.png")
    table = pd.DataFrame({"image": [f"{k}.png" for k in range(N)], "vessel": [f"masks/{k}.png" for k in range(N)]})
    table["patient"], table["sick"] = [f"P{k // 2}" for k in range(N)], [k // 2 % 2 for k in range(N)]
    table["age"] = [40.5 + k for k in range(N)]
    table.to_csv(tmp_path / "images.csv", index=False)
    boxes = pd.DataFrame({"image": ["0.png", "0.png", "3.png"], "xmin": [1, 5, 2], "ymin": [2, 6, 3]})
    boxes = boxes.assign(xmax=[9, 25, 29], ymax=[8, 19, 17], label=["WBC", "RBC", "RBC"])
    boxes.to_csv(tmp_path / "boxes.csv", index=False)
    pd.DataFrame({"image": ["1.png"], "x": [3.5], "y": [7]}).to_csv(tmp_path / "points.csv", index=False)
    return tmp_path


def opened(folder, **options):
    return read_images(folder, target="sick", subject="patient", masks=["vessel"], **options)


def change(folder, row, column, value):
    table = pd.read_csv(folder / "images.csv", dtype=object)
    table.loc[row, column] = value
    table.to_csv(folder / "images.csv", index=False)


def test_all_that_lies_on_an_image_comes_with_it(folder):
    cohort, failures = opened(folder)
    assert not failures and cohort.n_subjects == 6 and cohort.class_counts == {0: 6, 1: 6}
    assert [v.name for v in cohort.schema.features] == ["age"]
    images = cohort.blocks["image"]
    assert images.names == cohort.table["image"].tolist() == [f"{k}.png" for k in range(N)]
    first = images[0]
    assert np.array_equal(first.pixels, values((20, 30, 3), "u1")) and first.spacing == (0.5, 0.5)
    assert np.array_equal(first.masks["vessel"], values((20, 30), "u1") > 99)
    assert first.boxes.at.tolist() == [[2, 1, 8, 9], [6, 5, 19, 25]]  # rows before columns
    assert first.boxes.labels == ("WBC", "RBC") and first.points is None
    assert images[1].points.at.tolist() == [[7, 3.5]] and images[1].points.labels == (1,)
    assert images.headers[0].shape == (20, 30, 3)


def test_rows_stay_aligned(folder):
    cohort, _ = opened(folder)
    part = cohort.take(np.array([5, 0, 0]))
    assert part.blocks["image"].names == ["5.png", "0.png", "0.png"] == part.table["image"].tolist()
    joined = Cohort.concat([part, cohort.take(np.array([7]))])
    assert joined.blocks["image"].names == ["5.png", "0.png", "0.png", "7.png"]
    sent = pickle.loads(pickle.dumps(part))
    assert np.array_equal(sent.blocks["image"][0].pixels, cohort.blocks["image"][5].pixels)


def test_values_are_read_when_asked_for(folder, monkeypatch):
    cohort, _ = opened(folder)
    (folder / "3.png").unlink()
    taken = cohort.take(np.arange(N)[::-1]).blocks["image"]
    assert taken[0].pixels.shape == (20, 30, 3)
    with pytest.raises(BadInput, match=r"3\.png"):
        _ = taken[N - 4]
    assert [failure.name for failure in cohort.blocks["image"].check()] == ["3.png"]


def test_a_row_without_a_target_leaves_with_its_image(folder):
    for row in (0, 1):
        change(folder, row, "sick", "")
    change(folder, 4, "image", "nowhere.png")
    cohort, failures = opened(folder, drop_missing_target=True)
    assert [failure.name for failure in failures] == ["nowhere.png"]
    left = [f"{k}.png" for k in range(N) if k not in (0, 1, 4)]
    assert cohort.blocks["image"].names == cohort.table["image"].tolist() == left


def corrupt(folder):
    (folder / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)


def empty(folder):
    (folder / "2.png").write_bytes(b"")


def wrong_extension(folder):
    write_image(Image(values((20, 30, 3), "u1")), folder / "x.jpg")
    (folder / "x.jpg").rename(folder / "2.png")


def other_mask_size(folder):
    write_image(Image(values((30, 20), "u1")), folder / "masks" / "2.png")


def other_mask_spacing(folder):
    write_image(Image(values((20, 30), "u1"), spacing=(0.9, 0.5)), folder / "masks" / "2.png")


def lost_mask(folder):
    (folder / "masks" / "2.png").unlink()


def loop(folder):
    (folder / "2.png").unlink()
    (folder / "2.png").symlink_to("other.png")
    (folder / "other.png").symlink_to("2.png")


def four_axes(folder):
    nibabel.save(nibabel.Nifti1Image(values((20, 30, 2, 5), "i2"), np.eye(4)), folder / "2.nii.gz")
    change(folder, 2, "image", "2.nii.gz")


def sheared(folder):
    affine = np.eye(4)
    affine[0, 1] = 0.3
    nibabel.save(nibabel.Nifti1Image(values((20, 30, 2), "i2"), affine), folder / "2.nii.gz")
    change(folder, 2, "image", "2.nii.gz")


AT_OPENING = [
    (corrupt, r"2\.png.*2\.png"),
    (empty, "an empty file"),
    (wrong_extension, "Found JPEG under that extension"),
    (other_mask_size, "of the size of its image, 20 x 30. Found 30 x 20"),
    (other_mask_spacing, "another spacing"),
    (lost_mask, "nothing there"),
    (loop, "links that lead to each other"),
    (four_axes, r"three axes in 2\.nii\.gz"),
    (sheared, r"right angles in 2\.nii\.gz"),
    (lambda f: change(f, 2, "image", ""), "row 4"),
]


@pytest.mark.parametrize(("fault", "message"), AT_OPENING)
def test_what_is_wrong_at_opening_is_listed_and_the_others_go_on(folder, fault, message):
    fault(folder)
    cohort, failures = opened(folder)
    assert len(failures) == 1 and len(cohort) == N - 1
    with pytest.raises(BadInput, match=message):
        raise failures[0].error
    assert "2" in failures[0].name or failures[0].name == "row 4"
    assert not cohort.blocks["image"].check()


def cut_off(folder):
    payload = (folder / "2.png").read_bytes()
    (folder / "2.png").write_bytes(payload[: len(payload) // 2])


def empty_mask(folder):
    write_image(Image(np.zeros((20, 30), np.uint8)), folder / "masks" / "2.png")


def no_numbers(folder):
    made = values((20, 30), "f4")
    made[3, 4] = np.nan
    write_image(Image(made), folder / "2.tif")
    change(folder, 2, "image", "2.tif")


@pytest.mark.parametrize(
    ("fault", "message"),
    [(cut_off, r"2\.png"), (empty_mask, r"something marked in the mask 2\.png"), (no_numbers, "1 of 600 values")],
)
def test_what_is_wrong_in_the_values_is_listed_and_the_others_go_on(folder, fault, message):
    fault(folder)
    cohort, failures = opened(folder)
    assert not failures
    read = dict(cohort.blocks["image"].readable(later := []))
    assert list(read) == [k for k in range(N) if k != 2] and len(later) == 1
    with pytest.raises(BadInput, match=message):
        raise later[0].error
    assert str(later[0]).startswith("2.")


def test_masks_may_be_empty_where_that_is_said(folder):
    empty_mask(folder)
    cohort, _ = opened(folder, empty_masks=True)
    assert not cohort.blocks["image"][2].masks["vessel"].any()


def test_content_may_be_believed(folder):
    wrong_extension(folder)
    cohort, failures = opened(folder, by_content=True)
    assert not failures and cohort.blocks["image"][2].pixels.shape == (20, 30, 3)


@pytest.mark.parametrize(
    "name",
    ["../secret.png", "sub/../../secret.png", "..\\secret.png", "C:\\secret.png", "link.png", "out/secret.png", "./"],
)
def test_nothing_outside_of_the_folder_is_read(tmp_path, folder, name):
    inner = tmp_path / "inner"
    inner.mkdir()
    write_image(Image(values((20, 30), "u1")), tmp_path / "secret.png")
    write_image(Image(values((20, 30), "u1")), inner / "0.png")
    (inner / "link.png").symlink_to(tmp_path / "secret.png")
    (inner / "out").symlink_to(tmp_path)
    for named in (name, str(tmp_path / "secret.png")):
        pd.DataFrame({"image": ["0.png", named]}).to_csv(inner / "images.csv", index=False)
        cohort, failures = read_images(inner)
        assert len(cohort) == 1
        with pytest.raises(BadInput, match=r"paths inside the folder inner in images\.csv"):
            raise failures[0].error


def test_paths_of_windows_are_understood(folder):
    (folder / "sub").mkdir()
    (folder / "0.png").rename(folder / "sub" / "0.png")
    pd.DataFrame({"image": ["sub\\0.png"]}).to_csv(folder / "images.csv", index=False)
    for name in ("boxes.csv", "points.csv"):
        (folder / name).unlink()
    assert len(read_images(folder).cohort) == 1


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("image", "1.png", "each image in one row"), ("patient", "", "a patient in column")],
)
def test_a_table_that_cannot_be_used(folder, column, value, message):
    change(folder, 2, column, value)
    with pytest.raises(BadInput, match=message):
        opened(folder)


def test_where_nothing_can_be_opened(tmp_path, folder):
    (tmp_path / "none").mkdir()
    with pytest.raises(BadInput, match=r"at least one image.*no file"):
        read_images(tmp_path / "none")
    with pytest.raises(BadInput, match="a folder with images"):
        read_images(tmp_path / "nowhere")
    for k in range(N):
        (folder / f"{k}.png").write_bytes(b"")
    with pytest.raises(BadInput, match=r"none\. 0\.png.*and 9 more"):
        opened(folder)
    with pytest.raises(BadInput, match=r"image.*vessel"):
        read_images(folder, image="file")


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        ("boxes.csv", ["0.png", 1, 1, 300, 9, "RBC"], "boxes on 0.png.*1 outside"),
        ("points.csv", ["0.png", 3, 25], "points on 0.png.*1 outside"),
        ("points.csv", ["99.png", 3, 5], "'99.png' and 0 more that are not among them"),
        ("boxes.csv", ["0.png", 9, 1, 3, 9, "RBC"], "smaller corner first"),
        ("points.csv", ["0.png", "x", 5], "numbers in y, x"),
    ],
)
def test_marks_that_cannot_be(folder, table, row, message):
    frame = pd.read_csv(folder / table)
    frame.loc[len(frame)] = row
    frame.to_csv(folder / table, index=False)
    with pytest.raises(BadInput, match=message):
        _, failures = opened(folder)
        assert [failure.name for failure in failures] == ["0.png"]
        raise failures[0].error


def test_a_batch_needs_one_size_and_one_spacing(folder):
    images = opened(folder)[0].blocks["image"]
    assert images.stack().shape == (N, 20, 30, 3)
    write_image(Image(values((25, 30, 3), "u1"), spacing=(0.5, 0.5)), folder / "2.png")
    write_image(Image(values((25, 30), "u1")), folder / "masks" / "2.png")
    with pytest.raises(BadInput, match=r"one size. Found 20 x 30 x 3 \(11\), 25 x 30 x 3 \(1\); 2\.png has 25"):
        opened(folder)[0].blocks["image"].stack()
    write_image(Image(values((20, 30, 3), "u1"), spacing=(0.5, 0.6)), folder / "2.png")
    write_image(Image(values((20, 30), "u1")), folder / "masks" / "2.png")
    with pytest.raises(BadInput, match=r"one spacing. Found 0.5 x 0.5 mm \(11\), 0.5 x 0.6 mm \(1\); 2\.png"):
        opened(folder)[0].blocks["image"].stack()


def test_a_folder_without_a_table(tmp_path):
    """Three patients in DICOM: a CT, two X-rays of one series, and an MR of the first patient; and a picture."""
    series(tmp_path / "ct", PatientID="A")
    series(tmp_path / "mr", uid="7.7", PatientID="A")
    for name in ("front", "side"):
        save(plain(values((6, 7), "u2"), SeriesInstanceUID="8.8", PatientID="B"), tmp_path / f"{name}.dcm")
    save(plain(values((6, 7), "u2"), PatientID=""), tmp_path / "unknown.dcm")
    write_image(Image(values((6, 7), "u1")), tmp_path / "z.png")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "broken.nii.gz").write_bytes(b"\x1f\x8b" + bytes(40))
    (tmp_path / "ct" / "back").symlink_to(tmp_path)
    (tmp_path / "lost.png").symlink_to(tmp_path / "nowhere.png")
    cohort, failures = read_images(tmp_path)
    assert cohort.table["image"].tolist() == ["ct", "front.dcm", "mr", "side.dcm", "unknown.dcm", "z.png"]
    assert cohort.table["patient"].tolist() == [f"patient-000{k}" for k in (1, 2, 1, 2, 3, 4)]
    assert cohort.n_subjects == 4 and cohort.blocks["image"][0].pixels.shape == (5, 6, 7)
    assert [failure.name for failure in failures] == ["ct/back", "lost.png", "broken.nii.gz"]
    assert "in which it lies" in str(failures[0]) and "leads nowhere" in str(failures[1])
    asked, _ = read_images(tmp_path, patient_ids=True)
    assert asked.table["patient"].tolist()[:4] == ["A", "B", "A", "B"]


def test_two_series_in_one_folder_are_two_volumes(tmp_path):
    series(tmp_path / "ct", PatientID="A")
    series(tmp_path / "ct", uid="7.7", PatientID="A", names=list("vwxyz"))
    cohort, failures = read_images(tmp_path)
    assert not failures and cohort.table["image"].tolist() == ["ct/a", "ct/v"]
    assert [image.pixels.shape for image in cohort.blocks["image"]] == [(5, 6, 7)] * 2


def made_from(cohort, sources):
    """The same rows, as if made from others."""
    record = Record("rotate", "1", {"degrees": 5}, "12")
    provenance = Provenance.synthetic(len(cohort), record, np.array(sources))
    return Cohort(cohort.table, cohort.schema, provenance, cohort.blocks)


def test_what_is_written_is_read_again(folder, tmp_path):
    cohort, _ = opened(folder)
    made = made_from(cohort.take(np.array([1, 3])), [[1, -1], [3, 4]])
    out = tmp_path / "out"
    assert write_images(Cohort.concat([cohort, made]), out) == ()
    again, failures = opened(out)
    assert not failures and len(again) == N + 2
    for k, row in enumerate([*range(N), 1, 3]):
        was, now = cohort.blocks["image"][row], again.blocks["image"][k]
        assert np.array_equal(was.pixels, now.pixels) and np.array_equal(was.masks["vessel"], now.masks["vessel"])
        assert was.spacing == now.spacing
        for before, after in ((was.boxes, now.boxes), (was.points, now.points)):
            assert (before is None) == (after is None)
            assert before is None or (np.array_equal(before.at, after.at) and before.labels == after.labels)
    assert again.provenance.is_synthetic.tolist() == [False] * N + [True] * 2
    tags = [header.tag for header in again.blocks["image"].headers]
    assert tags[:N] == [None] * N and [tag.origin for tag in tags[N:]] == ["augmented", "synthetic"]
    assert again.provenance.records[-1] == Record("rotate", "1", {"degrees": 5}, "12")
    assert again.table["age"].tolist() == [*cohort.table["age"], 41.5, 43.5]
    assert sorted(p.name for p in out.iterdir()) == ["boxes.csv", "images", "images.csv", "masks", "points.csv"]
    with pytest.raises(BadInput, match=r"no file at .*images\.csv"):
        write_images(cohort, out)


@pytest.mark.parametrize("extension", [None, ".nii", ".nrrd", ".mha", ".dcm"])
def test_volumes_are_written_with_their_masks_and_geometry(tmp_path, extension):
    shape = (5, 6, 7)
    image = Image(values(shape, "i2"), True, affine=oblique(), modality="MR",
                  masks={"part": (values(shape, "u1") % 3).astype(np.int32)},
                  points=Marks(np.array([[1.0, 2, 3.5]]), ("tip",)))  # fmt: skip
    frame = pd.DataFrame({"age": [30.0, 40.0]})
    cohort = Cohort.real(frame, Schema(variables=(Variable(name="age", kind="numeric"),)))
    cohort = cohort.with_block("image", Images.of([image, image]))
    assert write_images(cohort, tmp_path, extension=extension) == ()
    again, failures = read_images(tmp_path, masks=["part"])
    assert not failures and again.table["age"].tolist() == [30, 40]
    back = again.blocks["image"][1]
    assert np.array_equal(back.pixels, image.pixels) and np.array_equal(back.masks["part"], image.masks["part"])
    np.testing.assert_allclose(back.affine, oblique(), atol=1e-5)
    assert back.points.at.tolist() == [[1, 2, 3.5]] and back.points.labels == ("tip",)


def test_what_cannot_be_written_is_listed(folder, tmp_path):
    cohort, _ = opened(folder)
    (folder / "3.png").unlink()
    images = list(cohort.blocks["image"].entries)
    images[5] = Images.of([Image(values((4, 5, 2), "u1"))], ["odd"]).entries[0]
    cohort = cohort.with_block("image", Images(tuple(images)))
    failures = write_images(cohort, tmp_path / "out")
    assert [failure.name for failure in failures] == ["3.png", "odd"]
    assert len(opened(tmp_path / "out").cohort) == N - 2


def test_a_made_image_is_never_taken_for_a_real_one(folder):
    """Though the table says nothing of it."""
    write_image(Image(values((20, 30, 3), "u1"), spacing=(0.5, 0.5), tag=TAG), folder / "6.png")
    cohort, _ = opened(folder)
    assert np.flatnonzero(cohort.provenance.is_synthetic).tolist() == [6]
    assert cohort.provenance.records == (TAG.record,)
