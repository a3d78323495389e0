"""What the metrics of a result are called and how they are read, so that a result explains itself."""

from __future__ import annotations

from collections.abc import Iterable

from fewfold.core.cards import MetricCard
from fewfold.metrics.base import METRICS
from fewfold.metrics.utility.scores import SCORES
from fewfold.study import shadows
from fewfold.study.result import Measure


def measures(names: Iterable[str]) -> list[Measure]:
    """The card of each metric or score, in the order in which they are first named."""
    return [_measure(name) for name in dict.fromkeys(names)]


def card_of_metric(name: str) -> MetricCard:
    """The card of a validity metric: of the catalogue, or of the attack that only a study can run."""
    return shadows.CARD if name == shadows.CARD.name else METRICS.get(name).card


def _measure(name: str) -> Measure:
    if name in SCORES:
        score = SCORES[name]
        return Measure(name=name, title=score.title, better=score.better, best=score.best)
    card = card_of_metric(name)
    return Measure(name=name, title=card.title, question=card.question, better=card.better, best=card.best)
