"""What a segmenter is: it learns label maps from images, and draws them on others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Ints
from fewfold.data.blocks.image import Array, Image, size
from fewfold.data.blocks.images import Images


class Fitted(Protocol):
    """A segmenter that has learned."""

    def predict(self, image: Image) -> Array:
        """A label map on the grid of ``image``, whose masks are not looked at."""
        ...


class Segmenter(ABC):
    """Fits on images with a mask. What it costs does not depend on how many images there are: a number of points or of
    steps is fixed beforehand, so that arms with more images do not train longer. ``params`` goes into the report."""

    name: ClassVar[str]
    title: ClassVar[str]
    params: ClassVar[dict[str, Any]]

    def fit(self, images: Images | Sequence[Image], mask: str, labels: Sequence[int], *, rng: Rng) -> Fitted:
        """Learn the ``labels``, whole numbers above 0, of the mask called ``mask``; any other number in it is
        background.

        Raises ``BadInput`` where there is no image, or one has no such mask or a value that is missing or infinite, or
        where images differ in axes or channels.
        """
        if not len(images):
            raise BadInput(expected="one or more images to learn from", found="none", fix="Add training images.")
        return self._fit(images, mask, np.array([0, *labels], dtype=np.int64), rng)

    @abstractmethod
    def _fit(self, images: Images | Sequence[Image], mask: str, labels: Ints, rng: Rng) -> Fitted:
        """``labels``: background, 0, first."""


def coded(image: Image, mask: str, labels: Ints) -> Ints:
    """The mask with the position in ``labels`` in place of each label; 0 for any other number."""
    if mask not in image.masks:
        raise BadInput(
            expected=f"a mask {mask} on each image",
            found=", ".join(image.masks) or "an image without masks",
            fix="Name a mask that all images have.",
        )
    found, codes = image.masks[mask], np.zeros(image.grid, dtype=np.int64)
    for code, label in enumerate(labels[1:], start=1):
        codes[found == label] = code
    return codes


def standardised(image: Image) -> Array:
    """(..., channels) single precision: each channel of an image less its mean, by its standard deviation; 0 where it
    does not vary. Scanners and stains differ in scale, and so do files."""
    axes = len(image.grid)
    values = image.pixels.astype(np.float64).reshape(*image.grid, -1)
    if not np.isfinite(values).all():
        raise BadInput(
            expected="images without missing or infinite values",
            found=f"{int((~np.isfinite(values)).sum())} of them in an image of {size(image.pixels.shape)}",
            fix="Fill them, or leave the image out.",
        )
    spread = values.std(axis=tuple(range(axes)))
    centred = values - values.mean(axis=tuple(range(axes)))
    made: Array = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0).astype(np.float32)
    return made


def check_alike(seen: set[tuple[int, int]]) -> None:
    """Raise ``BadInput`` where images differ in (axes, channels)."""
    if len(seen) > 1:
        told = "; ".join(f"{axes} axes and {channels} channels" for axes, channels in sorted(seen))
        raise BadInput(
            expected="images of as many axes and channels",
            found=told,
            fix="Bring them into one form, or leave some out.",
        )
