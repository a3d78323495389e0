"""What ``fewfold validate`` says of given rows, from the metrics alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import derive
from fewfold.core.types import Floats
from fewfold.metrics.base import METRICS, SUBSAMPLES, Comparison, Metric
from fewfold.metrics.privacy.exchange import ExchangeMetric
from fewfold.study.arms import SUPPLIED
from fewfold.study.findings import KINDS
from fewfold.study.result import MetricRow, Range
from fewfold.study.settings import ArmSpec, Settings
from fewfold.study.summary import judged
from fewfold.study.verdict import Evidence, _about_rows

Nulls = dict[str, list[float]]  # what each metric says of real against real, one value a re-split


@dataclass(frozen=True, eq=False)
class Judge:
    """Reads all metrics that can raise a finding, as ``fewfold validate`` does. Where a null rests on the real patients
    alone it is drawn once for all faults that are planted among them; attacks have one for each set of rows."""

    seed: int

    def shared(self, comparison: Comparison) -> Nulls:
        """The nulls that do not depend on the synthetic rows, at the sizes of ``comparison``."""
        return self._nulls([kind for kind in judging() if not issubclass(kind, ExchangeMetric)], comparison)

    def own(self, comparison: Comparison) -> Nulls:
        """The nulls that do: real patients change sides, and these rows stay."""
        return self._nulls([kind for kind in judging() if issubclass(kind, ExchangeMetric)], comparison)

    def values(self, comparison: Comparison) -> dict[str, float | None]:
        """Each metric, as ``Metric.measure`` reads it; None where it does not apply."""
        return {kind.card.name: self._value(kind, comparison) for kind in judging()}

    def _nulls(self, kinds: list[type[Metric]], comparison: Comparison) -> Nulls:
        found = {}
        for kind in kinds:
            if self._value(kind, comparison) is not None:
                null = kind().null(comparison, rng=derive(self.seed, "null"))  # one seed: the same re-splits for all
                found[kind.card.name] = list(null.draws) if null else []
        return found

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
    """The metrics that raise a finding, each with its code: the rule of ``fewfold validate`` and nothing else."""
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
    if len(known) and len(known) >= len(null) / 2:
        low, high = np.quantile(known, [0.025, 0.975])
        between = Range(low=float(low), high=float(high))
    return MetricRow(
        name=name, family=METRICS.get(name).card.family, method=SUPPLIED, ratio=1.0,
        value=value, low=value, high=value, n=0, null=between,
    )  # fmt: skip
