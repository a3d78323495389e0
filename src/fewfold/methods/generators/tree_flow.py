"""A flow that boosted trees learn, from the rows of a copula to those of patients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.units import patient_weights
from fewfold.methods.generators.boosting import Boosted
from fewfold.methods.generators.designs import Design
from fewfold.methods.generators.gaussian_copula import GaussianCopula

COPIES, ROWS = 20, 6000  # of each training row, at most, unless they are fewer than ``ROWS`` with 2
STEPS = 12  # from a row of the copula to one that is given
END = np.pi / 2


class TreeFlow(GaussianCopula):
    """Rows start as those of the Gaussian copula of their class, as latent normal variables, and flow to where patients
    are. Half way round a quarter circle between a copula's row and a patient's, a row has a direction; trees learn the
    mean direction from where it is, how far round it is and the class (flow matching: 10.48550/arXiv.2209.15571, with
    trees: 10.48550/arXiv.2309.09968).

    If patients were draws of the copula, the mean direction would be 0 everywhere. So trees learn only what the copula
    cannot say. Held-out patients, three folds of them, say for each variable how many trees, at most ``trees``, are
    best; where that is none, it stays the copula's. A level, and a number that 3 patients share, lies anywhere within
    its step of the latent variable, and a missing value anywhere; patterns of missing values are variables too.
    """

    card = MethodCard(
        name="tree_flow",
        title="Flow of boosted trees",
        family="generator",
        summary="Rows of a Gaussian copula are moved to where patients are by boosted trees, as far as held-out "
        "patients gain.",
        min_subjects=20,
        may_destroy=("interactions that few patients show", "identities between columns"),
        interpretability="low",
        cost="seconds",
        release="consortium",
        references=("10.48550/arXiv.2309.09968", "10.48550/arXiv.2209.15571"),
    )

    def __init__(self, *, trees: int = 100, pool_subjects: int = 20) -> None:
        if isinstance(trees, bool) or not isinstance(trees, int) or trees < 1:
            raise BadInput(expected="trees to be a whole number, at least 1", found=repr(trees), fix="Pass one.")
        super().__init__(pool_subjects=pool_subjects)
        self.trees = trees

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        columns, within = self._learn(cohort)
        copies = max(2, min(COPIES, ROWS // len(cohort)))
        designs, directions = [], []
        for c, rows in enumerate(within):
            n = copies * len(rows)
            begin = super()._latent(c, rng.standard_normal((n, self.factors.shape[2])), rng)
            end = self._end(c, np.tile(columns[rows], (copies, 1)), rng)
            angle = rng.uniform(0, END, (n, 1))
            designs.append(self._design(c, np.cos(angle) * begin + np.sin(angle) * end, angle))
            directions.append(np.cos(angle) * end - np.sin(angle) * begin)
        source = np.concatenate([np.tile(rows, copies) for rows in within])
        patients = np.unique(cohort.subjects, return_inverse=True)[1]
        self.field = Boosted.fit(
            np.concatenate(designs),
            np.concatenate(directions),
            patient_weights(patients)[source],
            patients[source],
            self.trees,
            rng,
        )

    def _end(self, c: int, columns: Floats, rng: Rng) -> Floats:
        """(n, d) latent variables that rows of a class could have had."""
        latent = np.empty_like(columns)
        for j, margin in enumerate(self.margins[c]):
            low, high = margin.probabilities(columns[:, j])
            missing = np.isnan(columns[:, j])
            low, high = np.where(missing, 0.0, low), np.where(missing, 1.0, high)
            exact = np.clip(low, margin.edge, 1 - margin.edge)
            latent[:, j] = ndtri(np.where(low < high, rng.uniform(low, high), exact))
        return latent

    def _design(self, c: int, latent: Floats, angle: Floats) -> Design:
        """What the trees see of rows of a class."""
        which = np.broadcast_to(np.arange(len(self.codes)) == c, (len(latent), len(self.codes)))
        return np.column_stack([latent, angle, which]).astype(np.float32)

    def _latent(self, c: int, normals: Floats, rng: Rng) -> Floats:
        latent, step = super()._latent(c, normals, rng), END / STEPS
        for k in range(STEPS):
            angle = np.full((len(latent), 1), (k + 0.5) * step)
            latent = latent + step * self.field.predict(self._design(c, latent, angle))
        return latent

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays, state = super()._state()
        return {**arrays, **{f"field-{name}": value for name, value in self.field.arrays().items()}}, state

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        super()._restore(arrays, state)
        own = {name.removeprefix("field-"): value for name, value in arrays.items() if name.startswith("field-")}
        self.field = Boosted.of(own)
