"""The mark that a made image carries inside its file: whether it is augmented or synthetic, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from fewfold.data.provenance import Record

SOFTWARE = "fewfold"


@dataclass(frozen=True)
class Tag:
    """``augmented``: a recording of a patient, altered. ``synthetic``: of no patient. ``record``: how it was made.

    It holds no name of a file or a patient: which source rows there were is for the manifest to say.
    """

    origin: Literal["augmented", "synthetic"]
    record: Record

    @property
    def sentence(self) -> str:
        """For people."""
        what = "an altered recording of a patient" if self.origin == "augmented" else "a recording of no patient"
        return f"{self.origin} image, {what}; made by {SOFTWARE}, method {self.record.method} {self.record.version}"

    def as_dict(self) -> dict[str, Any]:
        """For a JSON file."""
        record = self.record
        return {
            "origin": self.origin,
            "method": record.method,
            "version": record.version,
            "params": dict(record.params),
            "seed": record.seed,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self | None:
        """The tag that :meth:`as_dict` wrote; None where ``told`` is something else."""
        if told.get("origin") not in ("augmented", "synthetic"):
            return None
        method, version, seed = (str(told.get(key, "")) for key in ("method", "version", "seed"))
        params = told.get("params")
        return cls(told["origin"], Record(method, version, params if isinstance(params, dict) else {}, seed))
