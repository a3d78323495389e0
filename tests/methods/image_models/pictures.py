"""Small cohorts of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable

PATIENT = Variable(name="patient", kind="integer", role="subject")
TARGET = Variable(name="kind", kind="categorical", role="target", levels=("a", "b"))


def cohort_of(
    pixels: Sequence[Any], levels: Sequence[str] | None = None, patients: Sequence[int] | None = None, **same: Any
) -> Cohort:
    """One row a picture; ``same`` goes into each ``Image``, ``masks`` as one dictionary for each."""
    n = len(pixels)
    masks = same.pop("masks", [{}] * n)
    images = [Image(np.asarray(p), masks=m, **same) for p, m in zip(pixels, masks, strict=True)]
    columns: dict[str, Any] = {"patient": list(range(n)) if patients is None else list(patients)}
    variables = [PATIENT]
    if levels is not None:
        columns["kind"] = pd.Categorical(levels, categories=["a", "b"])
        variables.append(TARGET)
    return Cohort.real(pd.DataFrame(columns), Schema(variables=tuple(variables))).with_block("image", Images.of(images))


def blots(n: int = 16, *, side: int = 24, dtype: Any = np.uint8) -> Cohort:
    """Two classes of round blots, which differ in size; the mask ``blot`` lies on each."""
    rng = np.random.default_rng(5)
    rows, columns = np.indices((side, side))
    pixels, masks, levels = [], [], []
    for k in range(n):
        level = "ab"[k % 2]
        middle = side / 2 + rng.normal(0, 1, 2)
        radius = (4 if level == "a" else 6) + rng.normal(0, 0.4)
        away = np.hypot(rows - middle[0], columns - middle[1]) - radius
        values = 40 + 160 / (1 + np.exp(away)) + rng.normal(0, 3, (side, side))
        pixels.append(values.astype(dtype))
        masks.append({"blot": (away < 0).astype(np.uint8)})
        levels.append(level)
    return cohort_of(pixels, levels, masks=masks, spacing=(1.0, 1.0))
