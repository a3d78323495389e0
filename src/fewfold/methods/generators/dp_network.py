"""Network of columns under differential privacy: noisy tables of each column by class, and of linked columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Drawn
from fewfold.methods.generators.privacy import cells, consistency, statistics, trees
from fewfold.methods.generators.privacy.accountant import gaussian_sigma
from fewfold.methods.generators.privacy.cells import FEWEST, Cells
from fewfold.methods.generators.privacy.private import Begun, Private
from fewfold.methods.generators.privacy.smoothing import smoothed
from fewfold.methods.generators.privacy.statistics import TABLE_SENSITIVITY
from fewfold.methods.generators.privacy.viability import viability

Structure = Literal["star", "tree"]
SCORE_SENSITIVITY = 1.0  # of an L1 distance of counts


class DPNetwork(Private):
    """All that is learned is learned through noise, so that the rows satisfy (``epsilon``, ``delta``)-differential
    privacy for each patient (add or remove one), whoever holds them and whatever else they know.

    ``structure="star"``: columns are independent within the class, and nothing is spent on finding out more. Released
    are, with Gaussian noise, the patients of each class, and for each column a table of class by cell, missing values
    being one more cell. All tables tell of the classes; their precision-weighted mean is taken. A continuous target
    is cut into cells that stand for classes; without a target all columns are independent.

    ``structure="tree"``: beside that each column but one is linked to another one. Links are chosen one by one by the
    exponential mechanism, where two columns are farthest from independent within the class; each linked pair is
    released as a table of four to eight groups of cells each, all classes together. What is drawn is the most even
    distribution with these tables; a link is shrunk by what noise alone would show.

    ``split`` shares the budget out over counts, margins, structure and links (the last two are for a tree); ``spent``
    says what each cost, as zero-concentrated DP (rho), and ``viability`` what is left of the signal. One row of each
    patient counts, drawn at random. Counts within 2.5 SDs of the noise are taken for 0. Numbers are even within a
    cell. Limits and levels are public, must be declared (``BadInput``), and are not read off the data;
    ``NotApplicable`` where the noise is larger than the signal, with the number of patients that would do; ``force``
    fits all the same. What ``dp_copula`` says is not covered is not covered here either: the seed of the fit, the
    number of rows, the precision of the noise, further fits.
    """

    parts = ("counts", "margins", "structure", "links")
    card = MethodCard(
        name="dp_network",
        title="Differentially private network",
        family="generator",
        summary="Tables of each column by class, read through noise that hides each patient; needs hundreds of them.",
        may_destroy=(
            "dependence within a class (star), or beyond a tree of columns (tree)",
            "tails and shape within a cell",
            "rare levels",
            "identities between columns",
        ),
        cost="milliseconds",
        release="public",
        references=("10.1145/3134428", "10.29012/jpc.778", "10.1007/978-3-662-53641-4_24", "10.1109/FOCS.2007.66"),
    )

    def __init__(
        self,
        *,
        epsilon: float = 3.0,
        delta: float = 1e-5,
        structure: Structure = "star",
        split: Sequence[float] = (0.1, 0.5, 0.1, 0.3),
        force: bool = False,
    ) -> None:
        self.structure: Structure = structure
        if structure not in get_args(Structure):
            raise BadInput(expected="structure to be 'star' or 'tree'", found=repr(structure), fix="Pass one of them.")
        self._set_budget(epsilon, delta, split, force)

    @property
    def _root(self) -> int | None:
        """The position of a continuous target among the columns."""
        target, d = self.schema.target, len(self._variables)
        return d - 1 if d and target is not None and self._variables[-1] is target else None

    def _needed(self) -> tuple[bool, ...]:
        d = len(self._variables)
        tree = self.structure == "tree" and d - (self._root is not None) > 1
        return True, d > 0, tree, tree

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        begun = self._begin(cohort, rng)
        features = [j for j in range(len(self._variables)) if j != self._root]
        links = max(len(features) - 1, 1)
        if self._variables:
            self._check_viable(
                viability(
                    self._variables,
                    len(begun.counts) if self._root is None else FEWEST,
                    float(begun.counts.sum()),
                    begun.rho["margins"] / len(self._variables),
                    rho_pair=begun.rho["links"] / links,
                )
            )
        codes, shares = self._learn_star(begun, features, rng)
        self.order, self.shares = [(-1, k) for k in range(len(features))], [share[:, None] for share in shares]
        if begun.rho["links"]:
            self._learn_tree(begun, codes, shares, links, rng)
        self.spent = begun.account.spent

    def _learn_star(self, begun: Begun, features: list[int], rng: Rng) -> tuple[list[Ints], list[Floats]]:
        """For each feature the cell of each patient, and (classes, cells + 1) shares, missing values last."""
        sigma_counts = gaussian_sigma(TABLE_SENSITIVITY, begun.rho["counts"])
        counts = self._take_counts(begun.counts, sigma_counts)
        rho = begun.rho["margins"] / max(len(self._variables), 1)
        sigma = gaussian_sigma(TABLE_SENSITIVITY, rho) if rho else 1.0
        classes, noisy = begun.classes, begun.counts
        if self._root is not None:
            cut = Cells.of(self._variables[self._root], cells.fineness(float(counts.sum()) / FEWEST, sigma))
            classes, sigma_counts = cut.codes(begun.values[:, self._root]), sigma
            exact = statistics.table(np.zeros_like(classes), classes, (1, cut.size))
            noisy = begun.account.noised("margins", exact, TABLE_SENSITIVITY, rho, rng)[0]
        fineness = cells.fineness(float(counts.sum()) / len(noisy), sigma)
        codes, tables = [], []
        for j in features:
            cut = Cells.of(self._variables[j], fineness)
            codes.append(cut.codes(begun.values[:, j]))
            exact = statistics.table(classes, codes[-1], (len(noisy), cut.size + 1))
            tables.append(begun.account.noised("margins", exact, TABLE_SENSITIVITY, rho, rng))
        noisy, variance = consistency.agreed(noisy, sigma_counts**2, tables, sigma**2)
        if self._root is None:
            counts = self._take_counts(noisy, float(np.sqrt(variance)))
        else:
            counts = counts.sum() * smoothed(np.append(noisy, 0.0)[None], float(np.sqrt(variance)))[0, :-1]
        self.counts = counts
        return codes, [smoothed(consistency.adding_up(table, noisy), sigma) for table in tables]

    def _learn_tree(self, begun: Begun, codes: list[Ints], shares: list[Floats], links: int, rng: Rng) -> None:
        account, rho = begun.account, begun.rho["links"] / links
        patients, weights = float(self.counts.sum()), self.counts / self.counts.sum()
        sigma = gaussian_sigma(TABLE_SENSITIVITY, rho)
        at_most = trees.coarseness(patients, sigma)
        group = [trees.groups(weights @ share, at_most) for share in shares]
        coarse = [trees.grouped(share, own) for share, own in zip(shares, group, strict=True)]
        held = [own[code] for own, code in zip(group, codes, strict=True)]
        scores = trees.link_scores(held, coarse, weights, patients)
        edges = trees.spanning(
            scores,
            len(shares),
            lambda able: account.chosen("structure", able, SCORE_SENSITIVITY, begun.rho["structure"] / links, rng),
        )
        self.order = trees.rooted(edges, len(shares))
        for parent, child in self.order[1:]:
            even = trees.expected(weights, coarse[parent], coarse[child])
            exact = statistics.table(held[parent], held[child], even.shape)
            noisy = account.noised("links", exact, TABLE_SENSITIVITY, rho, rng)
            pair = trees.linked(noisy, sigma, even, patients)
            given = trees.given_parent(weights, coarse[parent], coarse[child], pair)
            self.shares[child] = trees.spread(given, group[parent], group[child], shares[child])

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        classes = np.zeros(n, dtype=np.int64) if labels is None else labels.astype(np.int64)
        values = np.empty((n, len(self._variables)))
        features = [j for j in range(len(self._variables)) if j != self._root]
        if self._root is not None:
            classes = _drawn(np.tile(self.counts, (n, 1)), rng)
            values[:, self._root] = self._values(self._root, len(self.counts), classes, rng)
        codes = np.zeros((n, len(features)), dtype=np.int64)
        for parent, child in self.order:
            share = self.shares[child]
            codes[:, child] = _drawn(share[classes, codes[:, parent] if parent >= 0 else 0], rng)
            values[:, features[child]] = self._values(features[child], share.shape[2] - 1, codes[:, child], rng)
        return Drawn.beside(values, labels)

    def _values(self, j: int, size: int, codes: Ints, rng: Rng) -> Floats:
        variable = self._variables[j]
        return cells.recorded(Cells.of(variable, size).drawn(codes, rng), variable)

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays = {f"shares_{k}": share for k, share in enumerate(self.shares)} | {"counts": self.counts}
        state = {"order": self.order, "spent": self.spent, "viability": self.viability}
        return arrays, state

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.counts, self.shares = arrays["counts"], [arrays[f"shares_{k}"] for k in range(len(arrays) - 1)]
        self.order = [(parent, child) for parent, child in state["order"]]
        self.spent, self.viability = state["spent"], state["viability"]


def _drawn(shares: Floats, rng: Rng) -> Ints:
    """(n,) one cell of each row of shares (n, cells)."""
    tops = np.cumsum(shares, axis=1)
    codes: Ints = (rng.random((len(shares), 1)) * tops[:, -1:] >= tops).sum(axis=1)
    return codes
