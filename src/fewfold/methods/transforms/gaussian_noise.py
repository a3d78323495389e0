"""Gaussian noise."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.methods.transforms.base import Draw, Image
from fewfold.methods.transforms.engine.normal import with_normal
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.storage import stored
from fewfold.methods.transforms.normal_noise import NormalNoise


class GaussianNoise(NormalNoise):
    """Adds to each value a normal number of its own: the noise of electronics, and of many counts.

    ``sd``: its standard deviation as a share of the range of values, drawn evenly. The range is chosen here: it reaches
    as far as a variance of 0.1 where the image has one of 1 (the limit that nnU-Net names, Isensee et al. 2021), where
    the range is six standard deviations. The noise itself comes from a seed that is on record.
    """

    card = MethodCard(
        name="gaussian_noise",
        title="Gaussian noise",
        family="transform",
        modalities=("image", "volume"),
        summary="Adds normal noise of one strength everywhere.",
        min_subjects=1,
        may_destroy=("texture",),
        cost="one normal number for each value",
        references=("10.1038/s41592-020-01008-z",),
    )

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values, (low, high) = native(image.values), image.levels
        made = with_normal(values.astype(np.float32, copy=False), drawn["sd"] * (high - low), drawn["seed"])
        return image._replace(values=stored(made, values.dtype))
