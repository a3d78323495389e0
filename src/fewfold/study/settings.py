"""The settings of a study: everything that is decided before the first fit."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from fewfold.core.cards import CLASSES
from fewfold.metrics.utility.judges import JUDGES, of_images
from fewfold.metrics.utility.learners import suited
from fewfold.metrics.utility.scores import SCORES, Task, headline
from fewfold.metrics.utility.segmentation.segmenters import SEGMENTERS
from fewfold.metrics.utility.survival.learners import SURVIVAL_LEARNERS

CONTROLS = ("none", "class_weights", "duplication", "noise_jitter")
IMAGE_CONTROLS = ("none", "duplication")  # where learners read images: the others change rows
DEFAULT_METHODS = ("smote", "gaussian_copula")
METHODS_OF: dict[str, tuple[str, ...]] = {"continuous": ("gaussian_copula",), "survival": ("survival_copula",)}
SMALLEST_EFFECT = {
    "auroc": 0.02, "auprc": 0.02, "brier": 0.005, "log_loss": 0.01, "r2": 0.02, "dice": 0.02,
    "c_index": 0.02, "integrated_brier": 0.005,
}  # fmt: skip
PRIMARIES = tuple(SMALLEST_EFFECT)
Training = Literal["joint", "pretrain"]
MOST_FOLDS = 20


class ArmSpec(BaseModel):
    """A method with its parameters, under the name that the report uses for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    method: str
    params: dict[str, Any] = {}
    source: bool = Field(False, description="whether it learns from the source of the study too")
    label: str = Field("", pattern=r"^[\w.+-]*$", description="letters, digits and . + - _")

    @property
    def name(self) -> str:
        """The label, or the method's name."""
        return self.label or self.method


def _as_spec(value: object) -> object:
    return {"method": value} if isinstance(value, str) else value


Spec = Annotated[ArmSpec, BeforeValidator(_as_spec)]


def _as_folds(value: object) -> object:
    if value == "each" or (not isinstance(value, bool) and value in range(2, MOST_FOLDS + 1)):
        return value
    raise ValueError(f'expected a whole number from 2 to {MOST_FOLDS}, or "each" with unit = "site"')


Folds = Annotated[int | Literal["each"], BeforeValidator(_as_folds)]


class Settings(BaseModel):
    """The ``[study]`` section of ``study.toml``. A method is a name, or a table with method, params, source and
    label."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = "study"
    seed: int = Field(0, ge=0)
    methods: tuple[Spec, ...] = Field((), description="under test; empty: chosen for the kind of target")
    controls: tuple[Spec, ...] = tuple(ArmSpec(method=name) for name in CONTROLS)
    ratios: tuple[float, ...] = Field((1.0, 2.0, 5.0), description="synthetic rows per real row")
    allocation: Literal["proportional", "balance"] = Field(
        "proportional", description="balance: a ratio is then how far towards equal classes, at most 1"
    )
    training: Training = Field(
        "joint", description="pretrain: learners see the synthetic rows first and the real ones last; controls too"
    )
    learners: tuple[str, ...] = Field(
        ("logistic", "boosting"),
        description="logistic and boosting are ridge and boosting for a continuous target, cox and survival_forest for "
        "survival; of a mask, all segmenters by default",
    )
    times: tuple[float, ...] = Field(
        (), description="of survival: when predicted curves are judged; empty: evenly up to where a tenth is left"
    )
    segment: str = Field("", description="mask of the images that is to be found, in place of a target")
    labels: tuple[Annotated[int, Field(gt=0)], ...] = Field(
        (), description="labels of that mask that count; empty: all that it has"
    )
    unit: Literal["subject", "site"] = "subject"
    folds: Folds = Field(5, description='2 to 20, or "each" with unit site: every site is left out once')
    repeats: int = Field(10, ge=1, le=100)
    primary: str = Field("", description="score that the verdict rests on; empty: auroc, r2 or c_index")
    smallest_effect: float | None = Field(None, gt=0, description="smallest gain worth having")
    alpha: float = Field(0.05, gt=0, lt=0.5)
    holdout: float = Field(
        0.0, ge=0, le=0.5, description="share of the patients (unit site: of the sites) sealed until --open-holdout"
    )
    subgroups: tuple[str, ...] = Field(
        (), description="columns whose groups must not be harmed; empty: the sensitive ones and the site"
    )
    release: Literal["internal", "consortium", "public"] = Field(
        "internal", description="where the synthetic rows are meant to go; decides which privacy findings block"
    )
    min_subjects: int = Field(30, ge=10, description="below this nothing is estimated")
    min_per_class: int = Field(10, ge=4, description="patients; below this nothing is estimated")
    negative_control_repeats: int = Field(2, ge=1)
    seed_repeats: int = Field(
        2, ge=0, description="repeats run with a second seed, from which the part of the seed in the variance is read"
    )
    metric_splits: int = Field(10, ge=2, description="half-splits on which validity is measured")
    metrics: tuple[str, ...] = Field((), description="validity metrics; empty: all")
    pictures: int = Field(
        6, ge=0, le=50, description="altered images of a contact sheet, which shows patients: internal release only"
    )
    confirmatory: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.ratios or min(self.ratios) <= 0 or max(self.ratios) > 100:
            raise ValueError("ratios: expected one or more numbers above 0 and at most 100")
        if len(set(self.ratios)) < len(self.ratios):
            raise ValueError("ratios: one stands twice")
        twice = [name for name, n in Counter(a.name for a in (*self.controls, *self.methods)).items() if n > 1]
        if twice:
            raise ValueError(f"two arms are called {', '.join(twice)}: give one a label")
        if [a.method for a in (*self.controls, *self.methods) if a.name == "none"] != ["none"]:
            raise ValueError("controls: 'none' is always an arm, and no other arm is called so")
        unknown = [name for name in self.learners if name not in JUDGES]
        if unknown or not self.learners:
            raise ValueError(f"learners: expected some of {', '.join(JUDGES)}; found {', '.join(unknown) or 'none'}")
        if self.folds == "each" and self.unit != "site":
            raise ValueError('folds: "each" leaves out one site at a time, and goes with unit = "site"')
        if self.training == "pretrain" and any(map(of_images, self.learners)):
            raise ValueError("training: pretrain is for learners that read rows")
        if self.times and (min(self.times) <= 0 or list(self.times) != sorted(set(self.times))):
            raise ValueError("times: expected numbers above 0, each larger than the one before")
        if self.primary and self.primary not in PRIMARIES:
            raise ValueError(f"primary: expected one of {', '.join(PRIMARIES)}; found {self.primary}")
        return self

    def for_task(self, task: Task) -> Settings:
        """The same settings with every choice that depends on the kind of target made and written down."""
        learners = self._learners(task)
        if task == "segmentation" and not self.methods:
            raise ValueError('methods: name one that makes images with their masks, such as "image_augmentation"')
        methods = self.methods or tuple(ArmSpec(method=name) for name in METHODS_OF.get(task, DEFAULT_METHODS))
        primary = self.primary or headline(task).name
        if task not in SCORES[primary].targets:
            raise ValueError(f"primary: {primary} is not for a {task} target")
        if task == "survival" and self.training == "pretrain":
            raise ValueError("training: pretrain is for targets other than survival")
        if task != "survival" and self.times:
            raise ValueError("times: they are for survival, which is a time and an event without a target")
        effect = SMALLEST_EFFECT[primary] if self.smallest_effect is None else self.smallest_effect
        controls = tuple(c for c in self.controls if task in CLASSES or c.method != "class_weights")
        if "controls" not in self.model_fields_set and any(map(of_images, learners)):
            controls = tuple(c for c in controls if c.method in IMAGE_CONTROLS)
        ratios = tuple(sorted(self.ratios))
        if self.allocation == "balance":
            if task not in CLASSES:
                raise ValueError("allocation: balance is for a target with classes")
            if "ratios" not in self.model_fields_set:
                ratios = (1.0,)
            if max(ratios) > 1:
                raise ValueError("ratios: with allocation balance a ratio is the way to equal classes, at most 1")
        made = {"methods": methods, "controls": controls, "primary": primary, "smallest_effect": effect}
        return self.model_copy(update={**made, "ratios": ratios, "learners": learners})

    def _learners(self, task: Task) -> tuple[str, ...]:
        """Those that fit the task, or ``ValueError``."""
        if task != "segmentation":
            odd = [name for name in self.learners if name in SEGMENTERS]
            if odd:
                raise ValueError(f'learners: {", ".join(odd)} finds masks; name one with segment = "MASK"')
            learners = tuple(dict.fromkeys(suited(name, task) for name in self.learners))
            strange = [name for name in learners if (name in SURVIVAL_LEARNERS) != (task == "survival")]
            if strange:
                raise ValueError(f"learners: {', '.join(strange)} does not fit a {task} target")
            return learners
        if "learners" not in self.model_fields_set:
            return tuple(SEGMENTERS)
        odd = [name for name in self.learners if name not in SEGMENTERS]
        if odd:
            raise ValueError(f"learners: of a mask some of {', '.join(SEGMENTERS)}; found {', '.join(odd)}")
        return self.learners
