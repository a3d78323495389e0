"""Adversarial random forest: a mixture of the leaves in which no forest tells rows from independent columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import logsumexp

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Drawn, Method
from fewfold.methods.generators.adversary import Loop, adversary
from fewfold.methods.generators.designs import Design, designed
from fewfold.methods.generators.leaf_learning import learn
from fewfold.methods.generators.leaves import Leaves
from fewfold.methods.generators.recorded import recorded

MOST_CELLS = 4_000_000  # rows times components that a density looks at together


class AdversarialForest(Method):
    """A forest of ``trees`` tells the rows from rows whose columns are drawn independently, and the next one from rows
    drawn so within random leaves of it. The last is that which is right, out of bag, about at most a share 0.5 +
    ``delta`` of the rows or about more than the one before, or the one after ``rounds`` others. Leaves hold at least
    ``min_leaf_subjects`` patients; the rows of a smaller one go to its sibling.

    A row is drawn from a leaf, picked by how many training rows of its class it holds. There the columns are
    independent. Levels, and numbers that 3 patients and a tenth of the known values share, come at their rates in
    the leaf; other numbers from a normal, of logarithms where that suits the column better, cut at the bounds of the
    leaf and at the observed range. Whether a value is missing follows the leaf and the class. For the forests the class
    is one more column, and values follow the leaf alone; ``by_class`` draws within the class from the first forest on,
    and learns each leaf for each class.
    """

    card = MethodCard(
        name="adversarial_forest",
        title="Adversarial random forest",
        family="generator",
        summary="Rows are drawn from leaves of forests in which real rows look as if their columns were independent.",
        min_subjects=10,
        may_destroy=("weak associations", "dependence within a leaf", "identities between columns"),
        interpretability="medium",
        cost="tenths of a second",
        release="consortium",
        references=("10.48550/arXiv.2205.09435",),
    )

    def __init__(
        self,
        *,
        trees: int = 30,
        min_leaf_subjects: int = 5,
        rounds: int = 10,
        delta: float = 0.0,
        by_class: bool = False,
    ) -> None:
        for name, least, value in (
            ("trees", 1, trees),
            ("min_leaf_subjects", 2, min_leaf_subjects),
            ("rounds", 0, rounds),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise BadInput(
                    expected=f"{name} to be a whole number, at least {least}", found=repr(value), fix="Pass one."
                )
        if not 0 <= delta <= 0.5:
            raise BadInput(expected="delta to be between 0 and 0.5", found=repr(delta), fix="0 is the usual one.")
        self.trees = trees
        self.min_leaf_subjects = min_leaf_subjects
        self.rounds = rounds
        self.delta = delta
        self.by_class = by_class

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        values, classes = self._parts(cohort)
        strata = classes if self.by_class else np.zeros_like(classes)
        loop = Loop(self.trees, self.min_leaf_subjects, self.rounds, self.delta)
        forest, self.accuracy = adversary(cohort.modelled, self._design, strata, cohort.subjects, loop, rng)
        self.leaves = learn(
            forest,
            self._design(cohort.modelled),
            values,
            classes,
            recorded(values, self._variables, cohort.subjects),
            self._variables,
            by_class=self.by_class,
        )

    def _parts(self, cohort: Cohort) -> tuple[Floats, Ints]:
        """(n, p) what is drawn, and (n,) the code of the class, 0 where there is none."""
        values = cohort.modelled[:, : len(self._variables)]
        return values, cohort.y.astype(np.int64) if self.class_counts else np.zeros(len(cohort), dtype=np.int64)

    def _design(self, values: Floats) -> Design:
        """The columns of ``modelled`` as trees see them."""
        return designed(values, self.schema.modelled)

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        classes = np.zeros(n) if labels is None else labels
        components = np.empty(n, dtype=np.int64)
        for code in np.unique(classes):
            rows, own = classes == code, np.flatnonzero(self.leaves.label == code)
            upto = np.cumsum(self.leaves.weight[own])
            components[rows] = own[np.searchsorted(upto[:-1], rng.random(rows.sum()) * upto[-1], side="right")]
        values = self.leaves.draw(components, rng)
        return Drawn.beside(values, labels)

    def log_density(self, cohort: Cohort) -> Floats:
        """(n,) the log of how likely each row is: features and target, missing values included.

        A level, and a number that is recorded in steps, counts by its probability, any other number by the density in
        its own unit. -inf for a row with a level that was never seen, or a number outside the range that was seen.
        Raises ``BadInput`` for a cohort with other columns.
        """
        self._check_fitted()
        if [v.name for v in cohort.schema.modelled] != [v.name for v in self.schema.modelled]:
            raise BadInput(
                expected=f"the columns {', '.join(v.name for v in self.schema.modelled)}",
                found=", ".join(v.name for v in cohort.schema.modelled),
                fix="Read the rows with the schema of the training rows.",
            )
        values, classes = self._parts(cohort)
        known, step = np.ones(values.shape[1], dtype=bool), max(1, MOST_CELLS // len(self.leaves.weight))
        log = np.empty(len(values))
        for at in range(0, len(values), step):
            rows = slice(at, at + step)
            log[rows] = logsumexp(self.leaves.log_weights(values[rows], known, classes[rows]), axis=1)
        return log

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.leaves.arrays(), {"accuracy": self.accuracy}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.leaves, self.accuracy = Leaves.of(arrays), state["accuracy"]
