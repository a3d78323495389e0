"""Every validity metric of one set of synthetic rows, read together."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np
from threadpoolctl import threadpool_limits

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import derive
from fewfold.core.types import Floats
from fewfold.methods.base import method
from fewfold.metrics.base import METRICS, Comparison, Estimate, metric
from fewfold.study.arms import SUPPLIED
from fewfold.study.cells import ANCHORS, OF_REAL, metrics_of
from fewfold.study.result import MetricRow, Range
from fewfold.study.summary import NONE, judged


def measure_all(
    comparison: Comparison,
    *,
    seed: int,
    ratio: float = 1.0,
    names: Sequence[str] | None = None,
    anchors: bool = False,
    jobs: int = 1,
) -> list[MetricRow]:
    """One row for each metric (by default all that a study reads), with its interval and its null, and whether it lies
    beyond what real data show, all metrics taken together. A metric that does not apply gives its reason. ``jobs``
    metrics are measured at a time, with the same result whatever their number. ``anchors``: each metric also of copies
    and of independent margins of the training rows."""
    chosen = list(names or metrics_of(comparison.train))
    with threadpool_limits(1), ThreadPoolExecutor(jobs) as pool:  # one thread a metric: sums in one order
        of_kin = pool.map(lambda kin: [(name, _seen(name, comparison, seed)) for name in kin], _kin(chosen))
        seen = dict(chain.from_iterable(of_kin))
        found = [seen[name] for name in chosen]
        known = list(pool.map(partial(_anchors, comparison, seed), chosen)) if anchors else [{} for _ in chosen]
    nulls: dict[str, Floats] = {
        name: np.array(seen.null.draws) if seen.null else np.empty(0)
        for name, seen in zip(chosen, found, strict=True)
        if not isinstance(seen, str)
    }
    rows = [_row(name, ratio, comparison, seen) for name, seen in zip(chosen, found, strict=True)]
    return judged([row.model_copy(update={"anchors": at}) for row, at in zip(rows, known, strict=True)], nulls)


def _kin(names: Sequence[str]) -> list[list[str]]:
    """The names of metrics that one worker measures, one after the other."""
    together: dict[str, list[str]] = {}
    for name in names:
        together.setdefault(METRICS.get(name).kin or name, []).append(name)
    return list(together.values())


def _anchors(comparison: Comparison, seed: int, name: str) -> dict[str, float]:
    """One metric of as many copies, and of rows with independent margins, as there are training rows."""
    found = {}
    for anchor, spec in ANCHORS.items():
        rng = derive(seed, anchor)
        rows = method(spec.method).fit(comparison.train, rng=rng).sample(len(comparison.train), rng=rng)
        try:
            at = metric(name).value(replace(comparison, synthetic=rows, expanded=None), rng=derive(seed, anchor, name))
        except NotApplicable:
            continue
        found[anchor.removeprefix("anchor-")] = at
    return found


def _seen(name: str, comparison: Comparison, seed: int) -> Estimate | str:
    try:  # one seed, so that all metrics see the same re-splits
        return metric(name).measure(comparison, rng=derive(seed, "validity"))
    except NotApplicable as absent:
        return absent.reason


def _row(name: str, ratio: float, comparison: Comparison, seen: Estimate | str) -> MetricRow:
    about = {"name": name, "family": METRICS.get(name).card.family, "method": SUPPLIED, "ratio": ratio}
    if name in OF_REAL:
        about |= {"method": NONE, "ratio": 0.0}
    if isinstance(seen, str):
        nothing = {"value": None, "low": None, "high": None, "n": comparison.holdout.n_subjects}
        return MetricRow.model_validate({**about, **nothing, "status": "not_applicable", "reason": seen})
    null = Range(low=seen.null.low, high=seen.null.high) if seen.null else None
    number = {"value": seen.value, "low": seen.low, "high": seen.high, "n": seen.n, "null": null}
    return MetricRow.model_validate({**about, **number, "p": seen.p, "details": seen.details})
