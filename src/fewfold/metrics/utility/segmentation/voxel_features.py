"""What a point of an image looks like from near and far, in numbers."""

from __future__ import annotations

import numpy as np

from fewfold.data.blocks.image import Array, Image
from fewfold.metrics.utility.segmentation.segmenter import standardised

SCALES = (1.0, 2.0, 4.0)  # standard deviations of the smoothing, in steps of the finest axis; chosen here
_SLOPE, _BEND = np.array([-0.5, 0.0, 0.5]), np.array([1.0, -2.0, 1.0])


def voxel_features(image: Image) -> Array:
    """(points, features) single precision, the points in the order of ``image.pixels.ravel()`` without channels.

    For each channel, standardised over the image: its value; and at each of ``SCALES`` the smoothed value, the
    magnitude of its gradient and its Laplacian. Then the position along each axis, from 0 to 1. Lengths are in steps
    of the finest axis by the spacing of the image, so that thick slices are smoothed less. Raises ``BadInput`` where a
    value is missing or infinite.
    """
    values, axes = standardised(image), len(image.grid)
    steps = np.ones(axes) if image.spacing is None else np.asarray(image.spacing) / min(image.spacing)
    seen = [each for channel in range(values.shape[-1]) for each in _of_channel(values[..., channel], steps)]
    places = np.meshgrid(*(np.linspace(0, 1, n, dtype=np.float32) for n in image.grid), indexing="ij")
    return np.stack([each.ravel() for each in (*seen, *places)], axis=1)


def _of_channel(values: Array, steps: Array) -> list[Array]:
    from scipy import ndimage

    seen = [values]
    for scale in SCALES:
        smooth = ndimage.gaussian_filter(values, scale / steps, mode="nearest", truncate=3.0)
        slopes, bends = (
            [
                ndimage.correlate1d(smooth, weights / step**power, axis, mode="nearest")
                for axis, step in enumerate(steps)
            ]
            for weights, power in ((_SLOPE, 1), (_BEND, 2))
        )
        seen += [smooth, np.sqrt(sum(slope**2 for slope in slopes)), sum(bends)]
    return seen
