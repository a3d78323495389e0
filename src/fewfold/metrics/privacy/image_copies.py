"""Synthetic images that are copies of training images, turned, mirrored, cropped or moved."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng, derive
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.metrics.alike import alike, reduced, symmetries
from fewfold.metrics.base import Comparison, Interval, Metric, null_range, share_interval
from fewfold.metrics.spaces import images_of

PERMUTATIONS = 499
PLANTED = 100  # copies, at most; this and what follows is chosen here
FOUND = 0.8  # share of the planted copies below which nothing can be told
CROPPED = (0.8, 1.0)  # share of each axis that is left of a planted copy
NOISE = 0.05  # of a planted copy, in SDs of the image


class ImageCopies(Metric):
    """Share of synthetic images that are more like a training image than any holdout image is. Alike is the largest
    normalised cross-correlation of the images at 24 x 24 or 12 x 12 x 12 points, over quarter turns and mirror images
    (of volumes mirror images alone), crops to three quarters of each axis and translations by an eighth. Of images of
    fresh patients about one in as many as there are holdout images is above.

    Copies of training images are altered in these ways, with mild noise, and planted: ``details["planted_found"]`` is
    the share of them that is above. Where it is less than 0.8 nothing can be told from these images, and the metric
    does not apply: real patients are as alike as copies are. Other alterations (small turns, warps, other contrasts
    inside an image) are not searched for, and images that pass can still give patients away.

    Interval: Clopper-Pearson over images, the bound taken as given. Null and ``p``: holdout patients and synthetic
    images change sides. Where lineage is known, ``details["nearest_is_source"]`` is the share of the copies whose
    nearest training image is one that they were made from.
    """

    card = MetricCard(
        name="image_copies",
        title="Copies of training images, turned, mirrored, cropped or moved",
        family="privacy",
        question="Are synthetic images more like a training image than images of fresh patients are?",
        better="lower",
        bounds=(0.0, 1.0),
        stand_in="fresh",
        equal_size=False,
        modalities=("image", "volume"),
        most_rows=500,
        most_train_rows=2_000,
        references=("10.48550/arXiv.2301.13188",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return float(self._told(comparison).copies.mean())

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        copies = self._told(comparison).copies
        return share_interval(int(copies.sum()), len(copies))

    def _null(self, comparison: Comparison, splits: int, rng: Rng) -> Interval | None:
        return null_range(_exchanged(comparison, self._told(comparison), splits, rng))

    def _p(self, comparison: Comparison, rng: Rng) -> float:
        matches = self._told(comparison)
        values = _exchanged(comparison, matches, PERMUTATIONS, rng)
        return float((1 + np.sum(values >= matches.copies.mean() - 1e-12)) / (1 + PERMUTATIONS))

    def _details(self, comparison: Comparison) -> dict[str, float]:
        matches = self._told(comparison)
        told = {
            "planted": float(len(matches.planted)),
            "planted_found": matches.planted_found,
            "bound": matches.bound,
        }
        sources = comparison.synthetic.provenance.sources
        copies = matches.copies & (sources >= 0).any(axis=1)
        if copies.any():
            labels = comparison.train.table.index.to_numpy()[matches.nearest[copies]]
            told["nearest_is_source"] = float((sources[copies] == labels[:, None]).any(axis=1).mean())
        return told

    def _told(self, comparison: Comparison) -> Matches:
        matches = image_matches(comparison)
        if matches.planted_found < FOUND:
            raise NotApplicable(
                f"it cannot be told: of {len(matches.planted)} altered copies of training images that were planted "
                f"{matches.planted_found:.0%} were more like a training image than all holdout images are, and "
                f"{FOUND:.0%} are needed"
            )
        return matches


@dataclass(frozen=True, eq=False)
class Matches:
    """How alike the nearest training image of each synthetic (``made``), holdout (``real``) and planted image is, and
    the position (``nearest``) of that of each synthetic image among the training rows."""

    made: Floats
    real: Floats
    planted: Floats
    nearest: Ints

    @property
    def bound(self) -> float:
        """How alike a holdout image is to a training image at most."""
        return float(self.real.max())

    @property
    def copies(self) -> Bools:
        """(n,) whether each synthetic image is above the bound."""
        return self.made > self.bound

    @property
    def planted_found(self) -> float:
        """The share of the planted copies above the bound."""
        return float((self.planted > self.bound).mean())


_MATCHES: WeakKeyDictionary[Comparison, Matches] = WeakKeyDictionary()


def image_matches(comparison: Comparison) -> Matches:
    """The nearest training image of each image; kept as long as the comparison is. The planted copies are the same for
    the same comparison. Raises ``NotApplicable`` where a side has no images."""
    if comparison not in _MATCHES:
        train = images_of(comparison.train)
        sides = (images_of(comparison.synthetic), images_of(comparison.holdout), _planted(train))
        among = reduced(train)
        made, real, planted = (alike(reduced(images), among) for images in sides)
        first, second, third = (likeness.max(axis=1).astype(np.float64) for likeness in (made, real, planted))
        _MATCHES[comparison] = Matches(first, second, third, made.argmax(axis=1))
    return _MATCHES[comparison]


def _planted(train: Images) -> Images:
    """Altered copies of training images, evenly spread over them."""
    rng = derive(0, "image_copies")
    rows = np.unique(np.linspace(0, len(train) - 1, min(PLANTED, len(train))).astype(np.int64))
    return Images.of([_altered(train[row], rng) for row in rows.tolist()])


def _altered(image: Image, rng: Rng) -> Image:
    """One way round of eight, a crop, and noise."""
    axes = len(image.grid)
    pixels = symmetries(image.pixels.astype(np.float64), axes)[rng.integers(8)]
    share = rng.uniform(*CROPPED)
    for axis in range(axes):
        left = max(1, round(share * pixels.shape[axis]))
        start = int(rng.integers(pixels.shape[axis] - left + 1))
        pixels = pixels.take(np.arange(start, start + left), axis=axis)
    return Image(pixels + rng.normal(scale=NOISE * pixels.std(), size=pixels.shape), volume=image.volume)


def _exchanged(comparison: Comparison, matches: Matches, draws: int, rng: Rng) -> Floats:
    """(draws,) the share where holdout patients and the subjects of synthetic rows are dealt anew to the two sides."""
    real, made = (np.unique(c.subjects, return_inverse=True)[1] for c in (comparison.holdout, comparison.synthetic))
    patients = int(real.max()) + 1
    subjects = np.concatenate([real, made + patients])
    sides = np.arange(subjects.max() + 1) >= patients
    synthetic = rng.permuted(np.tile(sides, (draws, 1)), axis=1)[:, subjects]
    values = np.concatenate([matches.real, matches.made])
    bounds = np.where(synthetic, -np.inf, values).max(axis=1)
    shares: Floats = ((values > bounds[:, None]) & synthetic).sum(axis=1) / synthetic.sum(axis=1)
    return shares
