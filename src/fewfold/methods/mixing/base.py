"""The contract of a mixing: draw parameters for two samples, then mix them; what was drawn is on record."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from fewfold.core.seeds import Rng
from fewfold.methods.mixing.labelled import Labelled

Draw = dict[str, Any]


class Mixing(ABC):
    """Base of all mixings. A subclass sets ``name``, takes keyword parameters, and writes ``draw`` and ``apply``.

    ``apply`` reads the two samples and what was drawn (JSON values), and nothing else, so that a record can be replayed
    with any parameters. Both raise ``NotApplicable`` with a reason where two samples cannot be mixed so, and
    ``BadInput`` where a sample lacks what is needed. Neither changes a sample.
    """

    name: ClassVar[str]

    @abstractmethod
    def draw(self, rng: Rng, first: Labelled, second: Labelled) -> Draw:
        """Parameters for one pair."""

    @abstractmethod
    def apply(self, first: Labelled, second: Labelled, drawn: Draw) -> Labelled:
        """The first sample with something of the second."""
