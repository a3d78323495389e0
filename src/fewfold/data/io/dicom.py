"""DICOM files: one image, or many frames of one volume. A volume in many files: :mod:`fewfold.data.io.dicom_series`.

Values are what they measure: the rescale (to Hounsfield units, for CT) is applied, also where each frame has its own;
with the photometric interpretation MONOCHROME1 they are turned over, so that more is brighter everywhere; palettes and
YBR become RGB. Windows for display are not applied. Of the header only ``_ELEMENTS`` are read: who the patient is, is
read by :func:`patient_of` alone.
"""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.core.types import Floats
from fewfold.data.blocks.image import Array, Header
from fewfold.data.io.dicom_geometry import geometry_of
from fewfold.data.io.guard import check_bytes, check_size, reading, volume_only
from fewfold.data.io.payload import tag_in
from fewfold.data.tag import Tag

FRAME_CLASSES = ("1.2.840.10008.5.1.4.1.1.7.2", "1.2.840.10008.5.1.4.1.1.7.3")  # frames of bytes, of words
PRIVATE_GROUP, PRIVATE_ELEMENT = 0x0099, 0x01  # of the line of JSON in files that fewfold writes
_CREATOR = (PRIVATE_GROUP << 16) + 0x0010
_LINE = (PRIVATE_GROUP << 16) + 0x1000 + PRIVATE_ELEMENT
_PALETTES = ("RedPaletteColorLookupTable", "GreenPaletteColorLookupTable", "BluePaletteColorLookupTable")
_ELEMENTS = [
    *("SOPClassUID", "SeriesInstanceUID", "Modality", "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel"),
    *("PlanarConfiguration", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit"),
    *("PixelRepresentation", "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "PixelSpacing"),
    *("ImagerPixelSpacing", "SliceThickness", "SpacingBetweenSlices", "ImageOrientationPatient"),
    *("ImagePositionPatient", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *(name for table in _PALETTES for name in (f"{table}Descriptor", f"{table}Data")),
    *("SegmentedRedPaletteColorLookupTableData", "SegmentedGreenPaletteColorLookupTableData"),
    *("SegmentedBluePaletteColorLookupTableData", "PixelData", "FloatPixelData", "DoubleFloatPixelData"),
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
    *(_CREATOR, _LINE),
]
_WHOLE = (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.int64)
_DECODERS = {"HTJ2K": "pylibjpeg-openjpeg", "High-Throughput": "pylibjpeg-openjpeg"}


def header(path: Path, most_values: int, *, labels: bool = False) -> Header:
    """See :func:`fewfold.data.io.image.read_header`."""
    with reading(path, "a DICOM image"):
        return header_of(*elements(path), path, most_values)


def image(path: Path, most_values: int, *, labels: bool = False) -> tuple[Header, Array]:
    """The header, and the values as (rows, columns), (rows, columns, 3), or (slices, rows, columns) in the order in
    which the frames lie in the patient."""
    with reading(path, "a DICOM image"):
        found = header_of(*elements(path), path, most_values)
        dataset, _ = elements(path, pixels=True)
        return found, values_of(dataset, path).reshape(found.shape).astype(found.dtype, copy=False)


def patient_of(path: Path) -> str:
    """The patient ID of a file, which nothing else here reads."""
    with reading(path, "a DICOM image"):
        dataset = require("pydicom", extra="imaging").dcmread(
            path, stop_before_pixels=True, specific_tags=["PatientID"]
        )
        return str(dataset.get("PatientID", ""))


def elements(path: Path, *, pixels: bool = False) -> tuple[Any, int]:
    """The elements that are read, the values among them where ``pixels``, and how many bytes of the file come behind.
    Raises ``BadInput`` for a deflated file, which could unpack to any size."""
    pydicom = require("pydicom", extra="imaging")
    meta = pydicom.filereader.read_file_meta_info(path)
    if meta.TransferSyntaxUID == pydicom.uid.DeflatedExplicitVRLittleEndian:
        raise BadInput(
            expected=f"values of {path.name} outside a deflated file",
            found=pydicom.uid.DeflatedExplicitVRLittleEndian.name,
            fix="Write it anew with the transfer syntax Explicit VR Little Endian.",
        )
    with path.open("rb") as stream:
        dataset = pydicom.dcmread(stream, stop_before_pixels=not pixels, specific_tags=_ELEMENTS)
        return dataset, path.stat().st_size - stream.tell()


def header_of(dataset: Any, behind: int, path: Path, most_values: int) -> Header:
    """The header, from elements read without values and the number of bytes behind them."""
    if "Rows" not in dataset or "Columns" not in dataset or behind < 8:
        raise BadInput(
            expected=f"an image in {path.name}", found="a DICOM object without one (a report, a plan)", fix="Remove it."
        )
    frames, samples = int(dataset.get("NumberOfFrames") or 1), int(dataset.get("SamplesPerPixel") or 1)
    colour = samples == 3 or dataset.get("PhotometricInterpretation") == "PALETTE COLOR"
    if colour and frames > 1:
        raise volume_only((frames, dataset.Rows, dataset.Columns, 3), path)
    shape = (int(dataset.Rows), int(dataset.Columns))
    check_size((frames, *shape), path, most_values)
    if not dataset.file_meta.TransferSyntaxUID.is_compressed:
        stored = 2 if "422" in dataset.get("PhotometricInterpretation", "") else samples
        check_bytes(behind, int(dataset.get("BitsAllocated") or 8) * stored * frames * prod(shape) // 8, path)
    else:
        _check_decoder(dataset, path)
    volume = frames > 1 or dataset.get("SOPClassUID") in FRAME_CLASSES
    spacing, affine, _ = geometry_of(dataset, frames if volume else 0, path)
    return Header(
        (*shape, 3) if colour else (frames, *shape) if volume else shape,
        _dtype(dataset, colour=colour),
        volume,
        spacing,
        affine,
        dataset.get("Modality"),
        _tag(dataset),
    )


def _tag(dataset: Any) -> Tag | None:
    return tag_in(dataset[_LINE].value) if _LINE in dataset and dataset.get_item(_CREATOR) is not None else None


def _check_decoder(dataset: Any, path: Path) -> None:
    pixels = require("pydicom.pixels", extra="imaging")
    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_compressed:
        return
    try:
        there = pixels.get_decoder(syntax).is_available
    except NotImplementedError:
        there = False
    if not there:
        package = next((name for part, name in _DECODERS.items() if part in syntax.name), "python-gdcm")
        raise BadInput(
            expected=f"a decoder for the values of {path.name}",
            found=f"none for {syntax.name}",
            fix="Extract its frames as files." if "MPEG" in syntax.name else f"Run: pip install {package}",
        )


def _dtype(dataset: Any, *, colour: bool) -> np.dtype[Any]:
    """The smallest type that holds all values which the stored bits can stand for."""
    if colour:
        bits = dataset.get("RedPaletteColorLookupTableDescriptor", (0, 0, dataset.BitsAllocated))[2]
        return np.dtype(f"uint{bits}")
    scales = _scales(dataset)
    if dataset.get("ModalityLUTSequence"):
        return np.dtype(np.uint16)
    if "BitsStored" not in dataset or not np.array_equal(scales, np.round(scales)):
        return np.dtype(np.float32)
    ends = [int(end * slope + intercept) for slope, intercept in scales for end in _stored_range(dataset)]
    return next(kind for kind in map(np.dtype, _WHOLE) if _holds(kind, min(ends)) and _holds(kind, max(ends)))


def _holds(kind: np.dtype[Any], value: int) -> bool:
    return bool(np.iinfo(kind).min <= value <= np.iinfo(kind).max)


def _stored_range(dataset: Any) -> tuple[int, int]:
    bits = int(dataset.BitsStored)
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if dataset.get("PixelRepresentation") else (0, (1 << bits) - 1)


def _scales(dataset: Any) -> Floats:
    """(1 or frames, 2) slope and intercept."""
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [{}])[0].get("PixelValueTransformationSequence")
    own = [
        group.get("PixelValueTransformationSequence") for group in dataset.get("PerFrameFunctionalGroupsSequence") or ()
    ]
    told = [part[0] for part in own] if own and all(own) else [shared[0]] if shared else [dataset]
    return np.array([[_number(part, "RescaleSlope", 1.0), _number(part, "RescaleIntercept", 0.0)] for part in told])


def _number(part: Any, name: str, default: float) -> float:
    value = part.get(name)
    return default if value is None else float(value)


def values_of(dataset: Any, path: Path) -> Array:
    """The values as they measure, frames in the order in which they lie in the patient."""
    pixels = require("pydicom.pixels", extra="imaging")
    stored = _decoded(dataset, path)
    kind = dataset.PhotometricInterpretation
    if kind == "PALETTE COLOR":
        coloured: Array = pixels.apply_color_lut(stored, dataset)
        return coloured[..., :3]
    if stored.ndim > 2 and dataset.get("SamplesPerPixel") == 3:
        return np.asarray(stored)
    if kind == "MONOCHROME1" and stored.dtype.kind in "iu":
        low, high = _stored_range(dataset)
        stored = (low + high - stored.astype(np.int64)).astype(stored.dtype)
    values = _measured(stored, dataset)
    if values.ndim == 3:
        values = values[geometry_of(dataset, len(values), path)[2]]
    return values


def _decoded(dataset: Any, path: Path) -> Array:
    try:
        stored: Array = dataset.pixel_array
    except RuntimeError as error:  # what pydicom raises once every decoder has failed
        raise BadInput(
            expected=f"values of {path.name} that a decoder can read",
            found=" ".join(str(error).split())[:200],
            fix="Try another decoder (pip install python-gdcm); if that fails too, the file is damaged.",
        ) from error
    return stored


def _measured(stored: Array, dataset: Any) -> Array:
    if dataset.get("ModalityLUTSequence"):
        table: Array = require("pydicom.pixels", extra="imaging").apply_modality_lut(stored, dataset)
        return table
    scales = _scales(dataset)
    if (scales == [1.0, 0.0]).all():
        return stored
    shape = (-1,) + (1,) * (stored.ndim - 1) if len(scales) > 1 else ()
    slope, intercept = scales[:, 0].reshape(shape), scales[:, 1].reshape(shape)
    measured: Array = stored * slope + intercept
    return np.round(measured) if np.array_equal(scales, np.round(scales)) else measured
