"""Which of two sides a row is from, told by a kernel ridge discriminant that did not see the row."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Bools, Floats, Ints


class LeftOut:
    """Scores of rows that were left out of the fit, from one inverse for all that may be left out.

    With the inverse H of the whole regularised kernel (n, n) and the aims y of all rows, the scores of rows B, left
    out, are y_B - H_BB^-1 (H y)_B: whatever y_B is, it drops out. The aims are 0.5 and -0.5, each over the share of its
    side in the fit, so that both sides weigh the same. Only the lower triangle of H is made.
    """

    def __init__(self, regularised: Floats, made: Bools) -> None:
        from scipy.linalg.blas import dsymm
        from scipy.linalg.lapack import dpotrf, dpotri

        self._made, self._sides = made, np.column_stack([~made, made]).astype(np.float64)
        self._inverse = dpotri(dpotrf(regularised, lower=1, overwrite_a=True)[0], lower=1, overwrite_c=True)[0]
        self._product = dsymm(1.0, self._inverse, self._sides, lower=1)

    def __call__(self, fitted: Ints, judged: Ints) -> Floats:
        """(k,) scores of k rows from a fit on the others, high for ``made``; both are positions."""
        from scipy.linalg.lapack import dposv

        weights = aims(self._made[fitted])
        own = self._inverse[np.ix_(judged, judged)]
        pulled = dposv(own, self._product[judged] @ weights, lower=1)[1]
        scores: Floats = self._sides[judged] @ weights - pulled
        return scores


def aims(made: Bools) -> Floats:
    """(2,) what a fit on some rows aims at for the rows of either side, the made ones last."""
    share = float(made.mean())
    return np.array([-0.5 / (1 - share), 0.5 / share])
