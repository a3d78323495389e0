"""Colour transfer."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.methods.transforms.base import Draw, Image, Range, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.lookup import Levels
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.stain import DARKEST
from fewfold.methods.transforms.engine.storage import stored

Values = npt.NDArray[Any]

# Reinhard et al. 2001: red, green and blue to the responses of cones, and their logarithms to l, alpha and beta.
_CONES: Floats = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
_OPPONENTS: Floats = np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]]) / np.sqrt([[3], [6], [2]])
FLAT = 0.01  # a standard deviation of l below which an image is blank: hardly one per cent of light


class Reinhard(Transform):
    """Moves the mean and the standard deviation of the colours, in the space l, alpha, beta of Reinhard et al. (2001).

    By chance, where ``mean`` and ``sd`` are None: ``shift`` is how far each mean moves, as a share of the image's own
    standard deviation, and ``factor`` what each standard deviation is multiplied by, both drawn evenly (the ranges are
    our own; none is published in these units). Or towards a target: ``mean`` and ``sd``, three numbers each as
    ``statistics`` gives them, of training images alone; ``share`` is how much of the way, drawn evenly. An image that
    is blank comes back unchanged where there is a target. For images in red, green and blue.
    """

    card = MethodCard(
        name="reinhard",
        title="Colour transfer",
        family="transform",
        modalities=("image",),
        summary="Moves the mean and spread of colours, at random or towards a target.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="a logarithm and a power for each value",
        references=("10.1109/38.946629",),
    )
    colour = True
    strengths = MappingProxyType({"shift": about(0), "factor": about(1), "share": about(0)})

    def __init__(
        self,
        *,
        shift: Range = 0.25,
        factor: tuple[float, float] = (0.9, 1.1),
        mean: Sequence[float] | None = None,
        sd: Sequence[float] | None = None,
        share: tuple[float, float] = (0.0, 1.0),
        p: float = 1.0,
    ) -> None:
        self.shift, self.factor, self.share, self.p = as_json(shift), as_json(factor), as_json(share), chance(p)
        self.mean, self.sd = as_json(mean), as_json(sd)
        self._shift = span(shift, "shift", low=-10, high=10)
        self._factor = span(factor, "factor", low=0, high=10)
        self._share = span(share, "share", low=0, high=1)
        if (mean is None) != (sd is None) or (mean is not None and sd is not None and not len(mean) == len(sd) == 3):
            raise BadInput(
                expected="a mean and an sd of three numbers each, or neither",
                found=f"mean={mean!r}, sd={sd!r}",
                fix="Pass what `statistics` gives for a training image.",
            )

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        if self.mean is not None:
            return {"mean": self.mean, "sd": self.sd, "share": uniform(rng, self._share)}
        return {
            "shift": [uniform(rng, self._shift) for _ in range(3)],
            "factor": [uniform(rng, self._factor) for _ in range(3)],
        }

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values = native(image.values)
        found = _opponents(values, image.levels)
        mean, sd = _moments(found)
        if "share" in drawn:
            if sd[0] < FLAT:
                return image._replace(values=values)
            target, spread, share = np.array(drawn["mean"]), np.array(drawn["sd"]), drawn["share"]
            wanted = mean + share * (target - mean)
            gain = 1 + share * (spread / np.maximum(sd, FLAT / 10) - 1)
        else:
            wanted, gain = mean + drawn["shift"] * sd, np.array(drawn["factor"])
        found *= gain.astype(np.float32)
        found += (wanted - gain * mean).astype(np.float32)
        return image._replace(values=_colours(found, image.levels, values.dtype))


def statistics(values: Values, levels: Levels) -> tuple[list[float], list[float]]:
    """The means and the standard deviations of l, alpha and beta of an image (..., 3): a target for ``reinhard``."""
    mean, sd = _moments(_opponents(native(values), levels))
    return mean.tolist(), sd.tolist()


def _moments(found: Values) -> tuple[Floats, Floats]:
    flat = found.reshape(-1, 3)
    mean, sd = flat.mean(axis=0, dtype=np.float64), flat.std(axis=0, dtype=np.float64)
    return mean, sd


def _opponents(values: Values, levels: Levels) -> Values:
    share = (values.astype(np.float32) - np.float32(levels.low)) * np.float32(1 / (levels.high - levels.low or 1.0))
    cones = (np.maximum(share, 0) + np.float32(DARKEST)) @ _CONES.T.astype(np.float32)
    made: Values = np.log10(cones, out=cones) @ _OPPONENTS.T.astype(np.float32)
    return made


def _colours(found: Values, levels: Levels, dtype: np.dtype[Any]) -> Values:
    cones = np.exp(found @ (_OPPONENTS * np.log(10)).astype(np.float32))
    made = cones @ np.linalg.inv(_CONES).T.astype(np.float32)
    made -= np.float32(DARKEST)
    made *= np.float32(levels.high - levels.low)
    made += np.float32(levels.low)
    return stored(made, dtype)
