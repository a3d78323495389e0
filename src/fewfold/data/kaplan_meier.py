"""The Kaplan-Meier estimate of a survival curve."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Bools, Floats


def survival(times: Floats, happened: Bools) -> tuple[Floats, Floats]:
    """(k,) the distinct times, in order, and (k,) the Kaplan-Meier estimate just after each
    (10.1080/01621459.1958.10501452).

    ``happened`` is False where follow-up ended without it. An event comes before a censoring at the same time.
    """
    distinct, codes = np.unique(times, return_inverse=True)
    left, events = np.bincount(codes), np.bincount(codes, weights=happened)
    at_risk = len(times) - np.concatenate([[0], np.cumsum(left)[:-1]])
    curve: Floats = np.cumprod(1 - events / at_risk)
    return distinct, curve
