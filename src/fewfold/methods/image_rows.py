"""What the methods share that make images in a study: each image becomes a row by its features."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data.blocks.image import Header, Image
from fewfold.data.blocks.images import BLOCK, Images
from fewfold.data.cohort import Cohort
from fewfold.data.features.extent import EXTENT, extent
from fewfold.data.features.handcrafted import handcrafted
from fewfold.methods.base import Drawn
from fewfold.methods.rowwise import RowMethod

MOST_NUMBERS = 6  # of one draw, in words


class Picture(NamedTuple):
    """A made image. ``row``: the position of the training row whose other columns it has; ``parents``: of those that it
    was made from; ``drawn``: what was drawn, in words; ``again``: makes it once more, bit for bit."""

    row: int
    parents: tuple[int, ...]
    image: Image
    drawn: str
    again: Callable[[], Image]


@dataclass(frozen=True, eq=False)
class Remade:
    """An entry whose image is made anew whenever it is read, so that only what is looked at is in memory."""

    name: str
    make: Callable[[], Image]
    boxes: None = None
    points: None = None

    @property
    def header(self) -> Header:
        """That of the image, which is made for it."""
        return self.make().header

    def read(self) -> Image:
        """The image."""
        return self.make()


class ImageRows(RowMethod):
    """Base of methods whose rows are made images. A subclass writes ``_made``; ``mask``, ``value_range`` and
    ``segment`` are those with which :func:`fewfold.data.features.cohort.featured` read the features of the cohort."""

    def __init__(self, mask: str | None, value_range: Sequence[float] | None, segment: str | None = None) -> None:
        self.mask, self.segment = mask, segment
        self.value_range = None if value_range is None else [float(end) for end in value_range]

    @abstractmethod
    def _made(self, labels: Floats | None, n: int, rng: Rng) -> Iterator[tuple[int, Picture]]:
        """``n`` made images, each with its place among them, in any order. ``labels``: see ``Method._sample``."""

    @property
    def _range(self) -> tuple[float, float] | None:
        return None if self.value_range is None else (self.value_range[0], self.value_range[1])

    def features(self, image: Image) -> dict[str, float]:
        """Those of an image, as the cohort has them."""
        return handcrafted(image, mask=self.mask, value_range=self._range)

    def pictures(self, n: int, rng: Rng) -> list[Picture]:
        """``n`` made images as they are, of each class in turn."""
        target = self.schema.target
        classes = np.unique(self.values[:, -1]) if target is not None and target.discrete else None
        labels = None if classes is None else np.sort(np.resize(classes, n))
        return [picture for _, picture in sorted(self._made(labels, n, rng), key=lambda told: told[0])]

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        super()._fit(cohort, rng)
        if BLOCK not in cohort.blocks:
            raise NotApplicable(f"{self.card.name} needs a cohort with images")
        self.images = cast(Images, cohort.blocks[BLOCK])
        told = self._told(self.images[0])
        names = [variable.name for variable in self.schema.modelled]
        self.columns = [names.index(name) for name in told if name in names]
        same = len(self.columns) == len(told) and np.allclose(self.values[0, self.columns], list(told.values()))
        if not same:
            how = f"mask={self.mask}, value_range={self.value_range}, segment={self.segment}"
            raise BadInput(
                expected=f"columns with the features of the images ({how})",
                found=f"{len(self.columns)} of {len(told)} columns, or other values in them",
                fix="Make the cohort with featured(cohort, mask=..., value_range=...), and hand in the same here.",
            )

    def _told(self, image: Image) -> dict[str, float]:
        """All that the cohort has of an image: its features and, of a mask that is to be found, the extent."""
        return self.features(image) | ({} if self.segment is None else {EXTENT: extent(image, self.segment)})

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        values = np.empty((n, self.values.shape[1]))
        parents: list[tuple[int, ...]] = [()] * n
        entries: dict[int, Remade] = {}
        for k, picture in self._made(labels, n, rng):
            values[k] = self.values[picture.row]
            values[k, self.columns] = list(self._told(picture.image).values())
            parents[k] = picture.parents
            entries[k] = Remade(f"{self.card.name} {k + 1}", picture.again)
        width = max(map(len, parents), default=0)
        sources = np.full((n, max(width, 1)), -1, dtype=np.int64)
        for k, rows in enumerate(parents):
            sources[k, : len(rows)] = rows
        return Drawn(values, sources, images=Images(tuple(entries[k] for k in range(n))))

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays, state = super()._state()
        held: list[dict[str, Any]] = []
        for k, image in enumerate(self.images):
            arrays[f"pixels{k}"] = image.pixels
            arrays |= {f"mask{k} {name}": mask for name, mask in image.masks.items()}
            held.append({"volume": image.volume, "spacing": image.spacing, "masks": list(image.masks)})
        return arrays, {**state, "images": held, "columns": self.columns}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        super()._restore(arrays, state)
        self.columns, images = list(state["columns"]), []
        for k, told in enumerate(state["images"]):
            masks = {name: arrays[f"mask{k} {name}"] for name in told["masks"]}
            spacing = None if told["spacing"] is None else tuple(told["spacing"])
            images.append(Image(arrays[f"pixels{k}"], volume=told["volume"], spacing=spacing, masks=masks))
        self.images = Images.of(images)


def in_words(drawn: Mapping[str, Any]) -> str:
    """Draws in short; of many numbers, how many they are."""
    return ", ".join(f"{key} {_short(value)}" for key, value in drawn.items())


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, (list, tuple)):
        numbers = np.ravel(np.asarray(value)).tolist()
        return f"[{len(numbers)} numbers]" if len(numbers) > MOST_NUMBERS else f"[{', '.join(map(_short, numbers))}]"
    return str(value)
