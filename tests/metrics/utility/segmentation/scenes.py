"""Images in which a brighter ball or disc is to be found."""

from __future__ import annotations

import numpy as np

from fewfold.data.blocks.image import Image


def scene(shape: tuple[int, ...], seed: int, channels: int = 0, spacing: tuple[float, ...] | None = None) -> Image:
    """A ball of a quarter of the field, at random, with a core; mask ``ball``: 1, and 2 in the core."""
    rng = np.random.default_rng(seed)
    centre = np.array(shape) * rng.uniform(0.35, 0.65, len(shape))
    away = np.sqrt(
        sum(
            ((np.arange(n) - c) / n).reshape([-1 if a == k else 1 for a in range(len(shape))]) ** 2
            for k, (n, c) in enumerate(zip(shape, centre, strict=True))
        )
    )
    mask = (away < 0.25).astype(np.uint8) + (away < 0.12)
    values = 100 + 60.0 * mask[..., None] + rng.normal(0, 12, (*shape, channels or 1))
    pixels = values.clip(0, 255).astype(np.uint8)
    return Image(pixels if channels else pixels[..., 0], volume=len(shape) == 3, spacing=spacing, masks={"ball": mask})


def scenes(n: int, shape: tuple[int, ...] = (40, 40), channels: int = 0) -> list[Image]:
    return [scene(shape, seed, channels) for seed in range(n)]


KINDS = {"grey": ((40, 40), 0), "colour": ((40, 40), 3), "volume": ((16, 18, 20), 0)}
