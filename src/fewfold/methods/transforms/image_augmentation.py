"""Augmented images as an arm of a study: altered copies of training images, read into features as those are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data.blocks.image import Image
from fewfold.methods.image_rows import ImageRows, Picture, in_words
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.base import transform
from fewfold.methods.transforms.endpoint import check_endpoint
from fewfold.methods.transforms.preset import describe_preset
from fewfold.methods.transforms.record import Record
from fewfold.methods.transforms.sample import Role

TRIES = 20  # draws for an image whose mask is moved out of the field


class ImageAugmentation(ImageRows):
    """A training image drawn again, altered by a chain of transforms, and its features read anew.

    For cohorts that :func:`fewfold.data.features.cohort.featured` gave features. ``preset``: a chain by its name;
    ``chain``: one of your own, each step a mapping with ``transform`` and its parameters. ``endpoint``: what the label
    rests on, keys of :data:`fewfold.methods.transforms.base.DESTROYS`; a chain that may destroy it raises ``BadInput``.
    ``mask`` and ``value_range``: those that the features were read with. ``segment``: the mask that a study of
    segmentation is to find, as for ``featured``: it goes with the image, and its extent is measured anew. Other columns
    are those of the training row.
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
        segment: str | None = None,
    ) -> None:
        super().__init__(mask, value_range, segment)
        self.preset, self.endpoint = preset, list(endpoint)
        self.chain = None if chain is None else [dict(step) for step in chain]
        described = describe_preset(preset)
        self._border = described.border if chain is None else "constant"
        self._transforms = described.chain if chain is None else [_step(step) for step in chain]
        check_endpoint(self._transforms, self.endpoint)

    def _made(self, labels: Floats | None, n: int, rng: Rng) -> Iterator[tuple[int, Picture]]:
        rows, seed = self._draw_rows(labels, n, rng), int(rng.integers(2**63))
        for k in np.argsort(rows, kind="stable"):  # crops of one picture follow each other: it is read once
            row = int(rows[k])
            image, record = self._altered(self.images[row], seed, int(k))
            yield int(k), Picture(row, (row,), image, _words(record), partial(self._again, row, seed, int(k)))

    def _again(self, row: int, seed: int, index: int) -> Image:
        return self._altered(self.images[row], seed, index)[0]

    def _altered(self, image: Image, seed: int, index: int) -> tuple[Image, Record]:
        """The image with its masks under what is drawn for ``index``; drawn again where nothing is left of one."""
        carried = [name for name in dict.fromkeys((self.mask, self.segment)) if name is not None]
        given = {"image": image.pixels} | {f"mask {name}": image.masks[name] for name in carried}
        roles: dict[str, Role] = {"image": "image"}
        for name in carried:
            roles[f"mask {name}"] = "mask"
        augment = Augmenter(
            self._transforms,
            seed=seed,
            dims=3 if image.volume else 2,
            border=self._border,
            value_range=None if image.pixels.dtype == np.uint8 else self._range,
            keys=roles,
        )
        for epoch in range(TRIES):
            made, record = augment.recorded(given, index=index, epoch=epoch, spacing=image.spacing)
            masks = {name: made[f"mask {name}"] for name in carried}
            if all(masks[name].any() or not image.masks[name].any() for name in carried):
                return Image(made["image"], volume=image.volume, spacing=image.spacing, masks=masks), record
        told = " or ".join(carried)
        raise NotApplicable(f"{self.card.name} moved all of the mask {told} out of the field, {TRIES} times")


def _step(step: Mapping[str, Any]) -> Any:
    if "transform" not in step:
        raise BadInput(
            expected="steps of a chain that name a transform",
            found=repr(dict(step)),
            fix='Write {"transform": "rotation", "degrees": 15}, for example.',
        )
    return transform(step["transform"], **{key: value for key, value in step.items() if key != "transform"})


def _words(record: Record) -> str:
    told = [(step.transform, in_words(step.drawn)) for step in record.steps if step.drawn is not None]
    return "; ".join(f"{name} ({values})" if values else name for name, values in told) or "left as it is"
