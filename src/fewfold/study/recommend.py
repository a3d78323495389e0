"""Which methods a cohort is large enough for, from their cards, and what a study of it could see."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.methods.base import METHODS
from fewfold.study.settings import DEFAULT_METHODS
from fewfold.study.study import Study


@dataclass(frozen=True)
class Option:
    """One method, and whether it applies."""

    method: str
    applies: bool
    release: str
    reason: str


@dataclass(frozen=True)
class Advice:
    """What to know before a study."""

    statement: str
    minimum_detectable_effect: float | None
    options: tuple[Option, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def recommend(cohort: Cohort) -> Advice:
    """Read every method's card against the cohort; fits each on it to hear what it says, and throws the fit away."""
    study = Study(cohort)
    if study.obstacle:
        said = "No study of this cohort can tell whether a method helps: rows that are made up do not replace patients."
        return Advice(f"Not estimable: {study.obstacle}. {said}", None, ())
    return Advice(
        study.power.statement, study.power.minimum_detectable_effect, tuple(_option(kind(), cohort) for kind in METHODS)
    )


def _option(chosen: Any, cohort: Cohort) -> Option:
    card = chosen.card
    try:
        chosen.fit(cohort.as_part("train"), rng=0)
    except NotApplicable as absent:
        return Option(card.name, False, card.release, absent.reason)
    said = card.summary
    if card.name in DEFAULT_METHODS:
        said = f"In the default study. {said}"
    if card.may_destroy:
        said = f"{said} May destroy {', '.join(card.may_destroy)}."
    return Option(card.name, True, card.release, said)
