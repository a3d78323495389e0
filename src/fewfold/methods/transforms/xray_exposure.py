"""Exposure of a radiograph."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Range, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.storage import stored


class XrayExposure(Transform):
    """Exposes a radiograph more or less: the signal of the detector is scaled, and what it cannot hold is lost.

    Values, as shares of their range, are read as the logarithm of the signal: 0 stands for none, 1 for the most that
    the detector holds, and ``decades`` is how many powers of ten lie between (chosen here: 2). ``deviation``: the
    deviation index of Seibert and Morin (2011), ten times the decadic logarithm of the exposure over the one aimed
    at, drawn evenly; the default is up to twice or half the exposure. ``inverted``: whether more exposure is darker, as
    in radiographs for reading. The noise that goes with an exposure is not changed: chain ``poisson_noise``.
    """

    card = MethodCard(
        name="xray_exposure",
        title="Exposure of a radiograph",
        family="transform",
        modalities=("image", "volume"),
        summary="Exposes a radiograph more or less, through the logarithmic curve of a detector.",
        min_subjects=1,
        may_destroy=("texture", "intensity", "intensity ratio"),
        cost="one lookup, or a power and a logarithm for each float",
        references=("10.1007/s00247-010-1954-6",),
    )
    strengths = MappingProxyType({"deviation": about(0)})

    def __init__(self, *, deviation: Range = 3.0, decades: float = 2.0, inverted: bool = True, p: float = 1.0) -> None:
        self.deviation, self.decades, self.inverted, self.p = as_json(deviation), decades, inverted, chance(p)
        self._span = span(deviation, "deviation", low=-30, high=30)
        if not 0.1 <= decades <= 6:
            raise BadInput(expected="decades from 0.1 to 6", found=repr(decades), fix="Pass decades=2.")

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"deviation": uniform(rng, self._span), "decades": self.decades, "inverted": self.inverted}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values, (low, high) = native(image.values), image.levels
        if high <= low:
            return image._replace(values=values)

        def exposed(given: npt.NDArray[Any]) -> npt.NDArray[Any]:
            share = np.clip((given - np.float32(low)) / np.float32(high - low), 0, 1, dtype=np.float32)
            made = _exposed(1 - share if drawn["inverted"] else share, drawn["deviation"], drawn["decades"])
            return stored(low + (high - low) * (1 - made if drawn["inverted"] else made), values.dtype)

        if values.dtype.kind == "f":
            return image._replace(values=exposed(values))
        limits = np.iinfo(values.dtype)
        table = exposed(np.arange(limits.min, limits.max + 1))
        return image._replace(values=table[values.astype(np.intp) - limits.min])


def _exposed(share: npt.NDArray[Any], deviation: float, decades: float) -> npt.NDArray[Any]:
    """Logarithms of signals, as shares of ``decades``, after another exposure."""
    signal = 10 ** (decades * share) - 1  # 0 to 10 ** decades - 1
    return np.minimum(np.log10(1 + 10 ** (deviation / 10) * signal) / decades, 1)
