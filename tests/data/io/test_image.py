"""What holds for images of every format."""

import subprocess
import sys

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput, MissingExtra
from fewfold.data.io import pictures
from fewfold.data.io.image import FORMATS, read_header, read_image, write_image
from pictures import TAG, oblique, values

HEAVY = ("PIL", "nibabel", "pydicom", "tifffile")


def test_nothing_heavy_is_imported_before_a_file_is_read():
    code = f"import sys, fewfold.data.io.folder_write; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("module", "name"), [("PIL.Image", "x.png"), ("nibabel", "x.nii"), ("pydicom", "x.dcm"), ("tifffile", "x.tif")]
)
def test_a_missing_extra_is_named(tmp_path, monkeypatch, module, name):
    volume = name in ("x.nii", "x.dcm")
    image = ff.Image(values((3, 4, 5) if volume else (4, 5), "u1"), volume=volume)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=r"fewfold\[imaging\]"):
        write_image(image, tmp_path / name)
    monkeypatch.undo()
    write_image(image, tmp_path / name)
    monkeypatch.setitem(sys.modules, module if module != "tifffile" else "PIL.Image", None)
    for read in (read_header, read_image):
        with pytest.raises(MissingExtra, match=r"fewfold\[imaging\]"):
            read(tmp_path / name)
    with pytest.raises(MissingExtra, match=r"fewfold\[imaging\]"):
        ff.read_images(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.png", None, "nothing at"),
        ("x.png", b"", "an empty file"),
        ("x.webp", b"RIFF0000WEBP", r"an image: \.png.*x\.webp, content that is not known"),
        ("x.pgn", b"RIFF", r"Did you mean \.png\?"),
        ("x.nii.gz", b"%PDF-1.7", r"NIfTI in x\.nii\.gz. Found PDF under that extension. Export"),
        ("x.dcm", b"GIF89a", r"DICOM in x\.dcm. Found GIF"),
        ("x.jpg", b"\x89PNG\r\n\x1a\n" + bytes(50), r"JPEG in x\.jpg. Found PNG.*Rename it to \.png, or .*by_content"),
        ("x.mha", b"\x1f\x8b" + bytes(50), "Found gzip"),
    ],
)
def test_what_is_no_image_is_told(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for read in (read_header, read_image):
        with pytest.raises(BadInput, match=message):
            read(tmp_path / name)


def test_content_may_be_believed(tmp_path):
    made = values((4, 5), "u1")
    write_image(ff.Image(made), tmp_path / "x.png")
    (tmp_path / "x.png").rename(tmp_path / "x.jpg")
    assert (read_image(tmp_path / "x.jpg", by_content=True).pixels == made).all()


@pytest.mark.parametrize("name", ["x", "x.gif", "x.nhdr", "x.ima", "x.gz"])
def test_what_cannot_be_written_is_told(tmp_path, name):
    with pytest.raises(BadInput, match=rf"as one of \.png.*{name}"):
        write_image(ff.Image(values((4, 5), "u1")), tmp_path / name)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(BadInput, match=r"permission to write .*nowhere"):
        write_image(ff.Image(values((4, 5), "u1")), tmp_path / "nowhere" / "x.png")


def test_a_file_is_whole_or_absent(tmp_path, monkeypatch):
    write_image(ff.Image(values((4, 5), "u1")), tmp_path / "x.png")
    before = (tmp_path / "x.png").read_bytes()

    def fail(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pictures, "_saved", fail)
    with pytest.raises(KeyboardInterrupt):
        write_image(ff.Image(values((4, 5), "u1", seed=1)), tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_every_format_carries_the_tag(tmp_path):
    """But BMP, which has no place for one and refuses it."""
    for extension in set(FORMATS) - {".bmp", ".nhdr", ".mhd", ".ima"}:
        volume = extension in (".nii", ".nii.gz", ".nrrd", ".mha")
        image = ff.Image(values((3, 4, 5) if volume else (4, 5), "u1"), volume=volume, tag=TAG)
        write_image(image, tmp_path / f"x{extension}")
        assert read_header(tmp_path / f"x{extension}").tag == read_image(tmp_path / f"x{extension}").tag == TAG


@pytest.mark.parametrize(
    "name", ["x.png", "deep.png", "x.jpg", "x.tif", "x.bmp", "x.nii", "x.nii.gz", "x.nrrd", "x.mha", "x.dcm"]
)
def test_whatever_is_damaged_is_told_or_read(tmp_path, name):
    """Bytes changed at random, most of them in the header, and files cut off: nothing but ``BadInput`` comes of it."""
    rng, path = np.random.default_rng(0), tmp_path / name
    volume = name in ("x.nii", "x.nii.gz", "x.nrrd", "x.mha", "x.dcm")
    pixels = values((3, 4, 5) if volume else (9, 8, 3), "u2" if volume or name == "deep.png" else "u1")
    write_image(ff.Image(pixels, volume=volume, affine=oblique()), path)
    whole = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    told = 0
    for _ in range(60):
        spoilt = whole.copy()
        reach = len(whole) if rng.random() < 0.3 else min(400, len(whole))
        spoilt[rng.integers(0, reach, rng.integers(1, 20))] = rng.integers(0, 256)
        path.write_bytes(spoilt[: len(whole) if rng.random() < 0.8 else rng.integers(len(whole))].tobytes())
        try:
            read_image(path)
        except BadInput as error:
            assert name in str(error)
            told += 1
    assert told > 5
