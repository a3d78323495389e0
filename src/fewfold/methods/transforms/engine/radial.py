"""Fields over the plane of the last two axes that depend on the distance from a point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice


def squared(lattice: Lattice, centre: Sequence[float]) -> Signal:
    """(rows, columns) the squared distance of each point of a plane from ``centre``, in shorter sides of the plane.

    ``centre``: of the rows and of the columns, from the middle of the plane, in shorter sides too.
    """
    plane = Lattice(lattice.shape[-2:], lattice.spacing[-2:])
    side = min(plane.extent)
    along = [
        ((np.arange(n) - (n - 1) / 2) * step / side - middle) ** 2
        for n, step, middle in zip(plane.shape, plane.spacing, centre, strict=True)
    ]
    made: Signal = np.add.outer(*along).astype(np.float32)
    return made


def over_channels(plane: Signal, lattice: Lattice, signal: Signal) -> Signal:
    """A field over a plane, of a shape that is spread over the channels of ``signal``, if there are any."""
    return plane.reshape(plane.shape + (1,) * (signal.ndim - lattice.ndim))
