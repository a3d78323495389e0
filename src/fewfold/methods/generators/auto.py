"""The choice of a generator and of how many rows it adds, or of none, inside the training part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Drawn, Method, method
from fewfold.methods.inner_folds import Draw, Weighed, weigh

CANDIDATES: tuple[dict[str, Any], ...] = (  # the simplest first
    {"method": "gaussian_copula"},
    {"method": "gaussian_copula", "params": {"pool_subjects": 100}},
    {"method": "sequential_trees"},
    {"method": "adversarial_forest"},
)


class Auto(Method):
    """Each candidate is tried at each of ``ratios`` on five inner folds of the training patients: a penalised linear
    model and boosted trees are trained with and without its rows, and what they lose on the other patients (log-loss,
    or the squared error of a number) is compared patient by patient.

    Chosen is what gains most after ``penalty`` standard errors of its gain are taken off, the simpler one where two
    are equal; *none* where nothing is left of any gain. ``weighed`` tells all that was compared, ``choice`` what was
    chosen. :meth:`expand` and a study add as many rows as were chosen, and never more than they were asked for;
    :meth:`sample` draws as many as it is asked for, from the best candidate even where none is better than no rows.
    Without a target nothing can be compared, and the first candidate that applies is taken.

    ``candidates``: a ``method`` and its ``params`` each, the simplest first. The default ones may all leave the team.
    """

    card = MethodCard(
        name="auto",
        title="Automatic choice",
        family="generator",
        summary="Tries generators and ratios on folds of the training patients, and adds no rows where none gains.",
        min_subjects=20,
        may_destroy=("what the chosen generator may destroy",),
        interpretability="medium",
        cost="seconds",
        release="consortium",
        chooses_ratio=True,
        references=("10.1214/09-SS054",),
    )

    def __init__(
        self,
        *,
        candidates: Sequence[Mapping[str, Any]] = CANDIDATES,
        ratios: Sequence[float] = (1.0, 4.0),
        penalty: float = 0.5,
    ) -> None:
        self.candidates = [dict(candidate) for candidate in candidates]
        self.ratios = list(ratios)
        self.penalty = penalty
        if not self.candidates or not self.ratios or min(self.ratios) <= 0 or penalty < 0:
            raise BadInput(
                expected="candidates, ratios above 0 and a penalty of 0 or more",
                found=f"{len(self.candidates)} candidates, ratios {self.ratios}, penalty {penalty:g}",
                fix="Leave out what the default is good for.",
            )

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        named = {_name(candidate): candidate for candidate in self.candidates}
        known = cohort.task != "none"
        draws = {name: self._drawing(candidate) for name, candidate in named.items()}
        self.weighed = weigh(cohort, draws, tuple(self.ratios), rng) if known else []
        score = [one.gain - self.penalty * one.error for one in self.weighed]
        best = self.weighed[max(range(len(score)), key=score.__getitem__)] if score else None
        self.ratio = best.ratio if best and max(score) > 0 else 0.0
        self.choice = f"{best.name}, {best.ratio:g} rows for each" if best and self.ratio else "none"
        self.fitted = self._first([named[best.name]] if best else self.candidates, cohort, rng)
        if not known:
            self.ratio, self.choice = max(self.ratios), self.fitted.card.name

    def _first(self, candidates: list[dict[str, Any]], cohort: Cohort, rng: Rng) -> Method:
        """The first candidate that applies, fitted."""
        told = []
        for candidate in candidates:
            try:
                return self._made(candidate).fit(cohort, rng=rng)
            except NotApplicable as absent:
                told.append(absent.reason)
        raise NotApplicable(f"no candidate applies: {'; '.join(told)}")

    def advised(self, ratio: float) -> float:
        """The ratio that was chosen, and no more than ``ratio``."""
        return min(self.ratio, ratio)

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        return self.fitted._sample(labels, n, rng)

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays, state = self.fitted._state()
        told = {"method": self.fitted.card.name, "params": self.fitted.params, "state": state, "ratio": self.ratio}
        return arrays, {**told, "choice": self.choice, "weighed": [asdict(one) for one in self.weighed]}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.fitted = method(state["method"], **state["params"])
        self.fitted.schema, self.fitted.class_counts = self.schema, self.class_counts
        self.fitted._restore(arrays, state["state"])
        self.ratio, self.choice = state["ratio"], state["choice"]
        self.weighed = [Weighed(**one) for one in state["weighed"]]

    def _made(self, candidate: Mapping[str, Any]) -> Method:
        return method(candidate["method"], **candidate.get("params", {}))

    def _drawing(self, candidate: Mapping[str, Any]) -> Draw:
        def draw(real: Cohort, ratio: float, rng: Rng) -> Cohort:
            return self._made(candidate).fit(real, rng=rng).sample(round(ratio * len(real)), rng=rng)

        return draw


def _name(candidate: Mapping[str, Any]) -> str:
    params = ", ".join(f"{key}={value!r}" for key, value in candidate.get("params", {}).items())
    return f"{candidate['method']}({params})" if params else str(candidate["method"])
