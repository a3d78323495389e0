"""Principal components of the deformations between images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.data.blocks.image import Image
from fewfold.data.cohort import Cohort
from fewfold.methods.image_models.base import ImageMethod, Plan
from fewfold.methods.image_models.components import Components, check_spread
from fewfold.methods.image_models.registration import registered, warped
from fewfold.methods.rowwise import deal
from fewfold.methods.transforms.engine.affine import identity
from fewfold.methods.transforms.engine.displacement import Dense
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import resample
from fewfold.methods.transforms.engine.smoothing import smoothed
from fewfold.methods.transforms.engine.warp import Warp

EDGE = 1.0  # by how many steps the edges of a label map are softened, so that they have a slope


class PcaDeformation(ImageMethod):
    """A training image, deformed as the training images of the class differ from each other in shape.

    Each training image is registered to the mean image of its class, first as it is, then as the registered images have
    it (``rounds``). The displacements have principal components, the largest of which hold ``share`` of their variance;
    each coefficient is drawn from a normal distribution with the standard deviation of its component times
    ``strength``, and lies within ``limit`` standard deviations. The image that is deformed has a shape of its own, so
    with a strength of 1 made images vary twice as much as recorded ones (0.5, chosen here: a quarter more). A field
    that folds is halved until it does not. A field says how the points of the mean move; it is applied at the same
    places of the image, and never inverted.

    ``mask``: the label map by which images are registered; None: their values, each image standardised. All images
    have one shape and spacing. Masks go with the image, by the nearest label; beyond the border lies the nearest point.
    """

    card = MethodCard(
        name="pca_deformation",
        title="Principal components of deformation",
        family="generator",
        summary="Training images deformed along the directions in which the shapes of their class differ most.",
        targets=(*CLASSES, "none"),
        modalities=("image", "volume"),
        min_subjects=3,
        min_per_class=3,
        may_destroy=("shape", "size", "position", "texture"),
        cost="rounds times one registration for each training image",
        references=("10.1109/TMI.2003.815865", "10.1016/S1361-8415(98)80022-4", "10.1016/j.neuroimage.2008.10.040"),
    )

    def __init__(
        self,
        *,
        mask: str | None = None,
        share: float = 0.95,
        limit: float = 3.0,
        strength: float = 0.5,
        rounds: int = 2,
        smooth: float = 1.5,
    ) -> None:
        check_spread(share, limit, strength)
        if rounds < 1 or not 0 < smooth < np.inf:
            raise BadInput(
                expected="1 or more rounds, and a smooth above 0",
                found=f"rounds={rounds!r}, smooth={smooth!r}",
                fix="Change them.",
            )
        self.mask, self.share, self.limit, self.strength = mask, share, limit, strength
        self.rounds, self.smooth = rounds, smooth

    def _fit(self, cohort: Cohort) -> None:
        self.images.check_alike()
        header = self.images.entries[0].header
        self.lattice = Lattice(header.grid, header.spacing or (1.0,) * len(header.grid))
        labels = None if self.mask is None else self._labels(self.mask)
        self.models: dict[int, Components] = {}
        for code in np.unique(self.codes).tolist():
            rows = np.flatnonzero(self.codes == code).tolist()
            seen = [self._seen(self.images[row], labels) for row in rows]
            fields = self._fields(seen)
            self.models[code] = Components.of(np.array([field.ravel() for field in fields]), self.share)

    def _draw(self, code: int, n: int, rng: Rng) -> list[Plan]:
        rows = deal(np.flatnonzero(self.codes == code), n, rng).tolist()
        return [Plan((row,), {"coefficients": self._unfolded(code, rng).tolist()}) for row in rows]

    def _make(self, code: int, plan: Plan) -> Image:
        image = self.images[plan.rows[0]]
        field = self._field(code, np.array(plan.drawn["coefficients"]))
        warp = Warp(
            self.lattice,
            self.lattice,
            identity(self.lattice.ndim),
            Dense(field.astype(np.float32), self.lattice),
        )
        pixels = resample(image.pixels, warp, border="edge").astype(image.pixels.dtype, copy=False)
        masks = {
            name: resample(mask, warp, interpolation="nearest", border="edge") for name, mask in image.masks.items()
        }
        return replace(image, pixels=pixels, masks=masks, boxes=None, points=None)

    def _fields(self, seen: list[Floats]) -> list[Floats]:
        """The displacement of each image, from the mean image to it."""
        mean = np.mean(seen, axis=0)
        fields: list[Floats | None] = [None] * len(seen)
        done: list[Floats] = []
        for _ in range(self.rounds):
            spacing = self.lattice.spacing
            pairs = zip(seen, fields, strict=True)
            done = [registered(mean, image, spacing, smooth=self.smooth, start=start) for image, start in pairs]
            fields = list(done)
            mean = np.mean([warped(image, field, spacing) for image, field in zip(seen, done, strict=True)], axis=0)
        return done

    def _seen(self, image: Image, labels: list[int] | None) -> Floats:
        """(channels, *grid) what is registered: values with mean 0 and standard deviation 1, or a map of each label."""
        if labels is None or self.mask is None:
            values: Floats = image.pixels.reshape(*image.grid, -1).astype(np.float64)
            values = (values - values.mean()) / max(float(values.std()), np.finfo(float).tiny)
            return np.moveaxis(values, -1, 0)
        maps = np.stack([image.masks[self.mask] == label for label in labels], axis=-1)
        soft: Floats = smoothed(maps.astype(np.float32), self.lattice, EDGE).astype(np.float64)
        return np.moveaxis(soft, -1, 0)

    def _labels(self, mask: str) -> list[int]:
        """All labels but 0 of the mask of that name, over all training images."""
        found: set[int] = set()
        for entry in self.images.entries:
            masks = entry.read().masks
            if mask not in masks:
                raise BadInput(
                    expected=f"a mask called {mask} on each image",
                    found=f"{', '.join(masks) or 'none'} on {entry.name}",
                    fix="Name one that there is, or pass mask=None.",
                )
            found |= set(np.unique(masks[mask]).tolist())
        if not found - {0}:
            raise BadInput(expected=f"labels in the masks {mask}", found="none", fix="Pass mask=None.")
        return sorted(found - {0})

    def _unfolded(self, code: int, rng: Rng) -> Floats:
        drawn = self.strength * self.models[code].draw(self.limit, rng)
        while folds(self._field(code, drawn), self.lattice.spacing).any():
            drawn = drawn / 2
        return drawn

    def _field(self, code: int, coefficients: Floats) -> Floats:
        return self.models[code].away(coefficients).reshape(self.lattice.ndim, *self.lattice.shape)


def folds(field: Floats, spacing: tuple[float, ...]) -> Bools:
    """(grid) where x -> x + field(x) turns a cell inside out: its Jacobian determinant is not above 0."""
    axes = range(len(spacing))
    slopes = np.stack(
        [
            np.stack([np.gradient(part, step, axis=axis) for axis, step in zip(axes, spacing, strict=True)], axis=-1)
            for part in field
        ],
        axis=-2,
    )
    turned: Bools = np.linalg.det(slopes + np.eye(len(spacing))) <= 0
    return turned
