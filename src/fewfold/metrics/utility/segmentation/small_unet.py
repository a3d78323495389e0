"""A small U-Net for pictures and volumes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from fewfold.core.networks import alone, train, turns
from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Ints
from fewfold.data.blocks.image import Array, Image
from fewfold.data.blocks.images import Images
from fewfold.metrics.utility.segmentation.segmenter import Fitted, Segmenter, check_alike, coded, standardised

SMOOTH = 1.0  # added to both sides of the fraction in the loss, so that an absent label has none


class SmallUNet(Segmenter):
    """Two levels of filters with a bridge across (10.1007/978-3-319-24574-4_28; 10.1007/978-3-319-46723-8_49).

    It learns from patches of a fixed size in a fixed number of steps, and marks a whole image at once. Every other
    patch has a marked point in it, where its image has one, of any label as likely as of another. The loss is the
    cross-entropy, in which rare labels count more, plus what the mean Dice coefficient lacks to 1
    (10.1109/3DV.2016.79). Each channel of an image is standardised by itself.
    """

    name = "small_unet"
    title = "Small U-Net"
    params: ClassVar[dict[str, Any]] = {
        "steps": 150,
        "batch": {"picture": 8, "volume": 2},
        "patch": {"picture": 64, "volume": 32},
        "filters": {"picture": [16, 32, 64], "volume": [8, 16, 32]},
        "learning_rate": 1e-2,
        "weight_decay": 1e-2,
    }

    def _fit(self, images: Images | Sequence[Image], mask: str, labels: Ints, rng: Rng) -> Fitted:
        seen: set[tuple[int, int]] = set()
        known: list[tuple[Array, Ints]] = []
        for image in images:
            values = standardised(image)
            seen.add((len(image.grid), values.shape[-1]))
            check_alike(seen)
            known.append((values, coded(image, mask, labels)))
        ((axes, channels),) = seen
        kind, steps = ("picture", "volume")[axes - 2], self.params["steps"]
        side, filters = self.params["patch"][kind], self.params["filters"][kind]
        chosen = turns(len(known), steps, self.params["batch"][kind], rng)
        with alone(seed_of(rng)) as (torch, device):
            model = _Net(torch, axes, channels, filters, len(labels))

            def losses() -> Iterator[Any]:
                for own in chosen:
                    values, codes = _patches([known[k] for k in own], side, rng)
                    x = torch.from_numpy(np.moveaxis(values, -1, 1).copy()).to(device)
                    yield _loss(torch, model(x), torch.from_numpy(codes).to(device))

            train(
                torch,
                model.net,
                losses(),
                steps,
                rate=self.params["learning_rate"],
                decay=self.params["weight_decay"],
            )
        return _Trained(model, labels, 2 ** (len(filters) - 1))


@dataclass(frozen=True, eq=False)
class _Trained:
    """``multiple``: of which the sides of what the network reads must be."""

    model: Any
    labels: Ints
    multiple: int

    def predict(self, image: Image) -> Array:
        values = np.moveaxis(standardised(image), -1, 0)[None]
        wide = [(0, -size % self.multiple) for size in image.grid]
        padded = np.pad(values, [(0, 0), (0, 0), *wide], mode="edge")
        with alone(0) as (torch, device), torch.no_grad():
            scores = self.model(torch.from_numpy(padded).to(device))[0]
            codes = scores.argmax(dim=0).cpu().numpy()
        made: Array = self.labels[codes[tuple(slice(size) for size in image.grid)]]
        return made


class _Net:
    """The network. On the way down a maximum halves each side; on the way up each point is repeated, and what was seen
    on the way down is added, which costs less than putting both beside each other (10.1109/VCIP.2017.8305148). There
    are two convolutions on each way, but one on the finest level."""

    def __init__(self, torch: Any, axes: int, channels: int, widths: Sequence[int], outputs: int) -> None:
        nn = torch.nn
        self.torch, self.axes = torch, axes
        convolution, normal = (nn.Conv2d, nn.InstanceNorm2d) if axes == 2 else (nn.Conv3d, nn.InstanceNorm3d)

        def level(given: int, made: int, depth: int) -> Any:
            layers: list[Any] = []
            for first in (given, made)[:depth]:
                layers += [convolution(first, made, 3, 1, 1, bias=False), normal(made, affine=True), nn.LeakyReLU(0.01)]
            return nn.Sequential(*layers)

        depths = [1, *[2] * (len(widths) - 1)]
        pairs = list(pairwise(widths))
        self.downs = nn.ModuleList(map(level, [channels, *widths[:-1]], widths, depths))
        self.narrow = nn.ModuleList([convolution(low, high, 1) for high, low in pairs])
        self.ups = nn.ModuleList([level(high, high, depth) for (high, _), depth in zip(pairs, depths, strict=False)])
        self.last = convolution(widths[0], outputs, 1)
        self.net = nn.ModuleList([self.downs, self.narrow, self.ups, self.last])

    def __call__(self, x: Any) -> Any:
        """(n, outputs, ...) from (n, channels, ...)."""
        pool = self.torch.nn.functional.max_pool2d if self.axes == 2 else self.torch.nn.functional.max_pool3d
        kept = []
        for k, down in enumerate(self.downs):
            x = down(x if k == 0 else pool(x, 2))
            kept.append(x)
        for k in reversed(range(len(self.ups))):
            x = self.narrow[k](x)
            for axis in range(2, 2 + self.axes):
                x = x.repeat_interleave(2, dim=axis)
            x = self.ups[k](x + kept[k])
        return self.last(x)


def _patches(chosen: Sequence[tuple[Array, Ints]], side: int, rng: Rng) -> tuple[Array, Ints]:
    """A patch of each image, (n, ..., channels) and (n, ...); smaller images are padded at their ends. Every other one
    has a marked point in it, of any label as likely as of another."""
    values, codes = [], []
    for k, (image, marks) in enumerate(chosen):
        grid = np.array(marks.shape)
        present = np.flatnonzero(np.bincount(marks.ravel())[1:]) + 1 if k % 2 == 0 else np.empty(0)
        at = rng.integers(0, grid)
        if len(present):
            marked = np.flatnonzero(marks == rng.choice(present))
            at = np.array(np.unravel_index(rng.choice(marked), marks.shape))
        low = np.clip(at - rng.integers(0, side, len(grid)), 0, np.maximum(grid - side, 0))
        box = tuple(slice(int(start), int(start) + side) for start in low)
        wide = [(0, max(0, side - int(size))) for size in grid]
        values.append(np.pad(image[box], [*wide, (0, 0)], mode="edge"))
        codes.append(np.pad(marks[box], wide))
    return np.stack(values), np.stack(codes)


def _loss(torch: Any, scores: Any, codes: Any) -> Any:
    """Cross-entropy, in which a point counts the root of how rare its label is in these patches, plus what Dice, of all
    labels but the background, lacks to 1. With equal weights a rare label is now and then never found."""
    truth = torch.stack([(codes == k).float() for k in range(scores.shape[1])], dim=1)
    over = (0, *range(2, scores.ndim))
    points = truth.sum(over)
    weights = (codes.numel() / points.clamp(min=1)).sqrt()
    entropy = torch.nn.functional.cross_entropy(scores, codes, weight=weights)
    likely = torch.softmax(scores, dim=1)[:, 1:]
    found = (likely * truth[:, 1:]).sum(over)
    dice = (2 * found + SMOOTH) / (likely.sum(over) + points[1:] + SMOOTH)
    return entropy + 1 - dice.mean()
