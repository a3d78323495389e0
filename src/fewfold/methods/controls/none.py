"""No augmentation: the real rows as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fewfold.core.cards import ALL_TARGETS, MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Drawn, Method


class NoAugmentation(Method):
    """Adds no rows. What every method is first compared with."""

    card = MethodCard(
        name="none",
        title="No augmentation",
        family="control",
        summary="The real rows as they are.",
        targets=ALL_TARGETS,
        adds_rows=False,
        cost="none",
    )

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        pass

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        return self._nothing()

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        pass
