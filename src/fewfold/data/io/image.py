"""One image or volume from a file, and to a file, by extension."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.files import write_atomic
from fewfold.data.blocks.image import Array, Header, Image
from fewfold.data.io import dicom, dicom_series, dicom_write, metaimage, nifti, nrrd, pictures
from fewfold.data.io.guard import MOST_VALUES, check_finite
from fewfold.data.io.magic import kind_of


@dataclass(frozen=True)
class Format:
    """A format of files: its name, and the functions that read a header, read an image,
    and give the bytes of one."""

    name: str
    header: Callable[..., Header]
    image: Callable[..., tuple[Header, Array]]
    written: Callable[[Image, Path], bytes]


_NIFTI = Format("NIfTI", nifti.header, nifti.image, nifti.written)
_NRRD = Format("NRRD", nrrd.header, nrrd.image, nrrd.written)
_META = Format("MetaImage", metaimage.header, metaimage.image, metaimage.written)
_DICOM = Format("DICOM", dicom.header, dicom.image, dicom_write.written)


def _picture(name: str) -> Format:
    return Format(name, pictures.header, pictures.image, pictures.written)


FORMATS: dict[str, Format] = {
    ".png": _picture("PNG"),
    ".jpg": _picture("JPEG"),
    ".jpeg": _picture("JPEG"),
    ".tif": _picture("TIFF"),
    ".tiff": _picture("TIFF"),
    ".bmp": _picture("BMP"),
    ".dcm": _DICOM,
    ".ima": _DICOM,
    ".nii": _NIFTI,
    ".nii.gz": _NIFTI,
    ".nrrd": _NRRD,
    ".nhdr": _NRRD,
    ".mha": _META,
    ".mhd": _META,
}
_READ_ONLY = (".nhdr", ".mhd", ".ima")


def read_header(
    path: str | Path, *, most_values: int = MOST_VALUES, by_content: bool = False, labels: bool = False
) -> Header:
    """What is known of an image before its values are read. Parameters and errors as in :func:`read_image`."""
    path = Path(path)
    if path.is_dir():
        return dicom_series.header(dicom_series.files_in(path), path, most_values)
    return _format(path, by_content=by_content).header(path, most_values, labels=labels)


def read_image(
    path: str | Path, *, most_values: int = MOST_VALUES, by_content: bool = False, labels: bool = False
) -> Image:
    """An image from PNG, JPEG, TIFF, BMP or DICOM; a volume from DICOM (also a folder with the files of one series),
    NIfTI, NRRD or MetaImage.

    ``most_values``: images that claim to have more are refused before memory is taken. ``by_content``: believe the
    content of a file where its extension says otherwise. ``labels``: it is a label map: whole numbers, one channel.

    Raises ``BadInput``, naming the file, for one that is absent, empty, cut off or damaged, is not what its extension
    says, has more than three axes, values that are no numbers, axes not at right angles, or a compression without its
    decoder; ``MissingExtra`` where fewfold[imaging] is not installed.
    """
    path = Path(path)
    if path.is_dir():
        header, values = dicom_series.image(dicom_series.files_in(path), path, most_values)
    else:
        header, values = _format(path, by_content=by_content).image(path, most_values, labels=labels)
    check_finite(values, path)
    if labels:
        values = _label_map(values, path, colour=values.ndim > len(header.grid))
    return Image(values, header.volume, header.spacing, header.affine, header.modality, header.tag)


def write_image(image: Image, path: str | Path) -> None:
    """Write the values, geometry and tag of an image; masks, boxes and points go to files of their own.

    A tag lies inside the file: PNG text, JPEG comment, TIFF ImageDescription, DICOM DerivationDescription and
    ImageType, NIfTI description and extension, NRRD key, MetaImage field. The file is whole or absent, and replaces
    one that was there. Raises ``BadInput`` where the place or the format cannot hold it.
    """
    path = Path(path)
    extension = _extension(path)
    if extension not in FORMATS or extension in _READ_ONLY:
        written = ", ".join(known for known in FORMATS if known not in _READ_ONLY)
        raise BadInput(
            expected=f"a file to write as one of {written}", found=repr(path.name), fix="Change its extension."
        )
    write_atomic(path, FORMATS[extension].written(image, path))


def known_image(path: Path) -> bool:
    """Whether a file is an image by its extension, or, without one, by its content."""
    extension = _extension(path)
    return extension in FORMATS or (extension in ("", ".gz") and kind_of(path) == "DICOM")


def _extension(path: Path) -> str:
    """The extension, the one before a .gz included; none for names such as 1.2.840 that end in a number."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        return "".join(suffixes[-2:])
    return "" if not suffixes or suffixes[-1][1:].isdigit() else suffixes[-1]


def _format(path: Path, *, by_content: bool) -> Format:
    if not path.is_file() or path.stat().st_size == 0:
        found = "an empty file" if path.is_file() else f"nothing at {path}"
        raise BadInput(expected=f"an image in {path.name}", found=found, fix="Check the path, or copy the file again.")
    content, extension = kind_of(path), _extension(path)
    told = FORMATS.get(extension)
    if told is None or (content != told.name and by_content):
        told = next((one for one in FORMATS.values() if one.name == content), None)
    if told is None:
        near = get_close_matches(extension, FORMATS, n=1, cutoff=0.7)
        raise BadInput(
            expected=f"an image: {', '.join(FORMATS)}",
            found=f"{path.name}, {content or 'content that is not known'}",
            fix=f"Did you mean {near[0]}?" if near else "Save it in one of these formats.",
        )
    if content != told.name:
        raise BadInput(
            expected=f"{told.name} in {path.name}",
            found=f"{content or 'content that is no image'} under that extension",
            fix=_rename(content),
        )
    return told


def _rename(content: str | None) -> str:
    extension = next((known for known, one in FORMATS.items() if one.name == content), None)
    if extension is None:
        return "Export or download it again."
    return f"Rename it to {extension}, or read it with by_content=True."


def _label_map(values: Array, path: Path, *, colour: bool) -> Array:
    """Whole numbers of one channel: 0 for nothing. Grey that is stored as colour is grey."""
    found = None
    if colour and not (values == values[..., :1]).all():
        found = "colours"
    values = values[..., 0] if colour else values
    if values.dtype.kind == "f":
        odd = values[values != np.round(values)]
        found = f"values such as {odd[0]:g}" if odd.size else found
        values = values.astype(np.int32)
    if found:
        raise BadInput(
            expected=f"whole numbers for labels in {path.name}",
            found=found,
            fix="Save the mask as a label map: one channel, 0 for nothing, 1, 2, ... for structures.",
        )
    return values
