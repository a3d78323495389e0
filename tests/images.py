"""Comparisons of images for the tests of metrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from comparisons import as_synthetic
from fewfold.core.types import Floats, Ints
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.base import Comparison


def clouds(n: int, shape: tuple[int, ...] = (48, 48), *, seed: int = 0, smooth: float = 3.0) -> list[Floats]:
    """Smooth random fields, from 0 to 1."""
    rng = np.random.default_rng(seed)
    fields = [gaussian_filter(rng.normal(size=shape), smooth) for _ in range(n)]
    return [(field - field.min()) / np.ptp(field) for field in fields]


def cohort_of(pixels: Sequence[Floats], patients: Ints | None = None, *, volume: bool = False) -> Cohort:
    """One image a row, one row a patient unless said otherwise."""
    of = np.arange(len(pixels)) if patients is None else patients
    schema = Schema(variables=(Variable(name="who", kind="categorical", role="subject"),))
    table = pd.DataFrame({"who": [f"p{k}" for k in of]})
    return Cohort.real(table, schema).with_block("image", Images.of([Image(p, volume=volume) for p in pixels]))


def images_compared(
    train: Sequence[Floats],
    holdout: Sequence[Floats],
    made: Sequence[Floats],
    *,
    patients: Ints | None = None,
    volume: bool = False,
) -> Comparison:
    """A comparison of three lists of arrays. ``patients``: of the training, then of the holdout images."""
    real = cohort_of([*train, *holdout], patients, volume=volume)
    synthetic = cohort_of(made, volume=volume)
    return Comparison(
        real.take(np.arange(len(train))),
        real.take(np.arange(len(train), len(real))),
        as_synthetic(synthetic).with_block("image", synthetic.blocks["image"]),
    )
