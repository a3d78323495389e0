"""A random forest that reads each point by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Floats, Ints
from fewfold.data.blocks.image import Array, Image
from fewfold.data.blocks.images import Images
from fewfold.metrics.utility.segmentation.segmenter import Fitted, Segmenter, check_alike, coded
from fewfold.metrics.utility.segmentation.voxel_features import SCALES, voxel_features


class VoxelForest(Segmenter):
    """A random forest on the features of single points, grey or colour, of images or volumes.

    It learns from a fixed number of points, as many of each label, drawn at random from all images alike: rare labels
    are seen. Each class then counts the root of how much more common it is in the training images than among those
    points: as they were drawn, too much is marked for a good overlap, and with the whole correction too little.
    """

    name = "voxel_forest"
    title = "Random forest on the features of single points"
    params: ClassVar[dict[str, Any]] = {"points": 20_000, "trees": 50, "smallest_leaf": 5, "scales": list(SCALES)}

    def _fit(self, images: Images | Sequence[Image], mask: str, labels: Ints, rng: Rng) -> Fitted:
        from sklearn.ensemble import RandomForestClassifier

        x, y, shares = _points(images, mask, labels, self.params["points"], rng)
        forest = RandomForestClassifier(
            self.params["trees"], min_samples_leaf=self.params["smallest_leaf"], random_state=seed_of(rng)
        ).fit(x, y)
        drawn = np.bincount(y, minlength=len(labels)) / len(y)
        return _Forest(forest, labels, np.sqrt(shares[forest.classes_] / drawn[forest.classes_]))


@dataclass(frozen=True, eq=False)
class _Forest:
    """``weights``: what each class counts."""

    forest: Any
    labels: Ints
    weights: Floats

    def predict(self, image: Image) -> Array:
        likely = self.forest.predict_proba(voxel_features(image)) * self.weights
        codes = self.forest.classes_[likely.argmax(axis=1)]
        made: Array = self.labels[codes].reshape(image.grid)
        return made


def _points(
    images: Images | Sequence[Image], mask: str, labels: Ints, points: int, rng: Rng
) -> tuple[Array, Ints, Floats]:
    """Features and codes of points, as many of each label that there is, and the share of each label.

    Each image gives as many as any other, if it has them; what is lacking then is drawn twice.
    """
    drawn: list[list[Array]] = [[] for _ in labels]
    counts, seen = np.zeros(len(labels)), set()
    per_label = points // len(labels)
    bounds = [per_label * k // len(images) for k in range(len(images) + 1)]
    for k, image in enumerate(images):
        seen.add((len(image.grid), 1 if image.pixels.ndim == len(image.grid) else image.pixels.shape[-1]))
        check_alike(seen)
        features, codes = voxel_features(image), coded(image, mask, labels).ravel()
        counts += np.bincount(codes, minlength=len(labels))
        for code, kept in enumerate(drawn):
            kept.append(features[rng.permutation(np.flatnonzero(codes == code))[: bounds[k + 1] - bounds[k]]])
    x, y = [], []
    for code, kept in enumerate(drawn):
        own = np.concatenate(kept)
        if len(own):
            again = rng.integers(0, len(own), per_label - len(own))
            x.append(np.concatenate([own, own[again]]))
            y.append(np.full(per_label, code))
    return np.concatenate(x), np.concatenate(y), counts / counts.sum()
