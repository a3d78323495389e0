"""Augmented images as an arm of a study: altered copies of training images, read into features as those are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import BLOCK, Images
from fewfold.data.cohort import Cohort
from fewfold.data.features.handcrafted import handcrafted
from fewfold.methods.base import Drawn
from fewfold.methods.rowwise import RowMethod
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.base import transform
from fewfold.methods.transforms.endpoint import check_endpoint
from fewfold.methods.transforms.preset import describe_preset
from fewfold.methods.transforms.record import Record

MOST_NUMBERS = 6  # of one draw, in words
TRIES = 20  # draws for an image whose mask is moved out of the field


class Picture(NamedTuple):
    """An altered image, the position of the training row that it was made of, its features, and what was drawn."""

    row: int
    image: Image
    features: dict[str, float]
    drawn: str


class ImageAugmentation(RowMethod):
    """A training image drawn again, altered by a chain of transforms, and its features read anew.

    For cohorts that :func:`fewfold.data.features.cohort.featured` gave features. ``preset``: a chain by its name;
    ``chain``: one of your own, each step a mapping with ``transform`` and its parameters. ``endpoint``: what the label
    rests on, keys of :data:`fewfold.methods.transforms.base.DESTROYS`; a chain that may destroy it raises ``BadInput``.
    ``mask`` and ``value_range``: those that the features were read with. Other columns are those of the training row.
    """

    card = MethodCard(
        name="image_augmentation",
        title="Augmented images",
        family="transform",
        modalities=("image", "volume"),
        summary="Altered copies of training images, read into features as the training images are.",
        may_destroy=("independence of rows", "what the transforms of the chain may destroy"),
        cost="the transforms, and the features of each image",
        references=("10.1186/s40537-019-0197-0",),
    )

    def __init__(
        self,
        *,
        preset: str = "blood-smear",
        chain: Sequence[Mapping[str, Any]] | None = None,
        endpoint: Sequence[str] = (),
        mask: str | None = None,
        value_range: Sequence[float] | None = None,
    ) -> None:
        self.preset, self.mask, self.endpoint = preset, mask, list(endpoint)
        self.chain = None if chain is None else [dict(step) for step in chain]
        self.value_range = None if value_range is None else list(value_range)
        described = describe_preset(preset)
        self._border = described.border if chain is None else "constant"
        self._transforms = described.chain if chain is None else [_made(step) for step in chain]
        check_endpoint(self._transforms, self.endpoint)

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        super()._fit(cohort, rng)
        if BLOCK not in cohort.blocks:
            raise NotApplicable(f"{self.card.name} needs a cohort with images")
        self.images = cast(Images, cohort.blocks[BLOCK])
        told = self._features(self.images[0])
        names = [variable.name for variable in self.schema.features]
        self.columns = [names.index(name) for name in told if name in names]
        same = len(self.columns) == len(told) and np.allclose(self.values[0, self.columns], list(told.values()))
        if not same:
            raise BadInput(
                expected=f"columns with the features of the images (mask={self.mask}, value_range={self.value_range})",
                found=f"{len(self.columns)} of {len(told)} columns, or other values in them",
                fix="Make the cohort with featured(cohort, mask=..., value_range=...), and hand in the same here.",
            )

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        rows = self._draw_rows(labels, n, rng)
        values, seed = self.values[rows], int(rng.integers(2**63))
        for k in np.argsort(rows, kind="stable"):  # crops of one picture follow each other: it is read once
            image, _ = self._altered(self.images[int(rows[k])], seed, int(k))
            values[k, self.columns] = list(self._features(image).values())
        return Drawn(values, rows[:, None])

    def pictures(self, n: int, rng: Rng) -> list[Picture]:
        """``n`` altered images as they are, of each class in turn."""
        target = self.schema.target
        classes = np.unique(self.values[:, -1]) if target is not None and target.discrete else None
        rows = self._draw_rows(None if classes is None else np.resize(classes, n), n, rng)
        seed = int(rng.integers(2**63))
        told = [(int(row), *self._altered(self.images[int(row)], seed, k)) for k, row in enumerate(rows)]
        return [Picture(row, image, self._features(image), _words(record)) for row, image, record in told]

    def _features(self, image: Image) -> dict[str, float]:
        low_high = None if self.value_range is None else (self.value_range[0], self.value_range[1])
        return handcrafted(image, mask=self.mask, value_range=low_high)

    def _altered(self, image: Image, seed: int, index: int) -> tuple[Image, Record]:
        """The image with its mask under what is drawn for ``index``; drawn again where nothing of the mask is left."""
        low_high = None if self.value_range is None else (self.value_range[0], self.value_range[1])
        augment = Augmenter(
            self._transforms,
            seed=seed,
            dims=3 if image.volume else 2,
            border=self._border,
            value_range=None if image.pixels.dtype == np.uint8 else low_high,
        )
        given = {"image": image.pixels} | ({} if self.mask is None else {"mask": image.masks[self.mask]})
        for epoch in range(TRIES):
            made, record = augment.recorded(given, index=index, epoch=epoch, spacing=image.spacing)
            masks = {} if self.mask is None else {self.mask: made["mask"]}
            if all(mask.any() for mask in masks.values()):
                return Image(made["image"], volume=image.volume, spacing=image.spacing, masks=masks), record
        raise NotApplicable(f"{self.card.name} moved all of the mask {self.mask} out of the field, {TRIES} times")

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays, state = super()._state()
        held: list[dict[str, Any]] = []
        for k, image in enumerate(self.images):
            arrays[f"pixels{k}"] = image.pixels
            if self.mask is not None:
                arrays[f"mask{k}"] = image.masks[self.mask]
            held.append({"volume": image.volume, "spacing": image.spacing})
        return arrays, {**state, "images": held, "columns": self.columns}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        super()._restore(arrays, state)
        self.columns, images = list(state["columns"]), []
        for k, told in enumerate(state["images"]):
            masks = {} if self.mask is None else {self.mask: arrays[f"mask{k}"]}
            spacing = None if told["spacing"] is None else tuple(told["spacing"])
            images.append(Image(arrays[f"pixels{k}"], volume=told["volume"], spacing=spacing, masks=masks))
        self.images = Images.of(images)


def _made(step: Mapping[str, Any]) -> Any:
    if "transform" not in step:
        raise BadInput(
            expected="steps of a chain that name a transform",
            found=repr(dict(step)),
            fix='Write {"transform": "rotation", "degrees": 15}, for example.',
        )
    return transform(step["transform"], **{key: value for key, value in step.items() if key != "transform"})


def _words(record: Record) -> str:
    """What was drawn, in short; large fields are on record as their size."""
    told = []
    for name, drawn in record.steps:
        if drawn is not None:
            values = ", ".join(f"{key} {_short(value)}" for key, value in drawn.items())
            told.append(f"{name} ({values})" if values else name)
    return "; ".join(told) or "left as it is"


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, (list, tuple)):
        numbers = np.ravel(np.asarray(value)).tolist()
        return f"[{len(numbers)} numbers]" if len(numbers) > MOST_NUMBERS else f"[{', '.join(map(_short, numbers))}]"
    return str(value)
