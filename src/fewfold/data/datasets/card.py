"""What a data set declares about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fewfold.core.cards import Target


@dataclass(frozen=True, kw_only=True)
class DataCard:
    """The card of a data set.

    ``kind``: ``load`` comes with an installed package, ``fetch`` is read from a mirror or downloaded when asked for,
    ``make`` is simulated and its truth is known. ``n``: patients, after those without an outcome have left; None
    where the caller says. ``outcome``: what the target is, and who was left out for it. ``split_on``: what must not
    lie on both sides of a split. ``traps``: what goes wrong when it is not known.
    """

    name: str
    title: str
    kind: Literal["load", "fetch", "make"]
    disease: str
    n: int | None
    task: Target
    outcome: str
    split_on: str = "row (one a patient)"
    traps: str = ""
    licence: str
    citation: str
    doi: tuple[str, ...] = ()
    source: str
    modalities: tuple[str, ...] = ("table",)
