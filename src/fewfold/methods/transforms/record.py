"""What was drawn for one image: plain values that can be written down, and replayed bit for bit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from fewfold.core.records import reading
from fewfold.methods.transforms.base import Draw
from fewfold.methods.transforms.engine.lattice import Lattice


class Step(NamedTuple):
    """One transform of a chain, and what it drew; None where chance passed the image by."""

    transform: str
    drawn: Draw | None


@dataclass(frozen=True, slots=True)
class Record:
    """One image's way through a chain: where its random numbers come from, on which lattice, and each step."""

    seed: int
    index: int
    epoch: int
    lattice: Lattice
    steps: tuple[Step, ...]

    def to_json(self) -> str:
        """The record as JSON; numbers are kept to the last bit."""
        numbers = {"seed": self.seed, "index": self.index, "epoch": self.epoch}
        steps = [step._asdict() for step in self.steps]
        return json.dumps({**numbers, "lattice": self.lattice._asdict(), "steps": steps})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record that :meth:`to_json` wrote. Raises ``BadInput`` for any other text."""
        with reading("a record of augmentation", "Record.to_json"):
            told: dict[str, Any] = json.loads(text)
            lattice = Lattice(**{name: tuple(values) for name, values in told.pop("lattice").items()})
            steps = tuple(Step(**step) for step in told.pop("steps"))
            return cls(lattice=lattice, steps=steps, **told)
