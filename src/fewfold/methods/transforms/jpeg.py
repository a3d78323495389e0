"""JPEG artefacts."""

from __future__ import annotations

from io import BytesIO
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, about, as_json, chance, span
from fewfold.methods.transforms.engine.lattice import Lattice


class Jpeg(Transform):
    """Writes the image as JPEG and reads it again, as archives and cameras do.

    ``quality``: a whole number on the scale of the Independent JPEG Group, from 1 to 100, drawn evenly; the table of
    Annex K of the standard is 50. The default is chosen here. Colours are halved in resolution, as is usual. For images
    of 8 bits, grey or in red, green and blue; needs fewfold[imaging]. Two versions of the JPEG library may differ by a
    grey level.
    """

    card = MethodCard(
        name="jpeg",
        title="JPEG artefacts",
        family="transform",
        modalities=("image",),
        summary="Compresses the image with loss.",
        min_subjects=1,
        may_destroy=("texture", "intensity"),
        cost="one encoding and one decoding",
        references=("10.1109/30.125072", "10.1109/QoMEX.2016.7498955"),
    )
    bytes_only = True
    strengths = MappingProxyType({"quality": about(100)})

    def __init__(self, *, quality: tuple[int, int] = (30, 95), p: float = 1.0) -> None:
        self.quality, self.p = as_json(quality), chance(p)
        low, high = span(quality, "quality", low=1, high=100)
        self._span = round(low), round(high)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        low, high = self._span
        return {"quality": int(rng.integers(low, high + 1))}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values = image.values
        channels = values.shape[2:]
        if image.lattice.ndim != 2 or channels not in ((), (1,), (3,)):
            raise BadInput(
                expected="an image in two dimensions, grey or in red, green and blue, for jpeg",
                found=f"shape {values.shape} with {image.lattice.ndim} axes of points",
                fix="Leave the transform out.",
            )
        plane = values[..., 0] if channels == (1,) else values
        stream = BytesIO()
        require("PIL.Image", extra="imaging").fromarray(plane).save(stream, "JPEG", quality=drawn["quality"])
        stream.seek(0)
        # PIL.Image.open would warn of a large picture, as it may come from a stranger: this one does not.
        with require("PIL.JpegImagePlugin", extra="imaging").JpegImageFile(stream) as picture:
            made = np.array(picture)
        return image._replace(values=made.reshape(values.shape))
