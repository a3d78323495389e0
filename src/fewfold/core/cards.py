"""What a method or a metric declares about itself: data, not documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Target = Literal["binary", "multiclass", "continuous", "survival", "none"]
CLASSES: tuple[Target, ...] = ("binary", "multiclass")
COLUMNS: tuple[Target, ...] = (*CLASSES, "continuous", "none")  # a column, or nothing
ALL_TARGETS: tuple[Target, ...] = (*COLUMNS, "survival")


@dataclass(frozen=True, kw_only=True)
class MethodCard:
    """The card of a method.

    ``min_subjects`` and ``min_per_class`` are the smallest training sets that the method is fit for;
    below them it raises ``NotApplicable``. ``chooses_ratio``: whether it says how many rows it adds, up to what it is
    asked for. ``borrows``: whether it can learn from a related cohort too. ``release`` is about the design:
    ``internal`` marks methods whose output lets originals be reconstructed, so that it never leaves the team; with
    ``consortium`` the findings of the release that is intended decide, of a public one too; ``public`` is for a method
    with a guarantee, and spares it no finding.
    """

    name: str
    title: str
    family: Literal["control", "transform", "oversampler", "generator"]
    summary: str
    targets: tuple[Target, ...] = COLUMNS
    modalities: tuple[str, ...] = ("table",)
    adds_rows: bool = True
    chooses_ratio: bool = False
    borrows: bool = False
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

    ``better`` says which way is good, ``nearer`` that it is towards ``best``; ``stand_in`` says which real rows take
    the place of the synthetic ones when the null is built: ``train`` (fidelity: how far apart are two real samples) or
    ``holdout`` (privacy: how near do fresh patients come to the training patients), or ``fresh``: half of the holdout
    patients stand in, and the other half stays the holdout. ``equal_size``: whether the synthetic rows are cut down to
    as many as the stand-in has before the metric is read. ``finding``: the code of the finding that a value on the bad
    side of the null leads to; none for a metric that is shown and not judged. ``roles``: the roles of columns without
    which the metric does not apply. ``most_rows``: where a side has more rows, random patients are drawn before the
    metric is read, and the error of that is shown; None where a metric takes all. ``most_train_rows``: the same of the
    training rows, where it is another number (a copy is only seen beside its source).
    """

    name: str
    title: str
    family: Literal["fidelity", "diversity", "plausibility", "utility", "privacy"]
    question: str
    better: Literal["lower", "higher", "nearer"]
    bounds: tuple[float, float]
    best: float | None = None
    stand_in: Literal["train", "holdout", "fresh"] = "train"
    equal_size: bool = True
    finding: str = ""
    roles: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ALL_TARGETS
    modalities: tuple[str, ...] = ("table",)
    min_subjects: int = 10
    most_rows: int | None = None
    most_train_rows: int | None = None
    references: tuple[str, ...] = ()
