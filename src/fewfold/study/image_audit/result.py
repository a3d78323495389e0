"""What an audit of transforms leaves behind: all that its page draws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from fewfold.core.files import write_atomic
from fewfold.study.result_part import Part

Call = Literal["safe", "unsafe", "unclear"]


class Measured(Part):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


class Shifts(Part):
    """How far features move, in standard deviations between real images; the median over images."""

    overall: Measured = Field(description="mean over all features")
    families: dict[str, Measured] = Field(description="mean over the features of values, texture and layout")


class Moved(Part):
    """One of the features that move most."""

    feature: str
    shift: Measured
    control: Measured = Field(description="between two real images of the same label")


class Level(Part):
    """A transform at one magnitude, on one copy of each image."""

    magnitude: float
    params: dict[str, Any] = Field(description="the parameters of the transform at this magnitude")
    flips: Measured = Field(description="share of images whose predicted label changes")
    change: Measured = Field(description="mean change of the predicted probabilities: half the sum over labels")
    loss: Measured = Field(description="AUROC on the images minus AUROC on their copies")
    shifts: Shifts
    most: list[Moved]
    call: Call
    picture: str | None = Field(description="PNG in base64")


class Operation(Part):
    """One transform of the chain. ``on_off``: it has no magnitude."""

    name: str
    label: str = Field(description="the name, with what tells it from others of that name in the chain")
    title: str
    may_destroy: list[str]
    on_off: bool
    levels: list[Level]
    safe_up_to: float | None = Field(description="the last magnitude before the first that is not safe")
    unsafe_from: float | None = Field(description="the first magnitude that is unsafe")
    statement: str
    notes: list[str] = Field(description="magnitudes that were left out, and why")


class Controls(Part):
    """The same numbers where nothing is altered: flips, change and loss between two fits on other splits; shifts
    between two real images of one label, of two patients. ``auroc``: of the model on the images."""

    flips: Measured
    change: Measured
    loss: Measured
    shifts: Shifts
    auroc: Measured


class ImageAudit(Part):
    """An audit of the transforms of a chain on one cohort of real images."""

    title: str
    target: str
    labels: dict[str, int] = Field(description="images of each label")
    n: int = Field(description="images")
    patients: int
    grouped: bool = Field(description="whether a column named the patients; else each image counts as one")
    features: int
    tolerance: float
    smallest: int = Field(description="patients from which on no flip at all shows fewer flips than the tolerance")
    border: str
    controls: Controls
    blind: str = Field(description="why nothing can be told of the label, or empty")
    operations: list[Operation]
    picture: str | None = Field(description="the image whose copies are shown: PNG in base64")
    fewfold: str

    def to_json(self) -> str:
        """The audit as JSON."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    def save(self, path: str | Path) -> None:
        """Write the JSON, whole or not at all."""
        write_atomic(Path(path), self.to_json() + "\n")
