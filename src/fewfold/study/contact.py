"""Contact sheets: altered images beside those that they were made of, and beside the nearest real ones."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

import numpy as np
from scipy.spatial import KDTree

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import derive
from fewfold.data.blocks.image import Image
from fewfold.data.cohort import order_of_levels
from fewfold.methods.base import Method
from fewfold.methods.image_rows import ImageRows
from fewfold.study.result_figures import Contact
from fewfold.study.settings import Settings
from fewfold.study.thumbnail import thumbnail

SIDE = 96  # largest side of a picture, in pixels


def contacts(settings: Settings, fitted: Mapping[str, Method]) -> list[Contact]:
    """A sheet for each method that makes images; none where patients must not be shown, and none without the imaging
    extra, which draws them. ``fitted``: on the whole cohort, by the names of the arms."""
    if settings.release != "internal" or not settings.pictures or find_spec("PIL") is None:
        return []
    out: list[Contact] = []
    for name, made_by in fitted.items():
        try:
            if isinstance(made_by, ImageRows):
                out += _sheet(name, made_by, settings.pictures, derive(settings.seed, "contact", name))
        except NotApplicable:
            continue
    return out


def _sheet(name: str, fitted: ImageRows, n: int, rng: np.random.Generator) -> list[Contact]:
    seen = fitted.columns[: len(fitted.features(fitted.images[0]))]  # and no target
    real = fitted.values[:, seen]
    centre, scale = real.mean(axis=0), real.std(axis=0)
    scale[scale == 0] = 1.0
    tree = KDTree((real - centre) / scale)
    usual = float(np.median(tree.query(tree.data, k=2)[0][:, 1])) or 1.0
    target = fitted.schema.target
    levels = order_of_levels(target) if target is not None and target.discrete else ()
    out = []
    for row, _, image, drawn, _ in fitted.pictures(n, rng):
        features = np.array(list(fitted.features(image).values()))
        distance, nearest = tree.query((features - centre) / scale)
        source, like = fitted.images[row], fitted.images[int(nearest)]
        label = fitted.values[row, -1]
        out.append(
            Contact(
                method=name,
                label=str(levels[int(label)]) if levels else f"{label:g}",
                drawn=drawn,
                real=_png(source, source, fitted.segment),
                made=_png(image, source, fitted.segment),
                nearest=_png(like, like, fitted.segment),
                is_source=int(nearest) == row,
                distance=float(distance) / usual,
            )
        )
    return out


def _png(image: Image, like: Image, segment: str | None = None) -> str:
    """The image, small, on the scale of grey levels of ``like``: of a volume that of its middle slice. A mask that is
    to be found is outlined."""
    low, high = 0.0, 255.0
    if image.pixels.dtype != np.uint8:
        scale = like.pixels[len(like.pixels) // 2] if like.volume else like.pixels
        low, high = float(scale.min()), float(scale.max())
    high, mask = high if high > low else low + 1, None if segment is None else image.masks[segment]
    return thumbnail(image.pixels, volume=image.volume, low=low, high=high, side=SIDE, mask=mask)
