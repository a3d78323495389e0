"""Rician noise."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.methods.transforms.base import Draw, Image
from fewfold.methods.transforms.engine.normal import with_normal
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.storage import stored
from fewfold.methods.transforms.normal_noise import NormalNoise


class RicianNoise(NormalNoise):
    """The noise of a magnitude image in magnetic resonance (Gudbjartsson and Patz 1995).

    Normal noise is added to the real and to the imaginary part of the signal, and the magnitude is taken: where there
    is no signal the image gets brighter. Only for magnitude images.

    ``sd``: the standard deviation in each part, as a share of the range of values, drawn evenly. The lower end of the
    range stands for no signal, and values below it count as it. The default is chosen here. The noise itself comes from
    a seed that is on record.
    """

    card = MethodCard(
        name="rician_noise",
        title="Rician noise",
        family="transform",
        modalities=("image", "volume"),
        summary="Adds the noise of a magnitude image in magnetic resonance.",
        min_subjects=1,
        may_destroy=("texture", "intensity"),
        cost="two normal numbers for each value",
        references=("10.1002/mrm.1910340618",),
    )

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values, (low, high) = native(image.values), image.levels
        sd, seed = drawn["sd"] * (high - low), drawn["seed"]
        real = with_normal(np.maximum(values - np.float32(low), np.float32(0)), sd, seed)
        other = with_normal(np.zeros_like(real), sd, seed, stream=1)
        real *= real
        other *= other
        real += other
        made = np.sqrt(real, out=real)
        made += np.float32(low)
        return image._replace(values=stored(made, values.dtype))
