"""The features of each image and of its altered copies."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.data.blocks.image import Array, Image
from fewfold.data.blocks.images import Entry, Images
from fewfold.data.features.handcrafted import handcrafted
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.base import Transform
from fewfold.methods.transforms.engine.resample import Border

Progress = Callable[[int, int], None]
_CHANNEL = re.compile(r"^c\d+_")
_VALUES = frozenset(("mean", "sd", "skewness", "kurtosis", "entropy", "p10", "p50", "p90"))


@dataclass
class Plan:
    """One transform of a chain at each of its magnitudes. ``notes``: magnitudes left out, and why."""

    label: str
    transform: Transform
    steps: list[tuple[float, Transform]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plans(chain: Sequence[Transform], magnitudes: Sequence[float]) -> list[Plan]:
    """What is to be measured: each transform by itself, applied to every image whatever its own chance is."""
    made = []
    for label, transform in zip(_labels(chain), chain, strict=True):
        always = type(transform)(**transform.params | {"p": 1.0})
        plan = Plan(label, transform)
        for magnitude in magnitudes if transform.strengths else (1.0,):
            try:
                plan.steps.append((magnitude, always.scaled(magnitude)))
            except BadInput as error:
                plan.notes.append(f"{magnitude:g}× was left out. {error}")
        made.append(plan)
    return made


def _labels(chain: Sequence[Transform]) -> list[str]:
    """The name of each; where it is there twice, with the parameters that differ."""
    told = []
    for one in chain:
        same = [other for other in chain if other.card.name == one.card.name]
        odd = [key for key, value in one.params.items() if any(other.params[key] != value for other in same)]
        words = ", ".join(f"{key} {one.params[key]}" for key in odd)
        told.append(f"{one.card.name} ({words})" if words else one.card.name)
    return told


@dataclass(frozen=True)
class Camera:
    """How copies are made: as by :class:`fewfold.Augmenter`, which says what each setting is."""

    seed: int
    border: Border
    fill: float
    value_range: tuple[float, float] | None

    def copy(self, image: Image, transform: Transform, index: int) -> Array:
        """The values of the copy of number ``index``."""
        dims: Literal[2, 3] = 3 if image.volume else 2
        how: dict[str, Any] = {"border": self.border, "fill": self.fill, "value_range": self.range_of(image)}
        made: Array = Augmenter([transform], seed=self.seed, dims=dims, **how)(
            image.pixels, index=index, spacing=image.spacing
        )
        return made

    def range_of(self, image: Image) -> tuple[float, float]:
        """What counts as 0 to 1, for an image and for all its copies."""
        if self.value_range is not None:
            return self.value_range
        if image.pixels.dtype == np.uint8:
            return 0.0, 255.0
        low, high = float(image.pixels.min()), float(image.pixels.max())
        return low, high if high > low else low + 1.0


def family(feature: str) -> str:
    """Which part of an image a feature tells of: values, texture or layout."""
    name = _CHANNEL.sub("", feature)
    return "values" if name in _VALUES else "layout" if name.startswith("at_") else "texture"


def tables(
    images: Images, steps: Sequence[Transform], camera: Camera, jobs: int, progress: Progress
) -> tuple[list[str], Floats]:
    """Names of the features, and (1 + steps, images, features): of the images, then of their copies by each step."""
    from joblib import Parallel, delayed

    work = Parallel(n_jobs=jobs, return_as="generator")
    rows: list[Floats] = []
    names: list[str] = []
    for row, (own, values) in enumerate(work(delayed(_row)(e, k, steps, camera) for k, e in enumerate(images.entries))):
        if rows and own != names:
            raise BadInput(
                expected="images with as many channels as each other",
                found=f"{images.names[row]} has others than {images.names[0]}",
                fix="Make all of them grey, or all of them coloured.",
            )
        names = own
        rows.append(values)
        progress(row + 1, len(images))
    return names, np.stack(rows, axis=1)


def _row(entry: Entry, index: int, steps: Sequence[Transform], camera: Camera) -> tuple[list[str], Floats]:
    image = entry.read()
    levels = camera.range_of(image)
    each = [image.pixels, *(camera.copy(image, step, index) for step in steps)]
    told = [handcrafted(Image(pixels, volume=image.volume), value_range=levels, with_layout=True) for pixels in each]
    return list(told[0]), np.array([list(one.values()) for one in told])
