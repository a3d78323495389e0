"""Contact sheets: altered images beside those that they were made of, and beside the nearest real ones."""

from __future__ import annotations

from base64 import b64encode
from importlib.util import find_spec
from io import BytesIO
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from fewfold.core.errors import NotApplicable
from fewfold.core.optional import require
from fewfold.core.seeds import derive
from fewfold.data.blocks.image import Image
from fewfold.data.cohort import order_of_levels
from fewfold.methods.base import method
from fewfold.methods.image_rows import ImageRows
from fewfold.study.cells import Design
from fewfold.study.result import Contact

SIDE = 96  # largest side of a picture, in pixels


def contacts(design: Design) -> list[Contact]:
    """A sheet for each method that alters images, fitted on the whole cohort; none where patients must not be shown,
    and none without the imaging extra, which draws them."""
    settings = design.settings
    if settings.release != "internal" or not settings.pictures or find_spec("PIL") is None:
        return []
    out: list[Contact] = []
    for spec in settings.methods:
        rng = derive(settings.seed, "contact", spec.name)
        try:
            fitted = method(spec.method, **spec.params)
            if isinstance(fitted, ImageRows):
                out += _sheet(spec.name, fitted.fit(design.cohort.as_part("train"), rng=rng), settings.pictures, rng)
        except NotApplicable:
            continue
    return out


def _sheet(name: str, fitted: Any, n: int, rng: np.random.Generator) -> list[Contact]:
    real = fitted.values[:, fitted.columns]
    centre, scale = real.mean(axis=0), real.std(axis=0)
    scale[scale == 0] = 1.0
    tree = KDTree((real - centre) / scale)
    usual = float(np.median(tree.query(tree.data, k=2)[0][:, 1])) or 1.0
    target = fitted.schema.target
    levels = order_of_levels(target) if target is not None and target.discrete else ()
    out = []
    for row, _, image, drawn in fitted.pictures(n, rng):
        features = np.array(list(fitted.features(image).values()))
        distance, nearest = tree.query((features - centre) / scale)
        source = fitted.images[row]
        label = fitted.values[row, -1]
        out.append(
            Contact(
                method=name,
                label=str(levels[int(label)]) if levels else f"{label:g}",
                drawn=drawn,
                real=_png(source, source),
                made=_png(image, source),
                nearest=_png(fitted.images[int(nearest)], source),
                is_source=int(nearest) == row,
                distance=float(distance) / usual,
            )
        )
    return out


def _png(image: Image, like: Image) -> str:
    """The image, or the middle slice of a volume, small, on the scale of grey levels of ``like``."""
    pillow = require("PIL.Image", extra="imaging")
    pixels, scale = (one.pixels[one.pixels.shape[0] // 2] if one.volume else one.pixels for one in (image, like))
    if pixels.dtype != np.uint8:
        low, high = float(scale.min()), float(scale.max())
        pixels = np.round((pixels.astype(np.float64) - low) / ((high - low) or 1.0) * 255).clip(0, 255).astype(np.uint8)
    if pixels.ndim == 3 and pixels.shape[-1] != 3:
        pixels = pixels[..., 0]
    drawn = pillow.fromarray(np.ascontiguousarray(pixels))
    drawn.thumbnail((SIDE, SIDE))
    file = BytesIO()
    drawn.save(file, "PNG")
    return b64encode(file.getvalue()).decode()
