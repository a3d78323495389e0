"""One made image on record: its class, its parents, and what was drawn."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from fewfold.core.records import reading
from fewfold.core.types import Level

Draw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """How one image was made.

    ``level``: its class, None where the target has none. ``parents``: the labels of the training rows whose images it
    was made from; empty where it was drawn from a distribution. ``drawn``: JSON values.
    """

    method: str
    level: Level | None
    parents: tuple[int, ...]
    drawn: Draw

    def to_json(self) -> str:
        """The record as JSON; numbers are kept to the last bit."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record that :meth:`to_json` wrote. Raises ``BadInput`` for any other text."""
        with reading("a record of a made image", "ImageRecord.to_json"):
            told: dict[str, Any] = json.loads(text)
            return cls(**{**told, "parents": tuple(told["parents"])})
