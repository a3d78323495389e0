"""Sequential trees: each variable is drawn from trees given the class and the variables before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Frame
from fewfold.data.cohort import Cohort
from fewfold.data.rules import violations
from fewfold.data.schema import Variable
from fewfold.methods.base import Drawn, Method
from fewfold.methods.generators import trees as forests
from fewfold.methods.generators.designs import Design, entered, width
from fewfold.methods.generators.margins import decimals, limits, point_masses
from fewfold.methods.generators.trees import Forest, Screen

REDRAWS = 10


class SequentialTrees(Method):
    """Variables are visited in ``order`` (column names; those not named follow as in the schema), the class first.

    Whether a value is missing is drawn within the class. Both come from a training row in the same leaf; leaves hold
    at least ``min_leaf_subjects`` patients. A tree sees the class and the ``predictors`` design columns before it that
    correlate most with what it predicts. If ``smooth``, numbers and dates are moved by a normal kernel of the leaf's
    width, reflected at the observed range, save for values that 3 or more patients share. A value that breaks a hard
    rule of the schema, given the values before it, is drawn again, at most 10 times; ``Provenance.repair`` says how
    often that was.
    """

    card = MethodCard(
        name="sequential_trees",
        title="Sequential trees",
        family="generator",
        summary="Small forests draw each variable given the class and the variables before it, smoothed in the leaf.",
        min_subjects=10,
        may_destroy=("smooth trends", "weak associations", "identities between columns"),
        interpretability="medium",
        cost="tenths of a second, and 10 ms for each column above 100",
        release="consortium",
        references=("10.18637/jss.v074.i11",),
    )

    def __init__(
        self,
        *,
        trees: int = 5,
        min_leaf_subjects: int = 5,
        predictors: int = 100,
        order: Sequence[str] = (),
        smooth: bool = True,
    ) -> None:
        self.trees = trees
        self.min_leaf_subjects = min_leaf_subjects
        self.predictors = predictors
        self.order = list(order)
        self.smooth = smooth

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        self.values, subjects = cohort.modelled, cohort.subjects
        classes = self.values[:, -1] if self.class_counts else np.zeros(len(self.values))
        self.presence: dict[tuple[int, int], Forest] = {}
        self.value: dict[int, Forest] = {}
        self.kernel: dict[int, Floats] = {}
        self.decimals = np.full(self.values.shape[1], -1)
        modelled, design = self.schema.modelled, self._empty_design(len(self.values))
        screen = Screen(design, self.predictors)
        options: dict[str, int] = {"trees": self.trees, "min_leaf": self.min_leaf_subjects}
        seen = self._enter(design, 0, self.values[:, -1])
        for j in self._visits():
            variable, column = modelled[j], self.values[:, j]
            missing = np.isnan(column)
            for code in np.unique(classes[missing]).astype(int).tolist():
                rows, absent = np.flatnonzero(classes == code), missing.astype(np.float64)
                chosen = screen.chosen(absent, rows, seen, levels=True)
                self.presence[j, code] = forests.grow(
                    design, absent, rows, subjects, rng, columns=chosen, levels=True, **options
                )
            if not missing.all():
                nominal, rows = variable.kind in ("categorical", "boolean"), np.flatnonzero(~missing)
                chosen = screen.chosen(column, rows, seen, levels=nominal)
                self.value[j] = forests.grow(
                    design, column, rows, subjects, rng, columns=chosen, levels=nominal, **options
                )
            if not variable.discrete and j in self.value:
                self.decimals[j] = decimals(column, variable)
                shared = np.isin(column, point_masses(column, subjects))
                self.kernel[j] = self.value[j].spread(column, shared) * self.smooth
            seen = self._enter(design, seen, column, variable)

    def _visits(self) -> list[int]:
        """Positions of the variables to draw, in order."""
        names = [variable.name for variable in self._variables]
        unknown = set(self.order) - set(names)
        if unknown:
            raise BadInput(
                expected=f"order to name some of {', '.join(names)}",
                found=", ".join(sorted(unknown)),
                fix="A target with classes is always first and is not named.",
            )
        return [names.index(name) for name in dict.fromkeys([*self.order, *names])]

    def _empty_design(self, n: int) -> Design:
        """(n, k) room for the class (or one constant column), then each variable, as trees see them."""
        return np.zeros((n, 1 + sum(width(variable) for variable in self.schema.modelled)), dtype=np.float32)

    def _enter(self, design: Design, at: int, column: Floats, variable: Variable | None = None) -> int:
        """Write a column into the design at ``at`` (no variable: the class) and say where the next one goes."""
        variable = variable or (self.schema.target if self.class_counts else None)
        return at + 1 if variable is None else entered(design, at, column, variable)

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        values, design = np.full((n, self.values.shape[1]), np.nan), self._empty_design(n)
        modelled, ruled, broken = self.schema.modelled, self._ruled(), None
        if labels is not None:
            values[:, -1] = labels
        seen = self._enter(design, 0, values[:, -1])
        for j in self._visits():
            values[:, j] = self._draw(j, design, labels, rng)
            if j in ruled:
                found = self._redraw(j, values, design, labels, rng)
                broken = found if broken is None else broken | found
            seen = self._enter(design, seen, values[:, j], modelled[j])
        return Drawn(values, broken=broken)

    def _ruled(self) -> set[int]:
        """Positions of the variables that a hard rule names."""
        texts = [f"{rule.require} {rule.when or ''}" for rule in self.schema.rules if rule.severity == "hard"]
        return {j for j, variable in enumerate(self.schema.modelled) if any(variable.name in text for text in texts)}

    def _draw(self, j: int, design: Design, labels: Floats | None, rng: Rng) -> Floats:
        if j not in self.value:
            return np.full(len(design), np.nan)
        forest, known = self.value[j], self.values[:, j]
        entries = forest.draw(forest.leaves(design, rng), rng)
        drawn = known[forest.donors[entries]]
        if j in self.kernel:
            drawn = self._smoothed(j, drawn + self.kernel[j][entries] * rng.standard_normal(len(drawn)))
        for code in range(max(len(self.class_counts), 1)):
            if (j, code) in self.presence:
                rows = np.arange(len(design)) if labels is None else np.flatnonzero(labels == code)
                forest = self.presence[j, code]
                donors = forest.donors[forest.draw(forest.leaves(design[rows], rng), rng)]
                drawn[rows[np.isnan(known[donors])]] = np.nan
        return drawn

    def _redraw(self, j: int, values: Floats, design: Design, labels: Floats | None, rng: Rng) -> Frame:
        """Draw variable ``j`` again where it breaks a rule, and give the table of what was broken before; a rule does
        not judge what is not drawn yet."""
        first = broken = violations(self._cohort(Drawn(values), len(values), 0, 0))
        rows = np.arange(len(values))
        for _ in range(REDRAWS):
            rows = rows[broken.to_numpy().any(axis=1)]
            if not len(rows):
                break
            values[rows, j] = self._draw(j, design[rows], None if labels is None else labels[rows], rng)
            broken = violations(self._cohort(Drawn(values[rows]), len(rows), 0, 0))
        return first

    def _smoothed(self, j: int, drawn: Floats) -> Floats:
        """Reflected into the observed range, rounded to the grid of the column, within its limits."""
        low, high = np.nanmin(self.values[:, j]), np.nanmax(self.values[:, j])
        inside = np.where(drawn < low, 2 * low - drawn, np.where(drawn > high, 2 * high - drawn, drawn))
        inside = np.clip(inside, low, high)
        if self.decimals[j] >= 0:
            inside = np.round(inside, self.decimals[j])
        return np.clip(inside, *limits(self.schema.modelled[j]))

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        groups = (self.presence, self.value)
        arrays = forests.pack([forest for group in groups for forest in group.values()])
        kernels = np.concatenate([np.empty(0), *self.kernel.values()])
        state = {
            "presence": [list(key) for key in self.presence],
            "value": list(self.value),
            "kernel": list(self.kernel),
        }
        return {**arrays, "values": self.values, "decimals": self.decimals, "kernels": kernels}, state

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.values, self.decimals = arrays["values"], arrays["decimals"]
        every = forests.unpack(arrays)
        self.presence = dict(zip(((j, code) for j, code in state["presence"]), every, strict=False))
        self.value = dict(zip(state["value"], every[len(self.presence) :], strict=True))
        ends = np.cumsum([len(self.value[j].donors) for j in state["kernel"]])
        self.kernel = dict(zip(state["kernel"], np.split(arrays["kernels"], ends[:-1]), strict=False))
