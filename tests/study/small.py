"""Studies that run in about a second."""

from __future__ import annotations

from typing import Any

SMALL: dict[str, Any] = {
    "methods": ["gaussian_copula"],
    "controls": ["none", "duplication"],
    "ratios": [2, 10],  # in another order as text than as numbers
    "learners": ["logistic", "boosting"],
    "repeats": 2,
    "metric_splits": 2,
    "metrics": ["ks", "tvd"],
    "negative_control_repeats": 1,
}
