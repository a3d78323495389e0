"""What a learner of survival is: it learns from times and events, and tells survival curves of others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from fewfold.core.types import Floats
from fewfold.data.encoding import Encoder
from fewfold.data.schema import Variable
from fewfold.metrics.utility.survival.scores import marginal


class SurvivalLearner(ABC):
    """Fits on training rows and predicts others. ``params`` is what goes into the report; none is tuned."""

    name: ClassVar[str]
    title: ClassVar[str]
    params: ClassVar[dict[str, Any]]

    def predict(
        self, x: Floats, y: Floats, x_test: Floats, variables: Sequence[Variable], times: Sequence[float]
    ) -> Floats:
        """(n_test, times) the probability that a patient is still without the event at each of ``times``.

        ``x`` and ``x_test`` are coded as ``Cohort.matrix``; ``y`` (n,) holds times, negative where follow-up ended
        without the event. Rows whose follow-up is not known are left out. Without an event, or a feature that varies,
        every patient gets the Kaplan-Meier curve of the training rows.
        """
        known, at = np.isfinite(y), np.asarray(times)
        y, encoder = y[known], Encoder.fit(x[known], variables)
        a, b = encoder.transform(x[known]), encoder.transform(x_test)
        varies = np.ptp(a, axis=0) > 0
        if not (y > 0).any() or not varies.any():
            return np.tile(marginal(y, at), (len(b), 1))
        return self._curves(a[:, varies], y, b[:, varies], at)

    @abstractmethod
    def _curves(self, x: Floats, y: Floats, x_test: Floats, times: Floats) -> Floats:
        """``predict``, on encoded features that vary and rows of which one at least has the event."""
