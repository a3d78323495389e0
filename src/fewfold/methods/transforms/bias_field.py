"""Bias field."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.methods.transforms.acquisition import Acquisition
from fewfold.methods.transforms.base import Draw, Image, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.separable import biased

COARSE = np.linspace(-1, 1, 17)


class BiasField(Acquisition):
    """Multiplies the signal by a smooth field: the exponential of a polynomial in the coordinates (Van Leemput 1999).

    ``strength``: the field lies between 1 / (1 + strength) and 1 + strength, drawn evenly. The range is chosen here:
    0.2 is what the simulated brain database calls 40 per cent (Collins 1998), its strongest. ``order``: the highest sum
    of powers. Coordinates go from -1 to 1 along each axis; the coefficients are drawn evenly, then scaled to the
    strength.
    """

    card = MethodCard(
        name="bias_field",
        title="Bias field",
        family="transform",
        modalities=("image", "volume"),
        summary="Multiplies the signal by a smooth field, as an uneven coil does.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="one pass over the values",
        references=("10.1109/42.811268", "10.1109/42.712135"),
    )
    strengths = MappingProxyType({"strength": about(0)})

    def __init__(self, *, strength: Range = (0.05, 0.4), order: int = 3, p: float = 1.0) -> None:
        self.strength, self.order, self.p = as_json(strength), order, chance(p)
        self._span = span(strength, "strength", low=0, high=100)
        if order < 1:
            raise BadInput(expected="an order of 1 or more", found=repr(order), fix="Pass order=3.")

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        strength = uniform(rng, self._span)
        drawn = rng.random((self.order + 1,) * lattice.ndim) * 2 - 1
        drawn[np.indices(drawn.shape).sum(axis=0) > self.order] = 0
        powers = [np.vander(COARSE, self.order + 1, increasing=True)] * lattice.ndim
        field = _over(drawn, powers)
        drawn.flat[0] -= (field.max() + field.min()) / 2
        drawn *= np.log1p(strength) / ((field.max() - field.min()) / 2)
        return {"coefficients": drawn.tolist()}

    def _acquired(self, image: Image, drawn: Draw) -> Signal:
        coefficients = np.array(drawn["coefficients"])
        places = [(2 * np.arange(n) + 1) / n - 1 for n in image.lattice.shape]
        powers = [np.vander(each, len(coefficients), increasing=True) for each in places]
        rows = _over(coefficients, powers[:-1])
        return biased(image.values, rows.reshape(len(rows), -1).T, powers[-1].T)


def _over(coefficients: Floats, powers: Sequence[Floats]) -> Floats:
    """A polynomial over the first axes: (powers of the axes that are left, points of the first ones)."""
    for each in powers:
        coefficients = np.tensordot(coefficients, each, (0, 1))
    return coefficients
