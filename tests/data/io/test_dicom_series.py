"""A volume in many files."""

import numpy as np
import pytest

from data.io.test_dicom import plain, save
from fewfold.core.errors import BadInput
from fewfold.data.io.dicom_series import files_in, series_of
from fewfold.data.io.image import read_header, read_image
from pictures import values

STORED = values((5, 6, 7), "i2")
X, Y = np.array([0.8, 0.6, 0.0]), np.array([-0.6, 0.8, 0.0])


def series(folder, *, uid="1.2.3", places=None, names=None, **elements):
    """Five slices, 2.5 mm apart along z, in files whose names say nothing of the order."""
    folder.mkdir(exist_ok=True)
    places = places or [(1, 2, 2.5 * k) for k in range(5)]
    for k, name in enumerate(names or ["d", "a", "e", "b", "c"]):
        told = {
            "SeriesInstanceUID": uid,
            "ImagePositionPatient": list(map(float, places[k])),
            "PixelSpacing": [0.7, 0.8],
        }
        told |= {"ImageOrientationPatient": [*X, *Y], "RescaleIntercept": "-5", "RescaleSlope": "1"}
        save(plain(STORED[k], **(told | elements)), folder / name)
    return folder


def test_slices_lie_where_they_say(tmp_path):
    image = read_image(series(tmp_path / "ct"))
    assert np.array_equal(image.pixels, STORED.astype(int) - 5) and image.volume
    np.testing.assert_allclose(image.spacing, (2.5, 0.7, 0.8))
    there = np.array([1, 2, 2.5 * 3]) + 2 * 0.7 * Y + 4 * 0.8 * X
    np.testing.assert_allclose(image.affine @ [3, 2, 4, 1], [*there * [-1, -1, 1], 1])
    header = read_header(tmp_path / "ct")
    assert header.shape == STORED.shape and header.dtype == image.pixels.dtype


def test_other_files_do_not_matter(tmp_path):
    folder = series(tmp_path / "ct")
    for name in ("DICOMDIR", "notes.txt", ".DS_Store"):
        (folder / name).write_bytes(b"\0" * 128 + b"DICM" if name == "DICOMDIR" else b"text")
    assert len(files_in(folder)) == 5
    assert read_header(folder).shape == STORED.shape


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda f: (f / "b").unlink(), "5 mm after slice 3 of 4 where it is 2.5 mm elsewhere.*missing"),
        (lambda f: save(plain(STORED[0][:5], SeriesInstanceUID="1.2.3"), f / "b"), "files of one size.*b is one of 1"),
        (lambda f: series(f, uid="9.9", names=["x"]), "files of one series.*x is one of 1"),
        (lambda f: series(f, names=["x"]), "two slices at one place"),
        (lambda f: series(f, names=["x"], places=[(0, 0, 12.5)], ImageOrientationPatient=[1, 0, 0, 0, 0, 1]),
         "not parallel.*scouts"),
        (lambda f: series(f, names=["x"], places=[(0, 0, 12.5)], PixelSpacing=[0.5, 0.5]), "one pixel spacing"),
        (lambda f: (f / "b.dcm").write_bytes(b"no dicom"), "b.dcm"),
        (lambda f: (f / "b").write_bytes((f / "b").read_bytes()[:-20]), "in b, as its header says"),
        (lambda f: series(f, places=[(0, 0.6 * k, 2.5 * k) for k in range(5)]), "right angles.*tilted gantry"),
    ],
)  # fmt: skip
def test_files_that_are_no_volume(tmp_path, fault, message):
    folder = series(tmp_path / "ct")
    fault(folder)
    with pytest.raises(BadInput, match=message):
        read_header(folder)


def test_slices_without_a_place(tmp_path):
    folder = tmp_path / "cr"
    folder.mkdir()
    for name in ("a", "b"):
        save(plain(STORED[0], SeriesInstanceUID="1.2.3", PixelSpacing=[0.7, 0.8]), folder / name)
    with pytest.raises(BadInput, match="grey slices with a place"):
        read_header(folder)
    assert [series_of(path) for path in files_in(folder)] == [folder / "a", folder / "b"]


def test_files_are_grouped_by_series(tmp_path):
    one, two = series(tmp_path / "one"), series(tmp_path / "two")
    series(one, uid="4.5.6", names=["v", "w", "x", "y", "z"])
    found = [series_of(path) for path in [*files_in(one), *files_in(two)]]
    assert [found.index(key) for key in found] == [0] * 5 + [5] * 5 + [10] * 5


def test_an_empty_folder(tmp_path):
    with pytest.raises(BadInput, match=r"DICOM files in .*none"):
        read_image(tmp_path)
