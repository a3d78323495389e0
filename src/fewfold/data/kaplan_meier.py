"""The Kaplan-Meier estimate of a survival curve."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Bools, Floats

NORMAL = 1.959963984540054


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


def band(times: Floats, happened: Bools) -> tuple[Floats, Floats]:
    """(k,) the lower and the upper end of the 95 % interval of :func:`survival` just after each distinct time:
    Greenwood's variance on the log-log scale (Kalbfleisch & Prentice 2002, 10.1002/9781118032985).

    Where the curve is 1 so are both ends; where it is 0 the interval before it is kept.
    """
    distinct, curve = survival(times, happened)
    left, events = (np.array([np.sum(w[times == t]) for t in distinct]) for w in (np.ones(len(times)), happened))
    at_risk = len(times) - np.concatenate([[0], np.cumsum(left)[:-1]])
    inside = (curve > 0) & (curve < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        error = np.sqrt(greenwood) / np.log(curve)
        ends = [np.where(inside, curve ** np.exp(sign * NORMAL * error), curve) for sign in (-1, 1)]
    for end in ends:
        if (curve == 0).any():
            gone = np.argmax(curve == 0)
            end[gone:] = end[gone - 1] if gone else 1.0
    return np.minimum(*ends), np.maximum(*ends)
