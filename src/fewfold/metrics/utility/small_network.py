"""A small convolutional network for pictures and volumes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from fewfold.core.networks import alone, train, turns
from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Floats, Ints
from fewfold.data.blocks.image import Array
from fewfold.data.blocks.images import Images
from fewfold.data.features.averaged import averaged
from fewfold.data.features.scaled import scaled
from fewfold.metrics.utility.image_learner import ImageLearner
from fewfold.metrics.utility.segmentation.segmenter import check_alike

GRID = {2: 32, 3: 24}  # points along each axis of what is seen
STRIDES = (2, 2, 1)  # of each layer


class SmallNetwork(ImageLearner):
    """Three layers of filters, the mean of each last filter over the image, and a linear layer; no augmentation.

    Images are shares of a range as for :func:`~fewfold.data.features.scaled.scaled`, brought to one grid by averaging
    whatever their shape, and each channel is standardised by the training images. The loss is the cross-entropy or the
    squared error, and no class weighs more than another.
    """

    name = "small_network"
    title = "Small convolutional network"
    params: ClassVar[dict[str, Any]] = {
        "steps": 150,
        "batch": 32,
        "filters": [16, 32, 32],
        "dropout": 0.3,
        "learning_rate": 3e-3,
        "weight_decay": 3.0,
        "points_per_axis": {"picture": GRID[2], "volume": GRID[3]},
    }

    def _values(self, train: Images, y: Floats, test: Images, rng: Rng) -> Floats:
        return self._outputs(train, y[:, None], test, rng)[:, 0]

    def _probabilities(self, train: Images, codes: Ints, test: Images, classes: int, rng: Rng) -> Floats:
        from scipy.special import softmax

        made: Floats = softmax(self._outputs(train, np.eye(classes)[codes], test, rng), axis=1)
        return made

    def _outputs(self, learnt: Images, told: Floats, test: Images, rng: Rng) -> Floats:
        """(n, columns of ``told``) values for one column, and logits for more."""
        seen = _gridded(learnt.concat([test]))
        x, steps, width = seen[: len(learnt)], self.params["steps"], told.shape[1]
        axes = tuple(k for k in range(x.ndim) if k != 1)
        middle, scale = x.mean(axis=axes, keepdims=True), x.std(axis=axes, keepdims=True)
        seen = np.divide(seen - middle, scale, out=np.zeros_like(seen), where=scale > 0)
        chosen = turns(len(x), steps, self.params["batch"], rng)
        with alone(seed_of(rng)) as (torch, device):
            inputs = torch.from_numpy(seen).to(device)
            targets = torch.from_numpy(told.astype(np.float32)).to(device)
            model = self._model(torch, seen.ndim - 2, seen.shape[1], width)
            loss_of = torch.nn.functional.cross_entropy if width > 1 else torch.nn.functional.mse_loss
            losses = (loss_of(model(inputs[own]), targets[own]) for own in map(torch.from_numpy, chosen))
            train(torch, model, losses, steps, rate=self.params["learning_rate"], decay=self.params["weight_decay"])
            with torch.no_grad():
                parts = [model(part) for part in inputs[len(x) :].split(self.params["batch"])]
            made: Floats = torch.cat([inputs.new_zeros(0, width), *parts]).double().cpu().numpy()
        return made

    def _model(self, torch: Any, axes: int, channels: int, outputs: int) -> Any:
        nn = torch.nn
        convolution, normal, mean = (
            (nn.Conv2d, nn.BatchNorm2d, nn.AdaptiveAvgPool2d)
            if axes == 2
            else (nn.Conv3d, nn.BatchNorm3d, nn.AdaptiveAvgPool3d)
        )
        layers: list[Any] = []
        for (given, made), stride in zip(pairwise([channels, *self.params["filters"]]), STRIDES, strict=True):
            layers += [convolution(given, made, 3, stride, 1, bias=False), normal(made), nn.ReLU()]
        last = convolution(made, outputs, 1)  # linear: of one point
        return nn.Sequential(*layers, mean(1), nn.Dropout(self.params["dropout"]), last, nn.Flatten())


def _gridded(images: Images) -> Array:
    """(n, channels, ...) single precision."""
    seen, made = set(), []
    for image in images:
        axes = len(image.grid)
        values = scaled(image).reshape(*image.grid, -1)
        seen.add((axes, values.shape[-1]))
        check_alike(seen)
        made.append(np.moveaxis(averaged(values, (GRID[axes],) * axes), -1, 0).astype(np.float32))
    return np.stack(made)
