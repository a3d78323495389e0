"""What a method or a metric declares about itself: data, not documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Target = Literal["binary", "multiclass", "continuous", "none"]
CLASSES: tuple[Target, ...] = ("binary", "multiclass")
ALL_TARGETS: tuple[Target, ...] = ("binary", "multiclass", "continuous", "none")


@dataclass(frozen=True, kw_only=True)
class MethodCard:
    """The card of a method.

    ``min_subjects`` and ``min_per_class`` are the smallest training sets that the method is fit for;
    below them it raises ``NotApplicable``. ``release`` says whether its output may leave the team:
    ``internal`` marks methods whose output lets originals be reconstructed.
    """

    name: str
    title: str
    family: Literal["control", "transform", "oversampler", "generator"]
    summary: str
    targets: tuple[Target, ...] = ALL_TARGETS
    modalities: tuple[str, ...] = ("table",)
    adds_rows: bool = True
    min_subjects: int = 2
    min_per_class: int = 1
    may_destroy: tuple[str, ...] = ()
    interpretability: Literal["high", "medium", "low"] = "high"
    cost: str = ""
    release: Literal["internal", "consortium", "public"] = "internal"
    references: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MetricCard:
    """The card of a metric.

    ``better`` says which way is good; ``stand_in`` says which real rows take the place of the synthetic ones
    when the null is built: ``train`` (fidelity: how far apart are two real samples) or ``holdout``
    (privacy: how near do fresh patients come to the training patients). ``equal_size``: whether the synthetic rows are
    cut down to as many as the stand-in has before the metric is read.
    """

    name: str
    title: str
    family: Literal["fidelity", "diversity", "plausibility", "utility", "privacy"]
    question: str
    better: Literal["lower", "higher"]
    bounds: tuple[float, float]
    stand_in: Literal["train", "holdout"] = "train"
    equal_size: bool = True
    targets: tuple[Target, ...] = ALL_TARGETS
    modalities: tuple[str, ...] = ("table",)
    min_subjects: int = 10
    references: tuple[str, ...] = ()
