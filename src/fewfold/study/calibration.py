"""When a change of calibration is a harm.

A calibration slope or intercept says in which way predictions are wrong, and not how much that matters. The log-loss
does: it is a strictly proper score (Gneiting & Raftery 2007, 10.1198/016214506000001437), and what a recalibration by
slope and intercept would take off it is the cost of miscalibration (10.1073/pnas.2016191118). For a continuous target
the squared error, and so R², does the same. Predictions that are better as a whole are not worse for a slope that is
further from 1: that is a reason to recalibrate them.
"""

from __future__ import annotations

from collections.abc import Sequence

from fewfold.study.result import Contrast

CALIBRATION = frozenset({"calibration_slope", "calibration_intercept", "linear_slope"})


def counted_in(task: str) -> str:
    """The score in which miscalibration is counted in full."""
    return {"continuous": "r2", "survival": "integrated_brier", "segmentation": "dice"}.get(task, "log_loss")


def outweighed(metric: str, against_none: Sequence[Contrast], task: str, *, shown: bool) -> Contrast | None:
    """The gain in the predictions as a whole that makes up for a worse slope or intercept; None where there is none, or
    where ``metric`` is no such score.

    ``against_none``: the differences of one method at one ratio from no augmentation. It is a gain by its estimate, or,
    where it must be ``shown``, by its whole interval.
    """
    if metric not in CALIBRATION:
        return None
    whole = next((row for row in against_none if row.metric == counted_in(task)), None)
    return whole if whole is not None and (whole.low if shown else whole.estimate) > 0 else None
