"""Gaussian copula under differential privacy: noisy histograms as margins, noisy products of scores as dependence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Drawn
from fewfold.methods.generators import margins
from fewfold.methods.generators.margins import Margin
from fewfold.methods.generators.privacy import cells, dependence, statistics
from fewfold.methods.generators.privacy.accountant import Account, gaussian_sigma
from fewfold.methods.generators.privacy.cells import Cells
from fewfold.methods.generators.privacy.private import Private
from fewfold.methods.generators.privacy.smoothing import smoothed
from fewfold.methods.generators.privacy.statistics import TABLE_SENSITIVITY, products_sensitivity
from fewfold.methods.generators.privacy.viability import viability


class DPCopula(Private):
    """All that is learned is learned through noise, so that the rows satisfy (``epsilon``, ``delta``)-differential
    privacy for each patient (add or remove one), whoever holds them and whatever else they know.

    Released are, with Gaussian noise: the patients of each class; for each column a table of class by cell, missing
    values being one more cell; and for each two columns the sum of the products of their normal scores within the
    class. ``split`` shares the budget out over these three; ``spent`` says what each cost, as zero-concentrated DP
    (rho), and ``viability`` what is left of the signal. One row of each patient counts, drawn at random. A class whose
    noise is large is shrunk towards all patients, cell by cell; counts within 2.5 SDs of the noise are taken for 0.
    Columns are missing independently of each other within the class. Numbers are uniform within a cell, and recorded
    to no grid.

    Where cells lie is told by the schema alone: every number and date needs ``low`` and ``high``, else ``BadInput``;
    values beyond are put into the outermost cell. Limits and levels are public: declare what is known of anybody, and
    check those that were inferred from the file. Cells are of equal width, so that narrow limits help.
    ``NotApplicable`` where the noise is larger than the signal, with the number of patients that would do (the budget
    of the counts is then spent); ``force`` fits all the same.

    Not covered: who knows the seed of the fit can take the noise off, so fit with ``np.random.default_rng()`` or a
    long secret seed, draw rows with another, and publish no study's rows as private, for its seed is on record. How
    many rows are drawn is not hidden: ask for a number that does not follow the number of patients. Noise is of double
    precision and rounded, not of the discrete Gaussian. Each further fit on the same patients spends its own budget.
    Errors, and what is refused, are for who holds the data.
    """

    parts = ("counts", "margins", "dependence")
    card = MethodCard(
        name="dp_copula",
        title="Differentially private Gaussian copula",
        family="generator",
        summary="Margins and correlations are read through noise that hides each patient; needs hundreds of them.",
        may_destroy=(
            "tails and shape within a cell",
            "rare levels",
            "weak dependence",
            "dependence that is not monotone",
            "dependence on the order-free levels of a column",
            "dependence between missing values",
            "identities between columns",
        ),
        cost="milliseconds",
        release="public",
        references=("10.1007/978-3-662-53641-4_24", "10.48550/arXiv.2004.00010", "10.5441/002/edbt.2014.43"),
    )

    def __init__(
        self,
        *,
        epsilon: float = 3.0,
        delta: float = 1e-5,
        split: Sequence[float] = (0.1, 0.5, 0.4),
        force: bool = False,
    ) -> None:
        self._set_budget(epsilon, delta, split, force)

    def _needed(self) -> tuple[bool, bool, bool]:
        return True, len(self._variables) > 0, len(self._variables) > 1

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        begun = self._begin(cohort, rng)
        account, rho, values, classes = begun.account, begun.rho, begun.values, begun.classes
        counts, d = begun.counts, len(self._variables)
        if d:
            per_margin, rest = rho["margins"] / d, rho["dependence"]
            found = viability(self._variables, len(counts), float(counts.sum()), per_margin, rho_correlations=rest)
            self._check_viable(found)
        counts = self._take_counts(counts, gaussian_sigma(TABLE_SENSITIVITY, rho["counts"]))
        codes, shares = self._learn_margins(values, classes, counts, rho["margins"] / max(d, 1), account, rng)
        self.factor = np.eye(d)
        if d > 1:
            sums, sensitivity = statistics.products(dependence.scored(codes, shares, classes)), products_sensitivity(d)
            sums = account.noised("dependence", sums, sensitivity, rho["dependence"], rng)
            self.factor = dependence.factor(sums, gaussian_sigma(sensitivity, rho["dependence"]), counts, shares)
        self.spent = account.spent

    def _learn_margins(
        self, values: Floats, classes: Ints, counts: Floats, rho: float, account: Account, rng: Rng
    ) -> tuple[list[Ints], list[Floats]]:
        """For each column the cell of each patient, and (classes, cells + 1) shares, missing values last."""
        sigma = gaussian_sigma(TABLE_SENSITIVITY, rho) if rho else 1.0
        fineness = cells.fineness(float(counts.mean()), sigma)
        codes, shares, target = [], [], self.schema.target
        self.margins: list[list[Margin]] = []
        for column, variable in zip(values.T, self._variables, strict=True):
            cut = Cells.of(variable, fineness)
            code = cut.codes(column)
            exact = statistics.table(classes, code, (len(counts), cut.size + 1))
            noisy = account.noised("margins", exact, TABLE_SENSITIVITY, rho, rng)
            if variable is target:
                noisy[:, -1] = 0.0
            share = smoothed(noisy, sigma)
            codes.append(code)
            shares.append(share)
            self.margins.append([cut.margin(own[:-1]) for own in share])
        self.missing = np.array([share[:, -1] for share in shares]).reshape(-1, len(counts))
        return codes, shares

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        latent = rng.standard_normal((n, len(self.factor))) @ self.factor.T
        absent = rng.random(latent.shape)
        classes = np.zeros(n, dtype=np.int64) if labels is None else labels.astype(np.int64)
        values = np.empty_like(latent)
        for j, (variable, held) in enumerate(zip(self._variables, self.margins, strict=True)):
            for c, margin in enumerate(held):
                rows = classes == c
                values[rows, j] = margin.quantile(ndtr(latent[rows, j]))
            values[:, j] = cells.recorded(values[:, j], variable)
            values[absent[:, j] < self.missing[j, classes], j] = np.nan
        return Drawn.beside(values, labels)

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        every = [margin for held in self.margins for margin in held]
        knots, stops = margins.pack(every) if every else (np.empty((0, 2)), np.empty(0, dtype=np.int64))
        arrays = {"knots": knots, "stops": stops, "factor": self.factor, "missing": self.missing}
        return arrays, {"spent": self.spent, "viability": self.viability}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.factor, self.missing = arrays["factor"], arrays["missing"]
        self.spent, self.viability = state["spent"], state["viability"]
        every = margins.unpack(arrays["knots"], arrays["stops"])
        classes = self.missing.shape[1]
        self.margins = [every[j * classes : (j + 1) * classes] for j in range(len(self.missing))]
