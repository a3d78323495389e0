"""Rows as trees see them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fewfold.core.types import Floats
from fewfold.data.schema import Variable

Design = npt.NDArray[np.float32]  # as scikit-learn's trees see it


def width(variable: Variable) -> int:
    """How many columns of a design a variable takes: one a level where it is nominal with 3 levels or more."""
    nominal = variable.kind == "categorical" and len(variable.levels or ()) > 2
    return len(variable.levels or ()) if nominal else 1


def entered(design: Design, at: int, column: Floats, variable: Variable) -> int:
    """Write a column into a design at ``at``, and say where the next one goes."""
    wide = width(variable)
    block = column[:, None]
    if wide > 1:
        block = np.where(np.isnan(block), np.nan, block == np.arange(wide))
    design[:, at : at + wide] = block
    return at + wide


def designed(values: Floats, variables: Sequence[Variable]) -> Design:
    """All ``variables`` of ``values`` (n, p), side by side."""
    design, at = np.empty((len(values), sum(map(width, variables))), dtype=np.float32), 0
    for variable, column in zip(variables, values.T, strict=True):
        at = entered(design, at, column, variable)
    return design
