"""DICOM, held to pydicom read directly, on the files that pydicom ships for tests and on files made here."""

import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_color_lut, apply_modality_lut
from pydicom.uid import UID, ExplicitVRLittleEndian

from fewfold.core.errors import BadInput
from fewfold.data.blocks.geometry import flip_world
from fewfold.data.blocks.image import Image
from fewfold.data.io import dicom
from fewfold.data.io.image import read_header, read_image, write_image
from pictures import TAG, oblique, values

SHIPPED = Path(pydicom.__file__).parent / "data" / "test_files"
READ = [
    "CT_small.dcm",  # rescaled to HU
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_implicit.dcm",
    "MR_small_RLE.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_padded.dcm",
    "693_J2KI.dcm",
    "JPEG2000.dcm",
    "ExplVR_BigEnd.dcm",
    "SC_rgb_dcmtk_+eb+cy+n2.dcm",  # YBR_FULL
    "SC_rgb_dcmtk_+eb+cy+np.dcm",  # YBR_FULL_422
    "SC_ybr_full_422_uncompressed.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_rle_16bit.dcm",
    "SC_rgb_rle_32bit.dcm",
    "SC_rgb_small_odd.dcm",
    "examples_overlay.dcm",
    "examples_rgb_color.dcm",
    "liver_1frame.dcm",  # a segmentation, one bit a voxel
    "rtdose.dcm",  # frames of 32 bits
]


@pytest.mark.parametrize("name", READ)
def test_values_are_those_of_pydicom(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(SHIPPED / name)
        expected = apply_modality_lut(dataset.pixel_array, dataset)
    image, header = read_image(SHIPPED / name), read_header(SHIPPED / name)
    assert np.array_equal(image.pixels, expected)
    assert (header.shape, header.dtype) == (expected.shape, image.pixels.dtype)
    assert header.modality == dataset.get("Modality")
    if "PixelSpacing" in dataset and not header.volume:
        assert header.spacing == tuple(map(float, dataset.PixelSpacing))


def test_palettes_become_colours():
    dataset = pydicom.dcmread(SHIPPED / "examples_palette.dcm")
    expected = apply_color_lut(dataset.pixel_array, dataset)
    image = read_image(SHIPPED / "examples_palette.dcm")
    assert np.array_equal(image.pixels, expected) and image.pixels.shape[2] == 3


def test_place_of_a_slice_in_the_patient():
    """The affine takes a row and a column to where the standard says they lie (PS3.3, equation C.7.6.2.1-1)."""
    dataset = pydicom.dcmread(SHIPPED / "CT_small.dcm")
    x, y = np.array(dataset.ImageOrientationPatient, float).reshape(2, 3)
    down, across = map(float, dataset.PixelSpacing)
    there = np.array(dataset.ImagePositionPatient, float) + 9 * across * x + 5 * down * y
    affine = read_header(SHIPPED / "CT_small.dcm").affine
    np.testing.assert_allclose(affine @ [0, 5, 9, 1], [*there * [-1, -1, 1], 1])


def test_nothing_of_the_patient_leaves_the_header():
    dataset, _ = dicom.elements(SHIPPED / "CT_small.dcm", pixels=True)
    full = pydicom.dcmread(SHIPPED / "CT_small.dcm")
    assert full.PatientName == "CompressedSamples^CT1" and "PatientName" not in dataset
    assert not [e.keyword for e in dataset if e.keyword.startswith(("Patient", "Study", "Referring", "Institution"))]
    assert dicom.patient_of(SHIPPED / "CT_small.dcm") == full.PatientID == "1CT1"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("MR_truncated.dcm", "8,192 bytes of values.*Found 8,142.*cut off"),
        ("MR_small_jpeg_ls_lossless.dcm", "JPEG-LS Lossless.*pip install python-gdcm"),
        ("SC_rgb_jpeg_gdcm.dcm", "JPEG Lossless.*pip install python-gdcm"),
        ("JPEG-lossy.dcm", "12-bit.*pip install python-gdcm"),
        ("examples_ybr_color.dcm", "three axes.*30 x 240 x 320 x 3"),
        ("image_dfl.dcm", "outside a deflated file"),
        ("rtplan.dcm", "an image in rtplan.*without one"),
        ("reportsi.dcm", "an image in reportsi.*without one"),
        ("rtstruct.dcm", "DICOM in rtstruct"),
        ("meta_missing_tsyntax.dcm", "meta_missing_tsyntax"),
    ],
)
def test_what_cannot_be_read_is_told(name, message):
    with pytest.raises(BadInput, match=f"(?s){message}") as caught:
        read_image(SHIPPED / name)
    assert name in str(caught.value)


@pytest.mark.parametrize(("syntax", "package"), [("1.2.840.10008.1.2.4.201", "pylibjpeg-openjpeg"),
                                                 ("1.2.840.10008.1.2.4.102", "Extract its frames")])  # fmt: skip
def test_a_missing_decoder_is_named(tmp_path, syntax, package):
    dataset = plain(values((6, 7), "u2"))
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.PixelData = pydicom.encaps.encapsulate([b"\0" * 10])
    dataset["PixelData"].is_undefined_length = True
    save(dataset, tmp_path / "x.dcm")
    with pytest.raises(BadInput, match=f"decoder for the values of x.dcm.*{package}"):
        read_header(tmp_path / "x.dcm")


def plain(stored, **elements):
    """A minimal file of a slice or of frames."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    dataset.PatientID, dataset.PatientName = "secret-1", "Doe^Jane"
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    if stored.ndim == 3:
        dataset.NumberOfFrames = len(stored)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8 * stored.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    dataset.PixelData = stored.astype(stored.dtype.newbyteorder("<")).tobytes()
    for name, value in elements.items():
        setattr(dataset, name, value)
    return dataset


def save(dataset, path):
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize(("dtype", "bits"), [("u1", 8), ("u2", 12), ("u2", 16), ("i2", 12), ("i2", 16)])
def test_monochrome1_is_turned_over(tmp_path, dtype, bits):
    """Black is the largest stored number: after reading, it is the smallest."""
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if dtype == "i2" else (0, (1 << bits) - 1)
    stored = np.linspace(low, high, 42).astype(dtype).reshape(6, 7)
    dataset = plain(stored, PhotometricInterpretation="MONOCHROME1", BitsStored=bits, HighBit=bits - 1)
    image = read_image(save(dataset, tmp_path / "x.dcm"))
    assert np.array_equal(image.pixels, low + high - stored.astype(int))
    dataset.RescaleSlope, dataset.RescaleIntercept = "2", "-10"
    image = read_image(save(dataset, tmp_path / "x.dcm"))
    assert np.array_equal(image.pixels, 2 * (low + high - stored.astype(int)) - 10)


@pytest.mark.parametrize(
    ("bits", "slope", "intercept", "dtype"),
    [
        (12, 1, -1024, "int16"),
        (16, 1, -1024, "int32"),
        (12, 1, 0, "uint16"),
        (12, 0.5, 0, "float32"),
        (16, 3, 0, "uint32"),
    ],
)
def test_the_type_holds_all_that_the_bits_can_say(tmp_path, bits, slope, intercept, dtype):
    stored = np.array([[0, (1 << bits) - 1]], dtype="u2")
    scale = {"RescaleSlope": str(slope), "RescaleIntercept": str(intercept)}
    path = save(plain(stored, BitsStored=bits, HighBit=bits - 1, **scale), tmp_path / "x.dcm")
    assert read_header(path).dtype == np.dtype(dtype)
    assert read_image(path).pixels.tolist() == [[intercept, ((1 << bits) - 1) * slope + intercept]]


def frames(places, *, turn=(1, 0, 0, 0, 1, 0), slopes=None):
    """Functional groups of frames."""
    shared, measures, orientation = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, orientation.ImageOrientationPatient = [0.7, 0.8], list(turn)
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    groups = []
    for k, place in enumerate(places):
        group, position, scale = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [float(x) for x in place]
        group.PlanePositionSequence = [position]
        if slopes:
            scale.RescaleSlope, scale.RescaleIntercept = str(slopes[k]), str(k)
            group.PixelValueTransformationSequence = [scale]
        groups.append(group)
    return {"SharedFunctionalGroupsSequence": [shared], "PerFrameFunctionalGroupsSequence": groups}


def test_frames_lie_where_they_say(tmp_path):
    stored = values((4, 6, 7), "i2")
    order = [2, 0, 3, 1]  # frames as stored lie at these slices
    path = save(plain(stored, **frames([(5, 6, 10 + 3 * k) for k in order])), tmp_path / "x.dcm")
    image = read_image(path)
    assert np.array_equal(image.pixels, stored[np.argsort(order)]) and image.volume
    assert image.spacing == (3, 0.7, 0.8)
    np.testing.assert_allclose(image.affine @ [2, 3, 4, 1], [-5 - 4 * 0.8, -6 - 3 * 0.7, 16, 1])


def test_each_frame_has_its_own_rescale(tmp_path):
    stored, slopes = values((3, 6, 7), "u1"), [1, 0.5, 2]
    path = save(plain(stored, **frames([(0, 0, k) for k in range(3)], slopes=slopes)), tmp_path / "x.dcm")
    expected = stored * np.array(slopes)[:, None, None] + np.arange(3)[:, None, None]
    assert np.array_equal(read_image(path).pixels, expected)


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ([(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, 4)], "2 mm after slice 3 of 4 where it is 1 mm elsewhere.*missing"),
        ([(0, 0, 0), (0, 0, 1), (0, 0, 1), (0, 0, 2)], "two slices at one place"),
        ([(0, 0, 0), (0, 1, 4), (0, 2, 8), (0, 3, 12)], "right angles in x.dcm.*tilted gantry"),
    ],
)
def test_frames_that_are_no_grid(tmp_path, places, message):
    path = save(plain(values((4, 6, 7), "u1"), **frames(places)), tmp_path / "x.dcm")
    with pytest.raises(BadInput, match=f"x.dcm.*{message}|{message}"):
        read_header(path)


def test_frames_without_places_have_no_affine(tmp_path):
    path = save(plain(values((4, 6, 7), "u1"), PixelSpacing=[0.7, 0.8]), tmp_path / "cine.dcm")
    header = read_header(path)
    assert header.shape == (4, 6, 7) and header.volume and header.spacing is None and header.affine is None


def test_spacing_at_the_detector_of_an_x_ray(tmp_path):
    path = save(plain(values((6, 7), "u2"), ImagerPixelSpacing=[0.2, 0.1]), tmp_path / "x.dcm")
    assert read_header(path).spacing == (0.2, 0.1)


def test_a_bomb_is_refused_before_memory_is_taken(tmp_path):
    dataset = plain(values((6, 7), "u2"), NumberOfFrames=10_000)
    dataset.Rows = dataset.Columns = 60_000
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.RLELossless
    dataset.PixelData = pydicom.encaps.encapsulate([b"\0" * 100])
    dataset["PixelData"].is_undefined_length = True
    with pytest.raises(BadInput, match=r"at most 536,870,912 values in x.dcm"):
        read_header(save(dataset, tmp_path / "x.dcm"))


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "b1"])
@pytest.mark.parametrize("shape", [(6, 7), (5, 6, 7), (1, 6, 7)])
@pytest.mark.parametrize("placed", [True, False])
def test_round_trip_keeps_values_geometry_and_tag(tmp_path, dtype, shape, placed):
    made, volume = values(shape, dtype), len(shape) == 3
    spacing = None if placed else (3.0, 0.7, 0.8)[-len(shape) :]
    image = Image(made, volume, spacing, oblique(mirrored=True) if placed else None, "CT", TAG)
    write_image(image, tmp_path / "x.dcm")
    back = read_image(tmp_path / "x.dcm")
    assert np.array_equal(back.pixels, made) and back.volume == volume and back.tag == TAG and back.modality == "CT"
    np.testing.assert_allclose(back.spacing, image.spacing)
    if placed:
        np.testing.assert_allclose(back.affine[:, 1:], image.affine[:, 1:], atol=1e-9)  # the plane
        assert not volume or np.allclose(back.affine, image.affine)


def test_decimal_values_are_kept_to_a_65535th_of_their_range(tmp_path):
    made = values((5, 6, 7), "f4")
    write_image(Image(made, volume=True), tmp_path / "x.dcm")
    back = read_image(tmp_path / "x.dcm").pixels
    assert back.dtype == np.float32
    assert np.abs(back - made).max() <= 0.51 * np.ptp(made) / 65535
    write_image(Image(np.full((4, 4), 0.1, "f4")), tmp_path / "flat.dcm")
    np.testing.assert_allclose(read_image(tmp_path / "flat.dcm").pixels, 0.1, rtol=1e-6)


def test_colour_round_trip(tmp_path):
    made = values((5, 7, 3), "u1")
    write_image(Image(made, spacing=(0.5, 0.25), tag=TAG), tmp_path / "x.dcm")
    back = read_image(tmp_path / "x.dcm")
    assert np.array_equal(back.pixels, made) and back.spacing == (0.5, 0.25) and back.tag == TAG


def test_what_is_written_says_that_it_is_derived(tmp_path):
    image = read_image(SHIPPED / "CT_small.dcm")
    write_image(Image(image.pixels, affine=image.affine, modality="CT", tag=TAG), tmp_path / "a.dcm")
    write_image(image, tmp_path / "b.dcm")
    source, made, copy = (
        pydicom.dcmread(p) for p in (SHIPPED / "CT_small.dcm", tmp_path / "a.dcm", tmp_path / "b.dcm")
    )
    assert list(made.ImageType) == ["DERIVED", "SECONDARY", "AUGMENTED"] and next(iter(copy.ImageType)) == "DERIVED"
    assert made.DerivationDescription.startswith("augmented image") and "DerivationDescription" not in copy
    uids = [{d.StudyInstanceUID, d.SeriesInstanceUID, d.SOPInstanceUID} for d in (source, made, copy)]
    assert all(len(own) == 3 for own in uids) and not (uids[0] & uids[1] | uids[1] & uids[2])
    assert made.PatientName == made.PatientID == "" and made.PatientIdentityRemoved == "YES"
    assert "CompressedSamples" not in str(made) + str(copy)
    assert made.file_meta.MediaStorageSOPInstanceUID == made.SOPInstanceUID
    np.testing.assert_allclose(made.pixel_array + made.RescaleIntercept, source.pixel_array + source.RescaleIntercept)


def test_same_image_same_bytes(tmp_path):
    for name in ("a.dcm", "b.dcm"):
        write_image(Image(values((5, 6, 7), "i2"), volume=True, affine=oblique(), tag=TAG), tmp_path / name)
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()


@pytest.mark.parametrize("made", [np.array([[0, 70000]]), np.array([[0, np.nan]]), values((4, 5, 3), "u2")])
def test_what_cannot_be_written_is_told(tmp_path, made):
    with pytest.raises(BadInput, match=r"x\.dcm"):
        write_image(Image(made), tmp_path / "x.dcm")


def test_itk_agrees(tmp_path):
    sitk = pytest.importorskip("SimpleITK", reason="an oracle of 260 MB that the project does not install")
    made = values((5, 6, 7), "i2")
    write_image(Image(made, volume=True, affine=oblique(), tag=TAG), tmp_path / "x.dcm")
    image = sitk.ReadImage(str(tmp_path / "x.dcm"))
    assert np.array_equal(sitk.GetArrayFromImage(image), made)
    np.testing.assert_allclose(
        image.TransformIndexToPhysicalPoint([6, 2, 1]), (flip_world(oblique()) @ [1, 2, 6, 1])[:3]
    )
