"""What the metrics of a result are called and how they are read, so that a result explains itself."""

from __future__ import annotations

from collections.abc import Iterable

from fewfold.metrics.base import METRICS
from fewfold.metrics.utility.scores import SCORES
from fewfold.study.result import Measure


def measures(names: Iterable[str]) -> list[Measure]:
    """The card of each metric or score, in the order in which they are first named."""
    return [_measure(name) for name in dict.fromkeys(names)]


def _measure(name: str) -> Measure:
    if name in SCORES:
        score = SCORES[name]
        return Measure(name=name, title=score.title, better=score.better, best=score.best)
    card = METRICS.get(name).card
    return Measure(name=name, title=card.title, question=card.question, better=card.better)
