"""Writing DICOM: a picture as Secondary Capture, a volume as one multi-frame Secondary Capture (PS3.3, A.8).

The file says that it is derived, by what, and from nobody: its UIDs are new, and no element of another file is copied.
The UIDs depend on what is written, so that the same call gives the same file.
"""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.core.types import Floats
from fewfold.data.blocks.geometry import flip_world, spacing_of
from fewfold.data.blocks.image import Array, Image
from fewfold.data.io.dicom import FRAME_CLASSES, PRIVATE_ELEMENT, PRIVATE_GROUP
from fewfold.data.io.payload import payload_of
from fewfold.data.tag import SOFTWARE

_SINGLE = "1.2.840.10008.5.1.4.1.1.7"
_SLICE_LOCATION_VECTOR = 0x00182005
_EMPTY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName", "Manufacturer", "PatientOrientation", "Laterality"),
)


def written(image: Image, path: Path) -> bytes:
    """The bytes of an image. Whole numbers are kept exactly; decimal ones are rounded to 65,536 levels between the
    smallest and the largest (the rescale gives them back). Raises ``BadInput`` for what the format cannot hold."""
    colour = image.pixels.ndim == 3 and not image.volume
    if colour and (image.pixels.dtype != np.uint8 or image.pixels.shape[2] != 3):
        raise BadInput(
            expected=f"colour of 3 channels of 8 bits for {path.name}",
            found=f"{image.pixels.shape[2]} channels of type {image.pixels.dtype}",
            fix="Write .png or .tiff.",
        )
    dataset = _described(image, colour=colour)
    stored, slope, intercept = _stored(image.pixels, path)
    bits = stored.dtype.itemsize * 8
    dataset.BitsAllocated, dataset.PixelRepresentation = bits, 0
    dataset.BitsStored = 8 if bits == 8 else max(9, int(stored.max()).bit_length())
    dataset.HighBit = dataset.BitsStored - 1
    if (slope, intercept) != (1.0, 0.0):
        dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = slope, intercept, "US"
    content = stored.astype(stored.dtype.newbyteorder("<")).tobytes()
    kept = hashlib.sha256(content + dataset.to_json().encode()).hexdigest()
    dataset.add_new(0x7FE00010, "OB" if bits == 8 else "OW", content + b"\0" * (len(content) % 2))
    return _saved(dataset, image, kept)


def _described(image: Image, *, colour: bool) -> Any:
    """All elements but the values and the UIDs."""
    pydicom = require("pydicom", extra="imaging")
    dataset = pydicom.Dataset()
    for name in _EMPTY:
        setattr(dataset, name, "")
    dataset.Modality = image.modality or "OT"
    dataset.ConversionType = "WSD"
    dataset.ImageType = ["DERIVED", "SECONDARY", *([image.tag.origin.upper()] if image.tag else [])]
    dataset.PatientIdentityRemoved, dataset.DeidentificationMethod = "YES", "no element of a source file was copied"
    dataset.SeriesNumber, dataset.InstanceNumber = "1", "1"
    dataset.Rows, dataset.Columns = image.grid[-2:]
    dataset.SamplesPerPixel = 3 if colour else 1
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        dataset.PlanarConfiguration = 0
    note = payload_of(image)
    if image.tag is not None and note is not None:
        dataset.DerivationDescription = image.tag.sentence[:1024]
        dataset.private_block(PRIVATE_GROUP, SOFTWARE, create=True).add_new(PRIVATE_ELEMENT, "UT", note)
    if image.volume:
        _place_frames(dataset, image)
    else:
        _place(dataset, image)
    return dataset


def _place(dataset: Any, image: Image) -> None:
    if image.spacing is not None:
        dataset.PixelSpacing = _ds(image.spacing)
    if image.affine is not None:
        affine = flip_world(image.affine)
        dataset.SliceThickness = _ds([spacing_of(affine)[0]])[0]
        dataset.ImagePositionPatient = _ds(affine[:3, 3])
        dataset.ImageOrientationPatient = _ds(_orientation(affine))


def _orientation(affine: Floats) -> Floats:
    unit = affine[:3, :3] / np.asarray(spacing_of(affine))
    return np.concatenate([unit[:, 2], unit[:, 1]])


def _place_frames(dataset: Any, image: Image) -> None:
    pydicom = require("pydicom", extra="imaging")
    new, frames = pydicom.Dataset, image.grid[0]
    dataset.NumberOfFrames = frames
    dataset.FrameIncrementPointer = _SLICE_LOCATION_VECTOR
    step = image.spacing[0] if image.spacing else 1.0
    dataset.SliceLocationVector = _ds(step * np.arange(frames))
    if image.affine is None:  # readers expect places in functional groups, or no groups
        if image.spacing is not None:
            dataset.PixelSpacing, dataset.SpacingBetweenSlices = _ds(image.spacing[1:]), _ds([step])[0]
        return
    affine = flip_world(image.affine)
    measures, turn, shared = new(), new(), new()
    measures.PixelSpacing, measures.SpacingBetweenSlices = _ds(spacing_of(affine)[1:]), _ds([step])[0]
    turn.ImageOrientationPatient = _ds(_orientation(affine))
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [turn]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = [_frame(new, affine, k) for k in range(frames)]


def _frame(new: Any, affine: Floats, k: int) -> Any:
    group, place = new(), new()
    place.ImagePositionPatient = _ds((affine @ [k, 0, 0, 1])[:3])
    group.PlanePositionSequence = [place]
    return group


def _stored(values: Array, path: Path) -> tuple[Array, float, float]:
    """Values as unsigned numbers, with the slope and the intercept that give them back."""
    if values.dtype == np.bool_:
        return values.astype(np.uint8), 1.0, 0.0
    if values.dtype in (np.uint8, np.uint16):
        return values, 1.0, 0.0
    low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        if not np.isfinite(low) or not np.isfinite(high):
            raise BadInput(
                expected=f"finite numbers to write to {path.name}", found="NaN or infinity", fix="Fill them."
            )
        slope, intercept = (float(x) for x in _ds([(float(high) - float(low)) / 65535 or 1.0, float(low)]))
        return np.clip(np.round((values - intercept) / slope), 0, 65535).astype(np.uint16), slope, intercept
    if int(high) - int(low) > 65535:
        raise BadInput(
            expected=f"at most 65,536 different whole numbers in {path.name}", found=f"{low} to {high}",
            fix="Write .nii.gz or .nrrd.",
        )  # fmt: skip
    return (values.astype(np.int64) - int(low)).astype(np.uint16), 1.0, float(low)


def _ds(numbers: Any) -> list[Any]:
    """Decimal strings, of 16 characters at most."""
    kind = require("pydicom.valuerep", extra="imaging").DSfloat
    return [kind(float(number), auto_format=True) for number in np.atleast_1d(numbers)]


def _saved(dataset: Any, image: Image, kept: str) -> bytes:
    pydicom = require("pydicom", extra="imaging")
    kind = _SINGLE if not image.volume else FRAME_CLASSES[dataset.BitsAllocated // 16]
    uids = [pydicom.uid.generate_uid(entropy_srcs=[kept, level]) for level in ("study", "series", "image")]
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID = uids
    dataset.SOPClassUID = kind
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = kind, uids[2]
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
