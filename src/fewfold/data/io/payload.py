"""What fewfold writes into a file in words: the tag of a made image, and geometry for formats without a place for it.

One line of JSON under the name of the software. Geometry in it holds for an image of the size that it names: where
another program has cropped or resized the picture since, it is not used.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from fewfold.data.blocks.geometry import check_affine
from fewfold.data.blocks.image import Header, Image
from fewfold.data.tag import SOFTWARE, Tag


def payload_of(image: Image, *, geometry: bool = False) -> str | None:
    """The line for an image, in ASCII; None where there is nothing to say."""
    told: dict[str, Any] = image.tag.as_dict() if image.tag else {}
    if geometry and image.spacing is not None:
        told["grid"], told["spacing_mm"] = list(image.grid), list(image.spacing)
        if image.affine is not None:
            told["affine_ras_mm"] = image.affine.tolist()
    return json.dumps({SOFTWARE: told}, sort_keys=True, separators=(",", ":"), allow_nan=False) if told else None


def told_by(text: str | bytes | None) -> dict[str, Any]:
    """What a line of :func:`payload_of` says; empty for any other text."""
    if isinstance(text, bytes):
        text = text.rstrip(b"\0").decode("utf-8", "replace")
    try:
        found = json.loads(text or "")
        told = found[SOFTWARE]
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def tag_in(text: str | bytes | None) -> Tag | None:
    """The tag in a line of :func:`payload_of`."""
    return Tag.from_dict(told_by(text))


def with_geometry(header: Header, text: str | bytes | None) -> Header:
    """The header with the tag, and with the geometry where the size is still the same."""
    told = told_by(text)
    spacing, affine = header.spacing, header.affine
    if told.get("grid") == list(header.grid):
        try:
            spacing = tuple(float(step) for step in told["spacing_mm"])
            if "affine_ras_mm" in told:
                affine = np.asarray(told["affine_ras_mm"], dtype=np.float64).reshape(4, 4)
                check_affine(affine, "the note in the file")
        except (KeyError, TypeError, ValueError):  # BadInput is a ValueError
            spacing, affine = header.spacing, header.affine
    return Header(
        header.shape, header.dtype, header.volume, spacing, affine, header.modality, Tag.from_dict(told) or header.tag
    )
