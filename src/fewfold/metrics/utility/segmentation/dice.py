"""The overlap of a mask with the true one."""

from __future__ import annotations

import numpy as np

from fewfold.data.blocks.image import Array
from fewfold.metrics.utility.segmentation.masks import both


def dice(truth: Array, predicted: Array, label: int = 1) -> float:
    """Twice the points that have ``label`` in both maps, by those of one and those of the other
    (10.2307/1932409): 0 to 1.

    ``truth``, ``predicted``: label maps of one shape, of two or three axes. Where neither has the label it is 1, for
    nothing was to be found and nothing was; where one has it, 0. Raises ``ValueError`` where shapes differ.
    """
    first, second = both(truth, predicted, label)
    points = np.count_nonzero(first) + np.count_nonzero(second)
    return 2 * np.count_nonzero(first & second) / points if points else 1.0
