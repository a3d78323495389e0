"""Which methods a cohort is large enough for, from their cards, and what a study of it could see."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.methods.base import METHODS
from fewfold.study.study import Study

SLOW = "seconds"  # the cost on a card


@dataclass(frozen=True)
class Option:
    """One method that could be put to the test, and whether it applies."""

    method: str
    applies: bool
    release: str
    reason: str


@dataclass(frozen=True)
class Advice:
    """What to know before a study. ``controls`` are what it compares every method with."""

    statement: str
    minimum_detectable_effect: float | None
    options: tuple[Option, ...]
    controls: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def recommend(cohort: Cohort) -> Advice:
    """Read every method's card against the cohort; each is fitted on it to hear what it says, and the fit thrown away,
    save those that need seconds for it, whose card alone is asked."""
    study = Study(cohort)
    if study.obstacle:
        said = "No study of this cohort can tell whether a method helps: rows that are made up do not replace patients."
        return Advice(f"Not estimable: {study.obstacle}. {said}", None, ())
    default = {arm.method for arm in study.settings.methods}
    tested = [kind() for kind in METHODS if kind.card.family != "control"]
    options = [_option(each, cohort, default=each.card.name in default) for each in tested]
    options.sort(key=lambda option: (not option.applies, option.method not in default))
    controls = tuple(arm.name for arm in study.settings.controls)
    return Advice(study.power.statement, study.power.minimum_detectable_effect, tuple(options), controls)


def _option(chosen: Any, cohort: Cohort, *, default: bool) -> Option:
    card = chosen.card
    try:
        train = cohort.as_part("train")
        if card.cost == SLOW:
            chosen.check(train)
        else:
            chosen.fit(train, rng=0)
    except (BadInput, NotApplicable) as absent:  # an input that other methods do without, such as declared limits
        return Option(card.name, False, card.release, str(absent))
    said = card.summary
    if default:
        said = f"In the default study. {said}"
    if card.may_destroy:
        said = f"{said} May destroy {', '.join(card.may_destroy)}."
    return Option(card.name, True, card.release, said)
