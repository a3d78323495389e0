"""The choice of generators and of how many rows they add, or of none, inside the training part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Frame, Ints
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Drawn, Method, method
from fewfold.methods.inner_folds import Draw, Weighed, weigh
from fewfold.methods.rowwise import deal

CANDIDATES: tuple[dict[str, Any], ...] = (  # the simplest first
    {"method": "gaussian_copula"},
    {"method": "sequential_trees"},
    {"method": "adversarial_forest"},
    {"method": "bayesian_network"},
)


class Auto(Method):
    """Each candidate is tried at each of ``ratios`` on five inner folds of the training patients: a penalised linear
    model and boosted trees are trained with and without its rows, and what they lose on the other patients (log-loss,
    or the squared error of a number) is compared patient by patient.

    The ratio is that of the one that gains most after ``penalty`` standard errors of its gain are taken off; *none*
    where nothing is left of any gain. Few patients cannot tell the best candidate from the next ones: all that gain at
    this ratio no less than ``band`` standard errors below it draw equal parts of the rows, so that no choice is made
    that rests on noise, and what one of them gets wrong weighs less. ``weighed`` tells all that was compared,
    ``choice`` what was chosen. :meth:`expand` and a study add as many rows as were chosen, and never more than they
    were asked for; :meth:`sample` draws as many as it is asked for, even where none is better than no rows. Without a
    target nothing can be compared, and the first candidate that applies is taken.

    ``candidates``: a ``method`` and its ``params`` each, the simplest first. The default ones may all leave the team.
    """

    card = MethodCard(
        name="auto",
        title="Automatic choice",
        family="generator",
        summary="Tries generators and ratios on folds of the training patients, pools those that cannot be told apart, "
        "and adds no rows where none gains.",
        min_subjects=20,
        may_destroy=("what the chosen generators may destroy",),
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
        ratios: Sequence[float] = (1.0, 4.0, 12.0),
        penalty: float = 0.5,
        band: float = 2.0,
    ) -> None:
        self.candidates = [dict(candidate) for candidate in candidates]
        self.ratios = list(ratios)
        self.penalty, self.band = penalty, band
        if not self.candidates or not self.ratios or min(self.ratios) <= 0 or min(penalty, band) < 0:
            raise BadInput(
                expected="candidates, ratios above 0, a penalty and a band of 0 or more",
                found=f"{len(self.candidates)} candidates, ratios {self.ratios}, penalty {penalty:g}, band {band:g}",
                fix="Leave out what the default is good for.",
            )

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        named = {_name(candidate): candidate for candidate in self.candidates}
        known = cohort.task != "none"
        draws = {name: self._drawing(candidate) for name, candidate in named.items()}
        self.weighed = weigh(cohort, draws, tuple(self.ratios), rng) if known else []
        best = max(self.weighed, key=lambda one: one.gain - self.penalty * one.error, default=None)
        gains = best is not None and best.gain > self.penalty * best.error
        self.ratio = best.ratio if best and gains else 0.0
        pooled = [one.name for one in self.weighed if best and _as_good(one, best, self.band)]
        self.choice = f"{' + '.join(pooled)}, {self.ratio:g} rows for each" if self.ratio else "none"
        if pooled:
            self.fitted = [self._made(named[name]).fit(cohort, rng=rng) for name in pooled]
        else:
            self.fitted = [self._first(self.candidates, cohort, rng)]
        if not known:
            self.ratio, self.choice = max(self.ratios), self.fitted[0].card.name

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
        """Each row is of one member, each member has as many rows as the others, give or take one."""
        if len(self.fitted) == 1:
            return self.fitted[0]._sample(labels, n, rng)
        of = deal(np.arange(len(self.fitted)), n, rng)
        rows = [np.flatnonzero(of == k) for k in range(len(self.fitted))]
        drawn = [
            member._sample(None if labels is None else labels[own], len(own), rng)
            for member, own in zip(self.fitted, rows, strict=True)
        ]
        order = np.argsort(np.concatenate(rows))
        return replace(Drawn.concat(drawn).take(order), broken=_broken(drawn, order))

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays, members = {}, []
        for k, member in enumerate(self.fitted):
            own, state = member._state()
            arrays.update({f"{k}-{name}": array for name, array in own.items()})
            members.append({"method": member.card.name, "params": member.params, "state": state})
        told = {"members": members, "ratio": self.ratio, "choice": self.choice}
        return arrays, {**told, "weighed": [asdict(one) for one in self.weighed]}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.fitted = []
        for k, told in enumerate(state["members"]):
            member = method(told["method"], **told["params"])
            member.schema, member.class_counts = self.schema, self.class_counts
            start = f"{k}-"
            own = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
            member._restore(own, told["state"])
            self.fitted.append(member)
        self.ratio, self.choice = state["ratio"], state["choice"]
        self.weighed = [Weighed(**one) for one in state["weighed"]]

    def _made(self, candidate: Mapping[str, Any]) -> Method:
        return method(candidate["method"], **candidate.get("params", {}))

    def _drawing(self, candidate: Mapping[str, Any]) -> Draw:
        def draw(real: Cohort, ratio: float, rng: Rng) -> Cohort:
            return self._made(candidate).fit(real, rng=rng).sample(round(ratio * len(real)), rng=rng)

        return draw


def _broken(drawn: Sequence[Drawn], order: Ints) -> Frame | None:
    """What the members that mend what they draw have mended, row by row; nothing of the others."""
    told = [each.broken for each in drawn if each.broken is not None]
    if not told:
        return None
    nothing = (pd.DataFrame(False, index=range(len(each.values)), columns=told[0].columns) for each in drawn)
    whole = [none if each.broken is None else each.broken for each, none in zip(drawn, nothing, strict=True)]
    return pd.concat(whole, ignore_index=True).iloc[order].reset_index(drop=True)


def _as_good(one: Weighed, best: Weighed, band: float) -> bool:
    """Whether a candidate at the ratio of the best one cannot be told from it."""
    return one.ratio == best.ratio and one.gain >= best.gain - band * best.error


def _name(candidate: Mapping[str, Any]) -> str:
    params = ", ".join(f"{key}={value!r}" for key, value in candidate.get("params", {}).items())
    return f"{candidate['method']}({params})" if params else str(candidate["method"])
