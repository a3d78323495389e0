"""PNG, JPEG, TIFF and BMP files, 8 to 32 bits, through Pillow (and tifffile for TIFF in 16-bit colour).

Orientation: a photograph that says how it was held (EXIF) is turned upright. Transparency is dropped: it is no
measurement. Resolution gives the spacing, but for 72 and 96 dots an inch, which programs write when they know nothing.
Whatever else a camera noted (place, owner, date) is not read, and is in no file that is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.data.blocks.image import Array, Header, Image
from fewfold.data.io import deep_color
from fewfold.data.io.guard import check_size, reading, too_large
from fewfold.data.io.payload import payload_of, with_geometry
from fewfold.data.tag import SOFTWARE

_DTYPES = {"1": np.uint8, "I": np.int32, "F": np.float32, "I;16": np.uint16, "I;16B": np.uint16, "I;16L": np.uint16}
_GREY = {"1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L"}
_SCREEN = (1.0, 72.0, 96.0)  # dots an inch that say nothing
_ORIENTATION, _DESCRIPTION = 0x0112, 270
_SWAPPED = (5, 6, 7, 8)  # orientations in which rows and columns change places
_MM_PER_INCH = 25.4


def header(path: Path, most_values: int, *, labels: bool = False) -> Header:
    """See :func:`fewfold.data.io.image.read_header`. ``labels``: the picture is a label map, and a palette stands for
    numbers instead of colours."""
    with _opened(path, most_values) as picture:
        return _header(picture, path, most_values, labels=labels)


def image(path: Path, most_values: int, *, labels: bool = False) -> tuple[Header, Array]:
    """The header, and the values as (rows, columns) or (rows, columns, 3)."""
    with _opened(path, most_values) as picture:
        found = _header(picture, path, most_values, labels=labels)
        values = deep_color.read(path, picture) if deep_color.channels_in(picture) else _values(picture, labels=labels)
    turned = _upright(values, _orientation(picture))
    return found, np.ascontiguousarray(turned, dtype=found.dtype)


@contextmanager
def _opened(path: Path, most_values: int) -> Iterator[Any]:
    pil = require("PIL.Image", extra="imaging")
    kind = {".png": "PNG", ".bmp": "BMP", ".tif": "TIFF", ".tiff": "TIFF"}.get(path.suffix.lower(), "JPEG")
    with reading(path, f"a {kind} picture"):
        try:
            with pil.open(path, formats=("PNG", "JPEG", "TIFF", "BMP")) as picture:
                yield picture
        except pil.DecompressionBombError as error:
            raise too_large(path, f"more than {2 * (pil.MAX_IMAGE_PIXELS or 0):,}", most_values) from error


def _header(picture: Any, path: Path, most_values: int, *, labels: bool) -> Header:
    pages = getattr(picture, "n_frames", 1)
    if pages > 1 and picture.format != "MPO":  # a photograph with its preview
        raise BadInput(
            expected=f"one picture in {path.name}",
            found=f"{pages} pages or frames",
            fix="Save each page as a file of its own, or the stack as .nii.gz or .nrrd.",
        )
    rows, columns = picture.height, picture.width
    deep = deep_color.channels_in(picture)
    grey = deep == 1 or (not deep and picture.mode in _GREY) or (labels and picture.mode == "P")
    spacing = _spacing(picture)
    if _orientation(picture) in _SWAPPED:
        rows, columns, spacing = columns, rows, spacing and spacing[::-1]
    shape = (rows, columns) if grey else (rows, columns, 3)
    check_size(shape, path, most_values)
    dtype = np.dtype(np.uint16 if deep else _DTYPES.get(picture.mode, np.uint8))
    return with_geometry(Header(shape, dtype, spacing=spacing), _note(picture))


def _values(picture: Any, *, labels: bool) -> Array:
    if picture.mode in ("LA", "La"):
        picture = picture.convert("L")
    elif picture.mode not in _GREY and picture.mode != "RGB" and not (labels and picture.mode == "P"):
        picture = picture.convert("RGB")
    values: Array = np.asarray(picture)
    return values


def _orientation(picture: Any) -> int:
    if picture.format not in ("JPEG", "MPO", "TIFF") and "exif" not in picture.info:
        return 1  # asking a PNG without it would read all of the picture
    return int(picture.getexif().get(_ORIENTATION, 1))


def _upright(values: Array, orientation: int) -> Array:
    """Turned and flipped as the eight codes of EXIF ask for (Exif 2.3, tag 0x0112)."""
    if orientation in _SWAPPED:
        values = np.swapaxes(values, 0, 1)
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    return values


def _spacing(picture: Any) -> tuple[float, ...] | None:
    """Millimetres down and across, from the resolution of the file."""
    across, down = (float(dots) for dots in picture.info.get("dpi", (0, 0)))
    if min(across, down) <= 0 or any(abs(dots - blank) < 0.02 for dots in (across, down) for blank in _SCREEN):
        return None
    return (_MM_PER_INCH / down, _MM_PER_INCH / across)


def _note(picture: Any) -> str | bytes | None:
    if picture.format == "TIFF":
        note: str | bytes | None = picture.tag_v2.get(_DESCRIPTION)
        return note
    found: str | bytes | None = picture.info.get(SOFTWARE) or picture.info.get("comment")
    return found


def written(image: Image, path: Path) -> bytes:
    """The bytes of an image of (rows, columns) or (rows, columns, 3). JPEG loses detail (quality 95, colour at full
    size); the others keep every value. Raises ``BadInput`` where the format cannot hold the values or the tag."""
    values = np.ascontiguousarray(image.pixels)
    kind = {".jpg": "jpeg", ".jpeg": "jpeg", ".tif": "tiff"}.get(path.suffix.lower(), path.suffix.lower()[1:])
    _check_fits(image, values, kind)
    if values.dtype == np.bool_:
        values = values.astype(np.uint8)
    note = payload_of(image, geometry=True)
    if kind == "tiff":
        return deep_color.tiff(values, note, _dots(image))
    if values.dtype == np.uint16 and values.ndim == 3:
        return deep_color.png(values, note, image.spacing)
    return _saved(values, kind, note, _dots(image))


def _saved(values: Array, kind: str, note: str | None, dots: tuple[float, float] | None) -> bytes:
    options: dict[str, Any] = {"dpi": dots} if dots else {}
    if kind == "jpeg":
        options |= {"quality": 95, "subsampling": 0} | ({"comment": note} if note else {})
    if kind == "png" and note:
        options["pnginfo"] = require("PIL.PngImagePlugin", extra="imaging").PngInfo()
        options["pnginfo"].add_text(SOFTWARE, note)
    stream = BytesIO()
    require("PIL.Image", extra="imaging").fromarray(values).save(stream, format=kind, **options)
    return stream.getvalue()


def _dots(image: Image) -> tuple[float, float] | None:
    """Dots an inch across and down."""
    return None if image.spacing is None else (_MM_PER_INCH / image.spacing[1], _MM_PER_INCH / image.spacing[0])


_DEPTHS = {
    "png": (np.bool_, np.uint8, np.uint16),
    "jpeg": (np.uint8,),
    "bmp": (np.bool_, np.uint8),
    "tiff": (np.bool_, np.uint8, np.uint16, np.int16, np.int32, np.float32),
}


def _check_fits(image: Image, values: Array, kind: str) -> None:
    found = None
    if image.volume or (values.ndim == 3 and values.shape[2] != 3):
        found, fix = f"a {'volume' if image.volume else 'picture'} of shape {values.shape}", "Write .nii.gz or .nrrd."
    elif values.dtype not in [np.dtype(kept) for kept in _DEPTHS[kind]]:
        found = f"values of type {values.dtype}"
        fix = "Write .tiff, or .nii.gz for a volume; or bring them to 8 or 16 bits by a scale of your choice."
    elif kind == "bmp" and image.tag is not None:
        found, fix = "a made image, and BMP has no place to say so", "Write .png."
    if found:
        raise BadInput(expected=f"what a {kind.upper()} file can hold", found=found, fix=fix)
