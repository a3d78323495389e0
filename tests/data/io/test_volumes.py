"""NIfTI, NRRD and MetaImage, held to nibabel, pynrrd and files that ITK wrote."""

import base64
import gzip
import struct
import zlib

import nibabel
import nrrd as pynrrd
import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.blocks.geometry import flip_world, reversed_axes
from fewfold.data.blocks.image import Image
from fewfold.data.io import raw_block
from fewfold.data.io.image import read_header, read_image, write_image
from pictures import TAG, oblique, values

EXTENSIONS = [".nii", ".nii.gz", ".nrrd", ".mha"]
DTYPES = ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]
SHAPE = (5, 6, 7)


def written(tmp_path, extension, image):
    path = tmp_path / f"x{extension}"
    write_image(image, path)
    return path


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mirrored", [False, True])
def test_round_trip_keeps_values_geometry_and_tag(tmp_path, extension, dtype, mirrored):
    made = values(SHAPE, dtype)
    path = written(tmp_path, extension, Image(made, volume=True, affine=oblique(mirrored=mirrored), tag=TAG))
    back = read_image(path)
    assert back.pixels.dtype == made.dtype and np.array_equal(back.pixels, made) and back.volume
    np.testing.assert_allclose(back.affine, oblique(mirrored=mirrored), atol=1e-5)
    np.testing.assert_allclose(back.spacing, (3, 0.7, 0.8), rtol=1e-6)
    assert back.tag == TAG
    header = read_header(path)
    assert header.shape == SHAPE and header.dtype == made.dtype and header.tag == TAG


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("spacing", [(3.0, 0.5, 0.25), None])
def test_an_unknown_orientation_stays_unknown(tmp_path, extension, spacing):
    path = written(tmp_path, extension, Image(values(SHAPE, "i2"), volume=True, spacing=spacing))
    back = read_image(path)
    assert back.affine is None and back.spacing == spacing and back.tag is None


@pytest.mark.parametrize("extension", [".nii", ".nii.gz"])
def test_nibabel_reads_the_same(tmp_path, extension):
    made = values(SHAPE, "i2")
    file = nibabel.load(written(tmp_path, extension, Image(made, volume=True, affine=oblique(), tag=TAG)))
    assert np.array_equal(np.asanyarray(file.dataobj), made.transpose(2, 1, 0))
    np.testing.assert_allclose(file.affine @ [6, 2, 1, 1], oblique() @ [1, 2, 6, 1], atol=1e-4)
    np.testing.assert_allclose(file.get_qform(), file.get_sform(), atol=1e-5)
    assert file.header.get_xyzt_units()[0] == "mm" and file.header["sform_code"] == file.header["qform_code"] == 1
    assert bytes(file.header["descrip"].tobytes()).startswith(b"augmented image, an altered recording of a patient")
    assert b'"origin":"augmented"' in file.header.extensions[0].get_content()


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("order", ["<", ">"])
def test_what_nibabel_writes_is_read(tmp_path, kind, order):
    made = values((7, 6, 5), "i2")
    affine = reversed_axes(oblique())
    header = kind.header_class(endianness=order)
    header.set_data_dtype(np.int16)
    file = kind(made, affine, header)
    nibabel.save(file, tmp_path / "x.nii.gz")
    back = read_image(tmp_path / "x.nii.gz")
    assert np.array_equal(back.pixels, made.T) and back.pixels.dtype == np.int16
    np.testing.assert_allclose(back.affine, oblique(), atol=1e-5)


def test_scaled_nifti(tmp_path):
    file = nibabel.Nifti1Image(values((7, 6, 5), "i2"), np.eye(4))
    file.header.set_slope_inter(0.5, -3)
    nibabel.save(file, tmp_path / "x.nii")
    back = read_image(tmp_path / "x.nii")
    expected = nibabel.load(tmp_path / "x.nii").get_fdata()
    assert back.pixels.dtype == np.float32 == read_header(tmp_path / "x.nii").dtype
    np.testing.assert_allclose(back.pixels, expected.T, rtol=1e-6)


@pytest.mark.parametrize(("unit", "factor"), [("mm", 1), ("micron", 0.001), ("meter", 1000), ("unknown", 1)])
def test_units_of_nifti(tmp_path, unit, factor):
    file = nibabel.Nifti1Image(values((7, 6, 5), "u1"), np.diag([2.0, 3, 4, 1]))
    file.header.set_xyzt_units(unit)
    nibabel.save(file, tmp_path / "x.nii")
    assert read_header(tmp_path / "x.nii").spacing == pytest.approx((4 * factor, 3 * factor, 2 * factor))


def test_pynrrd_reads_the_same(tmp_path):
    made = values(SHAPE, "u2")
    path = written(tmp_path, ".nrrd", Image(made, volume=True, affine=oblique(), tag=TAG))
    data, header = pynrrd.read(str(path))
    assert np.array_equal(data, made.T) and header["space"] == "left-posterior-superior"
    there = header["space origin"] + header["space directions"].T @ [6, 2, 1]
    np.testing.assert_allclose(there * [-1, -1, 1], (oblique() @ [1, 2, 6, 1])[:3])
    assert header["fewfold"].replace("\\\\", "\\").startswith('{"fewfold":{"method":"rotate')


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2"])
@pytest.mark.parametrize("space", ["right-anterior-superior", "left-posterior-superior", "scanner-xyz"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_what_pynrrd_writes_is_read(tmp_path, encoding, space, order):
    made = values((7, 6, 5), "i4").astype(f"{order}i4")
    affine = reversed_axes(oblique())
    world = flip_world(affine) if space.startswith("left") else affine
    header = {"space": space, "space directions": world[:3, :3].T, "space origin": world[:3, 3], "encoding": encoding}
    pynrrd.write(str(tmp_path / "x.nrrd"), made, header)
    pynrrd.write(str(tmp_path / "y.nhdr"), made, header, detached_header=True)
    for name in ("x.nrrd", "y.nhdr"):
        back = read_image(tmp_path / name)
        assert np.array_equal(back.pixels, made.T) and back.pixels.dtype == np.int32
        np.testing.assert_allclose(back.spacing, (3, 0.7, 0.8))
        if space.startswith("scanner"):
            assert back.affine is None
        else:
            np.testing.assert_allclose(back.affine, oblique(), atol=1e-9)


# Written by SimpleITK 2.5.7: int16 0, 1, ..., 23 in slices, rows, columns (2, 3, 4), turned by 30 degrees about z.
ITK_RAW = (
    "T2JqZWN0VHlwZSA9IEltYWdlCk5EaW1zID0gMwpCaW5hcnlEYXRhID0gVHJ1ZQpCaW5hcnlEYXRhQnl0ZU9yZGVyTVNCID0gRmFs"
    "c2UKQ29tcHJlc3NlZERhdGEgPSBGYWxzZQpUcmFuc2Zvcm1NYXRyaXggPSAwLjg2NjAyNTQwMzc4NDQzODcxIDAuNDk5OTk5OTk5"
    "OTk5OTk5OTQgMCAtMC40OTk5OTk5OTk5OTk5OTk5NCAwLjg2NjAyNTQwMzc4NDQzODcxIDAgMCAwIDEKT2Zmc2V0ID0gMTAgLTIw"
    "IDMwCkNlbnRlck9mUm90YXRpb24gPSAwIDAgMApBbmF0b21pY2FsT3JpZW50YXRpb24gPSBSQUkKRWxlbWVudFNwYWNpbmcgPSAw"
    "LjgwMDAwMDAwMDAwMDAwMDA0IDAuNjk5OTk5OTk5OTk5OTk5OTYgMwpEaW1TaXplID0gNCAzIDIKRWxlbWVudFR5cGUgPSBNRVRf"
    "U0hPUlQKRWxlbWVudERhdGFGaWxlID0gTE9DQUwKAAABAAIAAwAEAAUABgAHAAgACQAKAAsADAANAA4ADwAQABEAEgATABQAFQAW"
    "ABcA"
)
ITK_PACKED = (
    "T2JqZWN0VHlwZSA9IEltYWdlCk5EaW1zID0gMwpCaW5hcnlEYXRhID0gVHJ1ZQpCaW5hcnlEYXRhQnl0ZU9yZGVyTVNCID0gRmFs"
    "c2UKQ29tcHJlc3NlZERhdGEgPSBUcnVlCkNvbXByZXNzZWREYXRhU2l6ZSA9IDQ0ClRyYW5zZm9ybU1hdHJpeCA9IDAuODY2MDI1"
    "NDAzNzg0NDM4NzEgMC40OTk5OTk5OTk5OTk5OTk5NCAwIC0wLjQ5OTk5OTk5OTk5OTk5OTk0IDAuODY2MDI1NDAzNzg0NDM4NzEg"
    "MCAwIDAgMQpPZmZzZXQgPSAxMCAtMjAgMzAKQ2VudGVyT2ZSb3RhdGlvbiA9IDAgMCAwCkFuYXRvbWljYWxPcmllbnRhdGlvbiA9"
    "IFJBSQpFbGVtZW50U3BhY2luZyA9IDAuODAwMDAwMDAwMDAwMDAwMDQgMC42OTk5OTk5OTk5OTk5OTk5NiAzCkRpbVNpemUgPSA0"
    "IDMgMgpFbGVtZW50VHlwZSA9IE1FVF9TSE9SVApFbGVtZW50RGF0YUZpbGUgPSBMT0NBTAp4XgXBhQGAIAAAsFkYgAEi/3/qxmA0"
    "mS2C1WZ3iJLsdLk9iurVfLofEigBFQ=="
)
ITK_CORNER = (
    -11.378460969082653,
    17.587564434701786,
    33.0,
)  # where SimpleITK says that column 3, row 2, slice 1 is, its x and y turned to RAS


@pytest.mark.parametrize("payload", [ITK_RAW, ITK_PACKED])
def test_what_itk_writes_is_read(tmp_path, payload):
    (tmp_path / "x.mha").write_bytes(base64.b64decode(payload))
    back = read_image(tmp_path / "x.mha")
    assert np.array_equal(back.pixels, np.arange(24).reshape(2, 3, 4)) and back.pixels.dtype == np.int16
    np.testing.assert_allclose(back.affine @ [1, 2, 3, 1], [*ITK_CORNER, 1])
    np.testing.assert_allclose(back.spacing, (3, 0.7, 0.8))


def test_metaimage_in_two_files_and_in_big_endian(tmp_path):
    made = values(SHAPE, "u2")
    head = "ObjectType = Image\nNDims = 3\nBinaryDataByteOrderMSB = True\nDimSize = 7 6 5\nElementSpacing = 1 2 3\n"
    head += "ElementType = MET_USHORT\nElementDataFile = "
    (tmp_path / "x.raw").write_bytes(made.astype(">u2").tobytes())
    (tmp_path / "x.mhd").write_text(head + "x.raw\n")
    back = read_image(tmp_path / "x.mhd")
    assert np.array_equal(back.pixels, made) and back.spacing == (3, 2, 1) and back.affine is None
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "y.mhd").write_text(head + "../x.raw\n")
    with pytest.raises(BadInput, match=r"paths inside the folder.*\.\./x\.raw"):
        read_image(tmp_path / "secret" / "y.mhd")


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_itk_agrees(tmp_path, extension):
    sitk = pytest.importorskip("SimpleITK", reason="an oracle of 260 MB that the project does not install")
    made = values(SHAPE, "i2")
    image = sitk.ReadImage(str(written(tmp_path, extension, Image(made, volume=True, affine=oblique(), tag=TAG))))
    assert np.array_equal(sitk.GetArrayFromImage(image), made)
    there = np.array(image.TransformIndexToPhysicalPoint([6, 2, 1])) * [-1, -1, 1]
    np.testing.assert_allclose(there, (oblique() @ [1, 2, 6, 1])[:3], atol=1e-4)
    sitk.WriteImage(image, str(tmp_path / f"itk{extension}"))
    back = read_image(tmp_path / f"itk{extension}")
    assert np.array_equal(back.pixels, made)
    np.testing.assert_allclose(back.affine, oblique(), atol=1e-5)


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("keep", [0.0, 0.02, 0.5, 0.97])
def test_a_cut_off_volume_is_told(tmp_path, extension, keep):
    path = written(tmp_path, extension, Image(values((20, 30, 40), "i2"), volume=True, affine=oblique()))
    payload = path.read_bytes()
    path.write_bytes(payload[: int(keep * len(payload))])
    with pytest.raises(BadInput, match=rf"x\{extension}"):
        read_image(path)


@pytest.mark.parametrize("extension", [".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("where", [0.3, 0.5, 0.7, 0.9])
def test_a_damaged_volume_is_told(tmp_path, monkeypatch, extension, where):
    """Random values are packed as they are, so that only the sum at the end can tell: here it lies in another piece."""
    monkeypatch.setattr(raw_block, "_CHUNK", 3)
    path = written(tmp_path, extension, Image(values((20, 30, 40), "u1"), volume=True, affine=oblique()))
    payload = bytearray(path.read_bytes())
    payload[int(where * len(payload))] ^= 0xFF
    path.write_bytes(payload)
    with pytest.raises(BadInput, match=rf"x\{extension}"):
        read_image(path)


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_numbers(tmp_path, extension, bad):
    made = values(SHAPE, "f4")
    made[1, 2, 3:5] = bad
    path = written(tmp_path, extension, Image(made, volume=True, affine=oblique()))
    assert read_header(path).shape == SHAPE
    with pytest.raises(BadInput, match=rf"x\{extension}.*2 of 210 values"):
        read_image(path)


def sheared():
    affine = oblique()
    affine[:3, 0] += 0.3 * affine[:3, 1]
    return affine


def test_axes_that_are_not_at_right_angles(tmp_path):
    nibabel.save(nibabel.Nifti1Image(values((7, 6, 5), "i2"), reversed_axes(sheared())), tmp_path / "x.nii.gz")
    world = flip_world(reversed_axes(sheared()))
    header = {"space": "LPS", "space directions": world[:3, :3].T, "space origin": world[:3, 3]}
    pynrrd.write(str(tmp_path / "x.nrrd"), values((7, 6, 5), "i2"), header)
    path = written(tmp_path, ".mha", Image(values(SHAPE, "i2"), volume=True, affine=oblique()))
    text = path.read_bytes()
    start = text.index(b"TransformMatrix = ") + 18
    path.write_bytes(text[:start] + b"1 0 0 0.2 0.98 0 0 0 1" + text[text.index(b"\n", start) :])
    for name in ("x.nii.gz", "x.nrrd", "x.mha"):
        with pytest.raises(BadInput, match=rf"right angles in {name}.*degrees"):
            read_header(tmp_path / name)
    with pytest.raises(BadInput, match="right angles"):
        Image(values(SHAPE, "i2"), volume=True, affine=sheared())


def test_more_axes_than_a_volume_has(tmp_path):
    four = values((7, 6, 5, 4), "i2")
    nibabel.save(nibabel.Nifti1Image(four, np.eye(4)), tmp_path / "x.nii.gz")
    pynrrd.write(str(tmp_path / "x.nrrd"), four)
    head = "ObjectType = Image\nNDims = 4\nDimSize = 7 6 5 4\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
    (tmp_path / "x.mha").write_bytes(head.encode() + bytes(1680))
    head = head.replace("NDims = 4\nDimSize = 7 6 5 4", "NDims = 3\nElementNumberOfChannels = 4\nDimSize = 7 6 5")
    (tmp_path / "channels.mha").write_bytes(head.encode() + bytes(1680))
    for name in ("x.nii.gz", "x.nrrd", "x.mha", "channels.mha"):
        with pytest.raises(BadInput, match=rf"three axes in {name}.*4: 7 x 6 x 5 x 4"):
            read_header(tmp_path / name)
    nibabel.save(nibabel.Nifti1Image(four[..., :1], np.eye(4)), tmp_path / "one.nii.gz")
    assert read_header(tmp_path / "one.nii.gz").shape == SHAPE


def test_colour_and_complex_voxels_are_refused(tmp_path):
    colour = np.zeros((7, 6, 5), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    nibabel.save(nibabel.Nifti1Image(colour, np.eye(4)), tmp_path / "rgb.nii")
    nibabel.save(nibabel.Nifti1Image(np.zeros((7, 6, 5), "c8"), np.eye(4)), tmp_path / "complex.nii")
    for name in ("rgb.nii", "complex.nii"):
        with pytest.raises(BadInput, match=f"one number for each voxel of {name}"):
            read_header(tmp_path / name)


def bombs():
    head = nibabel.Nifti1Header()
    head.set_data_shape((3000, 3000, 3000))
    head["vox_offset"], head["magic"] = 352, b"n+1"
    late = nibabel.Nifti1Header()
    late.set_data_shape((5, 5, 5))
    late["vox_offset"], late["magic"] = 2e9, b"n+1"
    zeros = zlib.compressobj(wbits=31)
    packed = zeros.compress(bytes(10**6)) + zeros.flush()
    nrrd = b"NRRD0004\ntype: short\ndimension: 3\nsizes: 3000 3000 3000\nencoding: gzip\n\n" + packed
    meta = b"ObjectType = Image\nNDims = 3\nCompressedData = True\nDimSize = 3000 3000 3000\nElementType = MET_SHORT\n"
    return {
        "shape.nii.gz": gzip.compress(head.binaryblock + bytes(4) + bytes(10**6)),
        "late.nii.gz": gzip.compress(late.binaryblock + bytes(4) + bytes(10**6)),
        "shape.nrrd": nrrd,
        "shape.mha": meta + b"ElementDataFile = LOCAL\n" + packed,
        "endless.nrrd": b"NRRD0004\n" + b"# comment\n" * 200_000,
    }


@pytest.mark.parametrize("name", ["shape.nii.gz", "late.nii.gz", "shape.nrrd", "shape.mha", "endless.nrrd"])
def test_a_bomb_is_refused_before_memory_is_taken(tmp_path, name):
    (tmp_path / name).write_bytes(bombs()[name])
    with pytest.raises(BadInput, match=f"at most .* in {name}"):
        read_header(tmp_path / name)


@pytest.mark.parametrize("extension", [".nrrd", ".mha"])
def test_no_more_is_unpacked_than_the_header_says(tmp_path, extension):
    """A quarter of a gigabyte of zeros behind a header that speaks of 24 bytes."""
    path = written(tmp_path, extension, Image(np.zeros((2, 3, 4), np.uint8), volume=True))
    head = path.read_bytes()
    head = head[: head.index(b"LOCAL\n") + 6] if extension == ".mha" else head[: head.index(b"\n\n") + 2]
    state = zlib.compressobj(1, wbits=31)
    path.write_bytes(head + b"".join(state.compress(bytes(2**24)) for _ in range(16)) + state.flush())
    assert np.array_equal(read_image(path).pixels, np.zeros((2, 3, 4)))


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_picture_is_no_volume(tmp_path, extension):
    with pytest.raises(BadInput, match=rf"a volume to write to .*\{extension}"):
        write_image(Image(values((6, 7), "u1")), tmp_path / f"x{extension}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_same_image_same_bytes(tmp_path, extension):
    for name in ("a", "b"):
        image = Image(values(SHAPE, "f4"), volume=True, affine=oblique(), tag=TAG)
        write_image(image, tmp_path / f"{name}{extension}")
    assert (tmp_path / f"a{extension}").read_bytes() == (tmp_path / f"b{extension}").read_bytes()


def test_labels_are_whole_numbers(tmp_path):
    path = written(tmp_path, ".nii.gz", Image(np.full(SHAPE, 2.0, np.float32), volume=True))
    assert read_image(path, labels=True).pixels.dtype == np.int32
    path = written(tmp_path, ".nii.gz", Image(np.full(SHAPE, 0.25, np.float32), volume=True))
    with pytest.raises(BadInput, match=r"whole numbers for labels in x\.nii\.gz.*0\.25"):
        read_image(path, labels=True)
    path = written(tmp_path, ".nii.gz", Image(values((4, 5, 3), "u1"), volume=True))  # three columns are no colours
    assert read_image(path, labels=True).pixels.shape == (4, 5, 3)


def test_names_of_types_in_nrrd(tmp_path):
    for name, dtype in {"unsigned char": "u1", "short int": "i2", "ushort": "u2", "double": "f8"}.items():
        made = values((2, 2, 2), dtype)
        head = f"NRRD0001\r\ntype: {name}\r\ndimension: 3\r\nsizes: 2 2 2\r\nencoding: raw\r\nendian: little\r\n\r\n"
        (tmp_path / "x.nrrd").write_bytes(head.encode() + made.tobytes())
        assert np.array_equal(read_image(tmp_path / "x.nrrd").pixels, made)
    (tmp_path / "x.nrrd").write_bytes(head.replace("double", "block").encode() + struct.pack("<8d", *range(8)))
    with pytest.raises(BadInput, match=r"numbers in x\.nrrd.*block"):
        read_header(tmp_path / "x.nrrd")
