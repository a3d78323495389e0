"""Small pictures of two kinds of cells, whose truth is known: large and small discs on a bright ground."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.infer import infer_schema

RADII = {"large": 10, "small": 8}  # pixels


def cell(radius: float, rng: np.random.Generator, size: int = 32) -> Image:
    """A dark disc near the middle of a bright, noisy ground; its mask is called ``cell``."""
    centre = (size - 1) / 2 + rng.uniform(-2, 2, (2, 1, 1))
    rows, columns = np.indices((size, size)) - centre
    inside = rows**2 + columns**2 < radius**2
    pixels = np.where(inside, 110, 200) + rng.normal(0, 8, inside.shape)
    return Image(pixels.clip(0, 255).astype(np.uint8), masks={"cell": inside.astype(np.uint8)})


def smears(n: int = 40, seed: int = 0) -> Cohort:
    """``n`` pictures, half of each kind, one a patient; radii vary by 1 pixel."""
    rng = np.random.default_rng(seed)
    kinds = [list(RADII)[k % 2] for k in range(n)]
    frame = pd.DataFrame({"patient": [f"p{k}" for k in range(n)], "kind": kinds})
    cohort = conform(frame, infer_schema(frame, target="kind", subject="patient").schema)
    return cohort.with_block("image", Images.of(cell(RADII[kind] + rng.normal(), rng) for kind in kinds))


def discs(n: int = 60, seed: int = 0) -> Cohort:
    """``n`` pictures of cells of many sizes, one a patient and ten at each site, without a target: their mask ``cell``
    is to be found."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"patient": [f"p{k}" for k in range(n)], "site": [f"s{k // 10}" for k in range(n)]})
    cohort = conform(frame, infer_schema(frame, subject="patient", site="site").schema)
    return cohort.with_block("image", Images.of(cell(rng.uniform(5, 11), rng) for _ in range(n)))
