"""What the rule of the study says of given rows, from the metrics alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import derive
from fewfold.core.types import Floats
from fewfold.metrics.base import METRICS, NULL_SPLITS, SUBSAMPLES, Comparison, Metric
from fewfold.study.arms import SUPPLIED
from fewfold.study.findings import KINDS
from fewfold.study.result import MetricRow, Range
from fewfold.study.settings import ArmSpec, Settings
from fewfold.study.summary import judged
from fewfold.study.verdict import Evidence, _about_rows

Nulls = dict[str, list[float]]  # what each metric says of real against real, one value a re-split


@dataclass(frozen=True, eq=False)
class Judge:
    """Reads all metrics that can raise a finding. The null depends on the real patients only, so that it is drawn once
    for all faults that are planted among them."""

    seed: int

    def nulls(self, comparison: Comparison) -> Nulls:
        """Real rows in place of the synthetic ones, at the sizes of ``comparison``; of the metrics that apply."""
        apply = [kind for kind in judging() if self._value(kind, comparison) is not None]
        return {
            kind.card.name: kind().null_values(comparison, NULL_SPLITS, rng=derive(self.seed, "null")).tolist()
            for kind in apply  # from one seed: the same re-splits for all
        }

    def values(self, comparison: Comparison) -> dict[str, float | None]:
        """Each metric, as ``Metric.measure`` reads it; None where it does not apply."""
        return {kind.card.name: self._value(kind, comparison) for kind in judging()}

    def _value(self, kind: type[Metric], comparison: Comparison) -> float | None:
        rng = derive(self.seed, "value", kind.card.name)
        draws = SUBSAMPLES if kind.card.equal_size else 1
        try:
            return float(np.mean([kind().value(comparison, rng=rng) for _ in range(draws)]))
        except NotApplicable:
            return None


def judging() -> list[type[Metric]]:
    """The metrics whose card names a finding."""
    return [kind for kind in METRICS if kind.card.finding]


def raised(nulls: Nulls, values: Mapping[str, float | None], task: str = "binary") -> dict[str, str]:
    """The metrics that raise a finding, each with its code: the rule of the study and nothing else."""
    known = {name: np.array(null, dtype=float) for name, null in nulls.items()}
    read = {name: value for name, value in values.items() if value is not None and name in known}
    rows = judged([_row(name, value, known[name]) for name, value in read.items()], known)
    settings = Settings(methods=(ArmSpec(method=SUPPLIED),))
    found = {}
    for row in rows:
        for one in _about_rows(Evidence(settings, task, [], [row], {}), SUPPLIED, "consortium"):
            found[row.name] = one.code
    return found


def critical(codes: Mapping[str, str]) -> bool:
    """Whether one of the findings is critical."""
    return any(KINDS[code].severity == "critical" for code in codes.values())


def _row(name: str, value: float, null: Floats) -> MetricRow:
    known = null[np.isfinite(null)]
    between = None
    if len(known) >= len(null) / 2:
        low, high = np.quantile(known, [0.025, 0.975])
        between = Range(low=float(low), high=float(high))
    return MetricRow(
        name=name, family=METRICS.get(name).card.family, method=SUPPLIED, ratio=1.0,
        value=value, low=value, high=value, n=0, null=between,
    )  # fmt: skip
