"""Numbers with intervals and controls, from the features and predictions of images and of their copies."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.study.image_audit import measures
from fewfold.study.image_audit.copies import family
from fewfold.study.image_audit.result import Controls, Measured, Moved, Shifts
from fewfold.study.intervals import weights

MOST_MOVED = 3  # features that are named
FAMILIES = ("values", "texture", "layout")


class Reading:
    """Numbers from the features and predictions of the images (index 0) and of their copies."""

    def __init__(
        self, cohort: Cohort, groups: Ints, names: list[str], tables: Floats, predicted: Floats, rng: Rng
    ) -> None:
        self.y, self.groups, self.predicted = cohort.y.astype(np.int64), groups, predicted
        self.counts = weights(int(groups.max()) + 1, rng)[:, groups]
        spread = tables[0].std(axis=0, ddof=1)
        self.told: Bools = spread > 1e-9  # what is the same in all images has no unit
        self.names = [name for name, known in zip(names, self.told, strict=True) if known]
        self.scaled = tables[:, :, self.told] / spread[self.told]
        self.apart = np.abs(self.scaled[0] - self.scaled[0][_partners(self.y, groups, rng)])

    def controls(self) -> Controls:
        """Two fits, and two images of one label."""
        pairs = list(combinations(self.predicted[:, 0], 2))
        half = len(self.predicted) // 2
        return Controls(
            flips=self._share(np.mean([_flips(a, b) for a, b in pairs], axis=0)),
            change=measures.mean(np.mean([_change(a, b) for a, b in pairs], axis=0), self.counts),
            loss=self._loss(self.predicted[:half, 0], self.predicted[half:, 0]),
            shifts=self._shifts(self.apart),
            auroc=self._loss(self.predicted[:, 0], None),
        )

    def flips(self, k: int) -> Measured:
        """The share of images whose predicted label another one is on the copy with index ``k``."""
        return self._share(np.mean([_flips(a, b) for a, b in self._pairs(k)], axis=0))

    def change(self, k: int) -> Measured:
        """The mean change of the predicted probabilities."""
        return measures.mean(np.mean([_change(a, b) for a, b in self._pairs(k)], axis=0), self.counts)

    def loss(self, k: int) -> Measured:
        """AUROC on the images minus that on the copies."""
        return self._loss(self.predicted[:, 0], self.predicted[:, k])

    def shifts(self, k: int) -> Shifts:
        """How far the features move."""
        return self._shifts(self._moved(k))

    def most(self, k: int) -> list[Moved]:
        """The features that move most."""
        moved = self._moved(k)
        order = np.argsort(-np.median(moved, axis=0), kind="stable")[:MOST_MOVED]
        return [
            Moved(
                feature=self.names[j],
                shift=measures.median(moved[:, j], self.counts),
                control=measures.median(self.apart[:, j], self.counts),
            )
            for j in order.tolist()
        ]

    def _pairs(self, k: int) -> list[tuple[Floats, Floats]]:
        """What each fit says of the images, and of their copies."""
        return list(zip(self.predicted[:, 0], self.predicted[:, k], strict=True))

    def _moved(self, k: int) -> Floats:
        moved: Floats = np.abs(self.scaled[k] - self.scaled[0])
        return moved

    def _share(self, flips: Floats) -> Measured:
        return measures.share(flips, self.counts, self.groups)

    def _loss(self, first: Floats, second: Floats | None) -> Measured:
        codes = [code for code in np.unique(self.y).tolist() if first.shape[-1] > 2 or code == 1]
        return measures.over_labels(
            [
                measures.auroc_difference(
                    first[..., code], None if second is None else second[..., code], self.y == code, self.counts
                )
                for code in codes
            ]
        )

    def _shifts(self, moved: Floats) -> Shifts:
        kinds = np.array([family(name) for name in self.names])
        parts = {kind: moved[:, kinds == kind].mean(axis=1) for kind in FAMILIES if (kinds == kind).any()}
        return Shifts(
            overall=measures.median(moved.mean(axis=1), self.counts),
            families={kind: measures.median(part, self.counts) for kind, part in parts.items()},
        )


def _flips(a: Floats, b: Floats) -> Floats:
    """(images,) 1 where another label is the likeliest."""
    other: Floats = (a.argmax(axis=1) != b.argmax(axis=1)).astype(np.float64)
    return other


def _change(a: Floats, b: Floats) -> Floats:
    """(images,) total variation; with two labels the change of the probability of one."""
    moved: Floats = np.abs(a - b).sum(axis=1) / 2
    return moved


def _partners(y: Ints, groups: Ints, rng: Rng) -> Ints:
    """(images,) for each one an image of the same label, of another patient."""
    chosen = np.empty(len(y), dtype=np.int64)
    for row in range(len(y)):
        others = np.flatnonzero((y == y[row]) & (groups != groups[row]))
        chosen[row] = others[rng.integers(len(others))]
    return chosen
