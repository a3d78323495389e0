"""What an arm is: a method of ours, or rows that another tool has made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import fewfold
from fewfold.core.cards import MethodCard
from fewfold.methods.base import method
from fewfold.study.result import Algorithm
from fewfold.study.settings import ArmSpec, Settings

SUPPLIED = "supplied"
_SUPPLIED_CARD = MethodCard(
    name=SUPPLIED,
    title="Rows made by another tool",
    family="generator",
    summary="Read from a file; how they were made is not known here.",
    release="consortium",
)


def card_of(arm: ArmSpec) -> MethodCard:
    """The card of an arm's method."""
    return _SUPPLIED_CARD if arm.method == SUPPLIED else method(arm.method).card


def called(arm: ArmSpec) -> str:
    """An arm inside a sentence: its label, or the title of its method with a small first letter, unless that is a name
    such as SMOTE or Bayes."""
    title = card_of(arm).title
    kept = title.startswith("Bayes") or any(len(part) > 1 and part.isupper() for part in title.split()[0].split("-"))
    return arm.label or (title if kept else title[:1].lower() + title[1:])


def ratios_of(arm: ArmSpec, settings: Settings) -> tuple[float, ...]:
    """The ratios at which an arm is run: only 0 for an arm that adds no rows, and the largest for one that chooses up
    to which."""
    card = card_of(arm)
    ratios = settings.ratios if card.adds_rows else (0.0,)
    return (max(ratios),) if card.chooses_ratio else ratios


def algorithm(arm: ArmSpec, choices: Mapping[str, int], *, under_test: bool) -> Algorithm:
    """Exactly what ran in an arm, and what it chose in how many fits."""
    card = card_of(arm)
    ours = arm.method != SUPPLIED
    params: dict[str, Any] = method(arm.method, **arm.params).params if ours else {}
    return Algorithm(
        name=arm.name,
        title=card.title,
        family=card.family,
        role="under test" if under_test else "control",
        version=fewfold.__version__ if ours else "unknown",
        params=params,
        references=list(card.references),
        release=card.release,
        choices=dict(choices),
        source=arm.source,
    )
