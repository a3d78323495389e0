"""What every differentially private generator does: its budget and how it is shared out, checks, the first counts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.methods.base import Method
from fewfold.methods.generators.privacy import cells, statistics
from fewfold.methods.generators.privacy.accountant import Account
from fewfold.methods.generators.privacy.smoothing import KEPT
from fewfold.methods.generators.privacy.statistics import TABLE_SENSITIVITY
from fewfold.methods.generators.privacy.viability import Viability

WORDS = {3: "three", 4: "four"}


@dataclass(frozen=True)
class Begun:
    """One row of each patient: ``values`` (patients, d), and ``classes`` (patients,), all 0 where the target has none.
    ``rho``: by part; ``counts``: (classes,) patients, with the noise of the part "counts"."""

    account: Account
    rho: dict[str, float]
    values: Floats
    classes: Ints
    counts: Floats


class Private(Method):
    """A subclass names the ``parts`` of its budget, counts first, and says which of them there is anything to learn of.

    ``spent``: what was spent, as ``Account.spent``. ``viability``: as ``Viability.as_dict``; None without columns.
    """

    parts: ClassVar[tuple[str, ...]]
    epsilon: float
    delta: float
    split: list[float]
    force: bool
    spent: dict[str, Any]
    viability: dict[str, Any] | None

    def _set_budget(self, epsilon: float, delta: float, split: Sequence[float], force: bool) -> None:
        self.epsilon, self.delta, self.split, self.force = epsilon, delta, list(split), force
        if len(self.split) != len(self.parts) or min(self.split) <= 0 or not np.isclose(sum(self.split), 1.0):
            raise BadInput(
                expected=f"{WORDS[len(self.parts)]} shares above 0 that add up to 1, of {', '.join(self.parts)}",
                found=f"split={self.split}",
                fix="Leave it out, or pass one share for each.",
            )
        Account(epsilon, delta)

    @abstractmethod
    def _needed(self) -> Sequence[bool]:
        """Which parts there is anything to release of; the others leave their shares to these."""

    def _begin(self, cohort: Cohort, rng: Rng) -> Begun:
        """Check, forget what is not noisy, and count the patients of each class."""
        exact, self.class_counts = self.class_counts, dict.fromkeys(self.class_counts, 0)
        self.row_labels, self.rare = np.empty(0, dtype=np.int64), {}
        d = len(self._variables)
        cells.check_declared(self._variables)
        if self.rare_below:
            raise BadInput(
                expected="no rare_below: levels that few patients have are left out by the noise already",
                found=f"rare_below={self.rare_below}",
                fix="Leave it out; it would count patients without noise.",
            )
        account, self.viability = Account(self.epsilon, self.delta), None
        weights = [share * need for share, need in zip(self.split, self._needed(), strict=True)]
        rho = {part: account.rho * weight / sum(weights) for part, weight in zip(self.parts, weights, strict=True)}
        rows = statistics.one_row_each(cohort.subjects, rng)
        values = cohort.modelled[rows, :d]
        classes = cohort.y[rows].astype(np.int64) if exact else np.zeros(len(rows), dtype=np.int64)
        counts = statistics.table(classes, np.zeros_like(classes), (len(exact) or 1, 1))
        counts = account.noised("counts", counts, TABLE_SENSITIVITY, rho["counts"], rng)[:, 0]
        self.spent = account.spent
        return Begun(account, rho, values, classes, counts)

    def _take_counts(self, noisy: Floats, sigma: float) -> Floats:
        """Noisy patients of each class, 0 where they are no more than noise; whole ones say how often to draw each."""
        counts = np.where(noisy > KEPT * sigma, np.maximum(np.round(noisy), 1.0), 0.0)
        if not counts.any():
            counts = np.ones(len(noisy))
        target = self.schema.target
        if self.class_counts and target is not None:
            by_level = dict(zip(order_of_levels(target), counts.astype(int).tolist(), strict=True))
            self.class_counts = {level: by_level[level] for level in self.class_counts}
        return counts

    def _check_viable(self, found: Viability) -> None:
        self.viability = found.as_dict()
        if not (found.viable or self.force):
            raise NotApplicable(
                f"{self.card.name} at epsilon {self.epsilon:g} and delta {self.delta:g} has more noise than signal: "
                f"{found}. Pool cohorts, leave out columns, group levels, or spend more; force=True fits all the same"
            )
